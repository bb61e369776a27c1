/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/query.h"

#include <assert.h>

void query_start(struct query *q, const struct table *t, const char *also)
{
	q->table = t;
	str_adds(&q->sql, "SELECT ");
	table_columns_sql(t, &q->sql);
	if (also)
		str_addf(&q->sql, ", %s", also);
	str_addf(&q->sql, " FROM %s", t->name);
}

void query_release(struct query *q)
{
	str_release(&q->sql);
}

void query_where(struct query *q, const char *condition, const char *text, int64_t number)
{
	size_t at = strcspn(condition, "?");

	assert(condition[at] == '?' && q->n < QUERY_ARGS_MAX);
	q->args[q->n].text = text;
	q->args[q->n].number = number;
	q->n++;
	str_adds(&q->sql, q->n == 1 ? " WHERE " : " AND ");
	str_add(&q->sql, condition, at);
	str_addf(&q->sql, "$%zu%s", q->n, condition + at + 1);
}

int query_prepare(struct store *s, const struct query *q, struct db_stmt **ret, struct err *err)
{
	int r = db_stmt(s->db, str_c(&q->sql), ret, err);

	for (size_t i = 0; r == 0 && i < q->n; i++) {
		if (q->args[i].text)
			db_bind_text(*ret, (int)i + 1, q->args[i].text);
		else
			db_bind_int(*ret, (int)i + 1, q->args[i].number);
	}
	return r;
}

int query_rows(struct store *s, struct arena *a, const struct query *q, size_t limit,
	       struct rows *ret, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	size_t size = q->table->record_size;
	struct rows rows = { 0 };
	int r = query_prepare(s, q, &st, err);

	while (r >= 0 && (limit == 0 || rows.len < limit)) {
		r = db_step(st, err);
		if (r <= 0)
			break;
		const char *text = q->glob ? db_text(st, (int)q->table->n) : NULL;

		if (q->glob && (!text || !glob_match(q->glob, text)))
			continue;
		if (rows.len == rows.cap)
			vec_grow_(&rows.data, &rows.cap, size, rows.len + 1);
		void *record = (char *)rows.data + rows.len++ * size;

		memset(record, 0, size);
		table_read(q->table, st, a, record);
	}
	if (r < 0) {
		free(rows.data);
		return r;
	}
	*ret = rows;
	return 0;
}

int query_one(struct store *s, struct arena *a, const struct query *q, void *ret_record,
	      struct err *err)
{
	struct rows rows;
	int r = query_rows(s, a, q, 1, &rows, err);

	if (r < 0 || rows.len == 0)
		return r;
	memcpy(ret_record, rows.data, q->table->record_size);
	free(rows.data);
	return 1;
}
