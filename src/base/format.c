/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as people read them, and the clocks. */
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

void str_add_shell_word(struct str *s, const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_@%+=:,./-";

	if (word[0] != '\0' && word[strspn(word, safe)] == '\0') {
		str_adds(s, word);
		return;
	}
	str_addc(s, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			str_adds(s, "'\\''");
		else
			str_addc(s, *word);
	}
	str_addc(s, '\'');
}

/* Characters that move or hide text: C0 but tab, C1, and the direction marks of Unicode UAX 9. */
static bool is_control(uint32_t cp)
{
	return (cp < 0x20 && cp != '\t') || (cp >= 0x7f && cp < 0xa0) || cp == 0x200e ||
	       cp == 0x200f || cp == 0x061c || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

void str_add_printable(struct str *s, struct view v)
{
	while (v.len > 0) {
		uint32_t cp = 0;
		size_t n = view_utf8(v, &cp);
		size_t step = n > 0 ? n : 1;

		if (n > 0 && !is_control(cp)) {
			str_add(s, v.p, n);
		} else {
			for (size_t i = 0; i < step; i++)
				str_addf(s, "\\x%02x", (unsigned char)v.p[i]);
		}
		v = view_sub(v, step, v.len);
	}
}

void str_add_size(struct str *s, uint64_t bytes)
{
	static const char units[] = "kMGTPE";
	double value = (double)bytes / 1000;
	size_t i = 0;

	if (bytes < 1000) {
		str_addf(s, "%u B", (unsigned)bytes);
		return;
	}
	while (value >= 999.5 && i + 2 < sizeof(units)) {
		value /= 1000;
		i++;
	}
	str_addf(s, "%.*f %cB", value < 9.95 ? 1 : 0, value, units[i]);
}

void str_add_duration(struct str *s, double seconds)
{
	if (!(seconds > 0))
		seconds = 0;
	if (seconds > 1e9)
		seconds = 1e9;
	if (seconds < 59.5) {
		str_addf(s, "%.*fs", seconds < 0.995 ? 2 : seconds < 9.95 ? 1 : 0, seconds);
		return;
	}
	unsigned long whole = (unsigned long)lround(seconds);

	if (whole < 3600)
		str_addf(s, "%lum%02lus", whole / 60, whole % 60);
	else
		str_addf(s, "%luh%02lum", whole / 3600, whole % 3600 / 60);
}

void str_add_time(struct str *s, int64_t unix_ms)
{
	/* RFC 3339 has years 0000 to 9999. */
	const int64_t first = -62167219200000, last = 253402300799999;
	struct tm tm;

	if (unix_ms < first)
		unix_ms = first;
	if (unix_ms > last)
		unix_ms = last;
	int64_t ms = (unix_ms % 1000 + 1000) % 1000;
	time_t t = (time_t)((unix_ms - ms) / 1000);

	gmtime_r(&t, &tm);
	str_addf(s, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
}

int64_t time_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

double time_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
