/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A suite as plans and --suite write it:
 *
 *   boot                            reaches userspace, is the kernel that was built, nothing critical said
 *   kunit[:GLOB]                    KUnit tests built into the kernel
 *   kselftest:COLLECTION[,TEST...]  programs of tools/testing/selftests/COLLECTION
 *   module:NAME[,PARAM=VALUE...]    load a module, and what it needs
 *   locktorture:TIME[,PARAM=VALUE]  the kernel's torture module for so long; rcutorture likewise
 *   stress:TIME                     a load of everything for so long
 *   lkdtm[:TRIGGER...]              kselftest:lkdtm, some triggers of it
 *   kprobes                         KUnit's suite of kprobes
 *   cmd:NAME=COMMAND                a busybox shell command, or a file of the host (static program or script)
 *   ltp:SUITE[,CASE...]             cases of the runtest file SUITE of an LTP in the machine
 *   xfstests:GROUP|TEST[,...]       what check of an xfstests in the machine runs
 *   blktests:GROUP|TEST[,...]       the same of blktests
 *   tools:NAME                      tests of tools/testing/NAME, which are programs of this host: no machine is needed
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"

enum suite_kind {
	SUITE_BOOT,
	SUITE_KUNIT,
	SUITE_KSELFTEST,
	SUITE_MODULE,
	SUITE_TORTURE,
	SUITE_STRESS,
	SUITE_CMD,
	SUITE_TOOLS,
	SUITE_LTP, /* suites of others: the first */
	SUITE_XFSTESTS,
	SUITE_BLKTESTS, /* the last */
};

struct suite {
	enum suite_kind kind;
	const char *text;	  /* as written */
	const char *glob;	  /* kunit: filter or NULL */
	const char *collection;	  /* kselftest */
	const char *const *tests; /* kselftest: NULL-terminated names, NULL: all */
	const char *name;	  /* cmd, module, torture, ltp: part of the test path; tools: the folder */
	double seconds;		  /* torture, stress: how long */
	const char *command;	  /* cmd: shell text, or path of a host file; module, torture: parameters, ltp ...: cases; blanks between */
	bool file;		  /* cmd: @command is a file of the host */
	const char *path;	  /* ltp, xfstests, blktests: folder of the host that is put into the machine; or NULL */
	double timeout;		  /* seconds per test; 0: the suite's own or the default */
	const char *const *devices; /* it needs these in the machine: NULL-terminated, NULL: none */
};
struct suites {
	struct suite *data;
	size_t len, cap;
};

/* ERR_USAGE names what is wrong with @text and shows the forms. Members live in @a. */
int suite_parse(struct arena *a, const char *text, struct suite *ret, struct err *err);
/* No two suites that would name one test: ERR_USAGE names both. The kernel takes one KUnit filter. */
int suites_check(const struct suites *s, struct err *err);
bool suites_have(const struct suites *s, enum suite_kind kind);
/* "ltp", "xfstests", "blktests"; NULL: @kind is no suite of others. */
const char *suite_foreign_name(enum suite_kind kind);
/* Is any of them run in a machine? */
bool suites_boot(const struct suites *s);
