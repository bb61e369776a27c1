/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system "none": kassay-init as /init, busybox when something needs a shell, test programs, jobs. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"

struct guest_job {
	char *name;		/* test path, for markers in the kernel log */
	struct strv argv;
	char *cwd;		/* NULL: / */
	double timeout;		/* seconds before scaling; 0: GUEST_TIMEOUT_CAP */
	bool scaled;		/* multiply by the machine's slowdown (limits out of kselftest settings) */
	struct strv env;	/* "A=b" */
};
enum { GUEST_TIMEOUT_CAP = 1800, GUEST_OUTPUT_MAX = 4 << 20 };

struct guest_file { char *path, *from; unsigned mode; };	/* in the guest, on the host */
struct guest_spec {
	const char *init;	/* kassay-init binary */
	const char *busybox;	/* static busybox; NULL: none wanted */
	const char *tree;	/* a folder put in as /opt/kselftest (NULL: none) */
	const char *modules;	/* lib/modules/RELEASE; NULL: none */
	struct { struct guest_job *data; size_t len, cap; } jobs;
	struct { struct guest_file *data; size_t len, cap; } files;
	double calibration_host;	/* host seconds of the fixed work; 0: do not measure */
	double scale;			/* slowdown to use; 0: measure (calibration_host) or 1 */
	uint64_t output_max;		/* per job; 0: default */
	bool shell;			/* no jobs: an interactive shell on the console */
	bool shell_on_fail;
	bool report_kmsg;		/* send emerg, alert, crit messages */
};
void guest_spec_release(struct guest_spec *g);
/* Write the archive. ERR_NO_TOOL names busybox-static when it is needed and missing. */
int initramfs_write(const struct guest_spec *g, const char *path, struct err *err);
/* Host seconds of the fixed piece of work, by running kassay-init --calibrate once; remembered. */
int calibration_host(const char *init, double *ret, struct err *err);
