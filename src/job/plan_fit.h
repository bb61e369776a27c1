/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the command line changes it, held against the source. */
#pragma once

#include "job/options.h"
#include "job/plan.h"
#include "kernel/source.h"

/* The command line's wishes on top of the plan's. ERR_USAGE: a suite that cannot be read, or two of the same tests. */
int plan_override(struct arena *a, const struct job_options *o, struct plan *plan, struct err *err);
/*
 * Does it fit @src, for command @command with @stages (enum job_stages)? Fragments that the suites need are added, builds
 * get their architectures and platforms their names. ERR_USAGE:
 * an image where a tree is needed, or the other way round; a preset without its file. What a boot needs (QEMU, disks, initrds)
 * is looked at before the build, which may take an hour.
 */
int plan_fit(struct arena *a, struct plan *plan, const struct job_options *o, const struct source *src, const char *share_dir, const char *command, unsigned stages,
	     struct err *err);
