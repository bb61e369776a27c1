/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"
#include "caselog_cases.h"

#include "logs/xfstests.h"

static void one_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	caselog_case(&xfstests_format, options, log, w);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("xfstests", one_case);
}

/* What is not the word for it passes nothing. */
static void nothing_else_passes(void **state)
{
	static const char *const logs[] = {
		"generic/001\n",
		"generic/001 4s ... \n",
		"generic/001 4s ...  5\n",
		"generic/001 4s ...  5 s\n",
		"generic/001 4s ...  5s 6s\n",
		"generic/001 4s ... s\n",
		"generic/001 4s ...  -5s\n",
		"generic/001 [1:2:3] 5s\n",
		"generic/001 passed\n",
		" generic/001 5s\n",
		"generic 5s\n",
		"generic/ 5s\n",
		"/001 5s\n",
		"generic/001 5s\n_check_xfs_filesystem: filesystem on /dev/vdb is inconsistent (r)\n",
		"generic/001 5s\n[failed, exit status 1]\n",
		"Passed all 3 tests\n",
		"Ran: generic/001\ngeneric/001 5s\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		AUTO_FREE char *passed =
			passed_of(&xfstests_format, logs[i], strlen(logs[i]), false);

		if (*passed)
			fail_msg("%s passed in:\n%s", passed, logs[i]);
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	check_prefixes(
		&xfstests_format,
		"FSTYP -- ext4\n\ngeneric/001 4s ...  5s\ngeneric/002  1s\ngeneric/003  [not run] why\nxfs/004 1s ... 2s\n"
		"Ran: generic/001\n",
		"generic.001 generic.002 xfs.004");
}

/* check begins a line when the case starts. */
static void in_flight(void **state)
{
	struct log_sink sink = { 0 };
	struct caselog *l = caselog_new(&xfstests_format, "xfstests", &sink);

	(void)state;
	caselog_add(l, "generic/0", 9);
	assert_string_equal(caselog_current(l), "xfstests");
	caselog_add(l, "01 4s ... ", 10);
	assert_string_equal(caselog_current(l), "xfstests.generic.001");
	caselog_add(l, " 5s\n", 4);
	assert_string_equal(caselog_current(l), "xfstests");
	caselog_add(l, "generic/002 ", 12);
	assert_string_equal(caselog_current(l), "xfstests.generic.002");
	caselog_free(l);
}

RUN(T(data_cases), T(nothing_else_passes), T(cut_anywhere), T(in_flight))
