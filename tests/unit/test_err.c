/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>

#include "base/err.h"

static void set_fills(void **state)
{
	struct err err = { 0 };
	(void)state;

	err.sys = 7;
	assert_int_equal(err_set(&err, ERR_PARSE, "%s:%d: bad", "a.log", 3), -ERR_PARSE);
	assert_int_equal(err.code, ERR_PARSE);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.msg, "a.log:3: bad");
}

static void controls_are_replaced(void **state)
{
	struct err err = { 0 };
	(void)state;

	err_set(&err, ERR_IO, "a\033[31mb\nc\x7f \xc2\x9bx \xff\xc3\xa9\n");
	assert_string_equal(err.msg, "a?[31mb?c? ?x ?\xc3\xa9");
	err_set(&err, ERR_IO, "\xc2\x9f \xc2\xa0.");
	assert_string_equal(err.msg, "? \xc2\xa0.");
}

static void long_message_is_cut(void **state)
{
	struct err err = { 0 };
	char text[4 * ERR_MSG_MAX];
	(void)state;

	/* Two bytes a character, with every parity of the cut. */
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa9", 3);
		err_set(&err, ERR_IO, "%s", text);
		size_t n = strlen(err.msg);
		struct view rest = view_of(err.msg);

		assert_in_range(n, ERR_MSG_MAX - 5, ERR_MSG_MAX - 1);
		assert_string_equal(err.msg + n - 3, "...");
		for (size_t step; rest.len > 0; rest = view_sub(rest, step, rest.len)) {
			step = view_utf8(rest, NULL);
			assert_int_not_equal(step, 0);
		}
	}
	memset(text, 'x', sizeof(text));
	text[ERR_MSG_MAX - 1] = '\0';
	err_set(&err, ERR_IO, "%s", text);
	assert_string_equal(err.msg, text);
}

static void sys_maps_errno(void **state)
{
	static const struct {
		int sys;
		enum err_code code;
	} cases[] = {
		{ ENOSPC, ERR_NO_SPACE },
		{ EDQUOT, ERR_NO_SPACE },
		{ ENOENT, ERR_NOT_FOUND },
		{ EACCES, ERR_IO },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };

		errno = cases[i].sys;
		assert_int_equal(err_sys(&err, "open %s", "f"), -(int)cases[i].code);
		assert_int_equal(err.sys, cases[i].sys);
		assert_memory_equal(err.msg, "open f: ", 8);
		assert_string_equal(err.msg + 8, strerror(cases[i].sys));
	}
}

static void context_goes_before(void **state)
{
	struct err err = { 0 };
	(void)state;

	errno = ENOENT;
	err_sys(&err, "b.yaml");
	assert_int_equal(err_context(&err, "plan %s", "quick"), -ERR_NOT_FOUND);
	assert_string_equal(err.msg, "plan quick: b.yaml: No such file or directory");
	assert_int_equal(err.sys, ENOENT);
	/* The message itself as an argument. */
	err_set(&err, ERR_USAGE, "[%s]", err.msg);
	assert_string_equal(err.msg, "[plan quick: b.yaml: No such file or directory]");
}

RUN(T(set_fills), T(controls_are_replaced), T(long_message_is_cut), T(sys_maps_errno),
    T(context_goes_before))
