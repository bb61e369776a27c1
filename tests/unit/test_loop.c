/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/loop.h"

#define ARGV(...) ((char *const[]){ __VA_ARGS__, NULL })
#define SH(script) ARGV((char *)"sh", (char *)"-c", (char *)(script))

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

/* Timers */

struct counting {
	struct loop *loop;
	struct timer *timer;
	int n;
};

static void count_to_three(void *data)
{
	struct counting *c = data;

	if (++c->n < 3)
		return;
	timer_free(TAKE(c->timer));
	loop_stop(c->loop);
}

static void count(void *data)
{
	((struct counting *)data)->n++;
}

static void timers(void **state)
{
	struct counting c = { .loop = loop_new() }, once = { 0 }, stopped = { 0 };
	struct err err = { 0 };
	double start = time_mono();

	(void)state;
	c.timer = timer_new(c.loop, 0.05, 0.02, count_to_three, &c);
	struct timer *t = timer_new(c.loop, 0.01, 0, count, &once);
	struct timer *s = timer_new(c.loop, 0.01, 0, count, &stopped);
	timer_stop(s);
	assert_int_equal(loop_run(c.loop, &err), 0);
	assert_int_equal(c.n, 3);
	assert_int_equal(once.n, 1);
	assert_int_equal(stopped.n, 0);
	assert_true(time_mono() - start >= 0.085);
	timer_restart(t, 0.01);
	assert_int_equal(loop_run(c.loop, &err), 0); /* until nothing is left */
	assert_int_equal(once.n, 2);
	timer_free(t);
	timer_free(s);
	loop_free(c.loop);
	loop_free(NULL);
}

/* Streams */

struct reading {
	struct loop *loop;
	struct stream *stream;
	struct str got;
	int ends;
	bool stop_at_first;
};

static void on_bytes(const char *p, size_t n, void *data)
{
	struct reading *r = data;

	str_add(&r->got, p, n);
	r->ends += !n;
	if (!n || r->stop_at_first) {
		stream_free(TAKE(r->stream));
		loop_stop(r->loop);
	}
}

static void stream_big_echo(void **state)
{
	struct reading r = { .loop = loop_new() };
	struct err err = { 0 };
	AUTO_STR struct str sent = STR_INIT;
	struct child *child = NULL;
	int in[2], out[2];

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	struct child_spec spec = { .argv = ARGV((char *)"head", (char *)"-c", (char *)"3000000"),
				   .in = in[0],
				   .out = out[1],
				   .error = 2 };
	assert_int_equal(child_start(r.loop, &spec, NULL, NULL, &child, &err), 0);
	close(in[0]);
	close(out[1]);
	struct stream *to = stream_new(r.loop, in[1], NULL, NULL);
	r.stream = stream_new(r.loop, out[0], on_bytes, &r);
	for (int i = 0; i < 300000; i++)
		str_addf(&sent, "%9d\n", i);
	stream_write(to, sent.data, 1000);
	stream_write(to, sent.data + 1000, sent.len - 1000);
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_int_equal(r.ends, 1);
	assert_int_equal(r.got.len, sent.len);
	assert_memory_equal(r.got.data, sent.data, sent.len);
	/* The reader is gone: quietly nothing. */
	stream_write(to, sent.data, sent.len);
	assert_int_equal(loop_run(r.loop, &err), 0);
	stream_write(to, sent.data, sent.len);
	stream_free(to);
	child_free(child);
	loop_free(r.loop);
	str_release(&r.got);
}

/*
 * A unix socket whose other side went with bytes unread is in error, and what it had sent is still
 * to be had.
 */
static void stream_socket_reset(void **state)
{
	struct reading r = { .loop = loop_new() };
	struct err err = { 0 };
	int s[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	assert_int_equal(write(s[0], "unread", 6), 6);
	AUTO_FREE char *bytes = mem_alloc(150000);
	assert_int_equal(write(s[1], bytes, 150000), 150000);
	close(s[1]);
	r.stream = stream_new(r.loop, s[0], on_bytes, &r);
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_int_equal(r.got.len, 150000);
	assert_int_equal(r.ends, 1);
	loop_free(r.loop);
	str_release(&r.got);
}

static void stream_pausing(void **state)
{
	struct reading r = { .loop = loop_new() };
	struct err err = { 0 };
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	r.stream = stream_new(r.loop, p[0], on_bytes, &r);
	assert_int_equal(write(p[1], "x", 1), 1);
	close(p[1]);
	stream_pause(r.stream, true);
	assert_int_equal(loop_run(r.loop, &err), 0); /* nothing to wait for */
	assert_int_equal(r.got.len, 0);
	stream_pause(r.stream, false);
	r.stop_at_first = true;
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_string_equal(str_c(&r.got), "x");
	assert_null(r.stream);
	loop_free(r.loop);
	str_release(&r.got);
}

/* What epoll refuses is read all the same. */
static void stream_of_file(void **state)
{
	struct reading r = { .loop = loop_new() };
	struct err err = { 0 };

	(void)state;
	r.stream = stream_new(r.loop, open("/dev/null", O_RDWR), on_bytes, &r);
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_int_equal(r.ends, 1);
	str_release(&r.got);
	r.stream = stream_new(r.loop, open("/proc/self/status", O_RDONLY), on_bytes, &r);
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_non_null(strstr(str_c(&r.got), "VmSize"));
	struct stream *w = stream_new(r.loop, open("/dev/null", O_WRONLY), NULL, NULL);
	stream_write(w, "gone", 4);
	assert_int_equal(loop_run(r.loop, &err), 0);
	stream_free(w);
	loop_free(r.loop);
	str_release(&r.got);
}

/* The terminal is shared with the shell that started us: it must not become non-blocking for it. */
static void stream_of_terminal(void **state)
{
	struct reading r = { .loop = loop_new(), .stop_at_first = true }, m = r;
	struct err err = { 0 };
	int master, slave;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	r.stream = stream_new(r.loop, fcntl(slave, F_DUPFD_CLOEXEC, 3), on_bytes, &r);
	assert_int_equal(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(write(master, "hello\n", 6), 6);
	assert_int_equal(loop_run(r.loop, &err), 0);
	assert_string_equal(str_c(&r.got), "hello\n");
	m.stream = stream_new(m.loop, master, on_bytes, &m); /* the echo */
	assert_int_equal(loop_run(m.loop, &err), 0);
	assert_string_equal(str_c(&m.got), "hello\r\n");
	close(slave);
	loop_free(r.loop);
	str_release(&r.got);
	str_release(&m.got);
}

/* Children */

struct ending {
	struct loop *loop;
	struct child_end end;
	int n;
};

static void on_end(const struct child_end *end, void *data)
{
	struct ending *e = data;

	e->end = *end;
	e->n++;
}

static void child_killed(void **state)
{
	struct ending e = { .loop = loop_new() };
	struct child_spec spec = {
		.argv = SH("sleep 60"), .in = -1, .out = -1, .error = -1, .own_group = true
	};
	struct child *c;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(child_start(e.loop, &spec, on_end, &e, &c, &err), 0);
	pid_t pid = child_pid(c);
	assert_int_equal(getpgid(pid), pid);
	child_kill(c, SIGINT);
	assert_int_equal(loop_run(e.loop, &err), 0);
	assert_int_equal(e.n, 1);
	assert_true(e.end.signalled);
	assert_int_equal(e.end.code, SIGINT);
	child_kill(c, SIGKILL); /* nothing */
	child_free(c);

	/* Freed while it runs. */
	assert_int_equal(child_start(e.loop, &spec, on_end, &e, &c, &err), 0);
	pid = child_pid(c);
	child_free(c);
	child_free(NULL);
	assert_int_equal(kill(pid, 0), -1);
	loop_free(e.loop);
	assert_int_equal(e.n, 1);
}

/* The descriptors of the child given crosswise. */
static void child_swaps_fds(void **state)
{
	struct loop *loop = loop_new();
	struct child *c;
	struct err err = { 0 };
	int p[2];
	char buf[10] = "";

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	int saved_out = fcntl(1, F_DUPFD_CLOEXEC, 3), saved_error = fcntl(2, F_DUPFD_CLOEXEC, 3);
	dup2(p[1], 1); /* our 1 is the pipe; our 2 stays */
	struct child_spec spec = {
		.argv = SH("echo out >/dev/null; echo error >&2"), .in = -1, .out = 2, .error = 1
	};
	int r = child_start(loop, &spec, NULL, NULL, &c, &err);
	dup2(saved_out, 1);
	assert_int_equal(r, 0);
	assert_int_equal(read(p[0], buf, sizeof(buf)), 6);
	assert_string_equal(buf, "error\n");
	child_free(c);
	loop_free(loop);
	close(p[0]);
	close(p[1]);
	close(saved_out);
	close(saved_error);
}

/* Processes that test what happens to us: the test's own process must survive. */

static pid_t fork_test(void (*fn)(int out), int *ret_from)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (!pid) {
		fn(p[1]);
		_exit(0);
	}
	close(p[1]);
	*ret_from = p[0];
	return pid;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(9);
}

static void wait_said(int fd, const char *text)
{
	char buf[100] = "";
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	assert_true(n > 0);
	assert_string_equal(buf, text);
}

static void start_and_die(int out)
{
	struct child_spec spec = { .argv = SH("echo up; exec sleep 60"),
				   .in = -1,
				   .out = out,
				   .error = -1,
				   .die_with_us = true };
	struct child *c;
	struct err err = { 0 };

	if (child_start(loop_new(), &spec, NULL, NULL, &c, &err))
		_exit(1);
	sleep(60);
}

static void child_dies_with_us(void **state)
{
	int from;
	pid_t pid = fork_test(start_and_die, &from);
	char c;

	(void)state;
	wait_said(from, "up\n");
	double start = time_mono();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* Its end of the pipe is closed: sleep is gone. */
	assert_int_equal(read(from, &c, 1), 0);
	assert_true(time_mono() - start < 20);
	close(from);
}

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
	struct timer *t = timer_new(l, 0.01, 0, count, &(struct counting){ 0 });
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
		cmocka_unit_test(run_lines),
		cmocka_unit_test(run_long_line),
		cmocka_unit_test(run_input),
		cmocka_unit_test(run_timeout),
		cmocka_unit_test(run_timeout_group),
		cmocka_unit_test(run_grandchild_keeps_pipe),
		cmocka_unit_test(run_environment),
		cmocka_unit_test(run_cannot_start),
		cmocka_unit_test(run_ok_messages),
		cmocka_unit_test(run_side_by_side),
		cmocka_unit_test(run_without_terminal),
		cmocka_unit_test(run_leaks_nothing),
		cmocka_unit_test(run_resets_signals),
		cmocka_unit_test(timers),
		cmocka_unit_test(stream_big_echo),
		cmocka_unit_test(stream_socket_reset),
		cmocka_unit_test(stream_pausing),
		cmocka_unit_test(stream_of_file),
		cmocka_unit_test(stream_of_terminal),
		cmocka_unit_test(child_killed),
		cmocka_unit_test(child_swaps_fds),
		cmocka_unit_test(child_dies_with_us),
		cmocka_unit_test(interrupts),
	};

	return cmocka_run_group_tests(tests, warm_up, NULL);
}
