/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line, for the files of boot/ that run it. */
#pragma once

#include "boot/machine.h"

/*
 * Numbers of the descriptors QEMU gets; -1: not there. No files, so no races and nothing to clean up. A UART that only
 * prints is a pipe: a socket's buffer is full after some 300 bytes, as each is written alone, and when we are late QEMU
 * then drops what the guest prints.
 */
struct qemu_fds {
	int console; /* the first UART */
	bool keys;   /* the console is a socket, for a person's keys */
	int port;    /* virtio-serial port QEMU_PORT */
	int uart;    /* the second, where the board has one */
	int qmp;
};
#define QEMU_PORT "kassay"

/* As qemu_args(), which shows the numbers 3 to 6. */
void qemu_args_fds(const struct machine_spec *spec, enum accel accel, const struct qemu_fds *fds,
		   struct strv *ret);
/* Modules that a guest's kernel may need for the port, NULL after the last. */
const char *const *qemu_port_modules(const struct machine_spec *spec);
/* Modules that a guest's kernel may need for disks of ours, NULL after the last. */
const char *const *qemu_disk_modules(const struct machine_spec *spec);
/* The program; ERR_NO_TOOL names its package. Heap. */
int qemu_program(const struct machine_spec *spec, char **ret, struct err *err);
/*
 * KVM when it works, else TCG; ACCEL_KVM asked for and not to be had: ERR_NOT_FOUND. @why, for people, of @size bytes.
 */
int qemu_accel(const struct machine_spec *spec, enum accel *ret, char *why, size_t size,
	       struct err *err);
/* The initrd QEMU loads, heap: the spec's own, or what qemu_start() joins in spec->work, or NULL. */
char *qemu_initrd(const struct machine_spec *spec);
