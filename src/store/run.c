/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs: numbered, listed, and told apart by whether their process is still there. */
#include "store/query.h"
#include "sys/file.h"

/* A new run gets its number from the database, so it is written at once and alone. */
static int insert(struct store *s, const struct store_run *run, int64_t *ret_id, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	AUTO_STR struct str sql = STR_INIT;
	int64_t id;
	int r;

	table_insert_sql(&table_run, true, &sql);
	str_adds(&sql, " RETURNING id");
	r = db_stmt(s->db, str_c(&sql), &st, err);
	if (r < 0)
		return r;
	table_bind(&table_run, run, 1, st);
	r = db_step(st, err);
	if (r < 0)
		return r;
	id = db_int(st, 0);
	r = db_run(st, err);
	if (r == 0)
		*ret_id = id;
	return r;
}

int store_put_run(struct store *s, struct store_run *run, struct err *err)
{
	int64_t id = 0;
	int r;

	if (run->id != 0)
		return store_put(s, &table_run, run, err);
	r = table_check(&table_run, run, err);
	if (r == 0)
		r = db_begin(s->db, err);
	if (r < 0)
		return r;
	r = insert(s, run, &id, err);
	if (r < 0) {
		db_rollback(s->db);
		return r;
	}
	r = db_commit(s->db, err);
	if (r == 0)
		run->id = id;
	return r;
}

int store_runs(struct store *s, struct arena *a, size_t limit, struct store_runs *ret,
	       struct err *err)
{
	AUTO_QUERY struct query q = { 0 };
	struct rows rows;
	int r;

	query_start(&q, &table_run, NULL);
	str_adds(&q.sql, " ORDER BY id DESC");
	r = query_rows(s, a, &q, limit, &rows, err);
	if (r < 0)
		return r;
	*ret = (struct store_runs){ rows.data, rows.len, rows.cap };
	return 0;
}

int store_run_get(struct store *s, struct arena *a, int64_t id, struct store_run *ret,
		  struct err *err)
{
	AUTO_QUERY struct query q = { 0 };
	int r;

	query_start(&q, &table_run, NULL);
	if (id != 0)
		query_where(&q, "id = ?", NULL, id);
	str_adds(&q.sql, " ORDER BY id DESC");
	r = query_one(s, a, &q, ret, err);
	if (r == 0 && id != 0)
		return err_set(err, ERR_NOT_FOUND, "%s: no run %lld", s->shown, (long long)id);
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "%s: no run yet", s->shown);
	return r < 0 ? r : 0;
}

/*
 * proc(5), /proc/PID/stat: "PID (NAME) STATE PPID ..."; the name may hold spaces and brackets, so
 * fields are counted from the last ')'. Field 3 is the state, 22 the start in clock ticks since the
 * host booted.
 */
int64_t store_pid_start(int64_t pid)
{
	enum { STAT_MAX = 4096, STATE = 3, START = 22 };
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };
	struct view rest, field = { 0 };
	int64_t start = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (pid <= 0 || file_read(path, STAT_MAX, &text, &err) < 0)
		return 0;
	const char *name_end = strrchr(str_c(&text), ')');

	if (!name_end || name_end[1] != ' ')
		return 0;
	rest = view_of(name_end + 2);
	for (int i = STATE; i <= START; i++) {
		if (!view_split(&rest, ' ', &field))
			return 0;
		/* Ended, and its parent has not asked yet. */
		if (i == STATE && (view_eq(field, "Z") || view_eq(field, "X")))
			return 0;
	}
	return view_i64(field, &start) == 0 ? start : 0;
}

bool store_run_alive(const struct store_run *run)
{
	int64_t start = store_pid_start(run->pid);

	return start != 0 && start == run->pid_start;
}

int store_run_unfinished(struct store *s, struct arena *a, struct store_run *ret, struct err *err)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	AUTO_QUERY struct query q = { 0 };
	AUTO_STMT struct db_stmt *st = NULL;
	struct store_run run = { 0 };
	int r;

	query_start(&q, &table_run, NULL);
	query_where(&q, "state <> ?", NULL, RUN_DONE);
	str_adds(&q.sql, " ORDER BY id DESC");
	r = query_prepare(s, &q, &st, err);
	while (r >= 0) {
		r = db_step(st, err);
		if (r <= 0)
			break;
		table_read(&table_run, st, scratch, &run);
		if (run.state == RUN_RUNNING && store_run_alive(&run))
			continue;
		table_read(&table_run, st, a, ret);
		return 0;
	}
	if (r < 0)
		return r;
	return err_set(err, ERR_NOT_FOUND, "%s: no run was cut off", s->shown);
}
