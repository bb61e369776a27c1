/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the KTAP reader knows while it reads: a stack of nesting levels by column, each with the tests that are done in
 * it and those ("below") that wait for the result line of their parent.
 *
 *   KTAP version 1                 levels   column 0: plan 2, done -, below -
 *       # Subtest: a                        column 4: name a, plan 2, done x y, below -
 *       1..2
 *       ok 1 x
 *       ok 2 y
 *   ok 1 a                         column 4 is folded into column 0 (below x y, name a), then a takes them
 */
#pragma once

#include "base/vec.h"
#include "logs/ktap.h"

struct ktap_node {
	struct ktap_node *child, *next;
	const char *part;	/* of the path, not yet unique */
	const char *name, *directive, *reason, *diagnostic;
	enum status status;
	size_t line;
};

struct ktap_chain {
	struct ktap_node *first, *last;
};

struct ktap_level {
	unsigned column;
	bool top;		/* results are passed on at once: no parent is known */
	bool runner;		/* kselftest's runner named it: any number of streams */
	bool started;		/* a version line was seen */
	char *name;		/* of the parent, from a header */
	char *announced;	/* "# Subtest:" whose place the next line tells */
	char *hint;		/* name of the test in flight */

	int64_t plan;		/* of the stream; -1: none */
	size_t count;		/* results of the stream */
	uint64_t in_order;	/* 1..in_order have come one after the other */
	VEC(uint32_t) later;	/* numbers since then */

	size_t total;		/* tests kept, of all streams */
	struct ktap_chain done;	/* not of the top level: they are passed on */
	struct ktap_chain below;
	char *below_name;
	char *below_why;
	bool below_bailed, below_overflow;

	struct str all, notes;	/* lines since the last result: all; "#" and what is indented under it */
	struct str about;	/* notes about the parent */
	bool noting;		/* the line before was a note */
	char *why;		/* after "Bail out!" or "1..0 # SKIP" */
	bool bailed, overflow;
};

struct ktap {
	struct log_sink sink;
	char *prefix;
	struct arena *arena;	/* nodes */
	size_t memory;		/* in the arena */
	struct ktap_level levels[KTAP_DEPTH_MAX];
	size_t depth;
	struct map *names;	/* parts of the lowest level, with how often */
	size_t total;		/* tests of the lowest level passed on */
	size_t count;
	size_t missing_left;
	enum status outcome;
	char *why;
	bool bailed, overflow, skipped;
	struct str path, scratch;
};

/* A result to be: what is NULL or empty is not there. */
struct ktap_result {
	struct view name, reason;
	const char *directive;
	enum status status;
	size_t line;
};

/* The level at @column, opened if need be; deeper ones are folded. NULL: too deep. */
struct ktap_level *ktap_level_at(struct ktap *k, unsigned column);
struct ktap_level *ktap_level_last(struct ktap *k);	/* NULL: none */
/*
 * The group in the last level, which got no result line, is over; a new one begins, named @name (heap, taken, or NULL).
 * Not for the lowest level at column 0.
 */
struct ktap_level *ktap_level_regroup(struct ktap *k, char *name);
/* Close the last level. */
void ktap_level_close(struct ktap *k);
/* Report what the plan announced and never came; the stream is over. */
void ktap_stream_finish(struct ktap *k, struct ktap_level *l);
/* The number the next result should have. */
uint64_t ktap_expected(const struct ktap_level *l);
void ktap_note_number(struct ktap_level *l, bool has_number, uint64_t number);
/* Add a test with everything below it and the diagnostics so far. */
void ktap_add(struct ktap *k, struct ktap_level *l, const struct ktap_result *r);
/* What is below the level gets no result line: add its parent as @r says (name and number are known here). */
void ktap_add_unfinished(struct ktap *k, struct ktap_level *l, enum status status, const char *reason);
bool ktap_has_unfinished(const struct ktap_level *l);
/* Part or, of kselftest's runner, parts of a path for @name at this level. */
void ktap_path_add(const struct ktap *k, struct str *out, bool top, struct view name);
/* Append a line; the last TEST_DIAGNOSTIC_MAX bytes are kept. */
void ktap_diagnostic_add(struct str *out, struct view line);
void ktap_level_release(struct ktap_level *l);
