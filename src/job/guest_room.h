/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which guests may run beside each other, and in which order things begin. No I/O.
 *
 *   room: what this host has to give     use: what the guests that run take     need: of one more
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "job/options.h"
#include "job/plan.h"

enum { GUEST_OVERHEAD = 128 << 20 }; /* bytes of QEMU beside the guest's memory */

struct guest_room {
	long guests;	 /* at once, whatever cores there are; 0: as many as cores allow */
	long cores;
	uint64_t memory; /* bytes that are free now */
};
struct guest_use {
	size_t guests;
	long cpus;
	uint64_t owed; /* bytes they were promised and do not hold yet */
};
struct guest_need {
	long cpus;
	uint64_t memory; /* with GUEST_OVERHEAD */
};

/* What a machine of this platform takes. */
struct guest_need guest_need(const struct job_options *o, const struct plan_platform *f);
/* One always does when none runs. */
bool guest_fits(const struct guest_room *room, const struct guest_use *use, const struct guest_need *need);
/*
 * Would the two use something of this host that only one of them can have: a disk that is written to, or what a QEMU
 * argument that both have names (a file, a port)?
 */
bool guests_clash(const struct job_options *o, const struct plan_platform *a, const struct plan_platform *b);

/* Something to begin. */
struct turn {
	size_t at;	 /* its place in the plan */
	bool failed;	 /* the last time */
	double expected; /* seconds; 0: not known */
};
/* Most telling first: what failed, then the cheapest, then what never ran, in the order of the plan. < 0: @a first. */
int turn_compare(const struct turn *a, const struct turn *b);
void turns_sort(struct turn *turns, size_t n);
