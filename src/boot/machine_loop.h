/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running QEMU machine, for the files of boot/: machine.c runs it for tests, interactive.c for a person. */
#pragma once

#include "boot/machine.h"
#include "sys/loop.h"

enum {
	MACHINE_TICK_MAX = 1 << 20, /* bytes read of one stream per tick; more waits for the next */
	MACHINE_TICK_MS = 100,
	MACHINE_LAST_WORDS_MS = 1500, /* for a kernel that is at its end to reset or switch off */
	MACHINE_QUIT_MS = 2000,	      /* for QEMU to write disks back */
	MACHINE_DRAIN_MS = 1000,      /* for streams to end after QEMU did */
};

/*
 * Start @spec. @ops is copied, what it points to is borrowed until machine_free(). @attended: somebody watches, so there
 * are no limits of time and output and only the guest or machine_stop() ends it; so it is with spec->gdb.
 */
int machine_start(const struct machine_spec *spec, const struct machine_ops *ops, bool attended,
		  struct machine **ret, struct err *err);
struct loop *machine_loop(struct machine *m);
/* Type on the guest's console. */
void machine_type(struct machine *m, const char *p, size_t n);
/* End it; the first reason given stays. */
void machine_stop(struct machine *m, enum machine_outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Run it to the end and fill @ret. ERR_CANCELLED: interrupted, @ret is filled too. */
int machine_wait(struct machine *m, struct machine_end *ret, struct err *err);
/* After what else was made in its loop was freed. */
void machine_free(struct machine *m);
