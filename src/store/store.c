/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store: opened, brought to this program's schema, written in batches. */
#include "store/store.h"

#include "store/schema.h"
#include "store/store_impl.h"
#include "sys/file.h"

enum { BATCH_RECORDS_MAX = 10000, BATCH_BYTES_MAX = 16 << 20 };

/* The path in @url, borrowed; ERR_USAGE when it is of a kind that this program has no code for. */
static int path_of(const char *url, const char **ret, struct err *err)
{
	struct view rest = view_of(url);
	const char *scheme = strstr(url, "://");

	if (view_skip(&rest, "sqlite:"))
		url = rest.p;
	else if (view_starts(rest, "postgresql:") || view_starts(rest, "postgres:"))
		return err_set(err, ERR_USAGE, "%s: this kassay was built without PostgreSQL", url);
	else if (scheme && strcspn(url, ":/") == (size_t)(scheme - url))
		return err_set(err, ERR_USAGE,
			       "%s: unknown kind of store; use sqlite:PATH or a path", url);
	if (*url == '\0')
		return err_set(err, ERR_USAGE, "the store has no name; use sqlite:PATH or a path");
	*ret = url;
	return 0;
}

/* "<path without .db>.d" */
static char *files_root_of(const char *path)
{
	struct view stem = view_of(path);

	if (view_ends(stem, ".db") && *path_base(path) != '.')
		stem.len -= strlen(".db");
	return mem_printf(VIEW_FMT ".d", VIEW_ARG(stem));
}

static int check_version(struct store *s, int *ret, struct err *err)
{
	int r = db_version(s->db, ret, err);

	if (r == 0 && *ret > schema_version)
		return err_set(
			err, ERR_USAGE,
			"%s was written by a newer kassay (schema %d, this one knows %d): update kassay",
			s->shown, *ret, schema_version);
	return r;
}

static int run_steps(struct store *s, struct err *err)
{
	int version, r = check_version(s, &version, err);

	/* Read again within the transaction: another process may have been first. */
	for (int i = version; r == 0 && i < schema_version; i++)
		r = db_exec(s->db, schema_steps[i], err);
	return r == 0 ? db_set_version(s->db, schema_version, err) : r;
}

static int migrate(struct store *s, struct err *err)
{
	int version, r = check_version(s, &version, err);

	if (r < 0 || version == schema_version)
		return r;
	r = db_begin(s->db, err);
	if (r < 0)
		return r;
	r = run_steps(s, err);
	if (r < 0) {
		db_rollback(s->db);
		return r;
	}
	return db_commit(s->db, err);
}

DEFINE_AUTO(struct store *, store_close)

int store_open(const char *url, bool create, struct store **ret, struct err *err)
{
	AUTO(store_close) struct store *s = NULL;
	AUTO_FREE char *path = NULL;
	const char *shown = NULL;
	int r = path_of(url, &shown, err);

	if (r < 0)
		return r;
	path = path_absolute(shown);
	s = NEW(struct store);
	s->shown = mem_strdup(shown);
	s->url = mem_printf("sqlite:%s", path);
	s->files_root = files_root_of(path);
	s->batch_arena = arena_new();
	r = db_open(path, shown, create, &s->db, err);
	if (r == 0)
		r = migrate(s, err);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	db_close(s->db);
	arena_free(s->batch_arena);
	vec_release(&s->batch);
	free(s->shown);
	free(s->url);
	free(s->files_root);
	free(s);
}

const char *store_files_root(const struct store *s)
{
	return s->files_root;
}

const char *store_url(const struct store *s)
{
	return s->url;
}

static void batch_clear(struct store *s)
{
	s->batch.len = 0;
	s->batch_bytes = 0;
	arena_free(s->batch_arena);
	s->batch_arena = arena_new();
}

/*
 * Write the record at *@i and those behind it that are of the same table; *@i is then behind them.
 */
static int write_records(struct store *s, size_t *i, struct err *err)
{
	const struct table *t = s->batch.data[*i].table;
	AUTO_STMT struct db_stmt *st = NULL;
	AUTO_STR struct str sql = STR_INIT;
	int r;

	table_upsert_sql(t, &sql);
	r = db_stmt(s->db, str_c(&sql), &st, err);
	for (; r == 0 && *i < s->batch.len && s->batch.data[*i].table == t; ++*i) {
		table_bind(t, s->batch.data[*i].record, 0, st);
		r = db_run(st, err);
	}
	return r;
}

int store_commit(struct store *s, struct err *err)
{
	int r;

	if (s->batch.len == 0)
		return 0;
	r = db_begin(s->db, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->batch.len;) {
		r = write_records(s, &i, err);
		if (r < 0) {
			db_rollback(s->db);
			return r;
		}
	}
	r = db_commit(s->db, err);
	if (r == 0)
		batch_clear(s);
	return r;
}

int store_put(struct store *s, const struct table *t, const void *record, struct err *err)
{
	int r = table_check(t, record, err);

	if (r == 0 && (s->batch.len >= BATCH_RECORDS_MAX || s->batch_bytes >= BATCH_BYTES_MAX))
		r = store_commit(s, err);
	if (r < 0)
		return r;
	struct pending *p = vec_add(&s->batch);

	p->table = t;
	p->record = table_copy(t, record, s->batch_arena);
	s->batch_bytes += t->record_size + table_text_size(t, record);
	return 0;
}
