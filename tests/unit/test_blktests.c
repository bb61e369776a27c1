/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"
#include "caselog_cases.h"

#include "logs/blktests.h"

static void one_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	caselog_case(&blktests_format, options, log, w);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("blktests", one_case);
}

/* What is not the word for it passes nothing. */
static void nothing_else_passes(void **state)
{
	static const char *const logs[] = {
		"block/001 (a)\n",
		"block/001 (a)\n    runtime  1s  ...  1s\n",
		"block/001 (a) passed\n",
		"block/001 (a) [passed\n",
		"block/001 (a) passed]\n",
		"block/001 (a) [passed] more\n",
		"block/001 (a) [not passed]\n",
		"block/001 (a) []\n",
		"block/001 (a [passed])\n",
		"    block/001 (a) [passed]\n",
		"block (a) [passed]\n",
		"block/x (a) [passed]\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		AUTO_FREE char *passed =
			passed_of(&blktests_format, logs[i], strlen(logs[i]), false);

		if (*passed)
			fail_msg("%s passed in:\n%s", passed, logs[i]);
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	check_prefixes(
		&blktests_format,
		"block/001 (a)   \n    runtime  ...\nblock/001 (a)   [passed]\n    runtime  ...  1s\n"
		"block/002 (b [passed])   [failed]\n    why\nblock/003 => vda (c)  [passed]\n",
		"block.001 block.003.vda");
}

static void in_flight(void **state)
{
	struct log_sink sink = { 0 };
	struct caselog *l = caselog_new(&blktests_format, "blktests", &sink);
	const char *begun = "block/001 (a)   \n    runtime  1s  ...\n",
		   *ended = "block/001 (a)  [passed]\n";

	(void)state;
	assert_string_equal(caselog_current(l), "blktests");
	caselog_add(l, begun, strlen(begun));
	assert_string_equal(caselog_current(l), "blktests.block.001");
	caselog_add(l, ended, strlen(ended));
	assert_string_equal(caselog_current(l), "blktests");
	caselog_free(l);
}

RUN(T(data_cases), T(nothing_else_passes), T(cut_anywhere), T(in_flight))
