/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/dmesg.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(struct view v, size_t i)
{
	while (i < v.len && is_digit(v.p[i]))
		i++;
	return i;
}

static size_t spaces(struct view v, size_t i)
{
	while (i < v.len && v.p[i] == ' ')
		i++;
	return i;
}

/* "\033[0;31m": CSI, parameter and intermediate bytes, one final byte (ECMA-48, 5.4). */
static void skip_escapes(struct view *v)
{
	while (v->len >= 2 && v->p[0] == '\033' && v->p[1] == '[') {
		size_t i = 2;

		while (i < v->len && v->p[i] >= 0x20 && v->p[i] < 0x40)
			i++;
		*v = view_sub(*v, i + 1, v->len);
	}
}

/* "<6>" or "<30>": the level is the low three bits, the rest is syslog's facility. */
static void take_level(struct view *v, struct dmesg_line *ret)
{
	size_t end = v->len && v->p[0] == '<' ? digits(*v, 1) : 0;
	uint64_t level;

	if (end < 2 || end > 4 || end >= v->len || v->p[end] != '>')
		return;
	if (view_u64(view_sub(*v, 1, end - 1), 10, &level) < 0)
		return;
	ret->level = (int)(level & 7);
	ret->from_kernel = true;
	*v = view_sub(*v, end + 1, v->len);
}

/* "[    1.234567]" */
static bool take_time(struct view *v, struct dmesg_line *ret)
{
	if (!v->len || v->p[0] != '[')
		return false;
	size_t from = spaces(*v, 1), dot = digits(*v, from), end;

	if (dot == from || dot - from > 12 || dot >= v->len || v->p[dot] != '.')
		return false;
	end = digits(*v, dot + 1);
	if (end == dot + 1 || end - dot > 10 || end >= v->len || v->p[end] != ']')
		return false;
	if (view_double(view_sub(*v, from, end - from), &ret->time) < 0)
		return false;
	ret->from_kernel = true;
	*v = view_sub(*v, end + 1, v->len);
	return true;
}

/* "[    T1]" or "[C0]", also after one space. */
static bool take_caller(struct view *v, struct dmesg_line *ret)
{
	size_t at = v->len && v->p[0] == ' ' ? 1 : 0;

	if (at >= v->len || v->p[at] != '[')
		return false;
	size_t from = spaces(*v, at + 1);

	if (from >= v->len || (v->p[from] != 'T' && v->p[from] != 'C'))
		return false;
	size_t end = digits(*v, from + 1), close = spaces(*v, end);

	if (end == from + 1 || end - from > 11 || close >= v->len || v->p[close] != ']')
		return false;
	ret->caller = view_sub(*v, from, end - from);
	*v = view_sub(*v, close + 1, v->len);
	return true;
}

void dmesg_split(struct view line, struct dmesg_line *ret)
{
	struct view v = line;

	*ret = (struct dmesg_line){ .time = -1, .level = -1 };
	while (v.len && v.p[v.len - 1] == '\r')
		v.len--;
	while (v.len && v.p[0] == '\r')
		v = view_sub(v, 1, v.len);
	skip_escapes(&v);
	take_level(&v, ret);

	bool timed = take_time(&v, ret), called = take_caller(&v, ret);

	/* One space ends the prefix; more belong to the message (KTAP counts them). */
	if ((timed || called) && v.len && v.p[0] == ' ')
		v = view_sub(v, 1, v.len);
	skip_escapes(&v);
	ret->text = v;
}

ssize_t dmesg_find_time(struct view text, size_t at)
{
	for (size_t i = at; i < text.len; i++) {
		if (text.p[i] != '[')
			continue;
		size_t from = spaces(text, i + 1), dot = digits(text, from);

		if (dot > from && dot + 7 < text.len && text.p[dot] == '.' &&
		    digits(text, dot + 1) == dot + 7 && text.p[dot + 7] == ']')
			return (ssize_t)i;
	}
	return -1;
}
