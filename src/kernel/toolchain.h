/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiler, linker and the other programs a kernel build needs: which they are, and what is missing.
 *
 * Variables are as after --make: "LLVM=1" (or -14, or PREFIX/), "CC=clang", "CROSS_COMPILE=..." as in
 * Documentation/kbuild/llvm.rst and makefiles.rst.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

struct toolchain {		/* heap members */
	char *cc;		/* for make's CC=: "ccache gcc" */
	char *hostcc;		/* for HOSTCC= */
	char *plain_cc;		/* the compiler without ccache: "gcc", "clang-14" */
	bool ccache;		/* it is in cc, by our hand or the user's */
	char *compiler;		/* its version line: "gcc (Debian 12.2.0-14) 12.2.0" */
	char *identity;		/* all that can change what comes out: versions of compiler, assembler, linker, pahole */
	bool llvm;
};
/* ERR_NO_TOOL names the first program that is missing and its Debian package. */
int toolchain_find(const struct strv *make_vars, struct toolchain *ret, struct err *err);
void toolchain_release(struct toolchain *t);

/* Value of the last NAME=VALUE among @vars, NULL: not there. */
const char *make_var(const struct strv *vars, const char *name);
/* ERR_USAGE when a variable is no NAME=VALUE, or one that only kassay may set; names it. */
int make_vars_check(const struct strv *vars, const char *arch, struct err *err);

/*
 * Does this line of a failed build tell of something missing on this machine, rather than of a fault in the kernel?
 * @ret_what: "flex", "gelf.h"; @ret_package: its Debian package. Static strings. A program may also be missed by a step
 * that goes on without it; headers and libraries of programs for this machine are always fatal.
 */
enum toolchain_missing { MISSING_NOTHING, MISSING_PROGRAM, MISSING_FILES };
enum toolchain_missing toolchain_missing(struct view line, const char **ret_what, const char **ret_package);
