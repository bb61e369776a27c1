/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot while it lasts: shared by stage_boot.c and boot_records.c. */
#pragma once

#include "base/progress.h"
#include "boot/guest_programs.h"
#include "boot/initramfs.h"
#include "boot/machine.h"
#include "job/guest_rootfs.h"
#include "job/boot_devices.h"
#include "job/observe.h"
#include "job/stage.h"
#include "sys/workdir.h"

struct boot {
	struct pipeline *p;
	struct pipe_build *b;
	const struct plan_platform *f;
	struct guest_spec guest;
	struct observe_job *jobs;
	struct boot_devices devices;
	struct machine_spec machine;
	struct machine *running;
	struct machine_end end;
	struct observer *observer;
	struct cas_writer *console;
	struct progress *progress;
	struct map *lacking; /* collection: lacking_symbols() of it */
	struct workdir place;
	const char *work; /* its path */
	char *initrd, *cmdline;
	struct guest_program init, busybox;
	struct guest_rootfs rootfs;
	char *identity;	  /* of the machine kind */
	char request[65]; /* boot_request(), before it boots: a disk may be written to */
	char *expect_key;	 /* boot_expect_key() */
	const char *called_off; /* --fail-fast: what its tests that did not run say */
	bool cut;		/* interrupted: it is not finished */
	int64_t start_ms;
	size_t findings;
	struct err err; /* the first error of a callback: it ends the machine */
	int r;
};

/* stage_boot.c: the machine of @x ended; what it found is stored, and @x freed. */
int boot_end(struct boot *x, struct err *err);

/* boot_prepare.c: fill @x from its pipeline, build and platform. Errors as stage_boot(). */
int boot_prepare(struct boot *x, const struct source *src, struct err *err);
/* boot_shell.c: after a boot in which a test failed; nothing when none did, or stdin is no terminal. */
int boot_shell(struct boot *x, struct err *err);

/* boot_records.c: sinks of the observer (data is a struct boot), and the records of the boot itself. */
void boot_on_test(void *data, const struct observed_test *t);
void boot_on_finding(void *data, const struct observed_finding *f);
void boot_keep_error(struct boot *x, int r, const struct err *err);
/* The console log so far becomes an artifact. */
int boot_put_console(struct boot *x, struct err *err);
/* What ran, exactly. Its being there is the sign that this boot is finished: put last. */
int boot_put_machine(struct boot *x, struct err *err);
/* A boot that was called off: what has no status yet is MISS. */
int boot_put_missed(struct boot *x, struct err *err);
bool boot_finished(const struct recorder *r, const char *build_id, const char *platform);

/* slowdown.c: how much slower the machine kind is than this host; kept in the cache. 0: not measured yet. */
double slowdown_load(const char *identity);
void slowdown_save(const char *identity, double factor);
