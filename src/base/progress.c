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
	size_t lines; /* of the last that began: how many stand on the terminal, the cursor in the last */
	unsigned long done, total;
	char detail[DETAIL_MAX];
	bool terminal;
};

/* Are lines drawn at all? */
static bool draws(const struct progress *p)
{
	return p && p->terminal && log_level() >= LOG_INFO;
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

static struct winsize terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	if (size.ws_col == 0)
		size.ws_col = WIDTH_DEFAULT;
	return size;
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

static void stage_line(const struct progress *p, size_t width, struct str *out)
{
	AUTO_STR struct str line = STR_INIT;

	str_addf(&line, "  %-*s   ", STAGE_COLUMN, p->stage);
	add_times(&line, p);
	add_count(&line, p);
	cut(&line, width);
	add_detail(&line, p->detail, width - columns(str_view(&line)));
	str_addv(out, str_view(&line));
}

/* Stages from the first that began to @p, but for @skip of them. */
static void stage_lines(struct progress *p, size_t skip, size_t width, struct str *out)
{
	size_t before = 0;

	for (struct progress *q = p->below; q; q = q->below)
		before++;
	p->said = time_mono();
	if (p->below)
		stage_lines(p->below, skip, width, out);
	if (before < skip)
		return;
	if (before > skip || skip)
		str_adds(out, "\033[K\n");
	stage_line(p, width, out);
}

/* To the beginning of what stands on the terminal. */
static void go_up(const struct progress *p, struct str *out)
{
	str_addc(out, '\r');
	if (p->lines > 1)
		str_addf(out, "\033[%zuA", p->lines - 1);
}

void progress_draw(struct progress *p)
{
	AUTO_STR struct str out = STR_INIT, hidden = STR_INIT;
	struct winsize size = terminal_size();
	size_t n = 0, skip = 0;

	if (!draws(p))
		return;
	for (struct progress *q = p; q; q = q->below)
		n++;
	if (size.ws_row > 1 && n > size.ws_row - 1u)
		skip = n - (size.ws_row > 2 ? size.ws_row - 2u : 1u);
	go_up(p, &out);
	if (skip) {
		str_addf(&hidden, "  and %zu more", skip);
		cut(&hidden, size.ws_col - 1u);
		str_addv(&out, str_view(&hidden));
	}
	/* Overwritten first and the rest cleared after: it does not flicker. */
	stage_lines(p, skip, size.ws_col - 1u, &out);
	str_adds(&out, p->lines > 1 ? "\033[J" : "\033[K");
	p->lines = n - skip + (skip > 0);
	log_write(&out);
}

void progress_wipe(struct progress *p)
{
	AUTO_STR struct str out = STR_INIT;

	if (!draws(p))
		return;
	go_up(p, &out);
	str_adds(&out, p->lines > 1 ? "\033[J" : "\033[K");
	p->lines = 0;
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
	p->lines = p->below ? p->below->lines : 0;
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
			progress_draw(log_progress());
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
		if (p->below)
			p->below->lines = p->lines;
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
		progress_wipe(log_progress());
	}
	unlink_stage(p);
	progress_draw(log_progress());
	free(p->stage);
	free(p);
}
