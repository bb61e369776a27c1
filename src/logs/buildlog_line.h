/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of build output taken apart; no state. Who prints what: scripts/Kbuild.include (targets), gcc and clang
 * (diagnostics), binutils and lld (links), scripts/mod/modpost.c, tools/objtool, scripts/kconfig, GNU make, dtc.
 */
#pragma once

#include "logs/record.h"

enum buildlog_kind {
	BUILDLOG_OTHER,
	BUILDLOG_TARGET,	/* "  CC [M]  drivers/foo.o": tool, file */
	BUILDLOG_MAKE,		/* "make[2]: *** [Makefile:12: target] Error 1": message, file and line, object the target */
	BUILDLOG_STARS,		/* "*** text" */
	BUILDLOG_CONTEXT,	/* "In file included from a.c:5:", "a.c: In function 'f':", "ld: a.o: in function `f':" */
	BUILDLOG_PROBLEM,	/* a diagnostic of any tool */
	BUILDLOG_NOTE,		/* "a.c:5:3: note: text": belongs to the problem before it */
	BUILDLOG_ECHO,		/* says again what was said: "cc1: all warnings being treated as errors" */
};

struct buildlog_token {
	enum buildlog_kind kind;
	enum finding_severity severity;
	const char *type;	/* "error" "warning" "assembler" "link" "modpost" "objtool" "kconfig" "dtc" "make" "tool" */
	struct view tool;	/* target: "CC [M]"; problem without a file: "ld", "clang" */
	struct view file;	/* as written; empty: none */
	unsigned line, column;
	struct view object;	/* context of ld: the object; make: the target */
	struct view message;
	struct view symbol;	/* link: what is undefined or defined twice */
};

void buildlog_tokenize(struct view line, struct buildlog_token *ret);
/* @v with plain quotes instead of curly ones and backticks. */
void buildlog_add_plain(struct str *out, struct view v);
/* @v for a signature: plain quotes, without "[-Woption]" at the end and "+0x12/0x34" offsets. */
void buildlog_add_stable(struct str *out, struct view v);
