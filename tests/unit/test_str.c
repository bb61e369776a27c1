/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <stdlib.h>

static void grows(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	(void)state;

	assert_string_equal(str_c(&s), "");
	assert_int_equal(str_view(&s).len, 0);
	str_adds(&s, "ab");
	str_addc(&s, 'c');
	str_add(&s, "\0d", 2);
	str_addv(&s, VIEW("ef"));
	str_add(&s, NULL, 0);
	assert_int_equal(s.len, 7);
	assert_memory_equal(s.data, "abc\0def", 8);
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%d,", i);
	assert_string_equal(s.data + s.len - 9, ",998,999,");
	size_t cap = s.cap;

	str_clear(&s);
	assert_int_equal(s.len, 0);
	assert_int_equal(s.cap, cap);
	assert_string_equal(str_c(&s), "");
	str_reserve(&s, 10 * cap);
	assert_true(s.cap > 10 * cap);
}

static void formats_of_any_length(void **state)
{
	(void)state;
	for (int n = 0; n < 300; n++) {
		AUTO_STR struct str s = STR_INIT;

		str_adds(&s, "x");
		str_addf(&s, "%*s|", n, "");
		assert_int_equal(s.len, n + 2);
		assert_int_equal(s.data[n + 1], '|');
		assert_int_equal(s.data[n + 2], '\0');
	}
}

static void take_empties(void **state)
{
	struct str s = STR_INIT;
	(void)state;

	char *empty = str_take(&s);

	str_adds(&s, "abc");
	char *full = str_take(&s);

	assert_string_equal(empty, "");
	assert_string_equal(full, "abc");
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	free(empty);
	free(full);
	str_clear(&s);
}

RUN(T(grows), T(formats_of_any_length), T(take_empties))
