/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "sys/loop_uv.h"

enum { STREAM_READ_SIZE = 64 << 10 };

struct loop {
	uv_loop_t uv;
	uv_poll_t interrupt; /* unreferenced: waiting for it alone is no reason to stay */
	bool watching, cancelled;
};

struct timer {
	uv_timer_t uv;
	uint64_t repeat_ms;
	timer_fn fn;
	void *data;
};

struct stream {
	union {
		uv_handle_t any;
		uv_poll_t poll;
		uv_idle_t idle; /* what epoll does not take is always ready: a file, /dev/null */
	} uv;
	bool pollable;
	int fd;
	int flags; /* of the open file, as we got it */
	stream_fn fn;
	void *data;
	bool paused;
	bool ended;	/* nothing to read any more */
	bool broken;	/* nothing can be written any more */
	struct str out; /* waits to be written, from out_done on */
	size_t out_done;
	char *buf; /* STREAM_READ_SIZE */
};

struct uv_loop_s *loop_uv(struct loop *l)
{
	return &l->uv;
}

struct loop *loop_new(void)
{
	struct loop *l = NEW(struct loop);
	int failed = uv_loop_init(&l->uv);

	assert(!failed);
	/* A write to a program that ended is an error of that write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->watching)
		uv_close((uv_handle_t *)&l->interrupt, NULL);
	/* Once for a stop that is pending, once for the handles that are closing. */
	uv_run(&l->uv, UV_RUN_NOWAIT);
	uv_run(&l->uv, UV_RUN_NOWAIT);
	int busy = uv_loop_close(&l->uv);
	assert(!busy);
	free(l);
}

static void on_interrupt(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	struct loop *l = p->data;

	/* The byte stays in the pipe for the other loops. */
	uv_poll_stop(p);
	l->cancelled = true;
	uv_stop(&l->uv);
}

static void watch_interrupt(struct loop *l)
{
	if (l->watching || interrupt_fd() < 0)
		return;
	int failed = uv_poll_init(&l->uv, &l->interrupt, interrupt_fd());
	assert(!failed);
	l->interrupt.data = l;
	uv_poll_start(&l->interrupt, UV_READABLE, on_interrupt);
	uv_unref((uv_handle_t *)&l->interrupt);
	l->watching = true;
}

int loop_run(struct loop *l, struct err *err)
{
	watch_interrupt(l);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	if (!l->cancelled)
		return 0;
	l->cancelled = false;
	return err_set(err, ERR_CANCELLED, "interrupted");
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void loop_cancel(struct loop *l)
{
	l->cancelled = true;
	uv_stop(&l->uv);
}

/* Timers */

static uint64_t milliseconds(double seconds)
{
	return seconds > 0 ? (uint64_t)(seconds * 1000 + 0.5) : 0;
}

static void on_timer(uv_timer_t *uv)
{
	struct timer *t = (struct timer *)uv;

	t->fn(t->data);
}

struct timer *timer_new(struct loop *l, double first, double repeat, timer_fn fn, void *data)
{
	struct timer *t = NEW(struct timer);

	uv_timer_init(&l->uv, &t->uv);
	t->fn = fn;
	t->data = data;
	t->repeat_ms = milliseconds(repeat);
	timer_restart(t, first);
	return t;
}

void timer_restart(struct timer *t, double first)
{
	uv_update_time(t->uv.loop);
	uv_timer_start(&t->uv, on_timer, milliseconds(first), t->repeat_ms);
}

void timer_stop(struct timer *t)
{
	uv_timer_stop(&t->uv);
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void timer_free(struct timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->uv, free_handle);
}

/* Streams */

static void on_poll(uv_poll_t *p, int status, int events);
static void on_idle(uv_idle_t *p);

static void stream_watch(struct stream *s)
{
	int events = 0;

	if (s->fn && !s->paused && !s->ended)
		events |= UV_READABLE;
	if (!s->broken && s->out_done < s->out.len)
		events |= UV_WRITABLE;
	if (!s->pollable && events)
		uv_idle_start(&s->uv.idle, on_idle);
	else if (!s->pollable)
		uv_idle_stop(&s->uv.idle);
	else if (events)
		uv_poll_start(&s->uv.poll, events, on_poll);
	else
		uv_poll_stop(&s->uv.poll);
}

static void stream_flush(struct stream *s)
{
	ssize_t n = write(s->fd, s->out.data + s->out_done, s->out.len - s->out_done);

	if (n > 0)
		s->out_done += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->broken = true;
	if (s->broken || s->out_done == s->out.len) {
		str_clear(&s->out);
		s->out_done = 0;
	}
}

static void stream_ready(struct stream *s, int events)
{
	if ((events & UV_WRITABLE) && !s->broken && s->out_done < s->out.len)
		stream_flush(s);
	if (!s->fn || s->paused || s->ended)
		events &= ~UV_READABLE;
	ssize_t n = -1;
	if (events & UV_READABLE) {
		n = read(s->fd, s->buf, STREAM_READ_SIZE);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			events &= ~UV_READABLE;
		else if (n <= 0)
			s->ended = true;
	}
	stream_watch(s);
	/* Last: the callback may free the stream. */
	if (events & UV_READABLE)
		s->fn(s->buf, n > 0 ? (size_t)n : 0, s->data);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct stream *s = (struct stream *)p;

	/*
	 * A negative status is EPOLLERR, and uv stopped polling. What the other side sent before it
	 * went is still to be read (a unix socket closed with unread bytes), so only read(2)
	 * decides that the end is there.
	 */
	if (status < 0) {
		s->broken = true;
		events = UV_READABLE;
	}
	stream_ready(s, events);
}

static void on_idle(uv_idle_t *p)
{
	stream_ready((struct stream *)p, UV_READABLE | UV_WRITABLE);
}

/*
 * O_NONBLOCK belongs to the open file, which a terminal shares with the shell we came from: open it
 * anew where we may. The master side of a pseudo terminal is ours, and cannot be opened again.
 */
static int own_file(int fd)
{
	unsigned pty;
	char path[32];

	if (!isatty(fd) || !ioctl(fd, TIOCGPTN, &pty))
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, (fcntl(fd, F_GETFL) & O_ACCMODE) | O_CLOEXEC | O_NOCTTY);
	if (again < 0)
		return fd;
	close(fd);
	return again;
}

struct stream *stream_new(struct loop *l, int fd, stream_fn fn, void *data)
{
	struct stream *s = NEW(struct stream);

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	s->fd = own_file(fd);
	s->flags = fcntl(s->fd, F_GETFL);
	s->fn = fn;
	s->data = data;
	s->buf = fn ? mem_alloc(STREAM_READ_SIZE) : NULL;
	s->pollable = !uv_poll_init(&l->uv, &s->uv.poll, s->fd); /* makes it non-blocking */
	if (!s->pollable)
		uv_idle_init(&l->uv, &s->uv.idle);
	stream_watch(s);
	return s;
}

void stream_pause(struct stream *s, bool pause)
{
	s->paused = pause;
	stream_watch(s);
}

void stream_write(struct stream *s, const void *p, size_t n)
{
	if (s->broken || !n)
		return;
	if (s->out_done) {
		memmove(s->out.data, s->out.data + s->out_done, s->out.len - s->out_done);
		s->out.len -= s->out_done;
		s->out_done = 0;
	}
	str_add(&s->out, p, n);
	stream_watch(s);
}

static void free_stream(uv_handle_t *h)
{
	struct stream *s = (struct stream *)h;

	str_release(&s->out);
	free(s->buf);
	free(s);
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	uv_close(&s->uv.any, free_stream);
	fcntl(s->fd, F_SETFL, s->flags);
	close(s->fd);
}
