/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a source to stored results: what kassay run, build, boot and test do.
 *
 *   source ─► for each build of the plan:  stage_build ─► for each platform:  boots.h, side by side
 *   --base:   the same for that revision, then verdict/compare
 *
 * Every step stores what it found as it ends; a run that was cut off goes on from there (--resume).
 */
#pragma once

#include "job/options.h"
#include "job/plan.h"
#include "job/recorder.h"
#include "kernel/build.h"
#include "kernel/source.h"
#include "kernel/touched.h"

/* One build of the plan, or the image that was given. */
struct pipe_build {
	const struct plan_build *plan;
	const char *id; /* in the store */
	bool base;	/* of --base */
	bool imported;	/* an image built elsewhere */
	enum status status;
	const char *problem; /* ERROR: why it could not be tried */
	struct build_result result; /* zeroed for an image */
	const char *image, *build_id, *image_sha256, *key;
	int64_t start_ms;
	bool reused; /* base: builds and boots of an earlier run, copied */
};

/* A changed file that no build compiled. */
struct not_compiled {
	const char *file, *symbol;
	const char *symbols; /* all that have to be set, for config_enable() */
};

struct boots;
struct pipeline {
	const struct job_options *opt;
	struct arena *a;
	char *share_dir;
	struct plan plan;
	bool host_only; /* no suite needs a machine: no kernel is built */
	struct expects shipped;
	struct recorder rec;
	struct source source, base_source;
	struct source tests; /* the tree of an image's kselftests */
	const char *checkout, *base_checkout; /* ids */
	struct {
		struct pipe_build *data;
		size_t len, cap;
	} builds, base_builds; /* in the order of the plan, whatever was built first */
	const char *base_commit; /* what --base named when the run began; NULL */
	struct strv changed;	 /* files that differ from the base, else from HEAD */
	struct {
		struct not_compiled *data;
		size_t len, cap;
	} not_compiled;
	struct boots *boots;
	const char *uid; /* random hex: makes build ids unique over all stores */
};

struct pipeline_request {
	const struct job_options *opt;
	const char *source;	 /* as typed */
	const char *name;	 /* "run", "build", "test", "boot" */
	unsigned stages;	 /* enum job_stages; without STAGE_BUILD only an image will do */
	const char *command;	 /* as typed, quoted: kept with the run */
	const struct strv *argv; /* the command's arguments, kept with the run for --resume */
	const struct store_run *resume; /* NULL: a new run; else plan, tree, base are those of its spec */
};

/*
 * Run it all. 0: it went through, whatever the tests said; negative: it could not be done (nothing to test, no tool,
 * disk full, interrupted), with all that is known stored. @ret is valid in both cases until pipeline_release().
 */
int pipeline_run(const struct pipeline_request *req, struct pipeline *ret, struct err *err);
/* Only what would be built and booted, as text or (@req->opt->json) JSON; nothing is stored. */
int pipeline_list(const struct pipeline_request *req, struct str *out, struct err *err);
void pipeline_release(struct pipeline *p);

/* outcome.c: 0, 1 or 125 (design: exit status). ERR_USAGE for a --bad-if that cannot be read. */
enum { OUTCOME_GOOD = 0, OUTCOME_BAD = 1, OUTCOME_UNKNOWN = 125 };
int bad_if_check(const char *text, struct err *err);
int pipeline_exit_status(const struct pipeline *p);
/* For --fail-fast, while it runs: is the exit status OUTCOME_BAD whatever is still to come? */
bool pipeline_failed(const struct pipeline *p);
