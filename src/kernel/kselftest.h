/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kselftest collections built with the kernel's own "make install", so that what does not compile hides nothing else.
 *
 *   <build folder>/kselftest/tree/     the source seen through links, but for tools/, which is a copy: some Makefiles write
 *                                      beside their sources (mm/local_config.h, net's libynl)
 *                            bin/CC    the compiler: links statically where that works, and with bin/line_buffered.o
 *                            install/  what "make install" lays out
 *                            root/     ld.so and libraries of the programs that are not static, by their absolute names
 *                            state.json  what was built from what: nothing to do when nothing changed
 *                            kselftest.log
 */
#pragma once

#include "kernel/build_internal.h"

enum {
	KSELFTEST_FILES_MAX = 200000,
	KSELFTEST_ERROR_MAX = 4 << 10,	/* bytes kept of one program's messages */
	KSELFTEST_LIST_MAX = 4 << 20,
	KSELFTEST_TIMEOUT_DEFAULT = 45,	/* seconds; tools/testing/selftests/kselftest/runner.sh */
};

struct kselftest {
	struct build *b;
	char *dir, *tree, *install, *root, *objects;	/* objects: o/kselftest */
	char *compiler;		/* bin/CC */
	struct strv collections;	/* asked for, each once */
};

/* kselftest_tree.c: bring tree/ to what the source is. */
int kselftest_copy_tree(const struct kselftest *k, struct err *err);
/* Everything of the folder @from as links in the folder @to, made if it is not there, but for @but. */
int tree_link_all(const char *from, const char *to, const char *but, struct err *err);
/*
 * Two hashes of names, sizes and times of all that tests are built from: of everything, and of what no Makefile's
 * dependency tells (headers, Makefiles): when that changed, everything is compiled again.
 */
int kselftest_fingerprint(const struct kselftest *k, char ret_all[65], char ret_headers[65], struct err *err);

/*
 * kselftest_log.c: which targets failed, and what the compiler said, from make's output with --print-directory and
 * --output-sync=target.
 */
struct kselftest_failure {
	const char *target;	/* as make named it */
	const char *dir;	/* folder make was in, "" when it did not say */
	const char *error;	/* the line to show */
	const char *text;	/* all it said, at most KSELFTEST_ERROR_MAX bytes */
};
struct kselftest_failures { struct kselftest_failure *data; size_t len, cap; };
struct kselftest_log;
/* @compiler: path that begins a line which is a command. Strings go to @a. */
struct kselftest_log *kselftest_log_new(struct arena *a, const char *compiler);
void kselftest_log_line(struct kselftest_log *l, struct view line);
/* Ends with what was read: one entry for each target, its first failure. Frees @l. */
void kselftest_log_end(struct kselftest_log *l, struct kselftest_failures *ret);

/* kselftest_stage.c: programs of install/ and those that failed, into ret->programs; libraries into root/. */
int kselftest_list_programs(const struct kselftest *k, const struct kselftest_failures *failures, struct err *err);
/* "timeout=" of a settings file, seconds: the default when there is none, 0: none. */
double kselftest_timeout(const char *settings_path);
/*
 * Is every test that was asked for among the programs? ERR_USAGE names the nearest, unless tests may lack. Programs not
 * asked for are dropped.
 */
int kselftest_select(const struct kselftest *k, struct err *err);
int kselftest_stage_libraries(const struct kselftest *k, struct err *err);

/*
 * kselftest_check.c: ERR_USAGE when a collection of @wanted ("size", "timers:posix_timers") is not in the source, or,
 * unless it @may_lack one, a test surely is not; names the nearest.
 */
int kselftest_check(const char *source, const struct strv *wanted, bool may_lack, struct err *err);
/* ERR_USAGE in words; @near may be NULL. */
int kselftest_no_test(const char *collection, const char *test, const char *near, struct err *err);
