/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of QEMU's machine protocol (QMP, docs/interop/qmp-spec.txt of QEMU) that tells why a machine ended. Bytes in,
 * one answer out, no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* To be sent once at the start; without it there are no events. */
#define QMP_HELLO "{\"execute\":\"qmp_capabilities\"}\n"
/* Write disks back and end. */
#define QMP_QUIT "{\"execute\":\"quit\"}\n"

enum qmp_cause {
	QMP_NONE,	 /* it runs, or ended without a word */
	QMP_GUEST_OFF,	 /* SHUTDOWN: guest-shutdown */
	QMP_GUEST_RESET, /* SHUTDOWN: guest-reset (with -no-reboot), subsystem-reset */
	QMP_GUEST_PANIC, /* SHUTDOWN: guest-panic; GUEST_PANICKED */
	QMP_HOST,	 /* SHUTDOWN: a signal, a closed window, quit */
	QMP_STOPPED,	 /* STOP: QEMU halted it: a KVM error, a full disk */
};
enum { QMP_LINE_MAX = 64 << 10, QMP_REASON_MAX = 64 };

/* Zeroed to begin with. */
struct qmp {
	enum qmp_cause cause;	     /* the first, but for QMP_STOPPED, which any other replaces */
	char reason[QMP_REASON_MAX]; /* QEMU's word, or what a disk complained of */
	struct str line;
	bool skip; /* the rest of a line longer than QMP_LINE_MAX */
};
void qmp_feed(struct qmp *q, const char *p, size_t n);
void qmp_release(struct qmp *q);
