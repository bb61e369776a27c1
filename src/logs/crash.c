/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crash reader. A line that begins a report (crash_title.c) opens one; what follows is
 * collected until the report is over: its end marker, the next report, a gap in time, or lines that
 * look like no part of one. Then its function is looked for (crash_frame.c) and it is passed on.
 *
 *   ordinary ──first line──► open ──end marker, gap, other lines──► passed on
 *                             │ ▲
 *                             └─┘ report lines; first lines that only go on (Oops: after BUG:,
 *                                 panic after all)
 */
#include "logs/crash.h"

#include "logs/crash_internal.h"

enum {
	REPORT_BYTES_MAX = 256 << 10, /* looked at for the function */
	REPORT_LINES_MAX = 2000,
	REPORT_SILENCE = 2,	      /* seconds between two lines of one report, at most */
	REPORT_STRANGERS = 12,	      /* lines one after the other that look like no report */
	REPORT_STRANGERS_BEFORE = 60, /* the same while the trace is still to come */
	CONSEQUENCE_LINES = 100,      /* between a report and the panic it causes */
	FAULT_LINES = 40, /* between the first line of a report and what only goes on with it */
	SLOTS = 4,	  /* reports that different CPUs or tasks print at the same time */
};

struct report {
	const struct crash_rule *rule; /* NULL: none open */
	struct crash_captures captures;
	struct str title_line; /* what the captures point into */
	struct str lines;
	size_t count, strangers;
	struct view access;
	bool traced, marked;
	bool symbol_known;
	struct str caller;
	double time;
	size_t line, line_end;
};

struct crash_reader {
	struct log_sink sink;
	struct report slots[SLOTS], *open; /* the last one that got a line; NULL: none */
	struct str title, clean;
	bool panicked;
	size_t cut_here; /* line of the last "cut here", 0: none */
	size_t last_end; /* of the last report passed on */
};

struct crash_reader *crash_new(const struct log_sink *sink)
{
	struct crash_reader *c = NEW(struct crash_reader);

	c->sink = *sink;
	return c;
}

void crash_free(struct crash_reader *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		str_release(&c->slots[i].title_line);
		str_release(&c->slots[i].lines);
		str_release(&c->slots[i].caller);
	}
	str_release(&c->title);
	str_release(&c->clean);
	free(c);
}

/* The title in c->title, the function in *ret_function (into the report's text). */
static void make_title(struct crash_reader *c, const struct report *r, struct view *ret_function)
{
	const struct crash_rule *rule = r->rule;
	struct view function = r->captures.symbol;

	if (rule->where != WHERE_NOWHERE &&
	    (rule->where != WHERE_TITLE || crash_is_helper(function))) {
		struct view found = crash_function(rule->where, str_view(&r->lines));

		if (found.len)
			function = found;
	}
	str_clear(&c->title);
	crash_title(rule, &r->captures, function, r->access, &c->title);
	*ret_function = function;
}

static void forget(struct report *r)
{
	r->rule = NULL;
	r->captures = (struct crash_captures){ 0 };
	r->access = (struct view){ 0 };
	r->traced = r->marked = false;
	r->count = r->strangers = 0;
	str_clear(&r->lines);
	str_clear(&r->title_line);
	str_clear(&r->caller);
}

/* Words that ordinary messages begin with too count only when a trace confirms them. */
static bool counts(const struct report *r)
{
	return !(r->rule->flags & CRASH_TRACED) || r->traced || r->marked;
}

static void pass_on(struct crash_reader *c, struct report *r)
{
	AUTO_FREE char *function = NULL, *excerpt = NULL;
	struct view name;

	if (!r->rule)
		return;
	if (c->open == r)
		c->open = NULL;
	if (!counts(r)) {
		forget(r);
		return;
	}
	make_title(c, r, &name);

	const char *parts[] = { str_c(&c->title) };
	struct finding f = {
		.kind = FINDING_CRASH,
		.severity = strcmp(r->rule->type, "warning") == 0 ? SEVERITY_WARNING :
								    SEVERITY_ERROR,
		.title = parts[0],
		.type = r->rule->type,
		.line = r->line,
		.line_end = r->line_end,
	};

	signature_of(FINDING_CRASH, parts, 1, f.signature);
	function = name.len ? mem_strndup(name.p, name.len) : NULL;
	excerpt = mem_strndup(r->lines.data, r->lines.len < FINDING_EXCERPT_MAX ?
						     r->lines.len :
						     FINDING_EXCERPT_MAX);
	f.function = function;
	f.excerpt = excerpt;
	c->last_end = r->line_end;
	if (c->sink.finding)
		c->sink.finding(c->sink.data, &f);
	forget(r);
}

static void add_line(struct report *r, const struct dmesg_line *d, struct view text, size_t line_no)
{
	static const struct {
		const char *start;
		const char *access;
	} accesses[] = { { "Read of size", "Read" },
			 { "Write of size", "Write" },
			 { "Read at addr", "Read" },
			 { "Write at addr", "Write" } };
	struct view v = view_trim(text);

	if (r->lines.len + text.len < REPORT_BYTES_MAX) {
		if (r->lines.len)
			str_addc(&r->lines, '\n');
		str_addv(&r->lines, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(accesses) && !r->access.len; i++) {
		if (view_starts(v, accesses[i].start))
			r->access = view_of(accesses[i].access);
	}
	if (view_starts(v, "Call Trace:") || view_starts(v, "Call trace:") ||
	    view_starts(v, "Backtrace:"))
		r->traced = true;
	r->count++;
	r->line_end = line_no;
	if (d->time >= 0)
		r->time = d->time;
}

/*
 * The report a line of @caller belongs to: its own, or without caller the one that got the last
 * line.
 */
static struct report *report_of(struct crash_reader *c, struct view caller)
{
	if (!caller.len)
		return c->open;
	for (size_t i = 0; i < SLOTS; i++) {
		struct report *r = &c->slots[i];

		if (r->rule && (!r->caller.len || view_eq(caller, str_c(&r->caller))))
			return r;
	}
	return NULL;
}

static struct report *free_slot(struct crash_reader *c)
{
	struct report *oldest = &c->slots[0];

	for (size_t i = 0; i < SLOTS; i++) {
		if (!c->slots[i].rule)
			return &c->slots[i];
		if (c->slots[i].line_end < oldest->line_end)
			oldest = &c->slots[i];
	}
	pass_on(c, oldest);
	return oldest;
}

static void open_report(struct crash_reader *c, const struct crash_rule *rule,
			const struct dmesg_line *d, struct view text, size_t line_no)
{
	struct report *r = report_of(c, d->caller);

	if (r)
		pass_on(c, r);
	r = free_slot(c);
	/* Matched again on our own copy, so that the captures last. */
	str_addv(&r->title_line, text);
	crash_match(str_view(&r->title_line), &r->captures);
	r->rule = crash_rule_by_file(rule, &r->captures);
	r->marked = c->cut_here && line_no - c->cut_here <= 2;
	r->line = r->marked ? c->cut_here : line_no;
	r->time = d->time;
	str_addv(&r->caller, d->caller);
	add_line(r, d, text, line_no);
	c->open = r;
}

/* Does a first line go on with what is open, or with what has just been passed on? */
static bool joins(const struct crash_reader *c, const struct report *r,
		  const struct crash_rule *rule, struct view text, size_t line_no)
{
	if (!(rule->flags & CRASH_JOINS))
		return false;
	if (rule->flags & CRASH_PANIC) {
		view_skip(&text, "Kernel panic - not syncing: ");
		if (crash_is_consequence(text))
			return r || c->open ||
			       (c->last_end && line_no - c->last_end <= CONSEQUENCE_LINES);
		return r && ((r->rule->flags & CRASH_PANIC) || !r->traced);
	}
	/* An oops line belongs to the fault named above it, not to a warning or stall before. */
	return r && !(r->rule->flags & CRASH_PANIC) && r->count < FAULT_LINES && !r->traced;
}

static bool is_over(const struct report *r, struct view text)
{
	size_t strangers = r->traced ? REPORT_STRANGERS : REPORT_STRANGERS_BEFORE;

	return r->count >= REPORT_LINES_MAX || r->strangers >= strangers ||
	       view_starts(text, "---[ end trace");
}

/* Reports that had no line for a while are over, also those of tasks that say nothing more. */
static void pass_on_old(struct crash_reader *c, double now)
{
	for (size_t i = 0; i < SLOTS && now >= 0; i++) {
		const struct report *r = &c->slots[i];

		if (r->rule && r->time >= 0 &&
		    (now - r->time > REPORT_SILENCE || now + REPORT_SILENCE < r->time))
			pass_on(c, &c->slots[i]);
	}
}

/* A line that begins nothing. */
static void go_on(struct crash_reader *c, struct report *r, const struct dmesg_line *d,
		  struct view text, size_t line_no)
{
	r->strangers = crash_is_report_line(text) ? 0 : r->strangers + 1;
	add_line(r, d, text, line_no);
	c->open = r;
	if (is_over(r, text))
		pass_on(c, r);
}

/*
 * Names of subsystems before the first words of a report, and the date of a program that read the
 * log.
 */
static struct view without_prefixes(struct view text)
{
	static const char *const names[] = { "rcu: ", "watchdog: ", "NMI watchdog: ", "traps: ",
					     "kernel: " };

	text = view_trim(text);
	if (text.len > 20 && text.p[4] == '/' && text.p[7] == '/' && text.p[13] == ':' &&
	    text.p[16] == ':')
		text = view_sub(text, 20, text.len);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (view_skip(&text, names[i]))
			i = (size_t)-1;
	}
	return text;
}

/* One message: a line may hold two. */
static void message(struct crash_reader *c, const struct dmesg_line *d, size_t line_no)
{
	struct view text = without_prefixes(d->text);
	const struct crash_rule *rule;
	struct crash_captures captures;
	ssize_t late = view_find(text, "general protection fault");
	struct report *r;

	/* Its prefix is what another message left on the line. */
	if (late > 0 && view_find(text, " [#") >= 0)
		text = view_sub(text, (size_t)late, text.len);
	pass_on_old(c, d->time);
	r = report_of(c, d->caller);
	rule = crash_match(text, &captures);
	if (rule && rule->flags & CRASH_PANIC)
		c->panicked = true;
	if (rule && rule->type && !joins(c, r, rule, text, line_no)) {
		open_report(c, rule, d, text, line_no);
	} else if (r) {
		go_on(c, r, d, d->text, line_no);
		r = r->rule ? r : NULL;
	}
	if (view_find(text, "[ cut here ]") >= 0) {
		if (r)
			pass_on(c, r);
		c->cut_here = line_no;
	}
}

/* A bad serial line gives NULs, which would end a title. */
static struct view without_nul(struct crash_reader *c, struct view line)
{
	if (!line.len || !memchr(line.p, '\0', line.len))
		return line;
	str_clear(&c->clean);
	for (size_t i = 0; i < line.len; i++)
		str_addc(&c->clean, line.p[i] ? line.p[i] : ' ');
	return str_view(&c->clean);
}

void crash_line(struct crash_reader *c, struct view raw, size_t line_no)
{
	struct dmesg_line d, second;
	ssize_t glued;

	dmesg_split(without_nul(c, view_sub(raw, 0, CRASH_LINE_MAX)), &d);
	glued = dmesg_find_time(d.text, 0);
	if (glued < 0) {
		message(c, &d, line_no);
		return;
	}
	dmesg_split(view_sub(d.text, (size_t)glued, d.text.len), &second);
	d.text.len = (size_t)glued;
	message(c, &d, line_no);
	message(c, &second, line_no);
}

void crash_end(struct crash_reader *c)
{
	for (size_t i = 0; i < SLOTS; i++)
		pass_on(c, &c->slots[i]);
}

const char *crash_open_title(struct crash_reader *c)
{
	const struct report *r = c->open;

	if (!r || !counts(r))
		return NULL;
	str_clear(&c->title);
	crash_title(r->rule, &r->captures, r->captures.symbol, r->access, &c->title);
	return str_c(&c->title);
}

bool crash_panicked(const struct crash_reader *c)
{
	return c->panicked;
}
