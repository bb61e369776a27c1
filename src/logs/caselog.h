/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of test suites that run one case after another and print no KTAP: LTP, xfstests, blktests. Bytes in, tests out.
 *
 *   kassay: planned block/001     what is to run, from the script that kassay starts in the machine; only before the
 *   kassay: planned block/002     first case
 *   block/001 (remove a disk)     ── in flight ──┐ what the formats say differs; how a case ends is one code
 *   block/001 (remove a disk)  [passed]      ── test block.001 PASS
 *
 * A case is a test when it has ended: its output tells how, or the next case begins. Nothing passes unless its format
 * says so in so many words: a line that is not understood, or a case without an end, is ERROR.
 *
 * "kassay: missing TEXT" before the first case says that the suite is not there: caselog_outcome() is MISS, TEXT.
 *
 * Names: "generic/001" is the path generic.001; equal names are "a", "a#2", "a#3".
 */
#pragma once

#include "logs/record.h"

enum {
	CASELOG_CASES_MAX = 100000,	 /* cases, and planned ones; beyond: not kept, and the outcome is ERROR */
	CASELOG_LINE_MAX = 64 << 10,	 /* the rest of a longer line is not looked at */
	CASELOG_NAME_MAX = 256,		 /* bytes kept of a name */
	CASELOG_REASON_MAX = 1024,	 /* bytes kept of a reason */
};

struct caselog;
struct caselog_format;
/* What each understands, and where that is written: ltp.h, xfstests.h, blktests.h. */
extern const struct caselog_format ltp_format, xfstests_format, blktests_format;

/* @prefix: path everything goes under ("ltp.syscalls"; NULL: none). @sink is copied; it gets a test when its case ended. */
struct caselog *caselog_new(const struct caselog_format *format, const char *prefix, const struct log_sink *sink);
void caselog_free(struct caselog *l); /* accepts NULL */
void caselog_add(struct caselog *l, const char *p, size_t n);
/*
 * The output ends. @cut: it was cut off (crash, kill, timeout): the case in flight is reported with @status_cut and
 * @reason, and what its last line says without a line end does not count. Else a case without an end is ERROR. Planned
 * cases that were not seen are MISS.
 */
void caselog_end(struct caselog *l, bool cut, enum status status_cut, const char *reason);
/*
 * @name has begun: told by another way than the output, which may lag behind (the kernel log). Counts only when the output is
 * cut off before it says so.
 */
void caselog_begun(struct caselog *l, struct view name);
/* Path of the case in flight, the prefix when there is none; valid until the next call. */
const char *caselog_current(struct caselog *l);
/* Cases that ended. */
size_t caselog_count(const struct caselog *l);
/*
 * After caselog_end(): the heaviest status of all cases; at least ERROR for what is wrong with the output as a whole;
 * STATUS_NONE: not one case. *ret_why: in words, or NULL; valid until caselog_free().
 */
enum status caselog_outcome(const struct caselog *l, const char **ret_why);
/* The path below the prefix of the case that a suite names @name: "generic/001" is "generic.001". Appended. */
void caselog_path_add(struct str *out, struct view name);
