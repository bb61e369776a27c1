/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions with a short answer. */
#include "store/query.h"

int store_checkout_get(struct store *s, struct arena *a, const char *id, struct store_checkout *ret,
		       struct err *err)
{
	AUTO_QUERY struct query q = { 0 };
	int r;

	query_start(&q, &table_checkout, NULL);
	query_where(&q, "id = ?", id, 0);
	r = query_one(s, a, &q, ret, err);
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "%s: no checkout \"%s\"", s->shown, id);
	return r < 0 ? r : 0;
}

/* Does @sql give a row? Its parameters are @text, @n_text of them, and behind them *@number, unless that is NULL. */
static int any_row(struct store *s, const char *sql, const char *const *text, int n_text,
		   const int64_t *number, bool *ret, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	int r = db_stmt(s->db, sql, &st, err);

	if (r < 0)
		return r;
	for (int i = 0; i < n_text; i++)
		db_bind_text(st, i + 1, text[i]);
	if (number)
		db_bind_int(st, n_text + 1, *number);
	r = db_step(st, err);
	if (r < 0)
		return r;
	*ret = r > 0;
	return 0;
}

int store_known_failure(struct store *s, const char *path, const char *platform,
			const char *build_name, int64_t before_run, bool *ret, struct err *err)
{
	const char *text[] = { path, platform ? platform : "", build_name ? build_name : "" };

	return any_row(s,
		       "SELECT 1 FROM tests t JOIN builds b ON b.id = t.build_id"
		       " WHERE t.path = $1 AND t.platform = $2 AND coalesce(b.name, '') = $3"
		       " AND t.run < $4 AND t.status = 'FAIL' LIMIT 1",
		       text, ARRAY_SIZE(text), &before_run, ret, err);
}

int store_known_finding(struct store *s, const char *signature, int64_t before_run, bool *ret,
			struct err *err)
{
	return any_row(
		s,
		"SELECT 1 FROM findings WHERE signature = $1 AND run < $2 AND expected = 0 LIMIT 1",
		&signature, 1, &before_run, ret, err);
}

int store_refers(struct store *s, const char *sha256, bool *ret, struct err *err)
{
	return any_row(s, "SELECT 1 FROM artifacts WHERE sha256 = $1 LIMIT 1", &sha256, 1, NULL,
		       ret, err);
}

int store_expect_get(struct store *s, const char *key, double *ret_seconds, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	int r = db_stmt(s->db, "SELECT seconds FROM expects WHERE key = $1", &st, err);

	if (r < 0)
		return r;
	db_bind_text(st, 1, key);
	r = db_step(st, err);
	if (r < 0)
		return r;
	*ret_seconds = r > 0 ? db_real(st, 0) : 0;
	return 0;
}
