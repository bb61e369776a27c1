/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts what a run finds into the store, streams it as events, and keeps the run's own lists for the summary. An event
 * is written after the record is durable.
 *
 *   recorder_*() ─► store_put_*() ┐
 *                 ─► event queue  ├─ recorder_commit(): store_commit(), then the queue to stdout
 */
#pragma once

#include <stdio.h>

#include "store/store.h"
#include "sys/cas.h"

struct recorder {
	struct store *store;
	struct cas *cas;
	struct arena *arena; /* owns the strings of the lists */
	struct store_run run;
	FILE *events; /* NULL: no --events */
	struct str queue;
	unsigned long next_id; /* of findings */
	struct store_builds builds;
	struct {
		struct store_checkout *data;
		size_t len, cap;
	} checkouts;
	struct store_tests tests;
	struct map *test_index;	    /* build, platform, path -> index + 1 into tests */
	struct map *artifact_index; /* build, test, platform, role, name -> index + 1 into artifacts */
	struct store_findings findings;
	struct store_artifacts artifacts;
};

/* Open @url (NULL: KASSAY_STORE, else the default place) and the artifact store beside it. */
int recorder_open(const char *url, bool create, struct recorder *ret, struct err *err);
void recorder_release(struct recorder *r);

/* Begin the run of @run (copied), or take up one that was cut off: its records are loaded into the lists. */
int recorder_begin(struct recorder *r, const struct store_run *run, struct err *err);
int recorder_resume(struct recorder *r, const struct store_run *old, struct err *err);
/* Read a run (id 0: the newest) into the lists, changing nothing. */
int recorder_load(struct recorder *r, int64_t id, struct err *err);
int recorder_end(struct recorder *r, enum store_run_state state, int exit_status, struct err *err);

/* Records are copied; a record of the same id replaces the one in the lists. Missing ids and origins are filled in. */
int recorder_checkout(struct recorder *r, const struct store_checkout *c, struct err *err);
int recorder_build(struct recorder *r, const struct store_build *b, struct err *err);
int recorder_test(struct recorder *r, const struct store_test *t, struct err *err);
int recorder_finding(struct recorder *r, const struct store_finding *f, struct err *err);
/* Store a file or bytes and refer to them. */
int recorder_file(struct recorder *r, const struct store_artifact *a, const char *path,
		  struct err *err);
int recorder_bytes(struct recorder *r, const struct store_artifact *a, struct view bytes,
		   struct err *err);
int recorder_artifact(struct recorder *r, const struct store_artifact *a, struct err *err);
int recorder_commit(struct recorder *r, struct err *err);

/* A record's misc, as text: what is written between the two is the object "kassay" in it. */
void misc_begin(struct jwriter *w, struct str *out);
void misc_end(struct jwriter *w);
/* The test with this build, platform and path, or NULL. */
const struct store_test *recorder_find_test(const struct recorder *r, const char *build_id,
					    const char *platform, const char *path);
/* All of a run as one JSON object of arrays: what --json prints. */
void recorder_json(const struct recorder *r, struct str *out);
