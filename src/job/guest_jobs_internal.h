/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by guest_jobs.c and what else makes jobs: module_jobs.c, boot_devices.c. */
#pragma once

#include "boot/initramfs.h"
#include "job/boot_devices.h"
#include "job/observe.h"
#include "job/stage.h"
#include "kernel/modules.h"

/* All that jobs of one boot are made from, and into. */
struct jobs_of {
	struct pipeline *p;
	const struct pipe_build *b;
	const struct plan_platform *f;
	const struct guest_place *at;
	struct guest_spec *g;
	VEC(struct observe_job) jobs; /* side by side with g->jobs */
};

struct guest_job *job_add(struct jobs_of *x, const struct suite *s, const char *path);
/* A test that cannot even start gets its status now. */
int job_unrunnable(struct jobs_of *x, const struct suite *s, const char *path, const char *status, const char *reason, struct err *err);
/* Of a test that brings no limit of its own, seconds. */
double job_limit(const struct pipeline *p, const struct suite *s);

/* 'y', 'm', 'n' by the configuration of this kernel; 0: it is not known. @symbol without CONFIG_. */
char kernel_symbol(const struct guest_place *at, const char *symbol);

/* module_jobs.c */
/*
 * Files to load for module @name of this kernel, added to @ret. ERR_NOT_FOUND: it has none (nor modules at all), and it
 * is not built in; ERR_PARSE, ERR_LIMIT: a damaged file.
 */
int module_find(const struct jobs_of *x, const char *name, struct module_files *ret, struct err *err);
/* The files into the guest, and "FILE... -- PARAM..." to a job's arguments; @params: blanks between. */
void module_argv(struct jobs_of *x, const struct module_files *files, const char *params, struct strv *argv);
/* What module_find() found wrong as a test's status: 1 when it was, 0 nothing was wrong, negative: another error. */
int module_unrunnable(struct jobs_of *x, const struct suite *s, const char *path, const struct err *why, struct err *err);
int module_jobs(struct jobs_of *x, const struct suite *s, struct err *err);
int kunit_jobs(struct jobs_of *x, const struct suite *s, struct err *err); /* kunit_jobs.c */
/* Before the tests of a kselftest collection: modules that they would ask modprobe for, where the kernel has them. */
int collection_modules(struct jobs_of *x, const struct suite *s, struct err *err);
int torture_job(struct jobs_of *x, const struct suite *s, struct err *err);
