/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the code under test writes to stderr, which is a pipe or a terminal meanwhile. */
#pragma once

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"

struct stderr_tap {
	int saved, read_fd;
};

/* @columns: of the terminal; 0: a pipe. */
static inline struct stderr_tap tap_start(unsigned short columns)
{
	struct stderr_tap tap = { .saved = dup(STDERR_FILENO) };
	int fds[2] = { -1, -1 };

	if (columns > 0) {
		struct winsize size = { .ws_row = 24, .ws_col = columns };
		struct termios raw;

		if (openpty(&fds[0], &fds[1], NULL, NULL, &size) < 0 || tcgetattr(fds[1], &raw) < 0)
			abort();
		cfmakeraw(&raw);
		tcsetattr(fds[1], TCSANOW, &raw);
	} else if (pipe(fds) < 0) {
		abort();
	}
	tap.read_fd = fds[0];
	fcntl(tap.read_fd, F_SETFL, O_NONBLOCK);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	return tap;
}

/* Everything written since the last call into @out, in the place of what it held. */
static inline const char *tap_read(struct stderr_tap *tap, struct str *out)
{
	char buf[4096];
	ssize_t n;

	str_clear(out);
	while ((n = read(tap->read_fd, buf, sizeof(buf))) > 0)
		str_add(out, buf, (size_t)n);
	return str_c(out);
}

static inline void tap_stop(struct stderr_tap *tap)
{
	dup2(tap->saved, STDERR_FILENO);
	close(tap->saved);
	close(tap->read_fd);
}
