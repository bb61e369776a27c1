/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening: what is there, what is refused with which words, migration, locks. */
#include "test_store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/sha256.h"
#include "store/schema.h"

/* The clock leaps when a test says so: the linker puts this in the place of time_mono(). */
static double leap;
double __real_time_mono(void);
double __wrap_time_mono(void);
double __wrap_time_mono(void)
{
	static double passed;

	passed += leap;
	return __real_time_mono() + passed;
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static const char *in_dir(struct scene *s, const char *name)
{
	return arena_printf(s->arena, "%s/%s", s->dir, name);
}

static void write_file(struct scene *s, const char *path, const char *text)
{
	OK(s, file_write(path, view_of(text), 0644, &s->err));
}

static int try_open(struct scene *s, const char *url, bool create)
{
	struct store *st = NULL;
	int r = store_open(url, create, &st, &s->err);

	assert_true((r == 0) == (st != NULL));
	store_close(st);
	return r;
}

static void names(void **state)
{
	struct scene *s = *state;
	struct store *st;
	char *was = get_current_dir_name();
	static const struct {
		const char *url, *root;
	} cases[] = {
		{ "a.db", "a.d" },
		{ "sqlite:b", "b.d" },
		{ "sqlite:./c.db.db", "c.db.d" },
		{ ".db", ".db.d" },
		{ "file:x?mode=memory", "file:x?mode=memory.d" },
		{ ":memory:", ":memory:.d" },
	};

	assert_int_equal(chdir(s->dir), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		OK(s, store_open(cases[i].url, true, &st, &s->err));
		assert_string_equal(store_files_root(st), in_dir(s, cases[i].root));
		assert_true(strncmp(store_url(st), "sqlite:/", 8) == 0);
		assert_true(file_exists(store_url(st) + 7));
		store_close(st);
	}
	assert_int_equal(chdir(was), 0);
	free(was);
	FAILS(s, try_open(s, "", true), ERR_USAGE, "no name");
	FAILS(s, try_open(s, "sqlite:", true), ERR_USAGE, "no name");
	FAILS(s, try_open(s, "postgresql://h/db", true), ERR_USAGE, "without PostgreSQL");
	FAILS(s, try_open(s, "mysql://h/db", true), ERR_USAGE, "unknown kind of store");
}

static void missing(void **state)
{
	struct scene *s = *state;
	const char *path = in_dir(s, "none.db"), *deep = in_dir(s, "no/such/none.db");

	FAILS(s, try_open(s, path, false), ERR_NOT_FOUND, "no store at ");
	FAILS(s, try_open(s, path, false), ERR_NOT_FOUND, "none.db yet: kassay run makes one");
	assert_false(file_exists(path));
	FAILS(s, try_open(s, deep, false), ERR_NOT_FOUND, "no store at ");
	/* What a process leaves that was killed between making the file and filling it. */
	write_file(s, path, "");
	FAILS(s, try_open(s, path, false), ERR_NOT_FOUND, "no store at ");
	OK(s, try_open(s, path, true));
	OK(s, try_open(s, path, false));
	OK(s, try_open(s, deep, true));
}

static void not_a_store(void **state)
{
	struct scene *s = *state;
	AUTO_STR struct str zeros = STR_INIT;
	const char *text = in_dir(s, "text"), *fifo = in_dir(s, "fifo");

	for (int i = 0; i < 2; i++) {
		FAILS(s, try_open(s, s->dir, i), ERR_USAGE, "is a folder, not a kassay store");
		write_file(s, text, "hello\n");
		FAILS(s, try_open(s, text, i), ERR_USAGE,
		      "text is not a kassay store (not an SQLite database)");
		assert_int_equal(mkfifo(fifo, 0600) == 0 || errno == EEXIST, 1);
		FAILS(s, try_open(s, fifo, i), ERR_USAGE, "is not a regular file");
		FAILS(s, try_open(s, arena_printf(s->arena, "%s/below", text), i), ERR_IO,
		      "Not a directory");
	}
	for (int i = 0; i < 8192; i++)
		str_addc(&zeros, '\0');
	OK(s, file_write(text, str_view(&zeros), 0644, &s->err));
	FAILS(s, try_open(s, text, true), ERR_USAGE, "not an SQLite database");
}

static void another_programs_database_is_left_alone(void **state)
{
	struct scene *s = *state;
	const char *path = in_dir(s, "bookmarks");
	char before[65], after[65];
	static const char *const made_by[] = {
		"CREATE TABLE places (url TEXT)",
		"PRAGMA application_id = 7; PRAGMA user_version = 1",
		"PRAGMA application_id = 7; CREATE TABLE runs (id INTEGER)",
	};

	for (size_t i = 0; i < ARRAY_SIZE(made_by); i++) {
		unlink(path);
		sql(path, made_by[i]);
		OK(s, file_sha256(path, before, &s->err));
		FAILS(s, try_open(s, path, true), ERR_USAGE,
		      "bookmarks is another program's SQLite database, not a kassay store");
		OK(s, file_sha256(path, after, &s->err));
		assert_string_equal(before, after);
	}
}

static void newer_schema(void **state)
{
	struct scene *s = *state;

	sql(s->path, "PRAGMA user_version = 1000");
	FAILS(s, try_open(s, s->path, true), ERR_USAGE,
	      "was written by a newer kassay (schema 1000, this one knows ");
	FAILS(s, try_open(s, s->path, false), ERR_USAGE, "update kassay");
}

static void migrates_from_any_version(void **state)
{
	struct scene *s = *state;
	const char *path = in_dir(s, "old.db");

	for (int have = 0; have <= schema_version; have++) {
		unlink(path);
		for (int i = 0; i < have; i++)
			sql(path, schema_steps[i]);
		sql(path,
		    arena_printf(s->arena, "PRAGMA user_version = %d; PRAGMA application_id = %d",
				 have, 0x6b617373));
		OK(s, try_open(s, path, false));
		sql(path, "SELECT seconds FROM expects");
	}
}

static void damaged(void **state)
{
	struct scene *s = *state;
	struct store_tests list;
	AUTO_FD int fd = -1;
	char rubbish[4096];

	memset(rubbish, 0x5a, sizeof(rubbish));
	for (int i = 0; i < 500; i++) {
		struct store_test t = a_test(s, "me:b", arena_printf(s->arena, "t%d", i), "PASS");

		OK(s, store_put_test(s->store, &t, &s->err));
	}
	OK(s, store_commit(s->store, &s->err));
	store_close(s->store);
	s->store = NULL;
	fd = open(s->path, O_WRONLY | O_CLOEXEC);
	for (off_t page = 1; page < 60; page++)
		assert_int_equal(pwrite(fd, rubbish, sizeof(rubbish), page * 4096),
				 sizeof(rubbish));
	OK(s, store_open(s->path, false, &s->store, &s->err));
	FAILS(s, store_tests(s->store, s->arena, &(struct store_filter){ 0 }, &list, &s->err),
	      ERR_PARSE, "is damaged");
	assert_int_equal(ftruncate(fd, 5000), 0);
	store_close(s->store);
	s->store = NULL;
	FAILS(s, try_open(s, s->path, false), ERR_PARSE, "is damaged");
}

/* Run @fn as an ordinary user in a child: root may write everywhere. */
static void as_nobody(struct scene *s, void (*fn)(struct scene *s))
{
	enum { NOBODY = 65534 };
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(2);
		fn(s);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define CHILD_CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s: %s\n", #condition, s->err.msg); \
			_exit(1); \
		} \
	} while (0)

static void unreadable(struct scene *s)
{
	CHILD_CHECK(try_open(s, s->path, false) == -ERR_IO && strstr(s->err.msg, "cannot read ") &&
		    strstr(s->err.msg, "Permission denied"));
}

static void unwritable(struct scene *s)
{
	CHILD_CHECK(try_open(s, s->path, true) == -ERR_IO &&
		    strstr(s->err.msg, "cannot write to ") &&
		    strstr(s->err.msg, "Permission denied"));
}

static void unwritable_folder(struct scene *s)
{
	CHILD_CHECK(try_open(s, s->path, true) == -ERR_IO && strstr(s->err.msg, "its folder "));
	CHILD_CHECK(try_open(s, in_dir(s, "new.db"), true) == -ERR_IO &&
		    strstr(s->err.msg, "Permission denied"));
	CHILD_CHECK(try_open(s, in_dir(s, "more/new.db"), true) == -ERR_IO &&
		    strstr(s->err.msg, "cannot make "));
}

static void no_permission(void **state)
{
	struct scene *s = *state;
	AUTO_FREE char *folder = path_join(s->dir, "new");

	assert_int_equal(chmod(s->dir, 0555) | chmod(folder, 0555), 0);
	assert_int_equal(chmod(s->path, 0), 0);
	as_nobody(s, unreadable);
	assert_int_equal(chmod(s->path, 0444), 0);
	as_nobody(s, unwritable);
	assert_int_equal(chmod(s->path, 0666), 0);
	as_nobody(s, unwritable_folder);
	assert_int_equal(chmod(s->dir, 0700) | chmod(folder, 0700), 0);
}

static void read_only_file_system(void **state)
{
	struct scene *s = *state;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!own_mounts() || mount(s->dir, s->dir, NULL, MS_BIND, NULL) < 0 ||
		    mount(NULL, s->dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
			_exit(77);
		CHILD_CHECK(try_open(s, s->path, true) == -ERR_IO &&
			    strstr(s->err.msg, "cannot write to ") &&
			    strstr(s->err.msg, "Read-only file system"));
		CHILD_CHECK(try_open(s, in_dir(s, "x.db"), true) == -ERR_IO &&
			    strstr(s->err.msg, "Read-only file system"));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void locked_for_too_long(void **state)
{
	struct scene *s = *state;
	struct store_test t = a_test(s, "me:b", "x", "PASS");
	struct store_run run = { .origin = "me" };
	struct store_tests list;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(s->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	OK(s, store_put_test(s->store, &t, &s->err));
	leap = 4;
	FAILS(s, store_commit(s->store, &s->err), ERR_BUSY,
	      "another program has kept it locked for 30 s");
	FAILS(s, store_put_run(s->store, &run, &s->err), ERR_BUSY, "another program");
	leap = 0;
	assert_int_equal(run.id, 0);
	/* Readers do not care, and the batch is not lost. */
	OK(s, store_tests(s->store, s->arena, &(struct store_filter){ 0 }, &list, &s->err));
	assert_int_equal(list.len, 0);
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_tests(s->store, s->arena, &(struct store_filter){ 0 }, &list, &s->err));
	assert_int_equal(list.len, 1);
	vec_release(&list);
}

/* Many begin at once where nothing is yet: all end with the same store. */
static void made_by_many_at_once(void **state)
{
	enum { PROCESSES = 6, ROUNDS = 5 };
	struct scene *s = *state;
	struct store_runs list;
	struct store *st;

	for (int round = 0; round < ROUNDS; round++) {
		const char *path = in_dir(s, arena_printf(s->arena, "r%d/k.db", round));
		pid_t children[PROCESSES];
		int status;

		for (int i = 0; i < PROCESSES; i++) {
			struct store_run run = { .origin = "me" };

			children[i] = fork();
			if (children[i] == 0) {
				CHILD_CHECK(store_open(path, true, &st, &s->err) == 0);
				CHILD_CHECK(store_put_run(st, &run, &s->err) == 0);
				store_close(st);
				_exit(0);
			}
		}
		for (int i = 0; i < PROCESSES; i++) {
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_int_equal(status, 0);
		}
		OK(s, store_open(path, false, &st, &s->err));
		OK(s, store_runs(st, s->arena, 0, &list, &s->err));
		assert_int_equal(list.len, PROCESSES);
		assert_int_equal(list.data[0].id, PROCESSES);
		vec_release(&list);
		store_close(st);
	}
}

RUN(SCENE(names), SCENE(missing), SCENE(not_a_store),
    SCENE(another_programs_database_is_left_alone), SCENE(newer_schema),
    SCENE(migrates_from_any_version), SCENE(damaged), SCENE(no_permission),
    SCENE(read_only_file_system), SCENE(locked_for_too_long), SCENE(made_by_many_at_once))
