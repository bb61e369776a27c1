/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes first: cmocka with the headers it wants before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>

#include <cmocka.h>

#include "base/str.h"

#define RUN(...) \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
\
		return cmocka_run_group_tests_name(NULL, tests, NULL, NULL); \
	}
#define T(fn) cmocka_unit_test(fn)

/* @v holds exactly the bytes of the string @text. */
#define assert_view(v, text) assert_view_((v), (text), __FILE__, __LINE__)
static inline void assert_view_(struct view v, const char *text, const char *file, int line)
{
	size_t n = strlen(text);

	if (v.len == n && (n == 0 || memcmp(v.p, text, n) == 0))
		return;
	print_error("\"%.*s\" is not \"%s\"\n", (int)v.len, v.p ? v.p : "", text);
	_fail(file, line);
}

/* A test that is started in the background, or with nohup, finds some signals ignored. */
__attribute__((constructor)) static void signals_as_at_a_terminal(void)
{
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}
