/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The initramfs: kassay-init, test programs, busybox where there is no other root file system, and what is to be done in
 * /kassay/jobs:
 *
 *   one line each, fields separated by tabs and escaped as in frames (boot/frame.h), '#' comments
 *
 *   set KEY [VALUE]    heartbeat S (1) · output-max BYTES · scale X (slowdown to use) ·
 *                      calibration-host S (measure it, when no scale is given) · report-kmsg ·
 *                      shell · applets (link those of busybox) ·
 *                      load PATH (a module; in order, before the channel is looked for; "?PATH" need not load)
 *                      root FS (the disk ROOT_SERIAL becomes /, with /kassay and what is in /opt of the initramfs) ·
 *                      kselftest-disk (/opt/kselftest is a disk beside that root)
 *   job NAME TIMEOUT SCALED CWD PROGRAM [ARGUMENT...]
 *                      TIMEOUT in seconds; multiplied by the slowdown if SCALED is 1
 *   env NAME=VALUE...  for the job before it
 *
 * Jobs run in order, in a session of their own as root, stdin /dev/null. PROGRAM without a slash is
 * looked up in PATH; one that is not executable is run as kselftest/runner.sh does it: by
 * ./ksft_runner.sh, else by the interpreter its first line names. At its limit a job gets SIGTERM, two
 * seconds later SIGKILL; time in which the channel could not take its output does not count. What it
 * leaves running is killed. Then "shell", if set; power off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

struct guest_job {
	char *name; /* test path, for markers in the kernel log */
	struct strv argv;
	char *cwd;	 /* NULL: / */
	double timeout;	 /* seconds before scaling; 0: GUEST_TIMEOUT_CAP, not scaled */
	bool scaled;	 /* multiply by the machine's slowdown (limits out of kselftest settings) */
	struct strv env; /* "A=b" */
};
#define GUEST_INIT_PATH "/kassay/init" /* kassay-init as a job's program, under every root file system */
enum { GUEST_TIMEOUT_CAP = 1800, GUEST_OUTPUT_MAX = 1 << 20 };

struct guest_file {
	char *path, *from; /* in the guest, on the host */
	unsigned mode;	   /* 0: 0755 */
};
struct guest_spec {
	const char *init;    /* kassay-init binary */
	const char *busybox; /* static busybox; NULL: none wanted */
	bool needs_busybox;  /* a job does: told by who adds it to who fills @busybox */
	bool foreign;	     /* of another architecture than this host: kassay-init asks busybox for its applets */
	const char *root;    /* the disk's file system ("ext4", "auto"); NULL: no root file system but the initramfs */
	const char *tree;    /* a folder put in as /opt/kselftest (NULL: none, or @tests_disk) */
	bool tests_disk;
	const char *modules; /* a folder lib/modules/RELEASE, put in whole; NULL: none */
	struct {
		struct guest_job *data;
		size_t len, cap;
	} jobs;
	struct {
		struct guest_file *data;
		size_t len, cap;
	} files;		 /* take the place of busybox's applets of the same name */
	struct strv load; /* modules among @files, in order, loaded first of all: "/PATH", or "?/PATH" */
	double calibration_host; /* host seconds of the fixed work; 0: do not measure */
	double scale;		 /* slowdown to use; 0: measure (calibration_host) or 1 */
	uint64_t output_max;	 /* per job; 0: GUEST_OUTPUT_MAX */
	bool shell; /* an interactive shell on the console, after the jobs if there are any */
	bool report_kmsg; /* send emerg, alert, crit messages */
};
void guest_spec_release(struct guest_spec *g);

/*
 * Write the archive, not compressed: equal input gives equal bytes, and nothing in it tells of the
 * host. /sbin, /usr/bin and /usr/sbin are /bin. ERR_NO_TOOL names busybox-static when busybox is
 * wanted and missing or needs libraries; else as sys/archive.h.
 */
int initramfs_write(const struct guest_spec *g, const char *path, struct err *err);

/*
 * Host seconds of the fixed piece of work, the best of a few, by running kassay-init --calibrate
 * once; remembered in the cache per processor, kernel and kassay-init.
 */
int calibration_host(const char *init, double *ret, struct err *err);
