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

/* Does @sql give a row? Its parameters are @text and, unless that is NULL, *@number. */
static int any_row(struct store *s, const char *sql, const char *text, const int64_t *number,
		   bool *ret, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	int r = db_stmt(s->db, sql, &st, err);

	if (r < 0)
		return r;
	db_bind_text(st, 1, text);
	if (number)
		db_bind_int(st, 2, *number);
	r = db_step(st, err);
	if (r < 0)
		return r;
	*ret = r > 0;
	return 0;
}

int store_known_failure(struct store *s, const char *path, const char *signature,
			int64_t before_run, bool *ret, struct err *err)
{
	bool known = false;
	int r = 0;

	if (path)
		r = any_row(
			s,
			"SELECT 1 FROM tests WHERE path = $1 AND run < $2 AND status = 'FAIL' LIMIT 1",
			path, &before_run, &known, err);
	if (r == 0 && !known && signature)
		r = any_row(
			s,
			"SELECT 1 FROM findings WHERE signature = $1 AND run < $2 AND expected = 0 LIMIT 1",
			signature, &before_run, &known, err);
	if (r == 0)
		*ret = known;
	return r;
}

int store_refers(struct store *s, const char *sha256, bool *ret, struct err *err)
{
	return any_row(s, "SELECT 1 FROM artifacts WHERE sha256 = $1 LIMIT 1", sha256, NULL, ret,
		       err);
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
