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
#include "sys/arch.h"

struct toolchain {		/* heap members */
	char *cc;		/* for make's CC=: "ccache gcc" */
	char *hostcc;		/* for HOSTCC= */
	char *plain_cc;		/* the compiler without ccache: "gcc", "clang-14" */
	bool ccache;		/* it is in cc, by our hand or the user's */
	char *compiler;		/* its version line: "gcc (Debian 12.2.0-14) 12.2.0" */
	char *linker;		/* its version line */
	char *identity;		/* all that can change what comes out: versions of compiler, assembler, linker, pahole */
	bool llvm;
};
/*
 * Variables for make, for a kernel of @arch: what @toolchain stands for, CROSS_COMPILE where the host's tools are for
 * another, then @vars, the user's.
 *
 *	NULL, gcc, gcc-11	GNU tools, those of Debian's cross compilers for another architecture
 *	clang, clang-16, LLVM	LLVM=1, LLVM=-16
 *	FOLDER			one that holds, itself or in bin/, clang or a gcc (with any prefix) for @arch
 *
 * ERR_USAGE: it is none of these, or @vars choose a toolchain as well; ERR_NOT_FOUND: the folder holds none.
 */
int toolchain_vars(const char *toolchain, const struct arch *arch, const struct strv *vars, struct strv *ret, struct err *err);
/* ERR_NO_TOOL names the first program that is missing and its Debian package. */
int toolchain_find(const struct strv *make_vars, struct toolchain *ret, struct err *err);
void toolchain_release(struct toolchain *t);
/*
 * ERR_NO_TOOL when the compiler or the linker is older than what scripts/min-tool-version.sh of the tree @source asks for; a tree
 * without one (before Linux 5.11) is not asked.
 */
int toolchain_check(const struct toolchain *t, const struct arch *arch, const char *source, struct err *err);

/* Value of the last NAME=VALUE among @vars, NULL: not there. */
const char *make_var(const struct strv *vars, const char *name);
/* ERR_USAGE when a variable is no NAME=VALUE, or one that only kassay may set; names it. */
int make_vars_check(const struct strv *vars, const struct arch *arch, struct err *err);

/*
 * Does this line of a failed build tell of something missing on this machine, rather than of a fault in the kernel?
 * @ret_what: "flex", "gelf.h"; @ret_package: its Debian package. Static strings. A program may also be missed by a step
 * that goes on without it; headers and libraries of programs for this machine are always fatal.
 */
enum toolchain_missing { MISSING_NOTHING, MISSING_PROGRAM, MISSING_FILES };
enum toolchain_missing toolchain_missing(struct view line, const char **ret_what, const char **ret_package);
