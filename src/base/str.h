/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings: a growing buffer (struct str) and a borrowed piece of bytes (struct view). */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* Bytes somebody else owns; not NUL-terminated; may hold NUL bytes. */
struct view {
	const char *p;
	size_t len;
};

#define VIEW(lit) ((struct view){ "" lit, sizeof(lit) - 1 })
#define VIEW_FMT "%.*s"
#define VIEW_ARG(v) (int)((v).len > 1000000 ? 1000000 : (v).len), (v).p

static inline struct view view_of(const char *s)
{
	return (struct view){ s, s ? strlen(s) : 0 };
}
bool view_eq(struct view v, const char *s);
bool view_starts(struct view v, const char *prefix);
bool view_ends(struct view v, const char *suffix);
struct view view_trim(struct view v);			      /* white space at both ends */
struct view view_sub(struct view v, size_t from, size_t len); /* clamped */
ssize_t view_find(struct view v, const char *needle);	      /* offset, -1: not there */
ssize_t view_find_chr(struct view v, char c);
/* If @v starts with @prefix, step over it and return true. */
bool view_skip(struct view *v, const char *prefix);
/* Cut the next line off *@rest, without its "\n" or "\r\n". False at the end. */
bool view_line(struct view *rest, struct view *ret_line);
/* Cut the next field off *@rest, up to @sep (stepped over). False when *@rest is empty. */
bool view_split(struct view *rest, char sep, struct view *ret_field);
/* All of @v is a decimal (or 0x, with base 16) number that fits: 0, else -1; ret untouched. */
int view_u64(struct view v, int base, uint64_t *ret);
int view_i64(struct view v, int64_t *ret);
int view_double(struct view v, double *ret);
/*
 * Length, 1 to 4, of the UTF-8 sequence @v begins with (RFC 3629: shortest form, no surrogates),
 * and its code point unless @ret is NULL; 0 when there is none.
 */
size_t view_utf8(struct view v, uint32_t *ret);
/* Shell wildcards * ? [] over the whole of @s ('.' and '/' are ordinary). */
bool glob_match(const char *pattern, const char *s);
/* The nearest of @n names to @word by edit distance (for "did you mean"), NULL when none is near. */
const char *str_nearest(const char *word, const char *const *names, size_t n);

/* A buffer that grows; always NUL-terminated once something was added. Init with STR_INIT or {0}. */
struct str {
	char *data; /* NULL while empty */
	size_t len;
	size_t cap;
};

#define STR_INIT ((struct str){ 0 })
void str_release(struct str *s);
void str_clear(struct str *s); /* len = 0, memory kept */
void str_reserve(struct str *s, size_t more);
void str_add(struct str *s, const void *p, size_t n);
void str_adds(struct str *s, const char *text);
void str_addc(struct str *s, char c);
void str_addv(struct str *s, struct view v);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *str_c(const struct str *s); /* "" while empty */
char *str_take(struct str *s);		/* heap string (never NULL); @s is empty after */
static inline struct view str_view(const struct str *s)
{
	return (struct view){ s->data ? s->data : "", s->len };
}
#define AUTO_STR __attribute__((cleanup(str_release)))

/* One shell word: quoted when it has to be. For commands shown to people; never run by us. */
void str_add_shell_word(struct str *s, const char *word);
/* @v for a terminal: control characters, text direction overrides and invalid UTF-8 shown
 * as \xNN, tab kept. */
void str_add_printable(struct str *s, struct view v);
/* "1.4 MB", "12 kB" (powers of 1000); "2m04s", "3.1s", "0.08s". */
void str_add_size(struct str *s, uint64_t bytes);
void str_add_duration(struct str *s, double seconds);
/* UTC, RFC 3339 with fraction: "2026-11-21T07:26:54.123Z" */
void str_add_time(struct str *s, int64_t unix_ms);
int64_t time_now_ms(void); /* wall clock, Unix epoch */
double time_mono(void);	   /* seconds, monotonic */
