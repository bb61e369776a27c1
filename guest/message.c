/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <stdarg.h>
#include <stdio.h>

void message_start(struct message *m, enum frame_type type)
{
	m->frame.type = type;
	m->frame.n = 0;
	m->used = 0;
}

void message_add(struct message *m, const char *fmt, ...)
{
	/* The tabs count too. */
	size_t room = sizeof(m->text) - FRAME_FIELDS_MAX - m->used;
	va_list ap;

	if (m->frame.n == FRAME_FIELDS_MAX)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(m->text + m->used, room, fmt, ap);

	va_end(ap);
	if (n < 0)
		return;
	/* Without its NUL, so @room never gets to 0. */
	size_t len = (size_t)n < room ? (size_t)n : room - 1;

	m->frame.field[m->frame.n] = m->text + m->used;
	m->frame.len[m->frame.n++] = len;
	m->used += len;
}
