/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/channel.h"

#include <string.h>

#include "base/mem.h"

/*
 *            \x01           'K'
 *  OUTSIDE ───────► MARK ───────► INSIDE ──► '\n' (a frame, or damage), too long, or \x01: damage
 *     ▲               │ other       │
 *     └───────────────┴─────────────┘
 */
enum state { OUTSIDE, MARK, INSIDE };

struct channel_reader {
	frame_fn fn;
	rest_fn rest;
	void *data;
	enum state state;
	uint32_t last; /* SEQ of the newest frame */
	uint64_t damaged, lost;
	size_t len;
	char line[FRAME_LINE_MAX + 1];
};

struct channel_reader *channel_new(frame_fn fn, rest_fn rest, void *data)
{
	struct channel_reader *c = NEW(struct channel_reader);

	c->fn = fn;
	c->rest = rest;
	c->data = data;
	return c;
}

void channel_free(struct channel_reader *c)
{
	free(c);
}

uint64_t channel_damaged(const struct channel_reader *c)
{
	return c->damaged;
}

uint64_t channel_lost(const struct channel_reader *c)
{
	return c->lost;
}

static void give_rest(struct channel_reader *c, const char *p, size_t n)
{
	if (c->rest && n > 0)
		c->rest(c->data, p, n);
}

/* c->line is no frame: the part that somebody else wrote into it is not lost. */
static void line_damaged(struct channel_reader *c)
{
	const char *foreign = memchr(c->line, '[', c->len);
	size_t n = foreign ? c->len - (size_t)(foreign - c->line) : c->len;

	c->damaged++;
	give_rest(c, foreign ? foreign : c->line, n);
	give_rest(c, "\n", 1);
}

static void line_end(struct channel_reader *c)
{
	size_t n = c->len;
	struct frame f;

	while (n > 0 && c->line[n - 1] == '\r')
		n--;
	if (frame_decode(c->line, n, &f) < 0) {
		line_damaged(c);
		return;
	}
	/* SEQ may wrap: what is at most half the range ahead is newer. */
	uint32_t ahead = f.seq - c->last;

	if (ahead == 0 || ahead > UINT32_MAX / 2)
		return;
	c->lost += ahead - 1;
	c->last = f.seq;
	if (c->fn)
		c->fn(c->data, &f);
}

/* Take bytes of a frame up to what ends it; how many were used. */
static size_t feed_inside(struct channel_reader *c, const char *p, size_t n)
{
	size_t room = FRAME_LINE_MAX - c->len;
	size_t take = n < room ? n : room;
	const char *mark = memchr(p, '\x01', take);

	if (mark)
		take = (size_t)(mark - p);
	const char *newline = memchr(p, '\n', take);

	if (newline)
		take = (size_t)(newline - p);
	memcpy(c->line + c->len, p, take);
	c->len += take;
	if (newline) {
		line_end(c);
		c->state = OUTSIDE;
		return take + 1;
	}
	if (mark || c->len == FRAME_LINE_MAX) {
		line_damaged(c);
		c->state = OUTSIDE;
	}
	return take;
}

void channel_feed(struct channel_reader *c, const char *p, size_t n)
{
	while (n > 0) {
		size_t used = 0;

		if (c->state == OUTSIDE) {
			const char *mark = memchr(p, '\x01', n);

			used = mark ? (size_t)(mark - p) : n;
			give_rest(c, p, used);
			if (mark) {
				c->state = MARK;
				used++;
			}
		} else if (c->state == MARK) {
			c->state = *p == 'K' ? INSIDE : OUTSIDE;
			c->len = 0;
			if (c->state == INSIDE)
				used = 1;
			else
				give_rest(c, "\x01", 1);
		} else {
			used = feed_inside(c, p, n);
		}
		p += used;
		n -= used;
	}
}
