/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP 1 and TAP 12 to 14 as kernels and kselftests print them (Documentation/dev-tools/ktap.rst), out of a log
 * where other lines lie in between.
 *
 *   KTAP version 1            nesting by white space or "# " prefixes (kselftest): what counts is the column
 *   1..2                      plan before or after; missing: nothing can be missed
 *     # Subtest: example      names the parent before its result line comes
 *     1..1
 *     ok 1 test_a             -> test example.test_a PASS
 *   ok 1 example              -> test example PASS, parent
 *
 * A test at the lowest level is passed on with its result line, and everything below it just before.
 *
 * Status
 *   ok, not ok         PASS, FAIL
 *   # SKIP             SKIP, with "ok" and "not ok" alike
 *   # XFAIL, # TODO    PASS: what a test says is expected is no failure (kselftest.h's ksft_finished() counts so)
 *   # XPASS            as "ok" or "not ok" says, like every directive that is not known
 *   # TIMEOUT          FAIL;  # ERROR: ERROR
 *   parents            what they printed, raised to the heaviest child; below a "Bail out!" at least ERROR
 *   no result line     MISS: planned and never came, or a parent without its own line; not MISS when not one came and
 *                      "# Totals:" counts all that was planned as passed
 *
 * Names
 *   "selftests: COLL: TEST" at the lowest level is kselftest.COLL.TEST ("kselftest" once, whatever the prefix)
 *   a result without a name takes the name its header announced, else the text after SKIP, XFAIL or ERROR (where
 *   kselftest.h prints the name), else its number: "_5"; results that never came have their number too
 *   equal names of siblings: "a", "a#2", "a#3"
 *
 * Diagnostics of a test: "#" lines since the result before it at its level, with the indented lines that follow them;
 * for a test that did not pass, all lines. Lines "# SUITE: ..." below a header naming SUITE belong to the suite.
 *
 * Numbers may come in any order; more results than planned are results. A new version line or plan at the same level
 * begins a new stream whose plan is counted anew.
 */
#pragma once

#include "logs/record.h"

enum {
	KTAP_DEPTH_MAX = 32,		/* deeper lines are not KTAP */
	KTAP_SIBLINGS_MAX = 1000000,	/* beyond: the suite is marked ERROR "too many tests" and the rest is not kept */
	KTAP_LINE_MAX = 64 << 10,	/* the rest of a longer line is not looked at */
	KTAP_NAME_MAX = 256,		/* bytes kept of a name */
	KTAP_REASON_MAX = 1024,		/* bytes kept of a reason */
	KTAP_MISSING_MAX = 10000,	/* MISS records for results that never came, per reader; more are not told one by one */
	KTAP_MEMORY_MAX = 512 << 20,	/* kept for one test of the lowest level and all below it; beyond: as for siblings */
};

struct ktap;
/* @prefix: path everything goes under ("kunit", "kselftest.size.get_size"; NULL: none). @sink is copied. */
struct ktap *ktap_new(const char *prefix, const struct log_sink *sink);
void ktap_free(struct ktap *k);		/* accepts NULL */
/*
 * One line without its newline and without dmesg prefix. @line_no: its number in the log. True when the line was KTAP
 * (result, plan, version, subtest header, bail out), false when it is something else (it may be kept as a diagnostic).
 */
bool ktap_line(struct ktap *k, struct view line, size_t line_no);
/*
 * The stream ends. @cut: it was cut off (crash, kill, timeout): the test in flight is reported with @status_cut
 * and @reason, tests the plan announced and that never came are MISS. Without a plan or header nothing tells that a
 * test was in flight, and none is reported.
 */
void ktap_end(struct ktap *k, bool cut, enum status status_cut, const char *reason);
/*
 * Path of the test in flight as far as headers tell, "" when none; valid until the next call. The case is told only by
 * KUnit's "# case: ..." lines and kselftest_harness.h's "#  RUN  case ..."; else the path is the suite's.
 */
const char *ktap_current(struct ktap *k);
/* Result lines seen, at all levels. */
size_t ktap_count(const struct ktap *k);
/*
 * After ktap_end(): what the whole stream says of the program that printed it. The heaviest status of the lowest level;
 * at least ERROR after "Bail out!" or too many tests; SKIP for "1..0 # SKIP why"; STATUS_NONE: nothing at all.
 * *ret_reason: text after bail out or SKIP, or NULL; valid until ktap_free().
 */
enum status ktap_outcome(const struct ktap *k, const char **ret_reason);
