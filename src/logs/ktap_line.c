/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/ktap_line.h"

#include <string.h>
#include <strings.h>

#include "logs/dmesg.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct view from(struct view v, size_t i)
{
	return view_sub(v, i, v.len);
}

static unsigned next_column(unsigned column, char c)
{
	return c == '\t' ? (column | 7) + 1 : column + 1;
}

/* Decimal number at the front of *@v, followed by white space or the end. More than KTAP_NUMBER_MAX is that. */
static bool take_number(struct view *v, uint64_t *ret)
{
	size_t n = 0;

	while (n < v->len && is_digit(v->p[n]))
		n++;
	if (!n || (n < v->len && !is_space(v->p[n])))
		return false;
	if (view_u64(view_sub(*v, 0, n), 10, ret) < 0 || *ret > KTAP_NUMBER_MAX)
		*ret = KTAP_NUMBER_MAX;
	*v = view_trim(from(*v, n));
	return true;
}

/* "SKIP why", "skip: why", "Skipped", "TIMEOUT 45 seconds"; canonical name, or NULL. */
static const char *directive_of(struct view text, struct view *ret_reason)
{
	static const char *const names[] = { "SKIP", "TODO", "XFAIL", "XPASS", "TIMEOUT", "ERROR" };
	size_t n = 0;

	while (n < text.len && is_letter(text.p[n]))
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);
		/* TAP 13 has "Skipped:" too. */
		bool longer = i == 0 && n > len;

		if ((n != len && !longer) || strncasecmp(text.p, names[i], len) != 0)
			continue;
		struct view rest = view_trim(from(text, n));

		if (rest.len && (rest.p[0] == ':' || rest.p[0] == '-'))
			rest = view_trim(from(rest, 1));
		*ret_reason = rest;
		return names[i];
	}
	return NULL;
}

/*
 * Split "description # DIRECTIVE reason". A '#' separates when white space or nothing is before it
 * and no backslash (TAP 14). The first with a directive we know counts, else the first.
 */
static void split_description(struct view v, struct ktap_token *ret)
{
	bool found = false;

	ret->text = v;
	for (size_t i = 0; i < v.len && !ret->directive; i++) {
		if (v.p[i] != '#' || (i && !is_space(v.p[i - 1])))
			continue;
		struct view rest = view_trim(from(v, i + 1));

		if (!found) {
			ret->text = view_trim(view_sub(v, 0, i));
			ret->reason = rest;
		}
		found = true;
		ret->directive = directive_of(rest, &ret->reason);
	}
	if (view_skip(&ret->text, "- "))
		ret->text = view_trim(ret->text);
	else if (view_eq(ret->text, "-"))
		ret->text.len = 0;
}

static bool take_result(struct view v, struct ktap_token *ret)
{
	ret->ok = !view_skip(&v, "not ok");
	if (ret->ok && !view_skip(&v, "ok"))
		return false;
	if (v.len && !is_space(v.p[0]))
		return false;
	v = view_trim(v);
	ret->has_number = take_number(&v, &ret->number) && ret->number < KTAP_NUMBER_MAX;
	/* "ok then" is prose, "not ok then" had better be heard. */
	if (!ret->has_number && ret->ok && v.len && !view_starts(v, "- "))
		return false;

	/* A kernel message that came before the newline did. */
	ssize_t glued = dmesg_find_time(v, 0);

	if (glued >= 0)
		v = view_trim(view_sub(v, 0, (size_t)glued));
	split_description(v, ret);
	ret->kind = KTAP_RESULT;
	return true;
}

static bool take_plan(struct view v, struct ktap_token *ret)
{
	if (!view_skip(&v, "1..") || !take_number(&v, &ret->number))
		return false;
	if (v.len && v.p[0] != '#')
		return false;
	if (v.len) {
		ret->reason = view_trim(from(v, 1));
		ret->directive = directive_of(ret->reason, &ret->reason);
	}
	ret->kind = KTAP_PLAN;
	return true;
}

static bool take_version(struct view v, struct ktap_token *ret)
{
	view_skip(&v, "K");
	if (!view_skip(&v, "TAP version ") || !take_number(&v, &ret->number) || v.len)
		return false;
	ret->kind = KTAP_VERSION;
	return true;
}

/*
 * @v: what follows "#" at @column. "selftests: size: get_size" stands above the output of that
 * test.
 */
static bool take_header(struct view v, unsigned column, struct ktap_token *ret)
{
	if (view_skip(&v, " Subtest:")) {
		ret->text = view_trim(v);
		ret->column = column;
	} else if (view_starts(v, " selftests: ")) {
		struct view collection = from(v, strlen(" selftests: "));
		ssize_t colon = view_find(collection, ": ");

		if (colon <= 0 || (size_t)colon + 2 >= collection.len)
			return false;
		ret->text = view_trim(v);
		ret->column = column + 2;
		ret->runner = true;
	} else {
		return false;
	}
	ret->kind = KTAP_HEADER;
	return true;
}

/* The line behind its indentation and "# " prefixes. */
static void classify(struct view v, unsigned column, bool hashes, struct ktap_token *ret)
{
	ret->column = column;
	ret->text = v;
	if (take_result(v, ret) || take_plan(v, ret) || take_version(v, ret))
		return;
	*ret = (struct ktap_token){ .column = column, .text = v };
	if (view_skip(&v, "Bail out!")) {
		ret->kind = KTAP_BAIL;
		ret->text = view_trim(v);
	} else if (hashes) {
		ret->kind = KTAP_DIAGNOSTIC;
	}
}

static void tokenize_at(struct view v, struct ktap_token *ret)
{
	unsigned column = 0;
	bool hashes = false;
	size_t i = 0;

	*ret = (struct ktap_token){ .text = v };
	for (; column < KTAP_COLUMN_MAX; column += 2, i += 2, hashes = true) {
		for (; i < v.len && is_space(v.p[i]); i++)
			column = next_column(column, v.p[i]);
		if (i >= v.len || v.p[i] != '#')
			break;
		if (take_header(from(v, i + 1), column, ret))
			return;
		if (i + 1 >= v.len || !is_space(v.p[i + 1])) {
			*ret = (struct ktap_token){ .kind = KTAP_DIAGNOSTIC,
						    .column = column,
						    .text = view_trim(from(v, i + 1)) };
			return;
		}
	}
	if (column < KTAP_COLUMN_MAX)
		classify(view_trim(from(v, i)), column, hashes, ret);
	else if (hashes)
		ret->kind = KTAP_DIAGNOSTIC;
}

void ktap_tokenize(struct view line, struct ktap_token *ret)
{
	tokenize_at(line, ret);
	if (ret->kind != KTAP_OTHER || view_find(line, "ok ") < 0)
		return;

	/* A result that was glued onto a kernel message: "mouse found[    1.234567] ok 3 name". */
	ssize_t at = dmesg_find_time(line, 0);

	for (int tries = 0; at >= 0 && tries < 4; tries++) {
		struct view rest = from(line, (size_t)at);
		struct ktap_token token;

		rest = from(rest, (size_t)view_find_chr(rest, ']') + 1);
		if (rest.len && rest.p[0] == ' ')
			rest = from(rest, 1);
		tokenize_at(rest, &token);
		if (token.kind == KTAP_RESULT && token.has_number) {
			*ret = token;
			return;
		}
		at = dmesg_find_time(line, (size_t)at + 1);
	}
}

struct view ktap_strip(struct view line, unsigned column)
{
	unsigned at = 0;
	size_t i = 0;

	while (i < line.len && at < column) {
		if (is_space(line.p[i]))
			at = next_column(at, line.p[i++]);
		else if (line.p[i] == '#' && i + 1 < line.len && line.p[i + 1] == ' ')
			at += 2, i += 2;
		else
			break;
	}
	return from(line, i);
}
