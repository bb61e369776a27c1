/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

bool view_eq(struct view v, const char *s)
{
	size_t n = strlen(s);

	return v.len == n && (n == 0 || memcmp(v.p, s, n) == 0);
}

bool view_starts(struct view v, const char *prefix)
{
	size_t n = strlen(prefix);

	return v.len >= n && (n == 0 || memcmp(v.p, prefix, n) == 0);
}

bool view_ends(struct view v, const char *suffix)
{
	size_t n = strlen(suffix);

	return v.len >= n && (n == 0 || memcmp(v.p + v.len - n, suffix, n) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct view view_trim(struct view v)
{
	while (v.len > 0 && is_space(v.p[0])) {
		v.p++;
		v.len--;
	}
	while (v.len > 0 && is_space(v.p[v.len - 1]))
		v.len--;
	return v;
}

struct view view_sub(struct view v, size_t from, size_t len)
{
	if (from > v.len)
		from = v.len;
	if (len > v.len - from)
		len = v.len - from;
	return (struct view){ v.p ? v.p + from : NULL, len };
}

ssize_t view_find(struct view v, const char *needle)
{
	const char *at = v.len > 0 ? memmem(v.p, v.len, needle, strlen(needle)) : NULL;

	if (!at)
		return v.len == 0 && needle[0] == '\0' ? 0 : -1;
	return at - v.p;
}

ssize_t view_find_chr(struct view v, char c)
{
	const char *at = v.len > 0 ? memchr(v.p, c, v.len) : NULL;

	return at ? at - v.p : -1;
}

bool view_skip(struct view *v, const char *prefix)
{
	if (!view_starts(*v, prefix))
		return false;
	*v = view_sub(*v, strlen(prefix), v->len);
	return true;
}

bool view_split(struct view *rest, char sep, struct view *ret_field)
{
	if (rest->len == 0)
		return false;
	ssize_t at = view_find_chr(*rest, sep);
	size_t n = at < 0 ? rest->len : (size_t)at;

	*ret_field = view_sub(*rest, 0, n);
	*rest = view_sub(*rest, n + 1, rest->len);
	return true;
}

bool view_line(struct view *rest, struct view *ret_line)
{
	struct view line;

	if (!view_split(rest, '\n', &line))
		return false;
	if (view_ends(line, "\r"))
		line.len--;
	*ret_line = line;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int view_u64(struct view v, int base, uint64_t *ret)
{
	uint64_t sum = 0;

	if (base == 16 && !view_skip(&v, "0x"))
		view_skip(&v, "0X");
	if (v.len == 0)
		return -1;
	for (size_t i = 0; i < v.len; i++) {
		int d = digit(v.p[i]);

		if (d >= base || __builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)d, &sum))
			return -1;
	}
	*ret = sum;
	return 0;
}

int view_i64(struct view v, int64_t *ret)
{
	bool negative = view_skip(&v, "-");
	uint64_t u;

	if (view_u64(v, 10, &u) < 0 || u > (uint64_t)INT64_MAX + negative)
		return -1;
	*ret = negative ? (int64_t)(0 - u) : (int64_t)u;
	return 0;
}

int view_double(struct view v, double *ret)
{
	enum { DOUBLE_TEXT_MAX = 400 };
	char text[DOUBLE_TEXT_MAX + 1], *end;

	if (v.len == 0 || v.len > DOUBLE_TEXT_MAX)
		return -1;
	/* strtod() would also take white space, "inf", "nan" and hexadecimal. */
	for (size_t i = 0; i < v.len; i++)
		if (!strchr("0123456789+-.eE", v.p[i]) || v.p[i] == '\0')
			return -1;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	double d = strtod(text, &end);

	if (*end != '\0' || end == text || !isfinite(d))
		return -1;
	*ret = d;
	return 0;
}

size_t view_utf8(struct view v, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (v.len == 0)
		return 0;
	unsigned char c = (unsigned char)v.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n == 0 || n > v.len)
		return 0;
	uint32_t cp = n == 1 ? c : c & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		c = (unsigned char)v.p[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3f);
	}
	if (cp < smallest[n] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	if (ret)
		*ret = cp;
	return n;
}
