/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event loop (libuv): timers, streams of bytes, child processes, interruption. Callbacks run from
 * loop_run() only. Everything made in a loop must be freed before loop_free().
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* SIGINT, SIGTERM, SIGHUP set a flag that every loop and wait sees. A second SIGINT ends the program. */
void interrupt_install(void);
bool interrupted(void);
int interrupt_fd(void);		/* readable once interrupted; -1 when not installed */

struct loop;
struct loop *loop_new(void);
void loop_free(struct loop *l);		/* accepts NULL */
/* Until loop_stop(), or nothing is left to wait for, or an interrupt: then ERR_CANCELLED, once. */
int loop_run(struct loop *l, struct err *err);
void loop_stop(struct loop *l);

struct timer;
typedef void (*timer_fn)(void *data);
/* @repeat 0: once. Seconds. */
struct timer *timer_new(struct loop *l, double first, double repeat, timer_fn fn, void *data);
void timer_restart(struct timer *t, double first);	/* also after it fired */
void timer_stop(struct timer *t);
void timer_free(struct timer *t);	/* accepts NULL; allowed inside its own callback */

struct stream;
/* @n 0: end of file or error; it is called once and no more after that. */
typedef void (*stream_fn)(const char *p, size_t n, void *data);
/* Takes @fd over (pipe, socket, terminal, character device). @fn NULL: only for writing. */
struct stream *stream_new(struct loop *l, int fd, stream_fn fn, void *data);
void stream_pause(struct stream *s, bool pause);
void stream_write(struct stream *s, const void *p, size_t n);	/* copied; errors end the stream quietly */
void stream_free(struct stream *s);	/* closes; accepts NULL; allowed inside its own callback */

struct child_spec {
	char *const *argv;		/* argv[0] is looked up in PATH */
	const char *cwd;		/* NULL: ours */
	char *const *env_add;		/* "NAME=value", NULL-terminated, on top of ours; "NAME=" alone unsets; NULL: none */
	int in, out, error;		/* fds of the child; -1: /dev/null. Not closed here */
	const int *keep;		/* further fds the child inherits under the same number, ends with -1; NULL: none */
	bool own_group;			/* process group of its own: killed as a whole, Ctrl-C does not reach it */
	bool die_with_us;		/* PR_SET_PDEATHSIG SIGKILL */
};
struct child;
struct child_end { bool signalled; int code; /* exit status or signal number */ };
typedef void (*child_fn)(const struct child_end *end, void *data);
/* ERR_NO_TOOL when the program is not in PATH; exec errors are reported here, not by an exit status. */
int child_start(struct loop *l, const struct child_spec *spec, child_fn fn, void *data, struct child **ret, struct err *err);
pid_t child_pid(const struct child *c);
void child_kill(struct child *c, int sig);	/* the group, when it has one; nothing once it ended */
void child_free(struct child *c);		/* still running: SIGKILL and reaped. Accepts NULL */

/* Run to the end. Lines of stdout and stderr merged go to @line as they come (NULL: none). */
struct run_spec {
	char *const *argv;
	const char *cwd;
	char *const *env_add;
	struct view input;		/* to stdin */
	double timeout;			/* seconds, 0: none; ERR_TIMEOUT after SIGTERM, then SIGKILL */
	void (*line)(struct view line, bool from_stderr, void *data);
	void (*tick)(void *data);	/* ten times a second, for progress; may be NULL */
	void *data;
	struct str *ret_out, *ret_err;	/* whole output, when wanted (capped at RUN_OUTPUT_MAX); NULL: not kept */
	const int *keep;
};
enum { RUN_OUTPUT_MAX = 64 << 20, RUN_LINE_MAX = 1 << 20 };
/* Negative only when it could not be run, timed out or was interrupted; a program that failed is in @ret. */
int run(const struct run_spec *spec, struct child_end *ret, struct err *err);
/* As run(), and a program that failed is ERR_INTERNAL "git write-tree: exit 128: <last line of stderr>". */
int run_ok(const struct run_spec *spec, struct err *err);
