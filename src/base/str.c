/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void str_release(struct str *s)
{
	free(s->data);
	*s = STR_INIT;
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->data)
		s->data[0] = '\0';
}

void str_reserve(struct str *s, size_t more)
{
	if (more >= SIZE_MAX / 4 || s->len >= SIZE_MAX / 4)
		abort();
	size_t need = s->len + more + 1;

	if (need <= s->cap)
		return;
	size_t cap = s->cap ? s->cap * 2 : 64;

	if (cap < need)
		cap = need;
	s->data = mem_realloc(s->data, cap);
	s->cap = cap;
	s->data[s->len] = '\0';
}

void str_add(struct str *s, const void *p, size_t n)
{
	str_reserve(s, n);
	if (n > 0)
		memcpy(s->data + s->len, p, n);
	s->len += n;
	s->data[s->len] = '\0';
}

void str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_add(s, &c, 1);
}

void str_addv(struct str *s, struct view v)
{
	str_add(s, v.p, v.len);
}

void str_vaddf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	str_reserve(s, 64);
	size_t room = s->cap - s->len;
	int n = vsnprintf(s->data + s->len, room, fmt, ap);

	if (n < 0)
		abort();
	if ((size_t)n >= room) {
		str_reserve(s, (size_t)n);
		vsnprintf(s->data + s->len, (size_t)n + 1, fmt, again);
	}
	s->len += (size_t)n;
	va_end(again);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(s, fmt, ap);
	va_end(ap);
}

const char *str_c(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
	char *p = s->data ? s->data : mem_strdup("");

	*s = STR_INIT;
	return p;
}
