/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/table.h"

#include <math.h>

#include "store/misc.h"
#include "store/store.h"

#define MEMBER(type, record, col) (*(const type *)((const char *)(record) + (col)->offset))
#define MEMBER_TO(type, record, col) (*(type *)((char *)(record) + (col)->offset))

static bool is_text(const struct column *c)
{
	return c->type <= COL_JSON;
}

/* NULL also when the member is no text. */
static const char *text_of(const void *record, const struct column *c)
{
	return is_text(c) ? *(const char *const *)((const char *)record + c->offset) : NULL;
}

/* Length of the origin (KCIDB: [a-z0-9_]+) that @s begins with. */
static size_t origin_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

bool store_status_valid(const char *s)
{
	static const char *const names[] = { "FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}

static int check_text(const struct table *t, const struct column *c, const char *text,
		      struct err *err)
{
	size_t n = origin_length(text);

	switch (c->type) {
	case COL_ORIGIN:
		if (n == 0 || text[n] != '\0')
			return err_set(err, ERR_USAGE, "%s: %s \"%s\" may only have a-z, 0-9 and _",
				       t->noun, c->name, text);
		return 0;
	case COL_ID:
		if (n == 0 || text[n] != ':')
			return err_set(
				err, ERR_USAGE,
				"%s: %s \"%s\" does not begin with an origin (a-z, 0-9, _) and a colon",
				t->noun, c->name, text);
		return 0;
	case COL_STATUS:
		if (!store_status_valid(text))
			return err_set(err, ERR_USAGE, "%s: \"%s\" is no status", t->noun, text);
		return 0;
	case COL_JSON: {
		AUTO_ARENA struct arena *a = arena_new();
		struct jnode *tree;
		int r = misc_parse(a, c->name, text, &tree, err);

		return r < 0 ? err_context(err, "%s", t->noun) : 0;
	}
	default: return 0;
	}
}

int table_check(const struct table *t, const void *record, struct err *err)
{
	if (table_text_size(t, record) > STORE_RECORD_MAX)
		return err_set(err, ERR_LIMIT, "a %s of more than %d MiB", t->noun,
			       STORE_RECORD_MAX >> 20);
	for (const struct column *c = t->columns; c < t->columns + t->n; c++) {
		const char *text = text_of(record, c);
		int r = 0;

		if (text)
			r = check_text(t, c, text, err);
		else if (c->need)
			r = err_set(err, ERR_USAGE, "a %s without %s", t->noun, c->name);
		if (r < 0)
			return r;
	}
	return 0;
}

size_t table_text_size(const struct table *t, const void *record)
{
	size_t sum = 0;

	for (const struct column *c = t->columns; c < t->columns + t->n; c++) {
		const char *text = text_of(record, c);

		sum += text ? strlen(text) : 0;
	}
	return sum;
}

void *table_copy(const struct table *t, const void *record, struct arena *a)
{
	void *copy = arena_alloc(a, t->record_size);

	memcpy(copy, record, t->record_size);
	for (const struct column *c = t->columns; c < t->columns + t->n; c++)
		if (is_text(c))
			MEMBER_TO(const char *, copy, c) = arena_strdup(a, text_of(record, c));
	return copy;
}

static void add_columns(const struct table *t, size_t first, struct str *out)
{
	for (size_t i = first; i < t->n; i++)
		str_addf(out, "%s%s", i > first ? ", " : "", t->columns[i].name);
}

void table_columns_sql(const struct table *t, struct str *out)
{
	add_columns(t, 0, out);
}

void table_insert_sql(const struct table *t, bool give_id, struct str *out)
{
	size_t first = give_id ? 1 : 0;

	str_addf(out, "INSERT INTO %s (", t->name);
	add_columns(t, first, out);
	str_adds(out, ") VALUES (");
	for (size_t i = first; i < t->n; i++)
		str_addf(out, "%s$%zu", i > first ? ", " : "", i - first + 1);
	str_adds(out, ")");
}

void table_upsert_sql(const struct table *t, struct str *out)
{
	table_insert_sql(t, false, out);
	str_addf(out, " ON CONFLICT (%s) DO UPDATE SET ", t->key);
	if (t->on_replace) {
		str_adds(out, t->on_replace);
		return;
	}
	for (size_t i = 0; i < t->n; i++)
		str_addf(out, "%s%s = excluded.%s", i > 0 ? ", " : "", t->columns[i].name,
			 t->columns[i].name);
}

void table_bind(const struct table *t, const void *record, size_t first, struct db_stmt *st)
{
	for (size_t i = first; i < t->n; i++) {
		const struct column *c = &t->columns[i];
		int at = (int)(i - first) + 1;

		switch (c->type) {
		case COL_PART: {
			const char *text = text_of(record, c);

			db_bind_text(st, at, text ? text : "");
			break;
		}
		case COL_TEXT:
		case COL_ID:
		case COL_ORIGIN:
		case COL_STATUS:
		case COL_JSON: db_bind_text(st, at, text_of(record, c)); break;
		case COL_INT64: db_bind_int(st, at, MEMBER(int64_t, record, c)); break;
		case COL_INT: db_bind_int(st, at, MEMBER(int, record, c)); break;
		case COL_BOOL: db_bind_int(st, at, MEMBER(bool, record, c)); break;
		case COL_REAL: db_bind_real(st, at, MEMBER(double, record, c)); break;
		case COL_NUMBER:
			db_bind_real(st, at,
				     *((const bool *)record + c->has) ? MEMBER(double, record, c) :
									NAN);
			break;
		}
	}
}

static void read_column(const struct column *c, int i, struct db_stmt *st, struct arena *a,
			void *record)
{
	switch (c->type) {
	case COL_TEXT:
	case COL_ID:
	case COL_ORIGIN:
	case COL_STATUS:
	case COL_JSON: MEMBER_TO(const char *, record, c) = arena_strdup(a, db_text(st, i)); break;
	case COL_PART: {
		const char *text = db_text(st, i);

		MEMBER_TO(const char *, record, c) = text && *text ? arena_strdup(a, text) : NULL;
		break;
	}
	case COL_INT64: MEMBER_TO(int64_t, record, c) = db_int(st, i); break;
	case COL_INT: MEMBER_TO(int, record, c) = (int)db_int(st, i); break;
	case COL_BOOL: MEMBER_TO(bool, record, c) = db_int(st, i) != 0; break;
	case COL_REAL: MEMBER_TO(double, record, c) = db_real(st, i); break;
	case COL_NUMBER:
		MEMBER_TO(double, record, c) = db_real(st, i);
		*((bool *)record + c->has) = !db_is_null(st, i);
		break;
	}
}

void table_read(const struct table *t, struct db_stmt *st, struct arena *a, void *ret_record)
{
	for (size_t i = 0; i < t->n; i++)
		read_column(&t->columns[i], (int)i, st, a, ret_record);
}
