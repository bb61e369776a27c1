/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was acknowledged stays: killed writers, several writers at once, a full disk. */
#include "test_store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { BATCH = 5 };

/* Commit number @n of @writer: BATCH tests, found again by their path. */
static int put_batch(struct scene *s, struct store *st, int writer, int n)
{
	AUTO_STR struct str path = STR_INIT;

	for (int i = 0; i < BATCH; i++) {
		str_clear(&path);
		str_addf(&path, "w%d.n%d.t%d", writer, n, i);
		struct store_test t = a_test(s, "me:b", str_c(&path), "PASS");
		int r = store_put_test(st, &t, &s->err);

		if (r < 0)
			return r;
	}
	return store_commit(st, &s->err);
}

static size_t count(struct scene *s, struct store *st, const char *glob)
{
	struct store_tests list;

	OK(s,
	   store_tests(st, s->arena, &(struct store_filter){ .path_glob = glob }, &list, &s->err));
	size_t n = list.len;

	vec_release(&list);
	return n;
}

static void assert_intact(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *st;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* A child that writes until it is killed, and says each commit's number when it is over. */
static pid_t start_writer(struct scene *s, const char *path, int writer, int *ret_acks)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork();

	if (child == 0) {
		struct store *st;

		if (store_open(path, true, &st, &s->err) < 0)
			_exit(1);
		for (int n = 0;; n++)
			if (put_batch(s, st, writer, n) < 0 ||
			    write(fds[1], &n, sizeof(n)) != sizeof(n))
				_exit(1);
	}
	close(fds[1]);
	*ret_acks = fds[0];
	return child;
}

static void killed_writers_lose_nothing_acknowledged(void **state)
{
	enum { ROUNDS = 20 };
	struct scene *s = *state;
	unsigned seed = (unsigned)time_now_ms();
	size_t acknowledged = 0;
	struct store *st;

	for (int round = 0; round < ROUNDS; round++) {
		/* Every fourth begins with a new store, and may be killed while it makes it. */
		const char *path = arena_printf(s->arena, "%s/%d.db", s->dir, round / 4);
		const char *mine = arena_printf(s->arena, "w%d.*", round);
		const struct timespec delay = { .tv_nsec = (rand_r(&seed) % 60000) * 1000L };
		int acks, status, n, last = -1;
		pid_t child = start_writer(s, path, round, &acks);

		nanosleep(&delay, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(acks, &n, sizeof(n)) == sizeof(n))
			last = n;
		close(acks);
		OK(s, store_open(path, true, &st, &s->err));
		size_t have = count(s, st, mine);

		store_close(st);
		assert_intact(path);
		/* All that was said to be stored, perhaps one commit more, and that whole. */
		assert_true(have == (size_t)(last + 1) * BATCH ||
			    have == (size_t)(last + 2) * BATCH);
		acknowledged += (size_t)(last + 1);
	}
	assert_true(acknowledged > 0);
}

static void writers_at_once_all_end_right(void **state)
{
	enum { WRITERS = 3, COMMITS = 60 };
	struct scene *s = *state;
	pid_t children[WRITERS];
	struct store_runs runs;
	double seconds;

	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct store_run run = { .origin = "me" };
			struct store *st;
			bool ok = store_open(s->path, true, &st, &s->err) == 0;

			for (int n = 0; ok && n < COMMITS; n++) {
				run.id = 0;
				ok = store_put_run(st, &run, &s->err) == 0 &&
				     store_expect_put(st, "key", 10, &s->err) == 0 &&
				     put_batch(s, st, i, n) == 0;
			}
			if (!ok)
				fprintf(stderr, "writer %d: %s\n", i, s->err.msg);
			_exit(ok ? 0 : 1);
		}
	}
	for (int i = 0, status; i < WRITERS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count(s, s->store, "w*"), WRITERS * COMMITS * BATCH);
	OK(s, store_runs(s->store, s->arena, 0, &runs, &s->err));
	assert_int_equal(runs.len, WRITERS * COMMITS);
	assert_int_equal(runs.data[0].id, WRITERS * COMMITS);
	vec_release(&runs);
	OK(s, store_expect_get(s->store, "key", &seconds, &s->err));
	assert_true(seconds == 10);
	assert_intact(s->path);
}

/* Put and commit until it fails; the number of commits that did not. */
static int fill(struct scene *s, struct store *st)
{
	for (int n = 0; n < 100000; n++)
		if (put_batch(s, st, 0, n) < 0)
			return n;
	return -1;
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void no_space_for_a_file(void **state)
{
	struct scene *s = *state;
	struct store_run run = { .origin = "me" };
	struct rlimit before;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(400 << 10);
	int n = fill(s, s->store);

	assert_int_equal(s->err.code, ERR_NO_SPACE);
	assert_non_null(strstr(s->err.msg, "k.db: "));
	assert_true(n > 0);
	FAILS(s, store_put_run(s->store, &run, &s->err), ERR_NO_SPACE, "k.db");
	FAILS(s, store_commit(s->store, &s->err), ERR_NO_SPACE, "k.db");
	assert_int_equal(count(s, s->store, "w*"), n * BATCH);
	limit_file_size(before.rlim_cur);
	assert_intact(s->path);
	/* The batch that failed was kept. */
	OK(s, store_commit(s->store, &s->err));
	assert_int_equal(count(s, s->store, "w*"), (n + 1) * BATCH);
	assert_intact(s->path);
}

/*
 * A statement that fails behind others takes them with it, and the next commit is as if nothing had
 * been.
 */
static void a_batch_is_stored_whole_or_not_at_all(void **state)
{
	struct scene *s = *state;
	struct store_artifact a = { .role = "image", .sha256 = "00" };
	struct store_test t = a_test(s, "me:b", "w0", "PASS");
	sqlite3 *other;

	assert_int_equal(sqlite3_open(s->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "ALTER TABLE artifacts RENAME TO away", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	OK(s, store_put_test(s->store, &t, &s->err));
	OK(s, store_put_artifact(s->store, &a, &s->err));
	FAILS(s, store_commit(s->store, &s->err), ERR_INTERNAL, "no such table: artifacts");
	assert_int_equal(count(s, s->store, "w*"), 0);
	assert_int_equal(sqlite3_exec(other, "ALTER TABLE away RENAME TO artifacts", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	sqlite3_close(other);
	OK(s, store_commit(s->store, &s->err));
	assert_int_equal(count(s, s->store, "w*"), 1);
}

/* A file that takes all the room there is. */
static void fill_file_system(const char *path)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char block[4096] = { 0 };

	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
}

static void full_disk(struct scene *s)
{
	const char *path = arena_printf(s->arena, "%s/disk.db", s->dir),
		   *ballast = arena_printf(s->arena, "%s/x", s->dir);
	struct store *st;

	assert_int_equal(mount("none", s->dir, "tmpfs", 0, "size=1m"), 0);
	fill_file_system(ballast);
	FAILS(s, store_open(path, true, &st, &s->err), ERR_NO_SPACE, "disk.db");
	assert_int_equal(truncate(ballast, 512 << 10), 0);
	OK(s, store_open(path, true, &st, &s->err));
	int n = fill(s, st);

	assert_int_equal(s->err.code, ERR_NO_SPACE);
	assert_true(n > 0);
	assert_int_equal(count(s, st, "w*"), n * BATCH);
	FAILS(s, store_commit(st, &s->err), ERR_NO_SPACE, "disk.db");
	assert_int_equal(truncate(ballast, 0), 0);
	OK(s, store_commit(st, &s->err));
	store_close(st);
	OK(s, store_open(path, false, &st, &s->err));
	assert_int_equal(count(s, st, "w*"), (n + 1) * BATCH);
	store_close(st);
	assert_intact(path);
}

static void no_space_on_the_disk(void **state)
{
	struct scene *s = *state;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!own_mounts())
			_exit(77);
		full_disk(s);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

RUN(SCENE(killed_writers_lose_nothing_acknowledged), SCENE(writers_at_once_all_end_right),
    SCENE(a_batch_is_stored_whole_or_not_at_all), SCENE(no_space_for_a_file),
    SCENE(no_space_on_the_disk))
