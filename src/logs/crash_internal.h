/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the crash reader: titles (crash_title.c), functions in traces (crash_frame.c), their names (crash_names.c). */
#pragma once

#include "logs/record.h"

/* Where the function comes from that a title names. */
enum crash_where {
	WHERE_NOWHERE,
	WHERE_TITLE,	/* the first %f; when that is a helper, as WHERE_TRACE */
	WHERE_TRACE,	/* RIP or program counter, else the call trace, without helpers */
	WHERE_STALL,	/* what a loop runs in: the callee of the outermost dispatcher */
	WHERE_TASK,	/* where a task waits: without what waits for it */
	WHERE_LOCK,	/* who takes the lock ("... at: foo+0x12/0x34") */
	WHERE_HOLDER,	/* who holds a lock already, printed in the same way */
	WHERE_LAST,	/* "last function: foo" */
};

enum {
	CRASH_JOINS = 1 << 0,	/* goes on with the report that is open, if one is */
	CRASH_TRACED = 1 << 1,	/* counts only when a call trace follows */
	CRASH_PANIC = 1 << 2,
};

/*
 * A first line of a report, in this small language (what follows the end of a pattern does not matter):
 * %f symbol, with its "+0x12/0x34" taken away   %w word of letters, digits, '-', '_'   %s text up to what comes next
 * in the pattern: these three are captured as $1, $2 ... in the title;   %d digits   %x hexadecimal   %* anything up to
 * what comes next: not captured.
 * In a title $A is "Read" or "Write" as the report says, and " in $F" goes away when no function is found.
 */
struct crash_rule {
	const char *pattern;
	const char *title;
	const char *type;
	enum crash_where where;
	unsigned flags;
};

enum { CRASH_CAPTURES = 3, CRASH_LINE_MAX = 1024 };

struct crash_captures {
	struct view v[CRASH_CAPTURES];
	size_t n;
	struct view symbol;	/* the first %f */
};

/* The rule whose pattern fits the start of @text; NULL: an ordinary line. */
const struct crash_rule *crash_match(struct view text, struct crash_captures *ret);
/* A WARNING or kernel BUG in a file of helpers has a rule of its own, by the file; else @rule. */
const struct crash_rule *crash_rule_by_file(const struct crash_rule *rule, const struct crash_captures *c);
/* A panic that only says that an earlier report was fatal. */
bool crash_is_consequence(struct view reason);
/* Build the title: captures made stable, @function (may be empty), @access. */
void crash_title(const struct crash_rule *rule, const struct crash_captures *c, struct view function,
		 struct view access, struct str *out);

/* The symbol at the start of *@v, stepped over with its offset; empty: none. */
struct view crash_take_symbol(struct view *v);
/* crash_names.c: not the subject of a report; part of noticing a stall; calls what stalls; waits for something. */
bool crash_is_helper(struct view function);
bool crash_is_watchdog(struct view function);
bool crash_is_dispatcher(struct view function);
bool crash_is_wait(struct view function);
/* The function a report is about; empty: not found. @lines: of the report, joined by '\n'. */
struct view crash_function(enum crash_where where, struct view lines);
/* Does a line look like a part of a report: frame, register, dump ...? */
bool crash_is_report_line(struct view text);
