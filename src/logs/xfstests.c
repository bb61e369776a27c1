/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/xfstests.h"

#include "logs/caselog_internal.h"

struct xfstests {
	bool over;	    /* the summary has begun */
	bool strange;	    /* the open case's own line was not understood */
	struct map *failed; /* names of cases that FAIL */
};

/* Up to "... " a line tells of the last time. */
static struct view without_last_time(struct view rest)
{
	struct view copy = rest;
	double ignored;

	if (read_seconds(take_word(&copy), &ignored) && view_skip(&copy, "..."))
		return view_trim(copy);
	return rest;
}

/* [HH:MM:SS] */
static bool is_clock(struct view word)
{
	static const char form[] = "[00:00:00]";

	if (word.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (form[i] == '0' ? word.p[i] < '0' || word.p[i] > '9' : word.p[i] != form[i])
			return false;
	return true;
}

static struct view without_clocks(struct view rest)
{
	struct view copy = rest;

	while (is_clock(take_word(&copy)))
		rest = copy;
	return rest;
}

/* Words that make a case FAIL wherever they stand in its lines. */
static bool says_failed(struct view text)
{
	static const char *const words[] = { "- output mismatch", "- no qualified output",
					     "[failed, exit status", "[dumped core]" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (view_find(text, words[i]) >= 0)
			return true;
	return view_starts(text, "_check_");
}

static void fail_case(struct caselog *l, struct view reason)
{
	struct xfstests *x = l->state;

	if (!x->failed)
		x->failed = map_new();
	if (map_len(x->failed) < CASELOG_CASES_MAX)
		map_set(x->failed, l->open.name, NULL);
	view_skip(&reason, "- ");
	case_result(l, STATUS_FAIL, reason);
}

/* What stands behind the name. */
static void read_result(struct caselog *l, struct view rest)
{
	struct xfstests *x = l->state;
	struct view words = rest;
	double seconds;

	if (view_skip(&rest, "[not run]")) {
		case_result(l, STATUS_SKIP, rest);
	} else if (view_eq(rest, "[expunged]")) {
		case_result(l, STATUS_SKIP, VIEW("expunged"));
	} else if (read_seconds(take_word(&words), &seconds) && !words.len) {
		l->open.duration = seconds;
		case_result(l, STATUS_PASS, VIEW(""));
	} else if (says_failed(rest)) {
		fail_case(l, rest);
	} else if (rest.len) {
		x->strange = true;
		case_result(l, STATUS_ERROR, rest);
	}
}

/* "Failures: generic/003 generic/007" */
static void read_failures(struct caselog *l, struct view names)
{
	struct xfstests *x = l->state;
	struct view name;

	while ((name = take_word(&names)).len) {
		AUTO_FREE char *key = mem_strndup(name.p, name.len);
		AUTO_FREE char *why = mem_printf("%s is among the failures and did not fail", key);

		if (!is_numbered_name(name) || (x->failed && map_has(x->failed, key)))
			continue;
		if (caselog_has_seen(l, name)) {
			caselog_fault(l, STATUS_FAIL, why);
			continue;
		}
		case_begin(l, name);
		fail_case(l, VIEW("it is among the failures"));
		case_end(l);
	}
}

static bool read_summary(struct caselog *l, struct view line)
{
	struct xfstests *x = l->state;
	struct view count;
	uint64_t n;

	if (view_skip(&line, "Ran: ") || view_skip(&line, "Not run: ")) {
		case_end(l);
		x->over = true;
	} else if (view_skip(&line, "Failures: ")) {
		case_end(l);
		x->over = true;
		read_failures(l, line);
	} else if (view_skip(&line, "Failed ")) {
		case_end(l);
		count = take_word(&line);
		if (!view_starts(line, "of ") || view_u64(count, 10, &n) < 0)
			return false;
		x->over = true;
		if (n > (x->failed ? map_len(x->failed) : 0))
			caselog_fault(l, STATUS_FAIL,
				      "more failures are told of than cases failed");
	} else if (view_starts(line, "Passed all ")) {
		case_end(l);
		x->over = true;
	} else {
		return false;
	}
	return true;
}

static bool begins(struct view line, struct view *ret_name)
{
	struct view rest = line;

	if (!line.len || line.p[0] == ' ' || line.p[0] == '\t')
		return false;
	*ret_name = take_word(&rest);
	/* The number may not be whole yet. */
	return is_numbered_name(*ret_name) && ret_name->len < line.len;
}

/* A line below a case's own. */
static void read_more(struct caselog *l, struct view line)
{
	struct xfstests *x = l->state;
	struct view text = view_trim(line), rest = text;
	struct view name = take_word(&rest);

	if (case_is_open(l, name) && view_skip(&rest, "-- ")) { /* check -T: why it did not run */
		if (l->open.status == STATUS_SKIP && !l->open.reason)
			l->open.reason = mem_strndup(rest.p, rest.len < CASELOG_REASON_MAX ?
								     rest.len :
								     CASELOG_REASON_MAX);
		return;
	}
	case_note(l, line);
	/* A difference is indented, and may show anything. */
	if (l->open.name && text.p == line.p && says_failed(text))
		fail_case(l, text);
	else if (l->open.name && text.len && l->open.status == STATUS_NONE && !x->strange)
		case_result(l, STATUS_ERROR, text);
}

static void read_line(struct caselog *l, struct view line)
{
	struct xfstests *x = l->state;
	struct view name, rest;

	if (view_eq(line, "Interrupted!")) {
		caselog_fault(l, STATUS_ERROR, "check was interrupted");
		return;
	}
	if (read_summary(l, line) || x->over)
		return;
	rest = line;
	name = take_word(&rest);
	if (!line.len || line.p[0] == ' ' || line.p[0] == '\t' || !is_numbered_name(name)) {
		read_more(l, line);
		return;
	}
	case_begin(l, name);
	x->strange = false;
	read_result(l, without_clocks(without_last_time(rest)));
}

static void release(void *state)
{
	struct xfstests *x = state;

	map_free(x->failed);
}

const struct caselog_format xfstests_format = {
	.state_size = sizeof(struct xfstests),
	.line = read_line,
	.begins = begins,
	.release = release,
};
