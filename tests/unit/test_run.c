/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run(), and what an interrupt does to it. */
#include "test_process.h"

#include <errno.h>

#include "sys/file.h"

static size_t open_fds(void)
{
	AUTO_STRV struct strv names = { 0 };
	struct err err = { 0 };

	assert_int_equal(dir_list("/proc/self/fd", &names, &err), 0);
	return names.len;
}

/* The event library opens a pipe of its own once. */
static int warm_up(void **state)
{
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = { .argv = SH("true") };

	(void)state;
	return run(&spec, &end, &err);
}

struct lines {
	struct strv all;
	size_t longest, n;
	int ticks;
};

static void add_line(struct view line, bool from_stderr, void *data)
{
	struct lines *l = data;

	l->n++;
	if (line.len > l->longest)
		l->longest = line.len;
	if (line.len < 100)
		strv_addf(&l->all, "%s" VIEW_FMT, from_stderr ? "!" : "", VIEW_ARG(line));
}

static void on_tick(void *data)
{
	((struct lines *)data)->ticks++;
}

/* run() */

static void run_lines(void **state)
{
	struct lines lines = { 0 };
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("echo one; printf 'two\\r\\n\\n'; sleep 0.1; echo bad >&2; sleep 0.1;"
			   "printf three; exit 3"),
		.line = add_line,
		.data = &lines,
	};

	(void)state;
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_false(end.signalled);
	assert_int_equal(end.code, 3);
	static const char *const expected[] = { "one", "two", "", "!bad", "three" };
	assert_int_equal(lines.all.len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < lines.all.len; i++)
		assert_string_equal(lines.all.data[i], expected[i]);
	strv_release(&lines.all);
}

static void run_long_line(void **state)
{
	struct lines lines = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next"),
		.line = add_line,
		.data = &lines,
		.ret_out = &out,
	};

	(void)state;
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_int_equal(lines.longest, RUN_LINE_MAX);
	assert_int_equal(lines.n, 2); /* the rest of the long one is gone */
	assert_string_equal(lines.all.data[0], "next");
	assert_int_equal(out.len, 3000000 + 1 + 5);
	strv_release(&lines.all);
}

/*
 * A program that answers each byte with many: with two pipes that both wait, this would never end.
 */
static void run_input(void **state)
{
	AUTO_STR struct str in = STR_INIT, out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };

	(void)state;
	for (int i = 0; i < 200000; i++)
		str_addf(&in, "line %d\n", i);
	struct run_spec spec = { .argv = SH("cat; cat"), .input = str_view(&in), .ret_out = &out };
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.data, in.data, in.len);
	spec.argv = SH("exit 0"); /* does not read it */
	assert_int_equal(run(&spec, &end, &err), 0);
	spec = (struct run_spec){ .argv = SH("cat | wc -c"), .ret_out = &out };
	str_clear(&out);
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_string_equal(str_c(&out), "0\n");
}

static void run_timeout(void **state)
{
	struct lines lines = { 0 };
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("trap 'echo asked; exit 1' TERM; sleep 30 & wait"),
		.timeout = 0.3,
		.line = add_line,
		.tick = on_tick,
		.data = &lines,
	};
	double start = time_mono();

	(void)state;
	assert_int_equal(run(&spec, &end, &err), -ERR_TIMEOUT);
	assert_string_equal(err.msg, "sh: not done after 0.3 seconds");
	assert_true(time_mono() - start < 4);
	assert_string_equal(lines.all.data[0], "asked");
	assert_in_range(lines.ticks, 1, 10);
	strv_release(&lines.all);

	/* What ignores SIGTERM is killed. */
	spec = (struct run_spec){
		.argv = SH("trap '' TERM; while :; do sleep 0.1; done"),
		.timeout = 0.2,
	};
	start = time_mono();
	assert_int_equal(run(&spec, &end, &err), -ERR_TIMEOUT);
	assert_in_range(time_mono() - start, 2, 8);
}

/* A grandchild that ignores SIGTERM goes with the program that does not. */
static void run_timeout_group(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("(trap '' TERM; exec sleep 31 >/dev/null) & echo $!; exec sleep 30"),
		.timeout = 0.5,
		.ret_out = &out,
	};
	uint64_t pid = 0;

	(void)state;
	assert_int_equal(run(&spec, &end, &err), -ERR_TIMEOUT);
	assert_int_equal(view_u64(view_trim(str_view(&out)), 10, &pid), 0);
	AUTO_FREE char *path = mem_printf("/proc/%d/stat", (int)pid);
	for (int i = 0; i < 100; i++) { /* dead, and perhaps not yet collected by init */
		AUTO_STR struct str text = STR_INIT;
		if (file_read(path, 4096, &text, &err) || strstr(str_c(&text), ") Z"))
			return;
		usleep(50000);
	}
	fail_msg("%s is still there", path);
}

static void run_grandchild_keeps_pipe(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = { .argv = SH("sleep 20 & echo done"), .ret_out = &out };
	double start = time_mono();

	(void)state;
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_true(time_mono() - start < 3);
	assert_string_equal(str_c(&out), "done\n");
}

static void run_environment(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("echo $A ${B-unset} ${C-unset} $ABC; pwd"),
		.env_add = ARGV((char *)"A=new", (char *)"B=", (char *)"ABC=long"),
		.cwd = "/",
		.ret_out = &out,
	};

	(void)state;
	setenv("A", "old", 1);
	setenv("B", "old", 1);
	setenv("C", "kept", 1);
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_string_equal(str_c(&out), "new unset kept long\n/\n");
}

static void run_cannot_start(void **state)
{
	struct child_end end = { 0 };
	struct err err = { 0 };
	struct run_spec spec = { .argv = ARGV((char *)"no-such-program") };
	size_t before = open_fds();

	(void)state;
	assert_int_equal(run(&spec, &end, &err), -ERR_NO_TOOL);
	assert_string_equal(err.msg, "no-such-program is not installed");
	spec.argv = ARGV((char *)"/etc/passwd");
	assert_int_equal(run(&spec, &end, &err), -ERR_IO);
	assert_string_equal(err.msg, "/etc/passwd: Permission denied");
	spec.argv = SH("true");
	spec.cwd = "/no/such/folder";
	assert_int_equal(run(&spec, &end, &err), -ERR_NOT_FOUND);
	assert_string_equal(err.msg, "/no/such/folder: No such file or directory");
	assert_int_equal(open_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void run_ok_messages(void **state)
{
	struct err err = { 0 };
	struct run_spec spec = {
		.argv = SH("echo first >&2; echo '  last words ' >&2; echo >&2; exit 4")
	};

	(void)state;
	assert_int_equal(run_ok(&spec, &err), -ERR_INTERNAL);
	assert_string_equal(err.msg, "sh: exit 4: last words");
	spec.argv = SH("kill -9 $$");
	assert_int_equal(run_ok(&spec, &err), -ERR_INTERNAL);
	assert_string_equal(err.msg, "sh: killed by signal 9");
	spec.argv = ARGV((char *)"ls", (char *)"no-such-file");
	assert_int_equal(run_ok(&spec, &err), -ERR_INTERNAL);
	assert_non_null(strstr(err.msg, "ls no-such-file: exit 2: "));
	spec.argv = SH("true");
	assert_int_equal(run_ok(&spec, &err), 0);

	AUTO_STR struct str out = STR_INIT;
	spec = (struct run_spec){ .argv = SH("head -c 70000000 /dev/zero"), .ret_out = &out };
	assert_int_equal(run_ok(&spec, &err), -ERR_LIMIT);
	assert_int_equal(out.len, RUN_OUTPUT_MAX);
}

/* Three at once take as long as one. */
static void run_side_by_side(void **state)
{
	AUTO_STR struct str a = STR_INIT, b = STR_INIT;
	struct child_end ends[3];
	struct err err = { 0 };
	struct run_spec specs[] = {
		{ .argv = SH("sleep 1; echo a"), .ret_out = &a },
		{ .argv = SH("sleep 1; echo b; exit 2"), .ret_out = &b, .may_fail = true },
		{ .argv = SH("sleep 1") },
	};
	double start = time_mono();
	size_t before = open_fds();

	(void)state;
	assert_int_equal(run_together(specs, 3, ends, &err), 0);
	assert_true(time_mono() - start < 2.5);
	assert_string_equal(str_c(&a), "a\n");
	assert_string_equal(str_c(&b), "b\n");
	assert_int_equal(ends[1].code, 2);
	specs[1].may_fail = false;
	assert_int_equal(run_together(specs, 3, NULL, &err), -ERR_INTERNAL);
	assert_string_equal(err.msg, "sh: exit 2");
	specs[2].timeout = 0.1;
	assert_int_equal(run_together(specs, 3, NULL, &err), -ERR_TIMEOUT);
	specs[2].argv = ARGV((char *)"no-such-program");
	assert_int_equal(run_together(specs, 3, NULL, &err), -ERR_NO_TOOL);
	assert_int_equal(open_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

struct beside {
	struct loop *loop;
	int ticks, cancel_at;
};

static void on_beside(void *data)
{
	struct beside *b = data;

	loop_stop(b->loop); /* as others do in a shared loop */
	if (++b->ticks == b->cancel_at)
		loop_cancel(b->loop);
}

/* In a loop that is there already, what lives in it goes on, and may call the program off. */
static void run_in_shared_loop(void **state)
{
	struct beside b = { .loop = loop_new() };
	struct timer *t = timer_new(b.loop, 0.1, 0.1, on_beside, &b);
	struct child_end end = { 0 };
	struct err err = { 0 };
	struct run_spec spec = { .loop = b.loop, .argv = SH("sleep 1; exit 3") };

	(void)state;
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_int_equal(end.code, 3);
	assert_in_range(b.ticks, 5, 11);
	b.ticks = 0;
	b.cancel_at = 3;
	double start = time_mono();
	assert_int_equal(run(&spec, &end, &err), -ERR_CANCELLED);
	assert_true(time_mono() - start < 0.9);
	b.cancel_at = 0;
	assert_int_equal(run(&spec, &end, &err), 0);
	timer_free(t);
	loop_free(b.loop);
}

/* Nothing to ask a person on. */
static void run_without_terminal(void **state)
{
	struct child_end end;
	struct err err = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct run_spec spec = {
		.argv = SH("read pid name state parent group session rest </proc/self/stat;"
			   "test $pid = $session && ! (exec 3</dev/tty)"),
		.ret_out = &out,
	};

	(void)state;
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_int_equal(end.code, 0);
}

/* Neither descriptors nor zombies stay, and the child sees nothing but its own. */
static void run_leaks_nothing(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	AUTO_FD int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int careless = open("/dev/null", O_RDONLY);
	AUTO_FREE char *script =
		mem_printf("test -e /proc/self/fd/%d && echo kept; ls /proc/self/fd | wc -l", kept);
	size_t before = open_fds();
	struct run_spec spec = {
		.argv = SH(script), .ret_out = &out, .keep = (int[]){ kept, -1 }, .input = VIEW("x")
	};

	(void)state;
	assert_true(careless > 2);
	for (int i = 0; i < 20; i++) {
		str_clear(&out);
		assert_int_equal(run(&spec, &end, &err), 0);
		assert_string_equal(str_c(&out), "kept\n5\n"); /* 0, 1, 2, kept, and ls's own */
	}
	assert_int_equal(open_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void run_resets_signals(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct child_end end;
	struct err err = { 0 };
	struct run_spec spec = { .argv = ARGV((char *)"grep", (char *)"-E", (char *)"Sig(Blk|Ign)",
					      (char *)"/proc/self/status"),
				 .ret_out = &out };
	unsigned long long blocked, ignored;
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGUSR2, SIG_IGN);
	assert_int_equal(run(&spec, &end, &err), 0);
	assert_int_equal(sscanf(str_c(&out), "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
	/* Signals 32 and up are the C library's and whoever started us. */
	assert_int_equal(blocked & 0x7fffffff, 0);
	assert_int_equal(ignored & 0x7fffffff, 0);
	signal(SIGUSR2, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Interrupts */

struct heard {
	int out;
	bool ended;
};

static void pass_on(struct view line, bool from_stderr, void *data)
{
	struct heard *h = data;

	(void)from_stderr;
	if (view_eq(line, "up"))
		say(h->out, "up\n");
	h->ended |= view_eq(line, "ended");
}

static void nothing(void *data)
{
	(void)data;
}

static void run_until_interrupted(int out)
{
	struct child_end end;
	struct err err = { 0 };
	struct heard heard = { .out = out };
	struct run_spec spec = {
		.argv = SH("trap 'echo ended; exit 0' TERM; echo up; sleep 60 & wait"),
		.line = pass_on,
		.data = &heard,
	};

	interrupt_install();
	interrupt_install();
	int r = run(&spec, &end, &err);
	bool right = r == -ERR_CANCELLED && interrupted() && heard.ended &&
		     !strcmp(err.msg, "sh: interrupted");
	say(out, right ? "right\n" : err.msg);
	/* A new loop sees it, too, once. */
	struct loop *l = loop_new();
	struct timer *t = timer_new(l, 0.01, 0, nothing, NULL);
	say(out, loop_run(l, &err) == -ERR_CANCELLED && !loop_run(l, &err) ? "once\n" : "wrong\n");
	timer_free(t);
	loop_free(l);
	sleep(60);
}

static void interrupts(void **state)
{
	int from, status;
	pid_t pid = fork_test(run_until_interrupted, &from);

	(void)state;
	wait_said(from, "up\n");
	kill(pid, SIGTERM);
	kill(pid, SIGTERM); /* twice is no reason to end */
	wait_said(from, "right\n");
	wait_said(from, "once\n");
	kill(pid, SIGINT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	close(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_lines),	      cmocka_unit_test(run_long_line),
		cmocka_unit_test(run_input),	      cmocka_unit_test(run_timeout),
		cmocka_unit_test(run_timeout_group),  cmocka_unit_test(run_grandchild_keeps_pipe),
		cmocka_unit_test(run_environment),    cmocka_unit_test(run_cannot_start),
		cmocka_unit_test(run_ok_messages),    cmocka_unit_test(run_side_by_side),
		cmocka_unit_test(run_in_shared_loop), cmocka_unit_test(run_without_terminal),
		cmocka_unit_test(run_leaks_nothing),  cmocka_unit_test(run_resets_signals),
		cmocka_unit_test(interrupts),
	};

	return cmocka_run_group_tests_name(NULL, tests, warm_up, NULL);
}
