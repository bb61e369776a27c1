/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(call, text) \
	do { \
		AUTO_STR struct str s = STR_INIT; \
		call; \
		assert_string_equal(str_c(&s), text); \
	} while (0)

static void shell_words(void **state)
{
	(void)state;
	CHECK(str_add_shell_word(&s, "a-b/c=1,2"), "a-b/c=1,2");
	CHECK(str_add_shell_word(&s, ""), "''");
	CHECK(str_add_shell_word(&s, "a b"), "'a b'");
	CHECK(str_add_shell_word(&s, "it's $x"), "'it'\\''s $x'");
	CHECK(str_add_shell_word(&s, "~"), "'~'");
}

/* sh reads back what was quoted. */
static void shell_agrees(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	char word[128], got[256] = { 0 };
	(void)state;

	for (int i = 1; i < 128; i++)
		word[i - 1] = (char)i;
	word[127] = '\0';
	str_adds(&s, "printf %s ");
	str_add_shell_word(&s, word);
	FILE *f = popen(str_c(&s), "r");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof(got), f), 127);
	pclose(f);
	assert_string_equal(got, word);
}

static void printable(void **state)
{
	(void)state;
	CHECK(str_add_printable(&s, VIEW("a\tb\xc3\xa9")), "a\tb\xc3\xa9");
	CHECK(str_add_printable(&s, VIEW("\033[2J\n\0\x7f")), "\\x1b[2J\\x0a\\x00\\x7f");
	CHECK(str_add_printable(&s, VIEW("\xff\xc3")), "\\xff\\xc3");
	CHECK(str_add_printable(&s, VIEW("\xc2\x9b|\xe2\x80\xae")), "\\xc2\\x9b|\\xe2\\x80\\xae");
}

static void sizes(void **state)
{
	(void)state;
	CHECK(str_add_size(&s, 0), "0 B");
	CHECK(str_add_size(&s, 999), "999 B");
	CHECK(str_add_size(&s, 1000), "1.0 kB");
	CHECK(str_add_size(&s, 1449), "1.4 kB");
	CHECK(str_add_size(&s, 9949), "9.9 kB");
	CHECK(str_add_size(&s, 9951), "10 kB");
	CHECK(str_add_size(&s, 12345), "12 kB");
	CHECK(str_add_size(&s, 999499), "999 kB");
	CHECK(str_add_size(&s, 999501), "1.0 MB");
	CHECK(str_add_size(&s, 1400000), "1.4 MB");
	CHECK(str_add_size(&s, UINT64_MAX), "18 EB");
}

static void durations(void **state)
{
	(void)state;
	CHECK(str_add_duration(&s, 0), "0.00s");
	CHECK(str_add_duration(&s, -5), "0.00s");
	CHECK(str_add_duration(&s, NAN), "0.00s");
	CHECK(str_add_duration(&s, 0.08), "0.08s");
	CHECK(str_add_duration(&s, 0.996), "1.0s");
	CHECK(str_add_duration(&s, 3.14), "3.1s");
	CHECK(str_add_duration(&s, 9.96), "10s");
	CHECK(str_add_duration(&s, 59.4), "59s");
	CHECK(str_add_duration(&s, 59.6), "1m00s");
	CHECK(str_add_duration(&s, 124), "2m04s");
	CHECK(str_add_duration(&s, 3599.6), "1h00m");
	CHECK(str_add_duration(&s, 7320), "2h02m");
	CHECK(str_add_duration(&s, INFINITY), "277777h46m");
}

static void times(void **state)
{
	(void)state;
	CHECK(str_add_time(&s, 0), "1970-01-01T00:00:00.000Z");
	CHECK(str_add_time(&s, 1795332414123), "2026-11-22T07:26:54.123Z");
	CHECK(str_add_time(&s, -1), "1969-12-31T23:59:59.999Z");
	CHECK(str_add_time(&s, INT64_MAX), "9999-12-31T23:59:59.999Z");
	CHECK(str_add_time(&s, INT64_MIN), "0000-01-01T00:00:00.000Z");
}

static void clocks(void **state)
{
	double before = time_mono();
	(void)state;

	assert_true(time_mono() >= before);
	assert_in_range(time_now_ms() / 1000 - time(NULL) + 2, 0, 4);
}

RUN(T(shell_words), T(shell_agrees), T(printable), T(sizes), T(durations), T(times), T(clocks))
