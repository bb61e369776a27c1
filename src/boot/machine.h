/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine boots an image with a command line and a root file system, gives a console stream and a result channel,
 * and ends in exactly one way. QEMU is the first kind (qemu.c); boards and clusters come behind the same struct.
 *
 *   machine_start() ─► console bytes ──► on_console
 *                   ─► frames of kassay-init ──► on_frame     (channel.c: virtio port, second UART, or console)
 *                   ─► on_end ──► machine_take(): struct machine_end
 *
 * Any number of machines live in one event loop (sys/loop.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/arch.h"

enum machine_outcome {
	MACHINE_POWERED_OFF,	/* kassay-init said it is done, or the guest switched itself off */
	MACHINE_PANICKED,
	MACHINE_RESET,		/* reset itself without a panic */
	MACHINE_HUNG,		/* neither console output nor heartbeat for @silence seconds */
	MACHINE_TIMED_OUT,	/* the whole boot's limit */
	MACHINE_OUTPUT_CAP,	/* more console output than allowed */
	MACHINE_KILLED,		/* by us: interrupted, or the caller asked */
	MACHINE_DIED,		/* QEMU itself ended or failed */
};
const char *machine_outcome_words(enum machine_outcome o);	/* "powered off", "panicked", "reset itself" ... */

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
extern const char *const accel_names[];				/* "auto" "kvm" "tcg", NULL */

/* kvm.c: what /dev/kvm is good for, found by really running a guest instruction, remembered per host boot. */
enum kvm_state { KVM_WORKS, KVM_MISSING, KVM_NOT_PERMITTED, KVM_BROKEN };
struct kvm_probe {
	enum kvm_state state;
	char why[256];		/* one sentence for people: what was tried, what happened, what to do */
};
void kvm_probe(struct kvm_probe *ret);		/* from cache when it was probed since the host booted */
/* One probe without the cache; @path is "/dev/kvm" but for tests. */
void kvm_probe_path(const char *path, struct kvm_probe *ret);

/*
 * Limits. SILENCE: the kernel's own detectors of a stall speak first (RCU 21 s, a hung task 120 s on most
 * configurations), so that the log names it.
 */
enum {
	MACHINE_MEMORY = 512 << 20,		/* bytes */
	MACHINE_SILENCE = 150,			/* s */
	MACHINE_TIMEOUT = 7200,			/* s */
	MACHINE_CONSOLE_MAX = 32 << 20,		/* bytes */
	MACHINE_CONSOLE_MAX_SECONDS = 60,
	MACHINE_CHANNEL_MAX = 1 << 30,		/* bytes, on the virtio port or the second UART */
};

struct machine_spec {
	const struct arch *arch;	/* NULL: of this host */
	const char *image;
	const char *initrd;	/* file; NULL: none */
	struct strv initrd_extra;	/* further cpio archives, appended in order */
	const char *cmdline;	/* the user's addition; ours comes first */
	uint64_t memory;	/* bytes; 0: MACHINE_MEMORY */
	long cpus;		/* 0: 1 */
	/* Disk images by boot/rootfs.h, found by kassay-init: root file system, its lib/modules, its opt/kselftest; NULL: none */
	const char *root, *root_modules, *root_tests;
	struct strv disks;	/* files; /dev/vda on; ".qcow2", else raw; with ":ro" at the end read-only */
	struct strv qemu_args;	/* as they are, last */
	enum accel accel;
	const char *qemu;	/* program; NULL: the architecture's from PATH */
	double silence;		/* seconds; 0: MACHINE_SILENCE */
	double timeout;		/* whole boot, seconds; 0: MACHINE_TIMEOUT */
	uint64_t console_max;	/* bytes; 0: MACHINE_CONSOLE_MAX */
	double console_max_seconds;	/* of flood (boot/console.h); 0: MACHINE_CONSOLE_MAX_SECONDS */
	const char *work;	/* folder for files of ours, exists; needed when initrd_extra is used */
	bool gdb;		/* waits for a debugger on 127.0.0.1:1234; no limits of time and output then */
	bool earlyprintk;	/* second boot after a silent death */
	bool tpm;		/* swtpm runs beside QEMU, in @work (boot/swtpm.h) */
};

/* The architecture of @spec, never NULL. */
const struct arch *machine_arch(const struct machine_spec *spec);
/* What would be run: the whole difference between KVM and TCG is in here. Golden-tested. */
void qemu_args(const struct machine_spec *spec, enum accel accel, struct strv *ret);

struct machine_end {
	enum machine_outcome outcome;
	char detail[256];	/* "no output for 60 s", the panic's line, QEMU's own complaint ... */
	double duration;	/* seconds */
	uint64_t console_bytes;
	double first_output;	/* seconds from start to the first console byte; -1: none */
	double hello;		/* to kassay-init's hello; -1: none came */
	uint64_t frames_damaged, frames_lost;	/* boot/channel.h */
	enum accel accel;	/* used */
	char accel_why[256];
};

struct frame;
struct machine;		/* a running one */
struct machine_ops {
	/* Console bytes as they come, at most console_max of them. May be NULL. */
	void (*on_console)(void *data, const char *p, size_t n);
	/* A frame of the guest (boot/frame.h) from the first channel that said HELLO. May be NULL. */
	void (*on_frame)(void *data, const struct frame *f);
	/* Ten times a second; return true to end the machine (MACHINE_KILLED). May be NULL. */
	bool (*on_tick)(void *data, double elapsed);
	/* It ended and all it said was read: time for machine_take(). May be NULL. */
	void (*on_end)(void *data);
	void *data;
};
struct loop;
/*
 * Start it in @l, whose loop_run() runs it. @ops is copied, what it points to is borrowed until machine_free(). ERR_NO_TOOL
 * QEMU missing, ERR_NOT_FOUND image.
 */
int machine_start(struct loop *l, const struct machine_spec *spec, const struct machine_ops *ops, struct machine **ret,
		  struct err *err);
/* End it; the first reason given stays. on_end comes later, from the loop. */
void machine_stop(struct machine *m, enum machine_outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* After on_end, also in it: how it ended; the machine is freed. */
void machine_take(struct machine *m, struct machine_end *ret);
/* Bytes of this host's memory that it holds now; 0: not known. */
uint64_t machine_resident(const struct machine *m);
/*
 * For a person: console on this terminal until the guest ends or Ctrl-A x; the terminal is put back in every case. Without
 * a terminal stdin is typed once the guest is ready, and its end as Ctrl-D. No limits of time and output.
 */
int machine_interactive(const struct machine_spec *spec, struct machine_end *ret, struct err *err);
/* Identity of the machine kind for records and for the slowdown measure: QEMU version, accelerator, host CPU. Heap. */
int machine_identity(const struct machine_spec *spec, enum accel accel, char **ret, struct err *err);
