/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers, streams, children. */
#include "test_process.h"

#include <pty.h>
#include <sys/socket.h>

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

RUN(T(timers), T(stream_big_echo), T(stream_socket_reset), T(stream_pausing), T(stream_of_file),
    T(stream_of_terminal), T(child_killed), T(child_swaps_fds), T(child_dies_with_us))
