/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event loop (libuv): timers, streams of bytes, child processes, interruption. Callbacks run
 * from loop_run() only. Everything made in a loop must be freed before loop_free().
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/*
 * SIGINT, SIGTERM, SIGHUP (unless it was ignored) set a flag that every loop and wait sees. A
 * SIGINT after that ends the program.
 */
void interrupt_install(void);
bool interrupted(void);
int interrupt_fd(void); /* readable once interrupted; -1 when not installed */

struct loop;
struct loop *loop_new(void);	/* from here on SIGPIPE is ignored */
void loop_free(struct loop *l); /* accepts NULL */
/*
 * Until loop_stop(), or nothing is left to wait for, or an interrupt: then ERR_CANCELLED, once per
 * loop.
 */
int loop_run(struct loop *l, struct err *err);
void loop_stop(struct loop *l);
/* As an interrupt does, for this loop only: loop_run(), now or next, is ERR_CANCELLED, once. */
void loop_cancel(struct loop *l);

struct timer;
typedef void (*timer_fn)(void *data);
/* @repeat 0: once. Seconds. */
struct timer *timer_new(struct loop *l, double first, double repeat, timer_fn fn, void *data);
void timer_restart(struct timer *t, double first); /* also after it fired */
void timer_stop(struct timer *t);
void timer_free(struct timer *t); /* accepts NULL; allowed inside its own callback */

struct stream;
/* @n 0: end of file or error; it is called once and no more after that. */
typedef void (*stream_fn)(const char *p, size_t n, void *data);
/* Takes @fd over, whatever it is (a plain file is always ready). @fn NULL: only for writing. */
struct stream *stream_new(struct loop *l, int fd, stream_fn fn, void *data);
void stream_pause(struct stream *s, bool pause);
/* Copied; errors end the writing quietly. */
void stream_write(struct stream *s, const void *p, size_t n);
void stream_free(struct stream *s); /* closes; accepts NULL; allowed inside its own callback */

struct confine;
struct child_spec {
	char *const *argv; /* argv[0] is looked up in PATH */
	const char *cwd;   /* NULL: ours */
	/* "NAME=value", NULL-terminated, on top of ours; "NAME=" alone unsets; NULL: none */
	char *const *env_add;
	int in, out, error; /* fds of the child; -1: /dev/null. Not closed here */
	/* Further fds the child inherits under the same number, ends with -1; NULL: none. */
	const int *keep;
	/* Process group of its own: killed as a whole, Ctrl-C does not reach it. */
	bool own_group;
	/* The same, and without a terminal: what would ask a person fails instead. */
	bool own_session;
	bool die_with_us; /* PR_SET_PDEATHSIG SIGKILL */
	const struct confine *confine; /* sys/confine.h; NULL: not */
};
struct child;
struct child_end {
	bool signalled;
	int code; /* exit status or signal number */
};
typedef void (*child_fn)(const struct child_end *end, void *data);
/*
 * ERR_NO_TOOL when the program is not in PATH; exec errors are reported here, not by an exit
 * status. The child has default signal handlers, nothing blocked, and no descriptors but 0, 1, 2
 * and @keep.
 */
int child_start(struct loop *l, const struct child_spec *spec, child_fn fn, void *data,
		struct child **ret, struct err *err);
pid_t child_pid(const struct child *c);
/* The group, when it has one; nothing once it ended. */
void child_kill(struct child *c, int sig);
/* Still running: SIGKILL, and reaped. Accepts NULL. */
void child_free(struct child *c);

/*
 * Run to the end, without a terminal. Lines of stdout and stderr merged go to @line as they come
 * (NULL: none), cut at RUN_LINE_MAX, without line end. What a program left behind when it ended may
 * go on; its output is waited for half a second. An interrupt or the timeout ends the whole group:
 * SIGTERM, after two seconds SIGKILL.
 */
struct run_spec {
	/*
	 * NULL: a loop of its own. Else what lives in this loop goes on meanwhile; not to be called from
	 * its callbacks.
	 */
	struct loop *loop;
	char *const *argv;
	const char *cwd;
	char *const *env_add;
	struct view input; /* to stdin */
	double timeout;	   /* seconds, 0: none; then ERR_TIMEOUT */
	void (*line)(struct view line, bool from_stderr, void *data);
	void (*tick)(void *data); /* ten times a second, for progress; may be NULL */
	void *data;
	/* Whole output, cut at RUN_OUTPUT_MAX; NULL: not kept. */
	struct str *ret_out, *ret_err;
	const int *keep;
	bool may_fail; /* for run_together(): its failure is only told */
	const struct confine *confine; /* sys/confine.h; NULL: not */
};
enum { RUN_OUTPUT_MAX = 64 << 20, RUN_LINE_MAX = 1 << 20 };
/*
 * Negative only when it could not be run, timed out or was interrupted; a program that failed is in
 * @ret.
 */
int run(const struct run_spec *spec, struct child_end *ret, struct err *err);
/*
 * As run(), and a program that failed is ERR_INTERNAL "git write-tree: exit 128: <last line of
 * stderr>"; output that was cut at RUN_OUTPUT_MAX is ERR_LIMIT.
 */
int run_ok(const struct run_spec *spec, struct err *err);
/*
 * The same for @n programs side by side, until all have ended. @ret: @n ends, or NULL. The loop of
 * the first is that of all.
 */
int run_together(const struct run_spec *specs, size_t n, struct child_end *ret, struct err *err);
