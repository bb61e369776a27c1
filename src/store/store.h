/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The results database. Objects and names are KCIDB's (schema v5.3), beside them ours: runs,
 * findings, artifacts. Every SQL string of kassay lives in this folder. SQLite now; the interface
 * says nothing of it.
 *
 *   run 1─n build n─1 checkout        build 1─n test        artifact n─1 (run | build | test)
 *   finding n─1 build, n─1 test (or none)
 *
 *   store_put_*() ──► batch in memory ──► store_commit(): one short transaction ──► every reader
 *
 * What a store_put_*() acknowledged is durable once store_commit() returned; between the two it is
 * lost on a crash, whole or not at all, and no reader sees it, this process's own not either. So
 * the write lock is held for milliseconds, and any number of processes may use one store. Strings
 * in records handed in are borrowed for the call and kept byte for byte; records read live in the
 * arena given, the vectors of lists on the heap (vec_release()). One thread at a time uses a store.
 * Objects may name others that are not (yet) there, as KCIDB permits.
 *
 * All functions may fail with ERR_IO (the disk), ERR_PARSE (the database is damaged), ERR_BUSY
 * (another program has kept it locked for half a minute).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/vec.h"

struct store;
enum { STORE_RECORD_MAX = 64 << 20 }; /* bytes of all texts of one record */
/*
 * "sqlite:PATH" or a plain path. Made when absent and @create (with its folder), else
 * ERR_NOT_FOUND; migrated when older. ERR_USAGE: newer than this program, a folder, not a database,
 * another program's database (none of them is touched). ERR_IO: may not be read or written. A
 * folder "<PATH without .db>.d" beside it holds artifacts; it is not made here.
 */
int store_open(const char *url, bool create, struct store **ret, struct err *err);
void store_close(struct store *s);		     /* accepts NULL; commits nothing */
const char *store_files_root(const struct store *s); /* absolute */
const char *store_url(const struct store *s);	     /* "sqlite:ABSOLUTE PATH" */
/*
 * Group commit: puts since the last commit become durable together (fsync). Nothing to do: cheap.
 * On failure (ERR_NO_SPACE: disk or quota full) none of them is stored, what was there before is as
 * it was, and the batch is kept: call again when there may be space.
 */
int store_commit(struct store *s, struct err *err);

enum store_run_state { RUN_RUNNING, RUN_DONE, RUN_INTERRUPTED };
struct store_run {
	int64_t id; /* small number for people, given by the store */
	const char *origin;
	const char *command;	  /* as typed, shell-quoted */
	const char *plan;	  /* plan name */
	const char *source;	  /* as typed */
	const char *directory;	  /* working directory of the command */
	const char *spec;	  /* JSON: the resolved plan and options, what --resume needs */
	int64_t start_ms, end_ms; /* Unix epoch; end 0: not ended */
	enum store_run_state state;
	int exit_status;   /* -1: not ended */
	int64_t pid;	   /* of the process that runs it */
	int64_t pid_start; /* store_pid_start() of it: tells running from killed */
	const char *misc;  /* JSON object text or NULL */
};
struct store_checkout { /* KCIDB checkouts */
	const char *id, *origin, *tree_name, *git_repository_url, *git_commit_hash,
		*git_commit_name;
	const char *git_repository_branch, *comment;
	int64_t start_ms;
	const char *misc; /* { "kassay": { "source", "kind", "content", "version", "dirty" ... } } */
};
struct store_build { /* KCIDB builds */
	const char *id, *origin, *checkout_id;
	int64_t run;
	const char *name; /* of the build in the plan; misc.kassay.name in JSON */
	const char *architecture, *command, *compiler, *config_name, *log_excerpt, *comment;
	const char *status; /* KCIDB status name, NULL while it runs */
	int64_t start_ms;
	double duration; /* seconds */
	const char *key; /* SHA-256 hex of all it depends on: tree, config, toolchain, options */
	const char *image_sha256, *build_id; /* build_id: GNU build id of the kernel, hex */
	const char *misc;
};
struct store_test { /* KCIDB tests; unique by (build_id, platform, path) */
	const char *id, *origin, *build_id;
	int64_t run;
	const char *platform; /* "qemu-x86_64" */
	const char *path, *status, *comment, *log_excerpt;
	bool has_number;
	double number;
	const char *unit; /* "s", "B" */
	int64_t start_ms;
	double duration;
	const char *suite;  /* suite it came from, as the plan wrote it */
	const char *reason; /* why: "timeout", "crash", "exit 3", SKIP's reason */
	const char *misc;   /* { "kassay": { "name", "diagnostic", "timeout", ... } } */
};
struct store_finding {
	const char *id, *origin;
	int64_t run;
	const char *build_id, *test_id; /* test_id NULL: of the build */
	const char *kind, *severity, *title, *signature, *type, *function, *file, *message, *object,
		*symbol, *excerpt;
	int64_t line_in_file, column, line;
	bool expected;
	const char *expected_by; /* which entry */
	const char *misc;
};
struct store_artifact {
	int64_t run;
	/* Both may be NULL: of the run. A console log belongs to (build_id, platform). */
	const char *build_id, *test_id;
	const char *platform;
	const char *role; /* "image", "console-log" ...: man/kassay-records.5 */
	const char *name; /* file name for people */
	const char *sha256;
	int64_t size;
};

/*
 * Into the batch. ERR_USAGE: no id, origin or whatever else names the record, or an id, origin or
 * status that KCIDB's patterns refuse; ERR_PARSE, ERR_LIMIT: misc or spec is not a JSON object,
 * nested deeper than 32, or the record larger than STORE_RECORD_MAX. A batch of 10,000 records or
 * 16 MiB is committed by the next put, which may fail as store_commit() does and then has taken
 * nothing. What replaces a record keeps its place in lists.
 */
/* id 0: a new run, written at once, durably, and the id filled in; else replaced with the batch. */
int store_put_run(struct store *s, struct store_run *run, struct err *err);
/* The same id: replaced. */
int store_put_checkout(struct store *s, const struct store_checkout *c, struct err *err);
int store_put_build(struct store *s, const struct store_build *b, struct err *err);
int store_put_finding(struct store *s, const struct store_finding *f, struct err *err);
/* The same (build_id, platform, path): replaced. */
int store_put_test(struct store *s, const struct store_test *t, struct err *err);
/* The same (run, build_id, test_id, platform, role, name): replaced. */
int store_put_artifact(struct store *s, const struct store_artifact *a, struct err *err);

/*
 * Lists; a zero or NULL member of the filter means any, several must all hold. Order: as put. *@ret
 * is set on success. A member that a record does not have itself is taken from what it belongs to:
 *
 *               builds           tests            findings            artifacts
 *   run         its own          its own          its own             its own
 *   build_id    its id           its own          its own             its own
 *   platform    (no matter)      its own          of its test         its own
 *   path_glob   (no matter)      its own          of its test         of its test
 *   status      its own          its own          of its test         of its test
 *   signature   has a finding    has a finding    its own             its test has a finding
 *
 * run, build_id, path_glob (up to the first wildcard) and signature are found by index; the others
 * narrow.
 */
struct store_filter {
	int64_t run;
	const char *build_id, *platform, *status, *signature;
	const char *key; /* of a build; narrows builds only */
	const char *path_glob; /* as glob_match() */
	size_t limit;	       /* 0: all */
};
struct store_runs {
	struct store_run *data;
	size_t len, cap;
};
struct store_builds {
	struct store_build *data;
	size_t len, cap;
};
struct store_tests {
	struct store_test *data;
	size_t len, cap;
};
struct store_findings {
	struct store_finding *data;
	size_t len, cap;
};
struct store_artifacts {
	struct store_artifact *data;
	size_t len, cap;
};
/* Newest first; @limit 0: all. */
int store_runs(struct store *s, struct arena *a, size_t limit, struct store_runs *ret,
	       struct err *err);
/* id 0: the newest; ERR_NOT_FOUND. */
int store_run_get(struct store *s, struct arena *a, int64_t id, struct store_run *ret,
		  struct err *err);
/* Is the process of this run still there? On this host only. */
bool store_run_alive(const struct store_run *run);
/* The newest run that was interrupted, or is said to run and its process is gone; ERR_NOT_FOUND. */
int store_run_unfinished(struct store *s, struct arena *a, struct store_run *ret, struct err *err);
/*
 * When process @pid started, in the clock ticks of /proc/PID/stat (field 22, proc(5)); 0: there is
 * none, or it has ended.
 */
int64_t store_pid_start(int64_t pid);
/* ERR_NOT_FOUND. */
int store_checkout_get(struct store *s, struct arena *a, const char *id, struct store_checkout *ret,
		       struct err *err);
int store_builds(struct store *s, struct arena *a, const struct store_filter *f,
		 struct store_builds *ret, struct err *err);
int store_tests(struct store *s, struct arena *a, const struct store_filter *f,
		struct store_tests *ret, struct err *err);
int store_findings(struct store *s, struct arena *a, const struct store_filter *f,
		   struct store_findings *ret, struct err *err);
int store_artifacts(struct store *s, struct arena *a, const struct store_filter *f,
		    struct store_artifacts *ret, struct err *err);
/*
 * Has an earlier run (id < @before_run) this test as a FAIL, on this platform and in a build of this name; a
 * finding with this signature that was not expected? For --fail-on new. @platform, @build_name: NULL is "".
 */
int store_known_failure(struct store *s, const char *path, const char *platform,
			const char *build_name, int64_t before_run, bool *ret, struct err *err);
int store_known_finding(struct store *s, const char *signature, int64_t before_run, bool *ret,
			struct err *err);
/* Is an artifact with this hash referred to? For cas_sweep(); commit first. */
int store_refers(struct store *s, const char *sha256, bool *ret, struct err *err);

/*
 * Durations learned: an exponential mean per key ("build:<key>", "boot:..."), a new one counts 0.3;
 * 0 when never seen. Puts go into the batch. ERR_USAGE: negative or not finite.
 */
int store_expect_get(struct store *s, const char *key, double *ret_seconds, struct err *err);
int store_expect_put(struct store *s, const char *key, double seconds, struct err *err);

/*
 * Records as JSON (man/kassay-records.5): used by --json, --events and exports alike. One object
 * each; what is NULL, "" or not known is left out, also ids, so a record that was never stored can
 * be written. Checkouts, builds and tests are valid by KCIDB's schema v5.3 when their ids and
 * origins are: a value it would refuse (a hash that is not 40 hex digits, a URL that is not https)
 * stands in misc.kassay, a path is made to fit with '_' and then stands there as it is, log
 * excerpts end at 16,384 bytes.
 */
void store_run_json(struct jwriter *w, const struct store_run *r);
void store_checkout_json(struct jwriter *w, const struct store_checkout *c);
void store_build_json(struct jwriter *w, const struct store_build *b);
void store_test_json(struct jwriter *w, const struct store_test *t);
void store_finding_json(struct jwriter *w, const struct store_finding *f);
void store_artifact_json(struct jwriter *w, const struct store_artifact *a);
