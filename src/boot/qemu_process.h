/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One QEMU process and our ends of its sockets. */
#pragma once

#include "boot/machine.h"
#include "sys/loop.h"

struct qemu_process {
	struct child *child;
	int console, port, uart, qmp; /* sockets, pipes where nothing is written; the owner takes them over */
	int errors;		      /* what QEMU writes to stderr, a pipe */
};

/*
 * Start the machine in @l; with @keys its console takes input; @fn is called when QEMU ended. Killed with all its
 * children when we end. ERR_NOT_FOUND: the image or an initrd cannot be read; ERR_NO_TOOL.
 */
int qemu_start(struct loop *l, const struct machine_spec *spec, enum accel accel, bool keys,
	       child_fn fn, void *data, struct qemu_process *ret, struct err *err);

/*
 * The line of QEMU's stderr that says what is wrong: the first that is no warning, as registers and hints follow it.
 * Zeroed to begin with.
 */
enum { QEMU_COMPLAINT_MAX = 160 };
struct qemu_complaint {
	char text[QEMU_COMPLAINT_MAX];
	bool done;
};
void qemu_complaint_feed(struct qemu_complaint *c, const char *p, size_t n);
