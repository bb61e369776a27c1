/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of KTAP or TAP taken apart; no state. Grammar: Documentation/dev-tools/ktap.rst, TAP 12 to 14
 * (testanything.org), tools/testing/selftests/kselftest.h and kselftest/runner.sh for what is printed in fact.
 */
#pragma once

#include "logs/record.h"

enum ktap_kind {
	KTAP_OTHER,	/* not KTAP */
	KTAP_DIAGNOSTIC,/* "# anything" */
	KTAP_VERSION,	/* "KTAP version 1", "TAP version 13" */
	KTAP_PLAN,	/* "1..5", "1..0 # SKIP why" */
	KTAP_HEADER,	/* "# Subtest: name"; "# selftests: size: get_size" */
	KTAP_RESULT,	/* "ok 1 - name # SKIP why" */
	KTAP_BAIL,	/* "Bail out! why" */
};

/* Columns count a tab as up to the next multiple of eight. Deeper lines are not KTAP. */
enum { KTAP_COLUMN_MAX = 256, KTAP_NUMBER_MAX = 1000000000 };

struct ktap_token {
	enum ktap_kind kind;
	unsigned column;	/* of the line's own nesting level, "# " prefixes count as two */
	struct view text;	/* header: name; result: description; diagnostic: text after the '#'s; bail: reason */
	uint64_t number;	/* of a result or plan */
	bool has_number;
	bool ok;
	bool runner;		/* header of kselftest's runner: the level below it takes any number of streams */
	const char *directive;	/* "SKIP" ..., NULL: none known */
	struct view reason;	/* after the directive, or after '#' when that is none */
};

void ktap_tokenize(struct view line, struct ktap_token *ret);
/* Take white space and "# " prefixes of up to @column columns off the front. */
struct view ktap_strip(struct view line, unsigned column);
