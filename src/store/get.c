/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of records. A filter becomes the conditions of one SELECT; a wildcard in a path is matched
 * here, so that it means the same with every database, among the rows that the index leaves.
 */
#include "store/query.h"

/*
 * What each member of a filter asks of a table; '?' is the value. NULL: it does not narrow this
 * list.
 */
struct conditions {
	const char *run, *build_id, *platform, *path, *status, *signature, *key;
};

#define OF_ITS_TEST(column) "(SELECT t." column " FROM tests t WHERE t.id = test_id LIMIT 1)"

static const struct conditions build_conditions = {
	"run = ?", "id = ?",	 NULL,
	NULL,	   "status = ?", "id IN (SELECT build_id FROM findings WHERE signature = ?)",
	"key = ?",
};
static const struct conditions test_conditions = {
	"run = ?", "build_id = ?", "platform = ?",
	"path",	   "status = ?",   "id IN (SELECT test_id FROM findings WHERE signature = ?)",
};
static const struct conditions finding_conditions = {
	"run = ?",
	"build_id = ?",
	OF_ITS_TEST("platform") " = ?",
	OF_ITS_TEST("path"),
	OF_ITS_TEST("status") " = ?",
	"signature = ?",
};
static const struct conditions artifact_conditions = {
	"run = ?",
	"build_id = ?",
	"platform = ?",
	OF_ITS_TEST("path"),
	OF_ITS_TEST("status") " = ?",
	"test_id IN (SELECT test_id FROM findings WHERE signature = ?)",
};

static const char wildcards[] = "*?[";

/*
 * "kunit.list*" lies in ["kunit.list", "kunit.lisu"): the text before the first wildcard bounds the
 * search, while its last byte can be counted up.
 */
static void narrow_path(struct query *q, struct arena *a, const char *column, const char *glob)
{
	size_t n = strcspn(glob, wildcards);
	char *low = arena_strndup(a, glob, n), *high = arena_strndup(a, glob, n);

	if (glob[n] == '\0') {
		query_where(q, arena_printf(a, "%s = ?", column), glob, 0);
		return;
	}
	q->glob = glob;
	if (n == 0 || high[n - 1] == '\x7f' || (unsigned char)high[n - 1] > 0x7f)
		return;
	high[n - 1]++;
	query_where(q, arena_printf(a, "%s >= ?", column), low, 0);
	query_where(q, arena_printf(a, "%s < ?", column), high, 0);
}

static void narrow(struct query *q, struct arena *a, const struct conditions *c,
		   const struct store_filter *f)
{
	if (f->run)
		query_where(q, c->run, NULL, f->run);
	if (f->build_id)
		query_where(q, c->build_id, f->build_id, 0);
	if (f->platform && c->platform)
		query_where(q, c->platform, f->platform, 0);
	if (f->path_glob && c->path)
		narrow_path(q, a, c->path, f->path_glob);
	if (f->status)
		query_where(q, c->status, f->status, 0);
	if (f->signature)
		query_where(q, c->signature, f->signature, 0);
	if (f->key && c->key)
		query_where(q, c->key, f->key, 0);
}

static int list(struct store *s, struct arena *a, const struct table *t, const struct conditions *c,
		const struct store_filter *f, struct rows *ret, struct err *err)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	AUTO_QUERY struct query q = { 0 };
	bool wild = f->path_glob && strpbrk(f->path_glob, wildcards);

	query_start(&q, t, wild ? c->path : NULL);
	narrow(&q, scratch, c, f);
	str_adds(&q.sql, " ORDER BY seq");
	return query_rows(s, a, &q, f->limit, ret, err);
}

#define LIST(table, conditions) \
	struct rows rows; \
	int r = list(s, a, &(table), &(conditions), f, &rows, err); \
\
	if (r < 0) \
		return r; \
	ret->data = rows.data; \
	ret->len = rows.len; \
	ret->cap = rows.cap; \
	return 0

int store_builds(struct store *s, struct arena *a, const struct store_filter *f,
		 struct store_builds *ret, struct err *err)
{
	LIST(table_build, build_conditions);
}

int store_tests(struct store *s, struct arena *a, const struct store_filter *f,
		struct store_tests *ret, struct err *err)
{
	LIST(table_test, test_conditions);
}

int store_findings(struct store *s, struct arena *a, const struct store_filter *f,
		   struct store_findings *ret, struct err *err)
{
	LIST(table_finding, finding_conditions);
}

int store_artifacts(struct store *s, struct arena *a, const struct store_filter *f,
		    struct store_artifacts *ret, struct err *err)
{
	LIST(table_artifact, artifact_conditions);
}
