/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of a pipeline; each stores what it found before it returns. Only pipeline.c calls them. */
#pragma once

#include "job/pipeline.h"

/* Build, store, and fill @b; a kernel that does not build is @b->status FAIL and 0. */
int stage_build(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err);
/* The same for an image built elsewhere. */
int stage_import(struct pipeline *p, struct pipe_build *b, struct err *err);
/* Name the changed files that no build compiled; with --touch, enable what compiles them and build again. */
int stage_touched(struct pipeline *p, struct source *src, struct err *err);
/* Boot @b on @f with every suite. Done already (a resumed run): nothing. */
int stage_boot(struct pipeline *p, struct source *src, struct pipe_build *b,
	       const struct plan_platform *f, struct err *err);
/* @b did not build: its tests are MISS. */
int stage_missed(struct pipeline *p, struct pipe_build *b, const struct plan_platform *f,
		 struct err *err);
/* Take the base's test results from an earlier run of the same bits and suites: 1 taken, 0 there are none. */
int stage_reuse(struct pipeline *p, struct pipe_build *b);

/* guest_jobs.c: what kassay-init is to do for this plan; tests that cannot run at all are recorded at once. */
struct guest_spec;
struct observe_job;
int guest_jobs(struct pipeline *p, const struct pipe_build *b, const struct plan_platform *f,
	       struct guest_spec *g, struct observe_job **ret_jobs, struct err *err);
/* "kselftest.size.get_size"; @test NULL: of the collection. Heap. */
char *kselftest_path(const char *collection, const char *test);
