/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches one boot and says which test did what. No I/O: bytes of the console and frames of kassay-init in, tests and
 * findings out, so that every case can be tested from a recorded log.
 *
 *   console line  1 ........ 120 ......... 180 ............ 240 ..........
 *   owner           boot      | kunit case  | kselftest.a    | boot
 *                             finding at line 150 belongs to the case whose result line comes next
 *
 * Who owns a crash is decided by where its first line stands in the console, not by when it was understood: KUnit's
 * result lines and the "kassay: start/end NAME" markers of kassay-init split the console into spans.
 */
#pragma once

#include "boot/channel.h"
#include "boot/machine.h"
#include "job/plan.h"
#include "job/suite.h"
#include "logs/record.h"

enum { OBSERVE_FINDINGS_MAX = 1000 }; /* of one boot; more fail their tests, too, but are only counted */

struct observe_job {	   /* one guest job, in the order of the initramfs's list */
	const char *path;  /* test path: "kselftest.size.get_size", "cmd.NAME" */
	const char *suite; /* suite text */
	enum suite_kind kind;
};
struct observe_spec {
	const struct suites *suites;
	const struct observe_job *jobs;
	size_t n_jobs;
	const struct expects *expect[2]; /* shipped, plan's; NULL allowed */
	const char *build_id;		 /* hex, "" or NULL: not known, not checked */
	bool early; /* a second boot with earlyprintk: the first died before the console was up */
};
/* A finished test of this boot. Borrowed for the call. */
struct observed_test {
	struct test_rec rec;
	const char *suite;
	const char *
		reason; /* "timeout", "exit 3", "signal 11", "panicked: TITLE", "hung", ... or NULL */
	double limit, scale; /* 0: had none */
	const char *output;  /* of a guest job: all that was kept, or NULL */
	size_t output_len;
};
struct observed_finding {
	const struct finding *f;
	const char *test;	       /* path of the owner */
	const struct expect *expected; /* NULL: not expected */
};
struct observe_sink {
	void (*test)(void *data, const struct observed_test *t);
	void (*finding)(void *data,
			const struct observed_finding *f); /* before its test is passed on */
	void *data;
};
/* Facts of the guest for records. */
struct observe_facts {
	char build_id[65], release[128], channel[16];
	uint64_t taint, taint_end;
	double uptime; /* at hello, seconds; 0: no hello */
	double calibration,
		scale; /* guest seconds of the fixed work, slowdown by it; 0: not measured */
	bool hello, done;
	char no_root[256]; /* why there was no root file system, so that nothing ran; "" */
	size_t jobs_ended;
	size_t findings_dropped;
};

struct observer;
struct observer *observer_new(const struct observe_spec *spec, const struct observe_sink *sink);
void observer_free(struct observer *o); /* accepts NULL */
void observer_console(struct observer *o, const char *p, size_t n);
void observer_frame(struct observer *o, const struct frame *f);
/* What runs now: test path, for progress. */
const char *observer_current(const struct observer *o);
/* Settle what can be settled; call now and then. */
void observer_tick(struct observer *o, double elapsed);
/* The machine ended: every test of every suite gets its status now. */
void observer_end(struct observer *o, const struct machine_end *end);
const struct observe_facts *observer_facts(const struct observer *o);
