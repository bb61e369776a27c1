/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/sha256.h"
#include "logs/record.h"

static void statuses(void **state)
{
	(void)state;
	for (enum status s = STATUS_FAIL; s < STATUS_NONE; s++)
		assert_int_equal(status_parse(view_of(status_name(s))), s);
	assert_null(status_name(STATUS_NONE));
	assert_int_equal(status_parse(VIEW("pass")), STATUS_NONE);
	assert_int_equal(status_parse(VIEW("")), STATUS_NONE);
	assert_int_equal(status_heavier(STATUS_PASS, STATUS_MISS), STATUS_MISS);
	assert_int_equal(status_heavier(STATUS_SKIP, STATUS_NONE), STATUS_SKIP);
	assert_string_equal(finding_kind_name(FINDING_CONFIG), "config");
	assert_string_equal(finding_kind_name(FINDING_CRASH), "crash");
	assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
}

static void signatures(void **state)
{
	const char *ab_c[] = { "ab", "c" }, *a_bc[] = { "a", "bc" };
	char one[33], two[33], hex[SHA256_HEX_LEN + 1];

	(void)state;
	signature_of(FINDING_BUILD, ab_c, 2, one);
	sha256_bytes_hex("build\0ab\0c", 11, hex);
	assert_memory_equal(one, hex, 32);
	assert_int_equal(strlen(one), 32);
	signature_of(FINDING_BUILD, a_bc, 2, two);
	assert_string_not_equal(one, two);
	signature_of(FINDING_CRASH, ab_c, 2, two);
	assert_string_not_equal(one, two);
	signature_of(FINDING_BUILD, ab_c, 2, two);
	assert_string_equal(one, two);
}

static void path_parts(void **state)
{
	AUTO_STR struct str s = STR_INIT;

	(void)state;
	path_part_add(&s, VIEW("list-test"));
	path_part_add(&s, VIEW(""));
	path_part_add(&s, VIEW("a.b c#\xc3\xbcZ9"));
	assert_string_equal(str_c(&s), "list-test_a_b_c___Z9");
}

RUN(T(statuses), T(signatures), T(path_parts))
