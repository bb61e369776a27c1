/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running QEMU machine, for the files of boot/: machine.c runs it for tests, interactive.c for a person. */
#pragma once

#include "boot/machine.h"
#include "sys/loop.h"

enum {
	MACHINE_TICK_MAX = 1 << 20, /* bytes read of one stream per tick; more waits for the next */
	MACHINE_TICK_MS = 100,
	MACHINE_HELD_UP_MS = 1000,    /* between two ticks: we did something else, and heard nothing */
	MACHINE_LAST_WORDS_MS = 1500, /* for a kernel that is at its end to reset or switch off */
	MACHINE_QUIT_MS = 2000,	      /* for QEMU to write disks back */
	MACHINE_DRAIN_MS = 1000,      /* for streams to end after QEMU did */
};

/*
 * machine_start() for a machine that somebody watches (so it is with spec->gdb, too): there are no limits of time and
 * output, and only the guest or machine_stop() ends it.
 */
int machine_start_attended(struct loop *l, const struct machine_spec *spec, const struct machine_ops *ops,
			   struct machine **ret, struct err *err);
/* Type on the guest's console. */
void machine_type(struct machine *m, const char *p, size_t n);
/* Run its loop until it ended. ERR_CANCELLED: interrupted, and it was ended for that. */
int machine_wait(struct machine *m, struct err *err);
/* Running or not; accepts NULL. */
void machine_free(struct machine *m);
