/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/dirs.h"
#include "sys/file.h"
#include "sys/loop.h"

struct fixture {
	char *dir;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);
	int r = dir_temp("dirs", &f->dir, &f->err);

	*state = f;
	setenv("XDG_CACHE_HOME", f->dir, 1);
	return r;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	unsetenv("XDG_CACHE_HOME");
	free(f->dir);
	free(f);
	return r;
}

static void expect_dir(int (*fn)(char **ret, struct err *err), const char *expected)
{
	struct err err = { 0 };
	AUTO_FREE char *got = NULL;

	assert_int_equal(fn(&got, &err), 0);
	assert_string_equal(got, expected);
}

static void base_directories(void **state)
{
	AUTO_FREE char *home = mem_strdup(getenv("HOME"));
	struct err err = { 0 };
	char *none = NULL;

	(void)state;
	unsetenv("XDG_CACHE_HOME");
	unsetenv("XDG_DATA_HOME");
	setenv("HOME", "/home/x", 1);
	setenv("XDG_CONFIG_HOME", "/conf", 1);
	expect_dir(dirs_data, "/home/x/.local/share/kassay");
	expect_dir(dirs_cache, "/home/x/.cache/kassay");
	expect_dir(dirs_config, "/conf/kassay");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	expect_dir(dirs_config, "/home/x/.config/kassay");
	unsetenv("HOME");
	assert_int_equal(dirs_config(&none, &err), -ERR_USAGE);
	assert_string_equal(err.msg, "neither XDG_CONFIG_HOME nor HOME is set");
	unsetenv("XDG_CONFIG_HOME");
	if (home)
		setenv("HOME", home, 1);
}

/* The program started with "share": say what dirs_share() answers where this copy of it lies. */
static int say_share(void)
{
	AUTO_FREE char *dir = NULL;
	struct err err = { 0 };
	int r = dirs_share(&dir, &err);

	puts(r ? err.msg : dir);
	return 0;
}

static void expect_share(const char *program, const char *share, const char *expected)
{
	AUTO_FREE char *env = mem_printf("KASSAY_SHARE=%s", share);
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = (char *const[]){ (char *)program, (char *)"share", NULL },
		.env_add = (char *const[]){ env, NULL },
		.ret_out = &out,
	};

	assert_int_equal(run_ok(&spec, &err), 0);
	if (!strstr(str_c(&out), expected))
		assert_string_equal(str_c(&out), expected);
}

static void share(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *bin = path_join(f->dir, "bin"), *program = path_join(f->dir, "bin/program");
	AUTO_FREE char *installed = path_join(f->dir, "share/kassay"),
		       *built = path_join(f->dir, "bin/share/kassay");
	AUTO_FREE char *a = path_join(installed, "configs"), *b = path_join(built, "configs");

	assert_int_equal(dir_make(bin, &f->err), 0);
	assert_int_equal(file_copy("/proc/self/exe", program, &f->err), 0);
	expect_share(program, "", "set KASSAY_SHARE");
	assert_int_equal(dir_make(a, &f->err), 0);
	expect_share(program, "", installed);
	assert_int_equal(dir_make(b, &f->err), 0);
	expect_share(program, "", built);
	expect_share(program, installed, installed);
	expect_share(program, bin, "there is no folder configs in it");
}

static void names(void **state)
{
	AUTO_FREE char *a = cache_name("../My tree/x", "key"),
		       *b = cache_name("../My tree/x", "other");
	AUTO_FREE char *c = cache_name("", "key");
	AUTO_STR struct str lots = STR_INIT;

	(void)state;
	assert_string_equal(a, "_._My_tree_x-2c70e12b7a0646f9");
	assert_string_not_equal(a, b);
	assert_string_equal(c, "2c70e12b7a0646f9");
	for (int i = 0; i < 1000; i++)
		str_addc(&lots, 'x');
	AUTO_FREE char *d = cache_name(str_c(&lots), "key");
	assert_int_equal(strlen(d), 60 + 1 + 16);
}

static void note_waiting(const char *dir, void *data)
{
	(void)dir;
	++*(int *)data;
}

static void get_and_put(void **state)
{
	struct fixture *f = *state;
	struct cache_entry e, again;
	AUTO_FREE char *expected = path_join(f->dir, "kassay/build/one");

	assert_int_equal(cache_get("build", "one", CACHE_EXCLUSIVE, NULL, NULL, &e, &f->err), 0);
	assert_string_equal(e.dir, expected);
	assert_true(dir_exists(e.dir));
	assert_true(e.fresh);
	assert_true(fcntl(e.lock_fd, F_GETFD) & FD_CLOEXEC);
	cache_put(&e);
	cache_put(&e);
	cache_put(&(struct cache_entry){ .lock_fd = -1 });
	assert_int_equal(cache_get("build", "one", CACHE_SHARED, NULL, NULL, &e, &f->err), 0);
	assert_false(e.fresh);
	assert_int_equal(cache_get("build", "one", CACHE_SHARED, NULL, NULL, &again, &f->err), 0);
	cache_put(&e);
	cache_put(&again);

	AUTO_FREE char *file = path_join(f->dir, "kassay/build/file");
	assert_int_equal(file_write(file, VIEW("x"), 0644, &f->err), 0);
	assert_int_equal(cache_get("build", "file", CACHE_SHARED, NULL, NULL, &e, &f->err),
			 -ERR_IO);
	assert_non_null(strstr(f->err.msg, file));
}

/* Another process that holds the entry @name as @how until it is killed. */
static pid_t holder(const char *name, enum cache_lock how)
{
	int p[2];
	char c;

	assert_int_equal(pipe(p), 0);
	pid_t pid = fork();
	if (!pid) {
		struct cache_entry e;
		struct err err = { 0 };
		close(p[0]);
		if (!cache_get("build", name, how, NULL, NULL, &e, &err) &&
		    write(p[1], "x", 1) == 1)
			sleep(60);
		_exit(1);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void waiting(void **state)
{
	struct fixture *f = *state;
	struct cache_entry e;
	int waits = 0;
	pid_t shared = holder("one", CACHE_SHARED);

	/* Shared goes with shared. */
	assert_int_equal(cache_get("build", "one", CACHE_SHARED, note_waiting, &waits, &e, &f->err),
			 0);
	assert_int_equal(waits, 0);
	cache_put(&e);
	/* Exclusive waits until the other ends. */
	pid_t killer = fork();
	if (!killer) {
		usleep(400000);
		kill(shared, SIGKILL);
		_exit(0);
	}
	double start = time_mono();
	assert_int_equal(
		cache_get("build", "one", CACHE_EXCLUSIVE, note_waiting, &waits, &e, &f->err), 0);
	assert_int_equal(waits, 1);
	assert_true(time_mono() - start > 0.3);
	waitpid(killer, NULL, 0);
	waitpid(shared, NULL, 0);
	/* After a downgrade others may read. */
	assert_int_equal(cache_downgrade(&e, &f->err), 0);
	end(holder("one", CACHE_SHARED));
	cache_put(&e);
}

static void waiting_is_interrupted(void **state)
{
	struct fixture *f = *state;
	pid_t other = holder("one", CACHE_EXCLUSIVE);
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct cache_entry e;
		interrupt_install();
		int r = cache_get("build", "one", CACHE_SHARED, NULL, NULL, &e, &f->err);
		_exit(r == -ERR_CANCELLED ? 7 : 1);
	}
	usleep(300000);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	end(other);
}

/* A child that was given the lock keeps it when we are gone. */
static void inherited_lock(void **state)
{
	struct fixture *f = *state;
	struct loop *loop = loop_new();
	struct cache_entry e, other;
	struct child *c;
	int waits = 0;

	assert_int_equal(cache_get("build", "one", CACHE_EXCLUSIVE, NULL, NULL, &e, &f->err), 0);
	struct child_spec spec = {
		.argv = (char *const[]){ (char *)"sleep", (char *)"0.5", NULL },
		.in = -1,
		.out = -1,
		.error = -1,
		.keep = (int[]){ e.lock_fd, -1 },
	};
	assert_int_equal(child_start(loop, &spec, NULL, NULL, &c, &f->err), 0);
	cache_put(&e);
	assert_int_equal(cache_get("build", "one", CACHE_EXCLUSIVE, note_waiting, &waits, &other,
				   &f->err),
			 0);
	assert_int_equal(waits, 1);
	cache_put(&other);
	child_free(c);
	loop_free(loop);
}

static void fill(struct fixture *f, const char *name, size_t size, int64_t used)
{
	struct cache_entry e;
	AUTO_FREE char *bytes = mem_alloc(size);

	assert_int_equal(cache_get("build", name, CACHE_EXCLUSIVE, NULL, NULL, &e, &f->err), 0);
	AUTO_FREE char *path = path_join(e.dir, "file");
	assert_int_equal(file_write(path, (struct view){ bytes, size }, 0644, &f->err), 0);
	struct timespec t[2] = { { used, 0 }, { used, 0 } };
	assert_int_equal(futimens(e.lock_fd, t), 0);
	cache_put(&e);
}

static void listing(void **state)
{
	struct fixture *f = *state;
	struct cache_list l;
	struct cache_entry e;

	assert_int_equal(cache_list(&l, &f->err), 0); /* no cache at all */
	assert_int_equal(l.len, 0);
	fill(f, "new", 100000, 2000);
	fill(f, "old", 300000, 1000);
	pid_t other = holder("busy", CACHE_SHARED);
	for (int i = 0; i < 2; i++) { /* the second time from what was remembered */
		assert_int_equal(cache_list(&l, &f->err), 0);
		assert_int_equal(l.len, 3);
		assert_string_equal(l.data[0].name, "old");
		assert_string_equal(l.data[0].kind, "build");
		assert_int_equal(l.data[0].used_ms, 1000000);
		assert_in_range(l.data[0].size, 300000, 320000);
		assert_in_range(l.data[1].size, 100000, 120000);
		assert_false(l.data[1].busy);
		assert_string_equal(l.data[2].name, "busy");
		assert_true(l.data[2].busy);
		cache_list_release(&l);
	}
	/* Used again: counted again. */
	fill(f, "old", 900000, 3000);
	assert_int_equal(cache_list(&l, &f->err), 0);
	assert_string_equal(l.data[1].name, "old");
	assert_in_range(l.data[1].size, 900000, 920000);
	cache_list_release(&l);
	/* To get an entry is to use it. */
	assert_int_equal(cache_get("build", "new", CACHE_SHARED, NULL, NULL, &e, &f->err), 0);
	cache_put(&e);
	assert_int_equal(cache_list(&l, &f->err), 0);
	assert_string_equal(l.data[2].name, "new");
	assert_true(l.data[2].used_ms > time_now_ms() - 100000);
	cache_list_release(&l);
	end(other);
}

static void trim(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *dir = path_join(f->dir, "kassay/build"),
		       *trash = path_join(dir, ".trash-x-1");
	AUTO_FREE char *deep = path_join(trash, "half/removed");
	AUTO_STRV struct strv left = { 0 };
	uint64_t freed = 0;
	size_t busy = 0;

	assert_int_equal(cache_trim(0, &freed, &busy, &f->err), 0); /* nothing there */
	fill(f, "a", 100000, 1000);
	fill(f, "b", 200000, 2000);
	fill(f, "c", 300000, 3000);
	assert_int_equal(dir_make(deep, &f->err), 0);
	pid_t other = holder("a", CACHE_SHARED);
	assert_int_equal(cache_trim(450000, &freed, &busy, &f->err), 0);
	assert_in_range(freed, 200000, 220000);
	assert_int_equal(dir_list(dir, &left, &f->err), 0);
	assert_false(strv_has(&left, "b"));
	assert_false(strv_has(&left, "b.lock"));
	assert_false(strv_has(&left, "b.size"));
	assert_false(strv_has(&left, ".trash-x-1"));
	assert_true(strv_has(&left, "a"));
	assert_true(strv_has(&left, "c"));
	assert_int_equal(cache_trim(0, &freed, &busy, &f->err), 0);
	assert_int_equal(busy, 1);
	end(other);
	assert_int_equal(cache_trim(0, &freed, &busy, &f->err), 0);
	strv_release(&left);
	assert_int_equal(dir_list(dir, &left, &f->err), 0);
	assert_int_equal(left.len, 0);
}

/* Many that get entries while one trims: everybody who holds an entry finds his own file in it. */
static void worker(int number)
{
	struct err err = { 0 };

	for (int i = 0; i < 150; i++) {
		struct cache_entry e;
		if (cache_get("build", i % 2 ? "x" : "y", CACHE_EXCLUSIVE, NULL, NULL, &e, &err))
			_exit(1);
		AUTO_FREE char *path = path_join(e.dir, "mine");
		AUTO_FREE char *text = mem_printf("%d.%d", number, i);
		AUTO_STR struct str got = STR_INIT;
		if (file_write(path, view_of(text), 0644, &err))
			_exit(2);
		usleep(500);
		if (file_read(path, 100, &got, &err) || strcmp(str_c(&got), text))
			_exit(3);
		cache_put(&e);
	}
	_exit(0);
}

static void trim_races(void **state)
{
	struct fixture *f = *state;
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i])
			worker(i);
	}
	for (size_t done = 0; done < ARRAY_SIZE(pids);) {
		uint64_t freed;
		size_t busy;
		int status;
		assert_int_equal(cache_trim(0, &freed, &busy, &f->err), 0);
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			assert_int_equal(status, 0);
			done++;
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_directories),
		cmocka_unit_test_setup_teardown(share, setup, teardown),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(get_and_put, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_is_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(inherited_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(listing, setup, teardown),
		cmocka_unit_test_setup_teardown(trim, setup, teardown),
		cmocka_unit_test_setup_teardown(trim_races, setup, teardown),
	};

	if (argc > 1 && !strcmp(argv[1], "share"))
		return say_share();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
