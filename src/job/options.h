/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What run, build, boot and test can be asked for: filled by the option tables of cli/, used by the whole job. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

enum fail_on { FAIL_ON_ANY, FAIL_ON_NEW };
enum job_stages {
	STAGE_BUILD = 1,
	STAGE_TEST = 2,
};

struct job_options {
	/* source */
	char *modules, *tree;
	bool untracked;
	char *base;
	bool base_build;
	bool touch;
	/* plan */
	bool list;
	char *plan;	    /* --plan */
	char *default_plan; /* of the configuration files: for trees */
	struct strv suites, load, suite_paths; /* --suite, --module, --suite-path */
	/* build */
	char *arch, *toolchain;
	int preset; /* enum config_preset; -1: the plan's */
	char *config_file;
	struct strv fragments, config, make;
	struct strv default_make; /* of the configuration files, where --make was not given */
	long jobs;   /* cores for compilers and guests; 0: all */
	bool keep_vmlinux;
	/* machine */
	uint64_t memory;
	long cpus;
	long guests; /* at once; 0: the plan's */
	char *cmdline, *rootfs;
	struct strv packages;
	struct strv initrd, disks, qemu_args, devices;
	int accel; /* enum accel; -1: the plan's */
	double timeout, test_timeout, silence;
	uint64_t console_limit;
	bool gdb, keep, shell;
	/* verdict */
	int fail_on; /* enum fail_on; -1: any */
	bool fail_fast;
	char *bad_if;
	/* output */
	bool json, events, quiet, verbose;
	char *junit, *origin, *store;
	bool resume, no_cache;
	uint64_t cache_limit; /* bytes the cache is trimmed to after a run; 0: not */
};
