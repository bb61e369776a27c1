/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual devices of one boot: which are wanted, which there can be, and the jobs that bring them up. */
#pragma once

#include "boot/devices.h"
#include "job/options.h"
#include "job/plan.h"

struct jobs_of;

struct boot_devices {
	struct devices have; /* QEMU and kernel have what they need */
	struct map *lacking; /* name of the kind -> why, for people; in the pipeline's arena */
	size_t jobs;	     /* the first jobs of the boot are theirs */
};
void boot_devices_release(struct boot_devices *d); /* accepts a zeroed one */

/* Those of platform @f, of --device and of the suites, each once. ERR_USAGE as devices_add(). */
int devices_wanted(struct arena *a, const struct plan *plan, const struct plan_platform *f, const struct job_options *o,
		   struct devices *ret, struct err *err);
/*
 * Devices that there can be get QEMU's arguments in @m, words on the kernel's command line @cmdline, and a job
 * "device.NAME". One that QEMU or the kernel lacks is a SKIP of that name when the platform or --device asked, and goes to
 * ret->lacking.
 */
int boot_devices(struct jobs_of *x, struct machine_spec *m, struct str *cmdline, struct boot_devices *ret, struct err *err);
/* Why suite @s cannot run: a device it asked for is lacking; NULL: it can. */
const char *devices_reason(struct arena *a, const struct boot_devices *d, const struct suite *s);
