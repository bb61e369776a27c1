/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/mem.h"
#include "logs/dmesg.h"

static void prefixes(void **state)
{
	static const struct {
		const char *line, *text, *caller;
		double time;
		int level;
	} cases[] = {
		{ "plain", "plain", "", -1, -1 },
		{ "  indented", "  indented", "", -1, -1 },
		{ "[    1.234567] text", "text", "", 1.234567, -1 },
		{ "[    1.234567]   two more", "  two more", "", 1.234567, -1 },
		{ "[    1.234567]", "", "", 1.234567, -1 },
		{ "[12345.000001] x", "x", "", 12345.000001, -1 },
		{ "<3>[    1.234567][    T1] text\r", "text", "T1", 1.234567, 3 },
		{ "<30>text", "text", "", -1, 6 },
		{ "[    1.234567][ T1234] text", "text", "T1234", 1.234567, -1 },
		{ "[    1.5] [C0] text", "text", "C0", 1.5, -1 },
		{ "[   T7] text", "text", "T7", -1, -1 },
		{ "[    T7   ] text", "text", "T7", -1, -1 },
		{ "\033[0;31m[    1.234567] \033[1mred\r\r", "red", "", 1.234567, -1 },
		{ "\r[    1.234567] x", "x", "", 1.234567, -1 },
		{ "[ INFO: possible circular locking dependency detected ]",
		  "[ INFO: possible circular locking dependency detected ]", "", -1, -1 },
		{ "[1.2", "[1.2", "", -1, -1 },
		{ "[1.] x", "[1.] x", "", -1, -1 },
		{ "[.5] x", "[.5] x", "", -1, -1 },
		{ "[1.1234567890] x", "[1.1234567890] x", "", -1, -1 },
		{ "[T] x", "[T] x", "", -1, -1 },
		{ "[Tx] x", "[Tx] x", "", -1, -1 },
		{ "[", "[", "", -1, -1 },
		{ "<> x", "<> x", "", -1, -1 },
		{ "<6 x", "<6 x", "", -1, -1 },
		{ "<1234>x", "<1234>x", "", -1, -1 },
		{ "\033[", "", "", -1, -1 },
		{ "", "", "", -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dmesg_line got;

		dmesg_split(view_of(cases[i].line), &got);
		assert_view(got.text, cases[i].text);
		assert_view(got.caller, cases[i].caller);
		assert_float_equal(got.time, cases[i].time, 1e-9);
		assert_int_equal(got.level, cases[i].level);
		assert_int_equal(got.from_kernel, cases[i].time >= 0 || cases[i].level >= 0);
	}
}

static void glued_times(void **state)
{
	(void)state;
	assert_int_equal(dmesg_find_time(VIEW("a [    1.234567] b [2.000000] c"), 0), 2);
	assert_int_equal(dmesg_find_time(VIEW("a [    1.234567] b [2.000000] c"), 3), 19);
	assert_int_equal(
		dmesg_find_time(VIEW("[1.5] [x] [1.2345678] [ 1.23456] [.123456] [[3.000000]"), 0),
		44);
	assert_int_equal(dmesg_find_time(VIEW("[3.000000"), 0), -1);
	assert_int_equal(dmesg_find_time(VIEW(""), 5), -1);
}

RUN(T(prefixes), T(glued_times))
