/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

enum { DETAIL_MAX = 256, WIDTH_DEFAULT = 80, STAGE_COLUMN = 14, DETAIL_COLUMNS_MIN = 10 };

static const double redraw_seconds = 0.1, plain_seconds = 60;

struct progress {
	struct progress *below; /* the stage that began before and has not ended */
	char *stage;
	double expected, start;
	double said; /* when it was drawn, or its plain line written */
	unsigned long done, total;
	char detail[DETAIL_MAX];
	bool terminal;
};

/* Is the line of @p the one that stands on the terminal: the last stage that began has it. */
static bool has_line(const struct progress *p)
{
	return p && p->terminal && p == log_progress() && log_level() >= LOG_INFO;
}

/* As str_add_duration() but without fractions: a clock that ticks. */
static void add_clock(struct str *s, double seconds)
{
	if (seconds < 59.5)
		str_addf(s, "%.0fs", seconds);
	else
		str_add_duration(s, seconds);
}

static void add_times(struct str *s, const struct progress *p)
{
	double elapsed = time_mono() - p->start;

	add_clock(s, elapsed);
	if (p->expected > 0) {
		str_adds(s, elapsed <= p->expected ? " of about " : ", usually ");
		add_clock(s, p->expected);
	}
}

static void add_count(struct str *s, const struct progress *p)
{
	if (p->total > 0)
		str_addf(s, "   %lu/%lu", p->done, p->total);
	else if (p->done > 0)
		str_addf(s, "   %lu", p->done);
}

/* Columns @v may take at most: a character that is not ASCII may be two wide. */
static size_t columns(struct view v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		unsigned char c = (unsigned char)v.p[i];

		n += c < 0x80 ? 1 : c >= 0xc0 ? 2 : 0;
	}
	return n;
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

/* Cut @s to @width columns, whole characters only. */
static void cut(struct str *s, size_t width)
{
	size_t n = 0, used = 0;

	while (n < s->len) {
		struct view rest = view_sub(str_view(s), n, s->len);
		size_t bytes = view_utf8(rest, NULL);
		size_t wide = bytes > 1 ? 2 : 1;

		if (used + wide > width)
			break;
		used += wide;
		n += bytes > 0 ? bytes : 1;
	}
	if (n < s->len) {
		s->len = n;
		s->data[n] = '\0';
	}
}

/* The end of a long path says more than its beginning. */
static void add_detail(struct str *s, const char *detail, size_t room)
{
	struct view v = view_of(detail);
	AUTO_STR struct str shown = STR_INIT;

	str_add_printable(&shown, v);
	v = str_view(&shown);
	if (v.len == 0 || room < DETAIL_COLUMNS_MIN)
		return;
	str_adds(s, "  ");
	if (columns(v) + 2 > room) {
		str_adds(s, "...");
		while (columns(v) + 5 > room)
			v = view_sub(v, 1, v.len);
		while (v.len > 0 && ((unsigned char)v.p[0] & 0xc0) == 0x80)
			v = view_sub(v, 1, v.len);
	}
	str_addv(s, v);
}

void progress_draw(struct progress *p)
{
	AUTO_STR struct str line = STR_INIT, out = STR_INIT;
	size_t width;

	if (!has_line(p))
		return;
	p->said = time_mono();
	width = terminal_width() - 1;
	str_addf(&line, "  %-*s   ", STAGE_COLUMN, p->stage);
	add_times(&line, p);
	add_count(&line, p);
	cut(&line, width);
	add_detail(&line, p->detail, width - columns(str_view(&line)));
	/* Overwritten first and the rest cleared after: it does not flicker. */
	str_addf(&out, "\r%s\033[K", str_c(&line));
	log_write(&out);
}

void progress_wipe(struct progress *p)
{
	AUTO_STR struct str out = STR_INIT;

	if (!has_line(p))
		return;
	str_adds(&out, "\r\033[K");
	log_write(&out);
}

/* A line that stays: what of a stage a log file shows. */
static void plain_line(struct progress *p, const struct str *text)
{
	AUTO_STR struct str out = STR_INIT;

	p->said = time_mono();
	if (log_level() < LOG_INFO)
		return;
	str_add_printable(&out, str_view(text));
	str_addc(&out, '\n');
	progress_wipe(log_progress());
	log_write(&out);
}

struct progress *progress_new(const char *stage, double expected)
{
	struct progress *p = NEW(struct progress);
	const char *term = getenv("TERM");
	AUTO_STR struct str text = STR_INIT;

	str_add_printable(&text, view_of(stage));
	p->stage = str_take(&text);
	p->expected = expected;
	p->start = time_mono();
	p->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	p->below = log_progress();
	log_set_progress(p);
	if (p->terminal) {
		progress_draw(p);
		return p;
	}
	str_adds(&text, p->stage);
	if (expected > 0) {
		str_adds(&text, ": about ");
		add_clock(&text, expected);
	}
	plain_line(p, &text);
	return p;
}

void progress_tick(struct progress *p)
{
	double ago = time_mono() - p->said;
	AUTO_STR struct str text = STR_INIT;

	if (p->terminal) {
		if (ago >= redraw_seconds)
			progress_draw(p);
		return;
	}
	if (ago < plain_seconds)
		return;
	str_addf(&text, "%s: ", p->stage);
	add_times(&text, p);
	add_count(&text, p);
	plain_line(p, &text);
}

void progress_update(struct progress *p, unsigned long done, unsigned long total,
		     const char *detail)
{
	p->done = done;
	p->total = total;
	snprintf(p->detail, sizeof(p->detail), "%s", detail ? detail : "");
	progress_tick(p);
}

static void unlink_stage(struct progress *p)
{
	struct progress *top = log_progress();

	if (top == p) {
		log_set_progress(p->below);
		return;
	}
	while (top && top->below != p)
		top = top->below;
	if (top)
		top->below = p->below;
}

void progress_end(struct progress *p, const char *outcome)
{
	AUTO_STR struct str text = STR_INIT;

	if (!p)
		return;
	if (outcome) {
		str_addf(&text, "%s: %s", p->stage, outcome);
		plain_line(p, &text);
	} else {
		progress_wipe(p);
	}
	unlink_stage(p);
	progress_draw(log_progress());
	free(p->stage);
	free(p);
}
