/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by observe*.c only. */
#pragma once

#include "base/vec.h"
#include "job/observe.h"
#include "logs/caselog.h"
#include "logs/crash.h"
#include "logs/ktap.h"

enum {
	CONSOLE_LINE_MAX = 64 << 10, /* a longer line is cut into several */
	KMSG_MAX = 200,		     /* emerg, alert and crit messages kept */
};

/* A finished test that waits until every crash report before its line is understood. */
struct held {
	struct observed_test t;
	size_t line; /* console line of its end; 0: none */
};

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_ENDED, JOB_TOLD };
struct job {
	enum job_state state;
	struct str output;
	size_t not_kept; /* bytes of output beyond what is kept */
	struct ktap *ktap;
	struct str line; /* of its output, not ended yet */
	size_t lines;
	struct caselog *cases; /* ltp, xfstests, blktests: reads in place of ktap */
	bool has_subtests; /* it printed KTAP with results */
	char how[16];		/* of the END frame */
	long code;
	char text[128]; /* of the END frame, where it has one */
	double seconds, limit, scale;
	double ended_at;	       /* elapsed, when END came */
	bool start_marked, end_marked; /* the kernel log's markers were seen */
	bool kunit_seen;	       /* its suites' results came with the kernel log */
};

struct span {
	size_t line;
	const char *owner; /* test path from this line on */
};

struct seen_finding {
	struct finding f;  /* strings in the arena */
	const char *owner; /* NULL: not decided */
	bool dropped;	   /* beyond OBSERVE_FINDINGS_MAX: it fails its test, and is not told */
	const struct expect *expected;
};

struct observer {
	struct observe_spec spec;
	struct observe_sink sink;
	struct observe_facts facts;
	struct arena *arena;
	struct crash_reader *crash;
	struct ktap *kunit;
	struct str line; /* console bytes of the line that is not ended */
	size_t line_no;
	bool kunit_over, kunit_cut;
	bool kunit_module; /* a module with suites is being loaded: its job runs */
	bool kunit_jobs;   /* there are such jobs */
	bool marked; /* markers are seen in this console */
	size_t kunit_first, kunit_last; /* console lines of KUnit's output, the module's that was loaded last; 0: none */
	size_t kunit_results, kunit_before; /* in all, and before the module that is being loaded */
	VEC(struct held) held;
	VEC(struct span) spans;
	VEC(struct seen_finding) findings;
	struct strv kmsg;   /* "level\ttext" of emerg, alert, crit messages */
	struct map *blamed; /* test path -> first unexpected finding's title */
	struct job *jobs;
	size_t running; /* index of the job that runs; n_jobs: none */
	double hello_at; /* seconds, of the first tick after the hello */
	double elapsed;
	bool ended;
};

/* observe.c */
void observer_hold(struct observer *o, const struct observed_test *t, size_t line);
void observer_settle(struct observer *o);
/* A module with KUnit suites is being loaded; @results, when it was: some of it were in the kernel log. */
void kunit_module_start(struct observer *o);
bool kunit_module_end(struct observer *o);
/* Results that debugfs kept, where the kernel log had none. */
void kunit_results_read(struct observer *o, struct view text);
/* observe_jobs.c */
void jobs_init(struct observer *o);
void jobs_release(struct observer *o);
void jobs_frame(struct observer *o, const struct frame *f);
void jobs_marker(struct observer *o, struct view text);
/* A line of the kernel log by which a suite of others says which case begins. */
void jobs_case_begun(struct observer *o, struct view text);
void jobs_settle(struct observer *o, bool all);
/* Is @path a job whose verdict was told? */
bool jobs_told(const struct observer *o, const char *path);
void jobs_end(struct observer *o, const struct machine_end *end);
/* observe_boot.c: the verdict of "boot" */
void boot_tell(struct observer *o, const struct machine_end *end);
/* Words for how a machine's end hits the test in flight: "panicked: TITLE", "hung: no output for 60 s". */
const char *end_reason(struct observer *o, const struct machine_end *end);
