/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the output of a kernel build ("make --output-sync=target"): gcc and clang errors and warnings with their
 * notes, linker and modpost messages, objtool, assembler, dtc, kconfig and make errors, missing programs. Diagnostics
 * belong to the object whose "  CC      lib/foo.o" line stands before them; without --output-sync, to the object of
 * the source file they name when that was announced lately.
 *
 * A finding has kind, severity, title, signature, type, message, excerpt, line, line_end, and as far as known file,
 * line_in_file, column, object. Types:
 *   error warning   compiler: "lib/foo.c: error: expected ';' before '}' token"; -Werror makes errors
 *   assembler link modpost objtool btf dtc kconfig
 *   tool            a program is not installed: symbol is its name
 *   make            a target failed and no other error explains it: object is the target
 * The signature is of type, file and message: no line numbers, offsets or "[-Woption]", plain quotes, and a compiler's
 * error equals its warning (-Werror). The linker's and lld's words for a missing symbol are one.
 */
#pragma once

#include "logs/record.h"

/* Lines are looked at up to this many bytes; a message up to BUILDLOG_MESSAGE_MAX. */
enum { BUILDLOG_LINE_MAX = 16 << 10, BUILDLOG_MESSAGE_MAX = 4 << 10 };

struct buildlog;
/* @source, @objects: absolute folders whose prefix is taken off file names (NULL: none). @sink is copied. */
struct buildlog *buildlog_new(const char *source, const char *objects, const struct log_sink *sink);
void buildlog_free(struct buildlog *b);		/* accepts NULL */
/* One line without its newline; a finding is passed on when the lines that belong to it are over. */
void buildlog_line(struct buildlog *b, struct view line, size_t line_no);
void buildlog_end(struct buildlog *b);
/*
 * Called for every "  CC  foo.o" style line, also without diagnostics: the target was made anew. @tool: "CC", "CC [M]";
 * not for lines that make nothing (CALL, DESCEND, INSTALL ...).
 */
void buildlog_on_target(struct buildlog *b, void (*fn)(void *data, struct view tool, struct view target), void *data);
/* Targets so far. */
size_t buildlog_targets(const struct buildlog *b);
