/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/console.h"

#include "base/mem.h"

static const struct {
	const char *text;
	enum console_said said;
} phrases[] = {
	{ "Kernel panic - not syncing", CONSOLE_PANIC },
	{ "reboot: Restarting system", CONSOLE_RESTART },
	{ "reboot: Power down", CONSOLE_OFF },
	{ "reboot: Power off not available", CONSOLE_OFF },
	{ "reboot: System halted", CONSOLE_OFF },
};

/* Did a kernel begin to say something at @at of @p? @start: nothing came before @p. */
static bool begins_message(const char *p, size_t at, bool start)
{
	if (!at)
		return start;
	return p[at - 1] == '\n' || p[at - 1] == '\r' ||
	       (at >= 2 && p[at - 2] == ']' && p[at - 1] == ' ');
}

/* Offset of @text in @p where a message begins, -1: none. */
static ssize_t find_message(struct view p, const char *text, bool start)
{
	size_t from = 0;

	for (;;) {
		ssize_t at = view_find(view_sub(p, from, p.len), text);
		if (at < 0)
			return -1;
		from += (size_t)at;
		if (begins_message(p.p, from, start))
			return (ssize_t)from;
		from++;
	}
}

static void add_text(struct console_watch *w, struct view v)
{
	size_t len = strlen(w->text);

	for (size_t i = 0; i < v.len && !w->text_done; i++) {
		unsigned char c = (unsigned char)v.p[i];
		if (c == '\n' || c == '\r' || len == CONSOLE_TEXT_MAX - 1)
			w->text_done = true;
		else
			w->text[len++] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	w->text[len] = '\0';
}

/* Look through @v; true when something new was said. */
static bool scan(struct console_watch *w, struct view v, bool start)
{
	enum console_said said = w->said;
	ssize_t first = -1;

	for (size_t i = 0; i < ARRAY_SIZE(phrases) && said != CONSOLE_PANIC; i++) {
		bool panic = phrases[i].said == CONSOLE_PANIC;
		if (w->said && !panic)
			continue;
		ssize_t at = find_message(v, phrases[i].text, start);
		if (at < 0 || (first >= 0 && at > first))
			continue;
		said = phrases[i].said;
		first = at;
	}
	if (first < 0)
		return false;
	w->said = said;
	w->text[0] = '\0';
	w->text_done = false;
	add_text(w, view_sub(v, (size_t)first, v.len));
	return true;
}

/*
 * What is looked through, so that a phrase is found wherever the bytes are cut:
 *
 *	tail of what came before | a piece of @p
 */
void console_watch_feed(struct console_watch *w, const char *p, size_t n)
{
	enum { PIECE = 4096 };
	char both[CONSOLE_TAIL + PIECE];

	while (n) {
		size_t take = n < PIECE ? n : PIECE;
		size_t len = w->tail_len + take;
		memcpy(both, w->tail, w->tail_len);
		memcpy(both + w->tail_len, p, take);
		/* While the tail is not full it is all there was. */
		if (!scan(w, (struct view){ both, len }, w->tail_len < CONSOLE_TAIL) && w->said)
			add_text(w, (struct view){ p, take });
		w->tail_len = len < CONSOLE_TAIL ? len : CONSOLE_TAIL;
		memcpy(w->tail, both + len - w->tail_len, w->tail_len);
		p += take;
		n -= take;
	}
}

double flood_add(struct flood *f, size_t n, double now)
{
	double passed = now - f->since;

	f->bytes += n;
	if (passed >= 1) {
		bool flooding = (double)f->bytes >= FLOOD_RATE * passed;
		f->seconds = flooding ? f->seconds + passed : 0;
		f->since = now;
		f->bytes = 0;
	}
	return f->seconds;
}
