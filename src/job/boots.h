/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boots of a run: those that wait, in the order they are to begin, and those that run, all in one event loop.
 *
 *   boots_add() ─► waiting ─► boots_run(): as many as fit ─► running ─► ended in the loop, stored there
 *                     └─────────── --fail-fast: MISS ────────────┘
 *
 * A build that runs in the same loop (build_spec.loop) does not keep guests from running and ending.
 */
#pragma once

#include "job/pipeline.h"

struct boot;
struct boots;
struct boots *boots_new(void);
void boots_free(struct boots *q); /* accepts NULL */
struct loop *boots_loop(struct boots *q);

/* Queue a boot of @b, which built, on every platform it is for. */
int boots_add(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err);
/*
 * Begin boots and run them until none waits and a core is free for a build; @all: until all ended. ERR_CANCELLED:
 * interrupted. After an error nothing runs any more.
 */
int boots_run(struct pipeline *p, bool all, struct err *err);
/* End what runs as an interrupt does: it is not finished, --resume boots it again. */
void boots_cut(struct pipeline *p);

/* --fail-fast: why nothing more is to begin; NULL: go on. */
const char *boots_stopped(const struct pipeline *p);
/* A FAIL was recorded: of this name, "boot on qemu-x86_64" or "build tiny". Looked at by boots_check(). */
void boots_failed(struct pipeline *p, const char *name);
/* Does that FAIL end the run? Then what runs is called off. */
void boots_check(struct pipeline *p);
/* Around a build: is one running in the loop, to be called off with the rest? */
void boots_building(struct pipeline *p, bool building);
/* What really ended a build that was ERR_CANCELLED: an error of a boot in *@err, 0 for --fail-fast, or an interrupt. */
int boots_cancelled(const struct pipeline *p, int r, struct err *err);
/* For stage_boot.c: the machine of @x, which was running, ended. */
void boots_ended(struct pipeline *p, struct boot *x);

/* history.c: what failed the last time the same source was run with this plan. */
struct history;
int history_load(const struct pipeline *p, struct history **ret, struct err *err);
void history_free(struct history *h); /* accepts NULL */
/* @platform NULL: the build itself. */
bool history_failed(const struct history *h, const char *build, const char *platform);
