/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which package has the header that a compiler misses, in gcc's and in clang's words. */
#include "test.h"

#include "kernel/headers.h"

static void is(const char *message, const char *package)
{
	const char *got = header_package(view_of(message));

	assert_string_equal(got ? got : "(none)", package ? package : "(none)");
}

static void both_compilers(void **state)
{
	(void)state;
	is("a/b.c:5:10: fatal error: numa.h: No such file or directory", "libnuma-dev");
	is("b.c:5:10: fatal error: 'sys/capability.h' file not found", "libcap-dev");
	is("b.c:1:1: fatal error: alsa/asoundlib.h: No such file or directory", "libasound2-dev");
	is("urcu.h: No such file or directory", "liburcu-dev");
}

static void others(void **state)
{
	(void)state;
	is("b.c:5:10: fatal error: linux/of_our_own.h: No such file or directory", NULL);
	is("b.c:5:10: fatal error: xnuma.h: No such file or directory", NULL);
	is("b.c:5: error: 'numa.h' undeclared", NULL);
	is("make: numa: No such file or directory", NULL);
	is("", NULL);
}

RUN(T(both_compilers), T(others))
