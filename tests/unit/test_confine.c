/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "sys/confine.h"
#include "sys/file.h"
#include "sys/loop.h"

/* Run @script in a folder of its own, "in"; its exit status, output in @out. -1: killed by a signal, -2: it timed out. */
static int confined(bool spaces, const char *script, double timeout, struct str *out)
{
	AUTO_FREE char *dir = NULL;
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct err err = { 0 };
	struct child_end end;
	int code;

	assert_int_equal(dir_temp("confine", &dir, &err), 0);
	AUTO_FREE char *in = path_join(dir, "in"), *outside = mem_printf("OUTSIDE=%s", dir);
	char *env[] = { outside, NULL };
	assert_int_equal(dir_make(in, &err), 0);
	struct confine c = { .dir = in, .spaces = spaces, .cpu_seconds = 20, .file_size = 1 << 20 };
	struct run_spec spec = { .argv = argv,
				 .cwd = in,
				 .env_add = env,
				 .timeout = timeout,
				 .ret_out = out,
				 .confine = &c };
	int r = run(&spec, &end, &err);

	code = r == -ERR_TIMEOUT ? -2 : end.signalled ? -1 : end.code;
	if (r < 0 && r != -ERR_TIMEOUT)
		fail_msg("%s", err.msg);
	assert_int_equal(dir_remove(dir, &err), 0);
	return code;
}

static void need_spaces(void)
{
	const char *why;

	if (confine_possible("/tmp", &why))
		return;
	print_message("# skipped: %s\n", why);
	skip();
}

static void limits(void **state)
{
	AUTO_STR struct str out = STR_INIT;

	(void)state;
	assert_int_equal(confined(false, "echo here; exit 3", 20, &out), 3);
	assert_string_equal(str_c(&out), "here\n");
	/* SIGXFSZ */
	assert_int_equal(confined(false, "exec head -c 3000000 /dev/zero >big", 20, &out), -1);
	assert_int_equal(confined(false, "ulimit -c; ulimit -t", 20, &out), 0);
	assert_string_equal(str_c(&out), "here\n0\n20\n");
}

static void status_comes_through(void **state)
{
	AUTO_STR struct str out = STR_INIT;

	(void)state;
	need_spaces();
	assert_int_equal(confined(true, "echo here; exit 3", 20, &out), 3);
	assert_string_equal(str_c(&out), "here\n");
	/* abort() of a program that were the first of its name space would be no SIGABRT. */
	assert_int_equal(confined(true, "kill -ABRT $$", 20, &out), 128 + SIGABRT);
	assert_int_equal(confined(true, "exec head -c 3000000 /dev/zero >big", 20, &out),
			 128 + SIGXFSZ);
}

static void only_its_folder_is_written_to(void **state)
{
	AUTO_STR struct str out = STR_INIT;

	(void)state;
	need_spaces();
	assert_int_equal(confined(true, "touch a && touch \"$PWD/b\" && ls", 20, &out), 0);
	assert_string_equal(str_c(&out), "a\nb\n");
	assert_int_not_equal(confined(true, "touch \"$OUTSIDE/x\"", 20, &out), 0);
	assert_int_not_equal(confined(true, "touch ../x", 20, &out), 0);
	assert_int_not_equal(confined(true, "touch /tmp/x.$$", 20, &out), 0);
	assert_int_not_equal(confined(true, "echo x >/dev/shm/kassay-test-x", 20, &out), 0);
	/* Nor can root take that back. */
	assert_int_not_equal(
		confined(true, "mount -o remount,rw,bind / && touch \"$OUTSIDE/x\"", 20, &out), 0);
	assert_int_not_equal(confined(true, "unshare -Ur mount -o remount,rw,bind /tmp", 20, &out),
			     0);
}

static void no_network(void **state)
{
	AUTO_STR struct str out = STR_INIT;

	(void)state;
	need_spaces();
	assert_int_equal(confined(true, "cat /proc/net/dev | grep -c :", 20, &out), 0);
	assert_string_equal(str_c(&out), "1\n"); /* lo, which is down */
}

/* What leaves its session, too. */
static void nothing_survives(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	AUTO_FREE char *mark = mem_printf("%d.0271828", 100000 + (int)getpid());
	AUTO_FREE char *find = mem_printf("grep -lz '^%s$' /proc/[0-9]*/cmdline 2>/dev/null", mark);

	(void)state;
	need_spaces();
	for (int timed_out = 0; timed_out < 2; timed_out++) {
		AUTO_FREE char *script =
			mem_printf("setsid sleep %s & sleep %d; exit 5", mark, timed_out ? 60 : 1);
		char *argv[] = { (char *)"sh", (char *)"-c", find, NULL };
		struct run_spec spec = { .argv = argv, .ret_out = &out };
		struct child_end end;
		struct err err = { 0 };

		assert_int_equal(confined(true, script, timed_out ? 2 : 20, &out),
				 timed_out ? -2 : 5);
		assert_int_equal(run(&spec, &end, &err), 0);
		assert_string_equal(str_c(&out), "");
	}
}

RUN(T(limits), T(status_comes_through), T(only_its_folder_is_written_to), T(no_network),
    T(nothing_survives))
