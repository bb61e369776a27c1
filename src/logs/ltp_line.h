/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of LTP's test programs and of its driver, one at a time. */
#pragma once

#include "base/str.h"

/* Kinds of result lines, the one that counts most first. */
enum ltp_kind { LTP_FAIL, LTP_BROK, LTP_WARN, LTP_PASS, LTP_CONF, LTP_INFO, LTP_NO_KIND };

struct ltp_result {
	enum ltp_kind kind;
	struct view file, name; /* one of them is empty: "abs01.c:41: TPASS: ..." or "df01 1 TPASS: ..." */
	struct view text;
};
bool ltp_parse_result(struct view line, struct ltp_result *ret);
/* "abs01" of "abs01.c"; empty for files of the library (tst_*.c, headers). */
struct view ltp_program(struct view file);
/* "3" of KEY=3 in "a=1 KEY=3 b=2", without quotes; empty: not there. */
struct view ltp_field(struct view line, const char *key);
/* A line of "Summary:": "passed   3". */
bool ltp_parse_count(struct view line, enum ltp_kind *ret_kind, uint64_t *ret);
