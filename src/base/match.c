/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wildcards, and the nearest of some names. */
#include "base/mem.h"
#include "base/str.h"

/*
 * *@p is after a '['. True when @c is in the class; *@p is then behind the ']'. A '[' that is never
 * closed is an ordinary character.
 */
static bool class_match(const char **p, char c)
{
	const char *q = *p;
	bool invert = *q == '!' || *q == '^', hit = false;
	unsigned char u = (unsigned char)c;

	if (invert)
		q++;
	for (bool first = true; first || *q != ']'; first = false) {
		unsigned char low = (unsigned char)*q++, high = low;

		if (low == '\0')
			return c == '[';
		if (q[0] == '-' && q[1] != ']' && q[1] != '\0') {
			high = (unsigned char)q[1];
			q += 2;
		}
		if (u >= low && u <= high)
			hit = true;
	}
	*p = q + 1;
	return hit != invert;
}

bool glob_match(const char *pattern, const char *s)
{
	/* Only the last '*' is ever tried again, so the time is at most length times length. */
	const char *star = NULL, *star_s = NULL;

	while (*s) {
		const char *p = pattern;
		bool ok;

		if (*p == '*') {
			star = ++pattern;
			star_s = s;
			continue;
		}
		if (*p == '[') {
			p++;
			ok = class_match(&p, *s);
		} else {
			ok = *p == '?' || *p == *s;
			p += *p != '\0';
		}
		if (ok) {
			pattern = p;
			s++;
		} else if (star) {
			pattern = star;
			s = ++star_s;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

enum { NEAREST_LEN_MAX = 64 };

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make @b of @a. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][NEAREST_LEN_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= blen; j++)
		last[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		now[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = min_of(best, min_of(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = min_of(best, before[j - 2] + 1);
			now[j] = best;
		}
		size_t *free_row = before;

		before = last;
		last = now;
		now = free_row;
	}
	return last[blen];
}

const char *str_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word);
	size_t limit = len <= 2 ? 1 : len <= 6 ? 2 : 3;
	size_t best = limit + 1;
	const char *ret = NULL;

	if (len == 0 || len > NEAREST_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t name_len = strlen(names[i]);

		if (name_len > NEAREST_LEN_MAX)
			continue;
		size_t d = distance(word, len, names[i], name_len);

		/* A name cut short is near, however much is missing; and all replaced is not. */
		if (len >= 3 && d > limit && strncmp(names[i], word, len) == 0)
			d = limit;
		if (d < best && d < len) {
			best = d;
			ret = names[i];
		}
	}
	return ret;
}
