/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One build: out of tree, incremental, bit-reproducible, its diagnostics kept per object file.
 *
 * A build folder in the cache:  o/ (make O=)  image, .config ...
 *                               kassay.json   state: request hash, warnings per object, what was built last
 *                               build.log     output of the last make
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/config.h"
#include "kernel/source.h"
#include "logs/record.h"
#include "sys/arch.h"

struct build_spec {
	const char *name;		/* of the build in the plan */
	const struct arch *arch;
	const char *toolchain;		/* toolchain_vars(); NULL: gcc */
	struct config_spec config;
	struct strv make_vars;		/* "LLVM=1", "KCFLAGS=-g" */
	struct strv kselftests;		/* "size", "timers:posix_timers" (collection[:test]) to build after the kernel */
	bool tests_only;		/* no kernel: what kselftests are compiled against, and they */
	bool may_lack;			/* a test of kselftests that this revision has not is no error */
	long jobs;			/* 0: number of CPUs */
	bool modules;			/* build and stage modules when the configuration has any */
	const char *share_dir;		/* shipped configs */
	struct loop *loop;		/* what lives in it goes on while make runs; NULL: nothing */
	/* Progress: @done targets of @expected (0: not known), @what: the target at work. May be NULL. */
	void (*progress)(void *data, const char *phase, size_t done, size_t expected, const char *what);
	void (*waiting)(const char *dir, void *data); /* for another run that uses it; may be NULL */
	void *data;
};

struct build_artifact { const char *role, *path; };	/* roles of store_artifact */
struct build_finding { struct finding f; bool old; };	/* old: from an object not compiled this time; strings in the arena */
struct kselftest_prog {
	const char *collection, *test;	/* "size", "get_size" */
	const char *path;		/* file in the staging folder, relative to it; NULL: it did not compile */
	const char *error;		/* compiler's message (one line), when it did not */
	const char *diagnostic;		/* all that was said about it, or NULL */
	char sha256[65];
	bool needs_shell;		/* a script */
	double timeout;			/* seconds, of the collection's settings: 45 when they say nothing, 0: none */
};

struct build_result {
	enum status status;		/* PASS, FAIL (does not compile), ERROR (could not be tried) */
	char *dir;			/* the build folder, held by @lock */
	const char *image;
	const char *modules;		/* staged lib/modules/RELEASE, or NULL */
	const char *kselftest_dir;	/* staged selftests (as "make install" lays them out), or NULL */
	/*
	 * Loader and libraries of the test programs that are not static, below their absolute names ("lib64/ld-linux-x86-64.so.2"):
	 * goes to the guest's "/". NULL: all are static.
	 */
	const char *kselftest_root;
	const char *release;		/* kernelrelease */
	char build_id[65];		/* GNU build id of vmlinux, hex */
	char image_sha256[65], config_sha256[65];
	char key[65];			/* SHA-256 of tree, requested configuration, toolchain, options: equal keys, equal bits */
	const char *compiler;		/* "gcc (Debian 12.2.0-14) 12.2.0" */
	const char *command;		/* the make command line, shell-quoted, for people */
	double duration;		/* seconds */
	size_t compiled;		/* objects compiled this time; compile commands seen */
	struct { struct build_finding *data; size_t len, cap; } findings;
	struct { struct build_artifact *data; size_t len, cap; } artifacts;
	struct { struct kselftest_prog *data; size_t len, cap; } programs;
	struct config_wants wants;	/* checked; with .got and .unmet */
	struct arena *arena;		/* owns all above that is const char * */
	struct cache_entry lock;
};
/* A kernel that does not compile is status FAIL and return 0; negative: could not be tried (missing tool, full disk). */
int build_run(const struct source *src, const struct build_spec *spec, struct build_result *ret, struct err *err);
void build_result_release(struct build_result *r);

/* build_result.key without building, so that a result may come from the store. Same errors as build_run(). */
int build_key(const struct source *src, const struct build_spec *spec, char ret[65], struct err *err);
/* Has the kernel in @source such a kselftest collection? */
bool kselftest_has(const char *source, const char *collection);
