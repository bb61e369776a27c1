/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: builds x platforms x suites, and which findings are expected. YAML, see kassay-plan(5). Every build is
 * booted on every platform of its architecture with every suite, one boot for each pair.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "boot/machine.h"
#include "job/suite.h"
#include "kernel/config.h"

struct plan_build {
	const char *name;
	const char *arch_name, *toolchain; /* NULL: this host's; toolchain_vars() */
	const struct arch *arch;	   /* set by plan_fit() */
	int preset;		 /* enum config_preset */
	const char *config_file; /* preset distro: the file */
	struct strv fragments, config, make;
	bool modules;
};
struct plan_platform {
	const char *name;	 /* "qemu-x86_64"; after plan_fit() never NULL */
	const char *arch_name;
	const struct arch *arch; /* of the builds it is for; NULL: of all */
	size_t made_of;		 /* plan_fit(): position of the one without a name, from 1 */
	bool idle;		 /* it fits no build */
	uint64_t memory;
	long cpus;
	int accel;
	const char *cmdline;
	const char *rootfs; /* boot/rootfs.h; NULL: none */
	struct strv packages; /* of a root file system "debian" */
	struct strv disks, initrd, qemu_args, devices;
};
#define PLATFORM_QEMU "qemu-" /* then the architecture: what a platform without a name is called */
#define PLATFORM_HOST "host" /* of suites that need no machine */
/* A finding that does not fail its test: both patterns (shell wildcards) must match. */
struct expect {
	const char *test, *title;
	const char *why;
};
struct expects {
	struct expect *data;
	size_t len, cap;
};

struct plan {
	const char *name; /* "quick", or the file's name */
	const char *description;
	const char *text; /* the YAML, for --resume */
	struct {
		struct plan_build *data;
		size_t len, cap;
	} builds;
	struct {
		struct plan_platform *data;
		size_t len, cap;
	} platforms;
	struct suites suites;
	struct expects expect;
	double timeout;	     /* of a boot, seconds; 0: default */
	double test_timeout; /* of a test without a limit of its own; 0: default */
	double silence;
	uint64_t console_limit;
	long guests; /* at once; 0: as many as cores and memory allow */
};

/* A shipped plan by name, or a file (a name with '/' or ".yaml"). ERR_USAGE names an unknown plan and the nearest. */
int plan_load(struct arena *a, const char *share_dir, const char *name, struct plan *ret,
	      struct err *err);
/* The same from text; @name is used in messages. */
int plan_parse(struct arena *a, const char *name, struct view text, struct plan *ret,
	       struct err *err);
/* Is @b booted on @f? */
bool plan_pair(const struct plan_build *b, const struct plan_platform *f);
void plan_release(struct plan *p); /* vectors; strings are the arena's */
/* Expected findings shipped with kassay (configs/expect.yaml), added to @ret. */
int expects_load(struct arena *a, const char *share_dir, struct expects *ret, struct err *err);
/* The entry that names this finding in this test, or NULL. */
const struct expect *expects_match(const struct expects *e, const char *test, const char *title);
