/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

static void compare(void **state)
{
	struct view none = { 0 };
	(void)state;

	assert_true(view_eq(VIEW("abc"), "abc"));
	assert_false(view_eq(VIEW("abc"), "ab"));
	assert_false(view_eq(VIEW("a\0c"), "a"));
	assert_true(view_eq(none, ""));
	assert_true(view_starts(VIEW("abc"), "ab"));
	assert_false(view_starts(VIEW("ab"), "abc"));
	assert_true(view_starts(none, ""));
	assert_true(view_ends(VIEW("abc"), "bc"));
	assert_false(view_ends(VIEW("bc"), "abc"));
	assert_true(view_ends(none, ""));
}

static void cut(void **state)
{
	struct view v = VIEW("prefix rest");
	(void)state;

	assert_view(view_trim(VIEW(" \t\r\n a b \v\f")), "a b");
	assert_view(view_trim(VIEW("  ")), "");
	assert_view(view_sub(v, 2, 3), "efi");
	assert_view(view_sub(v, 7, 100), "rest");
	assert_view(view_sub(v, 100, 1), "");
	assert_view(view_sub((struct view){ 0 }, 1, 1), "");
	assert_true(view_skip(&v, "prefix "));
	assert_view(v, "rest");
	assert_false(view_skip(&v, "prefix"));
	assert_view(v, "rest");
}

static void find(void **state)
{
	(void)state;
	assert_int_equal(view_find(VIEW("a\0bcbc"), "bc"), 2);
	assert_int_equal(view_find(VIEW("abc"), "x"), -1);
	assert_int_equal(view_find(VIEW("abc"), ""), 0);
	assert_int_equal(view_find((struct view){ 0 }, ""), 0);
	assert_int_equal(view_find((struct view){ 0 }, "x"), -1);
	assert_int_equal(view_find_chr(VIEW("abc"), 'c'), 2);
	assert_int_equal(view_find_chr(VIEW("abc"), 'x'), -1);
	assert_int_equal(view_find_chr((struct view){ 0 }, 'x'), -1);
}

static void lines(void **state)
{
	struct view rest = VIEW("one\r\n\ntwo\rx\nlast"), line;
	(void)state;

	assert_true(view_line(&rest, &line));
	assert_view(line, "one");
	assert_true(view_line(&rest, &line));
	assert_view(line, "");
	assert_true(view_line(&rest, &line));
	assert_view(line, "two\rx");
	assert_true(view_line(&rest, &line));
	assert_view(line, "last");
	assert_false(view_line(&rest, &line));
	assert_view(line, "last");
}

static void fields(void **state)
{
	struct view rest = VIEW("a,,b,"), field;
	(void)state;

	assert_true(view_split(&rest, ',', &field));
	assert_view(field, "a");
	assert_true(view_split(&rest, ',', &field));
	assert_view(field, "");
	assert_true(view_split(&rest, ',', &field));
	assert_view(field, "b");
	assert_false(view_split(&rest, ',', &field));
}

static void unsigned_numbers(void **state)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1a",
					   "0x10",
					   "18446744073709551616",
					   "99999999999999999999" };
	uint64_t u = 77;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(view_u64(view_of(bad[i]), 10, &u), -1);
	assert_int_equal(view_u64(VIEW("0x"), 16, &u), -1);
	assert_int_equal(view_u64(VIEW("10000000000000000"), 16, &u), -1);
	assert_int_equal(u, 77);
	assert_int_equal(view_u64(VIEW("18446744073709551615"), 10, &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(view_u64(VIEW("0xffffffffFFFFFFFF"), 16, &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(view_u64(VIEW("0XA9"), 16, &u), 0);
	assert_int_equal(u, 0xa9);
	assert_int_equal(view_u64(VIEW("007"), 10, &u), 0);
	assert_int_equal(u, 7);
}

static void signed_numbers(void **state)
{
	int64_t i = 77;
	(void)state;

	assert_int_equal(view_i64(VIEW("9223372036854775808"), &i), -1);
	assert_int_equal(view_i64(VIEW("-9223372036854775809"), &i), -1);
	assert_int_equal(view_i64(VIEW("-"), &i), -1);
	assert_int_equal(view_i64(VIEW("--1"), &i), -1);
	assert_int_equal(i, 77);
	assert_int_equal(view_i64(VIEW("-9223372036854775808"), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(view_i64(VIEW("9223372036854775807"), &i), 0);
	assert_true(i == INT64_MAX);
}

static void doubles(void **state)
{
	static const char *const bad[] = { "",	 "nan", "inf",	 "0x1p3", " 1",
					   "1 ", "1e",	"1e999", "1.2.3", "-" };
	char digits[500];
	double d = 77;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(view_double(view_of(bad[i]), &d), -1);
	memset(digits, '1', sizeof(digits));
	assert_int_equal(view_double((struct view){ digits, sizeof(digits) }, &d), -1);
	assert_int_equal(view_double(VIEW("1\0"), &d), -1);
	assert_true(d == 77);
	assert_int_equal(view_double(VIEW("-1.5e2"), &d), 0);
	assert_true(d == -150);
	assert_int_equal(view_double(view_sub(VIEW("1234"), 0, 2), &d), 0);
	assert_true(d == 12);
}

static void utf8(void **state)
{
	static const char *const bad[] = { "\x80",
					   "\xc1\xbf",
					   "\xe0\x9f\xbf",
					   "\xed\xa0\x80",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xc3",
					   "\xe2\x82",
					   "\xe2\x28\xa1" };
	static const struct {
		const char *text;
		uint32_t cp;
	} good[] = { { "a", 'a' },
		     { "\x7f", 0x7f },
		     { "\xc2\x80", 0x80 },
		     { "\xdf\xbf", 0x7ff },
		     { "\xe0\xa0\x80", 0x800 },
		     { "\xed\x9f\xbf", 0xd7ff },
		     { "\xee\x80\x80", 0xe000 },
		     { "\xf0\x90\x80\x80", 0x10000 },
		     { "\xf4\x8f\xbf\xbf", 0x10ffff } };
	uint32_t cp;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(view_utf8(view_of(bad[i]), &cp), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(view_utf8(view_of(good[i].text), &cp), strlen(good[i].text));
		assert_int_equal(cp, good[i].cp);
	}
	assert_int_equal(view_utf8((struct view){ 0 }, NULL), 0);
	assert_int_equal(view_utf8(VIEW("\xc3\xa9z"), NULL), 2);
}

RUN(T(compare), T(cut), T(find), T(lines), T(fields), T(unsigned_numbers), T(signed_numbers),
    T(doubles), T(utf8))
