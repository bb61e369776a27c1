/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kassay-init: PID 1 of a test machine. One process and one poll loop (guest_wait) that everything
 * waits in, so that heartbeats, kernel messages and the channel are served whatever a job does.
 *
 *   mount.c ► jobs.c ► load.c ► channel_guest.c ► identity.c (HELLO) ► job.c, exec.c, reap.c, shell.c
 *   ► DONE, power off
 *
 * It must run on a kernel with next to nothing configured: no futex, epoll, timers, signalfd,
 * users, procfs, sysfs or devtmpfs. What a kernel does not have is skipped, never fatal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "boot/frame.h"

/* A frame being put together; too much text is cut. */
struct message {
	struct frame frame;
	size_t used;
	char text[FRAME_PAYLOAD_MAX];
};
void message_start(struct message *m, enum frame_type type);
void message_add(struct message *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum {
	CHANNEL_BUFFER = 128 << 10,
	CHANNEL_HIGH = 32 << 10,    /* more than this waits: no new output is taken from jobs */
	OUTPUT_CHUNK = 3968,	    /* bytes of output in one frame */
	OUTPUT_CHUNK_CONSOLE = 512, /* short, so that a kernel message seldom hits one */
};

/* The way to the host, with what could not be written yet. Never blocks but in channel_drain(). */
struct channel {
	int fd;		  /* -1: none was found */
	const char *name; /* "virtio", "ttyS1", "console", "none" */
	bool console;	  /* shared with the kernel's messages */
	bool mute;	  /* a person is at the console: frames are dropped */
	uint32_t seq;
	size_t len;
	char out[CHANNEL_BUFFER];
};
void channel_open(struct channel *c);
void channel_send(struct channel *c, const struct frame *f);
void channel_push(struct channel *c); /* write what can be written now */
bool channel_room(const struct channel *c);
/* Wait until everything is out of our hands, at most @seconds. */
void channel_drain(struct channel *c, double seconds);

/* /kassay/jobs; the format is in src/boot/initramfs.h. */
struct settings {
	double heartbeat;	 /* seconds */
	double calibration_host; /* seconds; 0: do not measure */
	double scale;		 /* 0: not given */
	uint64_t output_max;	 /* bytes a job */
	bool shell, report_kmsg;
	bool applets; /* busybox is to link them itself */
	char **load;  /* modules, in order; "?PATH" need not load */
	size_t n_load;
	const char *root; /* file system of the disk that becomes /, or "auto"; NULL: the initramfs stays */
	bool tests_disk; /* /opt/kselftest is a disk */
};
struct job {
	char *name, *cwd;
	double timeout; /* seconds before scaling */
	bool scaled;
	char **argv; /* NULL-terminated, at least one */
	char **env;  /* "A=b" */
	size_t n_env;
};
struct jobs {
	struct settings set;
	struct job *job;
	size_t n;
	char *text; /* what all strings point into */
};

struct guest {
	struct channel channel;
	struct jobs jobs;
	double scale;
	int kmsg; /* followed for FRAME_KMSG; -1: not */
	char kmsg_job[450]; /* whose messages they are now; "": nobody's */
	double next_beat;
};
/*
 * Wait until @fd (or -1) can be read, a child ended, or clock_now() is @until; serve everything
 * else meanwhile. True: @fd can be read or was closed at the other end.
 */
bool guest_wait(struct guest *g, int fd, double until);
void guest_sleep(struct guest *g, double seconds);
void guest_error(struct guest *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* clock.c: seconds. */
double clock_now(void);	   /* monotonic */
double clock_uptime(void); /* since boot */

/* text.c: a small file into @ret, NUL-terminated, no white space at the end; -1: not readable. */
ssize_t text_read(const char *path, char *ret, size_t cap);

void mount_first(void); /* /proc, /sys, /dev: what everything else needs */
void mount_rest(void);

/*
 * root.c: the disk that the host named becomes /; with @tests another is /opt/kselftest. 0, or -1 with one line about it in
 * @error: then nothing has changed.
 */
int root_switch(const char *fs, bool tests, char *error, size_t cap);

void identity_send(struct guest *g); /* HELLO */
void taint_read(char *ret, size_t cap);

/* 0, or -1 with one line about it in @error; @ret is usable (all that was understood) also then. */
int jobs_read(const char *path, struct jobs *ret, char *error, size_t cap);

struct job_end {
	enum { JOB_EXIT, JOB_SIGNAL, JOB_TIMEOUT, JOB_OUTPUT_CAP, JOB_MISSING, JOB_ERROR } how;
	int code;	/* exit status or signal */
	char text[256]; /* missing, error; what could not be killed */
};
void job_run(struct guest *g, size_t index, struct job_end *ret);
/* In a child: become the job's program; returns only when that fails, with the reason. */
void job_exec(const struct job *job, struct job_end *ret);

/* End all processes but PID 1 and the kernel's own. False: some would not go. */
bool reap_all(struct guest *g);

void kmsg_line(int level, const char *text); /* as it is */
void kmsg_say(int level, const char *text);	    /* "kassay: TEXT" into the kernel log */
void kmsg_mark(const char *what, const char *name); /* "kassay: start NAME" */
int kmsg_open(void);
void kmsg_follow(struct guest *g);

/* The fixed piece of work; the seconds it took. */
double calibrate_work(void);
void calibrate_guest(struct guest *g); /* sets g->scale */

/* A shell for a person on the console, until it ends or asks to switch off. */
void shell_run(struct guest *g, const char *cwd, const char *welcome);

/*
 * load.c: --load FILE... -- [PARAM...] [-- STEP...]: dependencies first; the parameters are the last one's; then the steps.
 * Exit status.
 */
int load_modules(char **words);
/* The modules of "load" lines, before anything is looked for that they bring. @error: the first failure, or "". */
void load_first(const struct settings *set, char *error, size_t cap);
/*
 * torture.c: SECONDS MODULE, then what load_modules() takes. Prints the verdicts of the kernel log; exit status 0 when it was
 * loaded and unloaded.
 */
int torture_run(char **words);
/* stress.c: for @seconds; exit status 1 when something came out wrong. */
int stress_run(const char *seconds);
/* kunit.c: load_modules(), then the results that debugfs keeps of the suites that came. Exit status. */
int kunit_load(char **words);
/* device.c: steps in order, up to one that fails. Exit status. */
int device_steps(char **words);
/* leaks.c: what kmemleak has found, into the kernel log; six seconds where a kernel has it, else nothing. */
void leaks_tell(struct guest *g);
/* hangs.c: the same for tasks that hang, as the kernel's detector tells it; two seconds where one sleeps, up to 24 where it
 * hangs, times the machine's slowness. */
void hangs_tell(struct guest *g);
