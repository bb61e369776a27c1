/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree's tests that run in user space without a kernel of their own: tools/testing/memblock, radix-tree, vma, ... They
 * compile parts of the kernel into ordinary programs of this host.
 *
 *   <cache>/build/NAME/tree/   the source seen through links; copies are tools/testing/NAME and what it shares with others,
 *                              as their Makefiles write beside the sources
 *                      run/    working folder of the programs
 *                      stamp   what was built from what; there only when all compiled
 *                      build.log
 *
 * The programs are those that the Makefile's TARGETS names.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/source.h"

struct tooltest_spec {
	const char *name;		/* "memblock" */
	const char *toolchain;		/* toolchain_vars() for this host; NULL: gcc */
	long jobs;			/* 0: number of CPUs */
	struct loop *loop;		/* what lives in it goes on while make runs; NULL: nothing */
	void (*waiting)(const char *dir, void *data); /* for another run that uses it; may be NULL */
	/* While make runs; may be NULL. */
	void (*tick)(void *data);
	void *data;
};
struct tooltest_prog {
	const char *name;		/* "main" */
	const char *path;		/* absolute; NULL: it did not compile */
	const char *error;		/* then: the compiler's line, with the package that is missing if that is known */
	const char *diagnostic;		/* all that was said, or NULL */
	bool sanitized;			/* with AddressSanitizer: it needs all addresses there are */
};
struct tooltest {
	struct { struct tooltest_prog *data; size_t len, cap; } programs; /* at least one */
	const char *run;		/* empty folder to run one in, made anew by tooltest_clean() */
	const char *log;		/* of make, or NULL: nothing was made this time */
	struct arena *arena;
	struct cache_entry lock;
};
/* Has the kernel in @source such tests? */
bool tooltest_has(const char *source, const char *name);
/*
 * Build what is not built. What does not compile is told of the program, and 0. ERR_USAGE: @source has no such tests;
 * ERR_NOT_FOUND: they name no programs; else as build_run().
 */
int tooltest_build(const struct source *src, const struct tooltest_spec *spec, struct tooltest *ret, struct err *err);
int tooltest_clean(const struct tooltest *t, struct err *err);
void tooltest_release(struct tooltest *t);
