/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <math.h>

#include "base/yaml.h"

static void seconds(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = { { "90", 90 },	{ "90s", 90 },	  { "2m", 120 },
		     { "1h", 3600 },	{ "1d", 86400 },  { "250ms", .25 },
		     { "1h30m", 5400 }, { "2m04s", 124 }, { "1.5h", 5400 },
		     { "0", 0 },	{ ".5s", .5 },	  { "3650d", 3650 * 86400.0 } };
	static const char *const bad[] = { "",
					   "s",
					   "-1",
					   "1x",
					   "1.2.3s",
					   "1 s",
					   "m1",
					   "1m2h",
					   "1m1m",
					   "1h30",
					   "30s5",
					   "4000d",
					   "1e3",
					   ".",
					   "nan",
					   "inf",
					   "0m5",
					   "1.s.",
					   "99999999999999999999999999999999999999999s" };
	double d;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (parse_seconds(good[i].text, &d) < 0 || fabs(d - good[i].seconds) > 1e-9)
			fail_msg("'%s'", good[i].text);
	}
	d = 7;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_seconds(bad[i], &d) == 0)
			fail_msg("'%s' is %g", bad[i], d);
	assert_true(d == 7);
}

static void sizes(void **state)
{
	static const char *const bad[] = { "",	   "M",		"-1",
					   "1.5G", "1MB",	"1 M",
					   "1P",   "16777216T", "18446744073709551616",
					   "1\xcd", "20" };
	uint64_t n = 7;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_size(bad[i], &n) == 0)
			fail_msg("'%s' is %zu", bad[i], (size_t)n);
	assert_int_equal(n, 7);
	assert_int_equal(parse_size("0", &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(parse_size("12k", &n), 0);
	assert_int_equal(n, 12 << 10);
	assert_int_equal(parse_size("512M", &n), 0);
	assert_int_equal(n, 512 << 20);
	assert_int_equal(parse_size("2g", &n), 0);
	assert_true(n == 2ull << 30);
	assert_int_equal(parse_size("16777215T", &n), 0);
	assert_true(n == 16777215ull << 40);
}

RUN(T(seconds), T(sizes))
