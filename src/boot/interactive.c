/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A person at the guest's console. The bytes go through us, not through QEMU's own terminal code, so that the terminal
 * is put back whatever becomes of QEMU.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "boot/frame.h"
#include "boot/machine_loop.h"
#include "sys/file.h"

enum {
	ESCAPE = 'A' - '@',	 /* Ctrl-A */
	END_OF_FILE = 'D' - '@', /* Ctrl-D: what a terminal sends for it */
	TYPE_MAX = 4096,	 /* bytes typed ahead per tick from what is no terminal */
};
/* A pipe's bytes wait for a guest that can read them: kassay-init's, or one that has been quiet for so long. */
static const double ready_quiet = 2, eof_interval = 1;

struct session {
	struct machine *m;
	int in; /* a second descriptor of stdin; -1: at its end */
	bool terminal, escaped;
	struct termios saved;
	double last_output; /* -1: none yet */
	double last_eof;
	bool ready;
};

static void terminal_raw(struct session *s)
{
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &s->saved))
		return;
	struct termios raw = s->saved;
	cfmakeraw(&raw);
	s->terminal = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

/* Not TCSAFLUSH: what was typed ahead is for the shell. */
static void terminal_restore(struct session *s)
{
	while (s->terminal && tcsetattr(STDIN_FILENO, TCSADRAIN, &s->saved) && errno == EINTR)
		;
}

/* Ctrl-A x ends, Ctrl-A Ctrl-A is one Ctrl-A, Ctrl-A and any other key is nothing. */
static void on_key(struct session *s, char c)
{
	if (s->escaped) {
		s->escaped = false;
		if (c == 'x')
			machine_stop(s->m, MACHINE_KILLED, "ended with Ctrl-A x");
		else if (c == ESCAPE)
			machine_type(s->m, &c, 1);
	} else if (c == ESCAPE) {
		s->escaped = true;
	} else {
		machine_type(s->m, &c, 1);
	}
}

static void on_keys(const char *p, size_t n, void *data)
{
	struct session *s = data;

	if (!n)
		machine_stop(s->m, MACHINE_KILLED, "the terminal was closed");
	for (size_t i = 0; i < n; i++)
		on_key(s, p[i]);
}

static void on_console(void *data, const char *p, size_t n)
{
	struct session *s = data;
	struct err err = { 0 };

	s->last_output = time_mono();
	if (fd_write_all(STDOUT_FILENO, p, n, "stdout", &err))
		machine_stop(s->m, MACHINE_KILLED, "%s", err.msg);
}

static void on_frame(void *data, const struct frame *f)
{
	struct session *s = data;

	s->ready |= f->type == FRAME_HELLO;
}

/* Type a piece of a pipe or a file, where poll says that there is one. */
static void type_ahead(struct session *s)
{
	char buf[TYPE_MAX];
	struct pollfd p = { .fd = s->in, .events = POLLIN };

	if (poll(&p, 1, 0) <= 0)
		return;
	ssize_t n = read(s->in, buf, sizeof(buf));
	if (n > 0)
		machine_type(s->m, buf, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		close(TAKE_FD(s->in));
}

/*
 * What is no terminal is read from here. Its end is typed as Ctrl-D, again and again: one that comes while no shell
 * reads may get lost.
 */
static bool on_tick(void *data, double elapsed)
{
	static const char eof = END_OF_FILE;
	struct session *s = data;
	double now = time_mono();
	(void)elapsed;

	s->ready |= s->last_output >= 0 && now - s->last_output > ready_quiet;
	if (s->terminal || !s->ready)
		return false;
	if (s->in >= 0) {
		type_ahead(s);
	} else if (now - s->last_eof > eof_interval) {
		machine_type(s->m, &eof, 1);
		s->last_eof = now;
	}
	return false;
}

/* ECMA-48 and DEC: attributes off, cursor seen, lines wrapped. */
static const char sane_screen[] = "\033[0m\033[?25h\033[?7h";

int machine_interactive(const struct machine_spec *spec, struct machine_end *ret, struct err *err)
{
	struct session s = { .in = -1, .last_output = -1 };
	struct machine_ops ops = {
		.on_console = on_console, .on_frame = on_frame, .on_tick = on_tick, .data = &s
	};
	struct loop *loop = loop_new();
	struct stream *keys = NULL;
	struct err ignored = { 0 };
	int r = machine_start_attended(loop, spec, &ops, &s.m, err);

	if (r) {
		loop_free(loop);
		return r;
	}
	s.in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (isatty(STDIN_FILENO))
		log_info(
			"this is the console of the machine; Ctrl-A x ends it, Ctrl-A Ctrl-A is one Ctrl-A");
	terminal_raw(&s);
	if (s.terminal)
		keys = stream_new(loop, TAKE_FD(s.in), on_keys, &s);
	r = machine_wait(s.m, err);
	terminal_restore(&s);
	if (isatty(STDOUT_FILENO)) /* SeaBIOS turns line wrapping off; a guest may hide the cursor, or leave a colour on */
		fd_write_all(STDOUT_FILENO, sane_screen, sizeof(sane_screen) - 1, "stdout",
			     &ignored);
	stream_free(keys);
	machine_take(s.m, ret);
	loop_free(loop);
	if (s.in >= 0)
		close(s.in);
	return r;
}
