/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of a pipeline; each stores what it found before it returns. Only pipeline.c calls them. */
#pragma once

#include "job/pipeline.h"

/* All builds of a tree, and (STAGE_TEST of @stages) their boots, of which some may still run when it returns: boots_run(). */
int stage_side(struct pipeline *p, struct source *src, unsigned stages, bool base, struct err *err);
/* Build and fill @b; a kernel that does not build is @b->status FAIL and 0. */
int stage_build(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err);
/* Store what stage_build() filled in. */
int stage_build_put(struct pipeline *p, struct pipe_build *b, struct err *err);
/* The same for an image built elsewhere. */
int stage_import(struct pipeline *p, struct pipe_build *b, struct err *err);
/* Build the kselftests for @b, an image, from p->tests. */
int stage_tests(struct pipeline *p, struct pipe_build *b, struct err *err);
/* Name the changed files that no build compiled; with --touch, enable what compiles them and build again. */
int stage_touched(struct pipeline *p, struct source *src, struct err *err);
/*
 * Begin to boot @b on @f with every suite, in the loop of p->boots; boots_ended() is called there with *@ret. NULL: there is
 * nothing to wait for, as it was done already (a resumed run) or cannot be.
 */
struct boot;
int stage_boot(struct pipeline *p, struct source *src, struct pipe_build *b,
	       const struct plan_platform *f, struct boot **ret, struct err *err);
/*
 * Build and run the suites that need no machine, on this host, for @b's side; kept under platform "host". Guests in the loop of
 * p->boots go on meanwhile. --fail-fast: those that are left are MISS.
 */
int stage_tools(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err);
/* Record a test of @b that no machine told of: one that cannot run, or ran on this host. @reason, @excerpt: or NULL. */
struct suite;
int stage_put_test(struct pipeline *p, const struct pipe_build *b, const char *platform, const struct suite *s,
		   const char *path, const char *status, const char *reason, const char *excerpt, struct err *err);
/* @b cannot be booted on @f, as it did not build or for @why: its tests are MISS. */
int stage_missed(struct pipeline *p, struct pipe_build *b, const struct plan_platform *f,
		 const char *why, struct err *err);
/*
 * Take the base from an earlier run that built the same key and booted it in the same way: its records are copied under
 * @b's id, and nothing is built. 1 taken, 0 there is none, negative: the store cannot be written.
 */
int stage_reuse(struct pipeline *p, const struct source *src, struct pipe_build *b, bool tests,
		struct err *err);
/* SHA-256 of all that a boot on @f is a function of beside the bits of the build: suites, machine, limits, guest. */
int boot_request(const struct pipeline *p, const struct pipe_build *b, const struct plan_platform *f,
		 char ret[65], struct err *err);

/* What a plan's build asks of kernel/build.h. @ret->spec borrows from the rest and from @plan. */
struct build_wish {
	struct build_spec spec;
	struct strv selftests, collections;
};
void build_wish(const struct pipeline *p, const struct pipe_build *b, const struct source *src,
		struct build_wish *ret);
void build_wish_release(struct build_wish *w);
#define AUTO_BUILD_WISH __attribute__((cleanup(build_wish_release)))
/* What the expected durations of builds and boots are kept under (store_expect_get()). Heap. */
char *build_expect_key(const struct source *src, const struct plan_build *b, bool base);
char *boot_expect_key(const struct pipeline *p, const struct source *src, const struct plan_build *b,
		      const struct plan_platform *f);
/* For source_spec: say what is waited for, in words; for others: the folder that another run has locked. */
void stage_waiting(const char *what, void *data);
void stage_busy(const char *dir, void *data);
/* The id of @b in the store: kept when a resumed run comes to the same build again. */
const char *stage_build_id(struct pipeline *p, const struct pipe_build *b);

/* guest_jobs.c: what kassay-init is to do for this plan; tests that cannot run at all are recorded at once. */
struct jobs_of;
struct boot_devices;
struct suite;
struct guest_place {
	const char *modules; /* lib/modules/RELEASE of this kernel, or NULL */
	const char *objects; /* of its build, or NULL */
	const char *config;  /* its configuration, or NULL: not known */
	const char *work;    /* folder for files that go into the guest */
};
/* Jobs of the suites, after what is there already; suites whose devices are lacking are SKIP. */
int guest_jobs(struct jobs_of *x, const struct boot_devices *devices, struct err *err);
/* "kselftest.size.get_size"; @test NULL: of the collection. Heap. */
char *kselftest_path(const char *collection, const char *test);
/* The test path of a whole suite, "ltp.syscalls", "xfstests": what its tests are below. Heap. */
char *suite_path(const struct suite *s);
