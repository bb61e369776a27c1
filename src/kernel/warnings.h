/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings of a build, kept per object file: a warning belongs to its object until that is made again, so an
 * incremental build reports it although the compiler is silent.
 *
 *   "CC lib/foo.o"  ─► warnings_target(): what was known of it is forgotten, once per make
 *   its messages    ─► warnings_add()
 *   no such line    ─► kept, handed out as old
 *   object not part of the build any more ─► warnings_prune(): not listed
 *
 * Errors and findings without an object are of one make only: they are handed out but not written.
 */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "kernel/build.h"
#include "logs/record.h"

/* More findings than these are dropped (one broken header can repeat itself in every object). */
enum { WARNINGS_PER_OBJECT_MAX = 500, WARNINGS_MAX = 50000 };

struct warnings;
struct warnings *warnings_new(void);
void warnings_free(struct warnings *w);		/* accepts NULL */
DEFINE_AUTO(struct warnings *, warnings_free)
#define AUTO_WARNINGS AUTO(warnings_free)

/* What warnings_write() wrote; anything else in it is skipped. All of it counts as old. */
void warnings_read(struct warnings *w, const struct jnode *array);
void warnings_write(const struct warnings *w, struct jwriter *jw);

/* A new make begins: what is there is old, and what only belonged to the last make is dropped. */
void warnings_begin(struct warnings *w);
void warnings_target(struct warnings *w, struct view target);
void warnings_add(struct warnings *w, const struct finding *f);		/* copied */
/*
 * After a make that went well, tell what has become of the objects. An old entry whose file is gone is dropped; one that
 * was linked once and is not any more (the configuration dropped it; its file stays) is not listed until it comes back.
 * What never was on the lists of linked objects (vdso, boot, host programs) stays as long as its file does.
 */
enum warnings_part { WARNINGS_LINKED, WARNINGS_LOOSE, WARNINGS_GONE };
void warnings_prune(struct warnings *w, enum warnings_part (*part)(const char *object, void *data), void *data);
bool warnings_empty(const struct warnings *w);
/* Append to @ret->findings, strings in @ret->arena; a message of a header that many objects share comes once. */
void warnings_list(const struct warnings *w, struct build_result *ret);
