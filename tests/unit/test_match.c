/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <fnmatch.h>
#include <stdlib.h>

static void glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "a/.b", true },
		{ "a*c", "abbc", true },
		{ "a*c", "abbd", false },
		{ "?", "", false },
		{ "?", "x", true },
		{ "[ab]c", "bc", true },
		{ "[!ab]c", "bc", false },
		{ "[^ab]c", "xc", true },
		{ "[a-c]", "b", true },
		{ "[a-c]", "d", false },
		{ "[]x]", "]", true },
		{ "[x-]", "-", true },
		{ "[", "[", true },
		{ "[a", "[a", true },
		{ "[a", "a", false },
		{ "*.*", "a.b.c", true },
		{ "list*", "list", true },
		{ "*test", "kunit.test", true },
		{ "a**b", "ab", true },
		{ "abc", "ab", false },
		{ "ab", "abc", false },
		{ "*[0-9]", "x7y8", true },
		{ "[\x80-\xff]", "\xc3", true },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (glob_match(cases[i].pattern, cases[i].text) != cases[i].match)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
}

/* Random short patterns: the C library agrees. */
static void glob_as_fnmatch(void **state)
{
	static const char letters[] = "ab*?[]!-";
	unsigned seed = 1;
	(void)state;

	for (int n = 0; n < 200000; n++) {
		char pattern[8] = { 0 }, text[8] = { 0 };

		for (int i = rand_r(&seed) % 7; i > 0; i--)
			pattern[i - 1] = letters[rand_r(&seed) % 8];
		for (int i = rand_r(&seed) % 6; i > 0; i--)
			text[i - 1] = "ab-!]"[rand_r(&seed) % 5];
		/* Where a '[' is never closed, or a range ends in one, shells differ. */
		if (strchr(pattern, '['))
			continue;
		assert_int_equal(glob_match(pattern, text), fnmatch(pattern, text, 0) == 0);
	}
}

static void glob_is_not_exponential(void **state)
{
	char text[20001], pattern[200];
	(void)state;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i + 3 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 3);
	pattern[198] = 'b';
	pattern[199] = '\0';
	assert_false(glob_match(pattern, text));
}

static const char *near(const char *word)
{
	static const char *const names[] = { "suites",
					     "builds",
					     "platforms",
					     "timeout",
					     "cmd",
					     ("a-very-long-name-that-is-longer-than-anything-"
					      "anybody-would-ever-type-by-hand") };
	const char *got = str_nearest(word, names, 6);

	return got ? got : "-";
}

static void nearest(void **state)
{
	(void)state;
	assert_string_equal(near("suits"), "suites");
	assert_string_equal(near("suties"), "suites");
	assert_string_equal(near("biulds"), "builds");
	assert_string_equal(near("plat"), "platforms");
	assert_string_equal(near("cdm"), "cmd");
	assert_string_equal(near("timeout"), "timeout");
	assert_string_equal(near("zzz"), "-");
	assert_string_equal(near("x"), "-");
	assert_string_equal(near(""), "-");
	assert_string_equal(
		near("configuration-of-the-kernel-that-nobody-has-ever-built-or-booted"), "-");
	assert_null(str_nearest("x", NULL, 0));
	assert_string_equal(str_nearest("ab3", (const char *const[]){ "ab1", "ab2" }, 2), "ab1");
}

RUN(T(glob), T(glob_as_fnmatch), T(glob_is_not_exponential), T(nearest))
