/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of one build: build.c (the whole), build_make.c (make and its output), build_config.c, build_key.c,
 * build_state.c, build_objects.c, artifacts.c, kselftest*.c.
 *
 *   <cache>/build/NAME/  src ─► the source (a link, so that every build folder sees it under a name of its own)
 *                        o/            make O=
 *                        kassay.json   struct build_state and the warnings per object
 *                        build.log     output of the last build; build.log.part while it runs. One that is found at the
 *                                      start was left by a kill: it is read before anything else.
 *                        mods/         modules_install
 *                        kselftest/    see kselftest.h
 */
#pragma once

#include "kernel/build.h"
#include "kernel/toolchain.h"
#include "kernel/warnings.h"

enum {
	BUILD_RECIPE = 1,		/* part of keys: counts up when the same request would give other bits */
	CONFIG_FILE_MAX = 16 << 20,	/* a .config; distributions have 300 kB */
	BUILD_STATE_MAX = 256 << 20,
	LIST_FILE_MAX = 64 << 20,	/* modules.order, *.mod */
};
#define SIGNING_KEY "certs/kassay_signing_key.pem"	/* CONFIG_MODULE_SIG_KEY, relative to O= */

struct build_state {		/* strings in build.arena */
	const char *source;	/* folder it was built from */
	const char *request;	/* hash of the configuration asked for */
	const char *config_sha256;	/* of the .config that came of it */
	const char *modules;	/* stamp of what lies in mods/ */
	const char *tree;	/* source.content of the last build that ended */
};

struct build {
	const struct source *src;
	const struct build_spec *spec;
	struct build_result *ret;
	struct arena *arena;		/* ret's */
	const struct arch *arch;	/* spec's */
	struct strv vars;		/* the user's for make, and what architecture and toolchain add */
	struct toolchain tool;
	const char *dir, *objects, *link;	/* the folder, its o/ and src */
	const char *key_sha256;		/* of the signing key */
	struct strv make;		/* "make" and what every call of it gets */
	struct strv env;
	struct build_state state;
	struct warnings *warnings;
	int log_fd;			/* build.log.part */
	size_t log_lines;
	bool modules_made;		/* a module was linked in this build */
	bool recovered;			/* a log was read that a kill had left */
	bool has_modules;		/* the configuration has symbols that are m */
	size_t targets;			/* made in this build */
};

/* build.c: the toolchain of a build and its variables; it is new enough for the source. */
int build_toolchain(const struct source *src, const struct build_spec *spec, struct strv *ret_vars, struct toolchain *ret,
		    struct err *err);
/* build_args.c: fills make and env. */
int build_make_args(struct build *b, struct err *err);

/* build_make.c */
/* Run make for @targets (NULL-terminated), its output into the log and the warnings. *ret_ok: it exited with 0. */
int build_make(struct build *b, const char *phase, const char *const *targets, bool *ret_ok, struct err *err);
/* Does a line of make's output tell that the disk is full; that a program was killed (lack of memory)? */
bool build_says_full(struct view line);
bool build_says_killed(struct view line);
/* Read a log that a killed build left, and remove what it made without having told. */
int build_recover(struct build *b, const char *log, struct err *err);

/* build_config.c */
/* @request, @wants (handed over) as build_config_request() gave them. */
int build_configure(struct build *b, struct view request, struct config_wants *wants, bool *ret_ok, struct err *err);
/* Text that changes whenever the requested configuration does, and the wishes in it. */
int build_config_request(const struct source *src, const struct build_spec *spec, struct arena *a,
			 struct config_wants *wants, struct str *ret, struct err *err);

/* build_key.c */
/* PEM file with key and certificate, made once per cache; *ret_path in @a. */
int build_signing_key(struct arena *a, const char **ret_path, char ret_sha256[65], struct err *err);
/* The key of build_key(), from its parts. */
void build_key_hash(const struct source *src, const struct build_spec *spec, const struct strv *vars, const char *identity,
		    const char *key_sha256, struct view request, char ret[65]);

/* build_state.c. Reading: false when there is none that can be trusted; then the folder is emptied by the caller. */
bool build_state_read(struct build *b);
int build_state_write(const struct build *b, struct err *err);

/* build_objects.c: drop warnings of objects that are not part of what was linked. After a make that went well. */
void build_prune(struct build *b);
/*
 * Objects whose source is gone since the last build: make would go on linking them, as no rule says what they are made
 * from. Found by kbuild's ".foo.o.cmd" files.
 */
int build_remove_orphans(struct build *b, struct err *err);

/* kselftest.c: the collections of the plan, into b->ret. */
int build_kselftests(struct build *b, struct err *err);

/* artifacts.c: modules staged below mods/; image, build id and everything else worth keeping. All into b->ret. */
int build_modules(struct build *b, bool *ret_ok, struct err *err);
int build_artifacts(struct build *b, struct err *err);
void build_add_artifact(struct build *b, const char *role, const char *path);
