/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/blktests.h"

#include "logs/caselog_internal.h"

struct blktests {
	struct str name; /* scratch: with the device or the conditions */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "(tr=loop bd=file) ": the words in it, when all are NAME=VALUE. */
static struct view take_conditions(struct view *rest)
{
	struct view inner, words;
	ssize_t end;

	if (!view_starts(*rest, "(") || (end = view_find_chr(*rest, ')')) < 0)
		return VIEW("");
	inner = view_sub(*rest, 1, (size_t)end - 1);
	words = inner;
	if (!inner.len)
		return VIEW("");
	while (words.len)
		if (view_find_chr(take_word(&words), '=') <= 0)
			return VIEW("");
	*rest = view_trim(view_sub(*rest, (size_t)end + 1, rest->len));
	return inner;
}

/* The word in brackets that ends a line; false: there is none. */
static bool take_status(struct view *rest, struct view *ret)
{
	size_t open = rest->len;

	*rest = view_trim(*rest);
	if (!view_ends(*rest, "]"))
		return false;
	for (open = rest->len; open > 0 && rest->p[open - 1] != '['; open--)
		;
	if (!open)
		return false;
	*ret = view_sub(*rest, open, rest->len - open - 1);
	*rest = view_sub(*rest, 0, open - 1);
	return true;
}

/* A line that names a case; @name gets NUMBERED/NAME, and the device or conditions as a further part. */
static bool read_name(struct view *line, struct str *name)
{
	struct view word, conditions, arrow;

	str_clear(name);
	if (!line->len || is_blank(line->p[0]))
		return false;
	word = take_word(line);
	if (!is_numbered_name(word))
		return false;
	str_addv(name, word);
	arrow = *line;
	if (view_eq(take_word(&arrow), "=>") && arrow.len) {
		str_addc(name, '/');
		str_addv(name, take_word(&arrow));
		*line = arrow;
	}
	conditions = take_conditions(line);
	if (conditions.len) {
		str_addc(name, '/');
		str_addv(name, conditions);
	}
	return true;
}

static void read_status(struct caselog *l, struct view word)
{
	if (view_eq(word, "passed"))
		case_result(l, STATUS_PASS, VIEW(""));
	else if (view_eq(word, "failed"))
		case_result(l, STATUS_FAIL, VIEW(""));
	else if (view_eq(word, "not run"))
		case_result(l, STATUS_SKIP, VIEW(""));
	else
		case_result(l, STATUS_ERROR, word);
}

/* "runtime  5.301s  ...  4.223s", and other measurements of a test: NAME, the last time's, "...", now */
static bool is_measurement(struct caselog *l, struct view text)
{
	ssize_t dots = view_find(text, "...");
	struct view now;
	double seconds;

	if (dots <= 0 || !is_blank(text.p[dots - 1]))
		return false;
	now = view_sub(text, (size_t)dots + 3, text.len);
	if (now.len && !is_blank(now.p[0]))
		return false;
	if (view_starts(text, "runtime") && l->open.status != STATUS_NONE &&
	    read_seconds(view_trim(now), &seconds))
		l->open.duration = seconds;
	return true;
}

static void read_line(struct caselog *l, struct view line)
{
	struct blktests *b = l->state;
	struct view rest = line, status, text = view_trim(line);

	if (read_name(&rest, &b->name)) {
		bool ended = take_status(&rest, &status);

		/* Its second line, or a case that was not announced. */
		if (!case_is_open(l, str_view(&b->name)) || l->open.status != STATUS_NONE || !ended)
			case_begin(l, str_view(&b->name));
		case_seen(l, take_word(&text));
		if (ended)
			read_status(l, status);
		return;
	}
	if (!l->open.name || !text.len || is_measurement(l, text))
		return;
	case_note(l, line);
	if (l->open.status == STATUS_NONE || l->open.status == STATUS_PASS || l->open.reason)
		return;
	if (view_starts(text, "--- "))
		text = VIEW("output mismatch");
	l->open.reason =
		mem_strndup(text.p, text.len < CASELOG_REASON_MAX ? text.len : CASELOG_REASON_MAX);
}

static void release(void *state)
{
	struct blktests *b = state;

	str_release(&b->name);
}

const struct caselog_format blktests_format = {
	.state_size = sizeof(struct blktests),
	.line = read_line,
	.release = release,
};
