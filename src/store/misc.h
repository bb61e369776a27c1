/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON that is part of a record: misc objects of KCIDB and the specification of a run. */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

enum { MISC_DEPTH_MAX = 32 };

/*
 * The object in @text, called @name in messages. ERR_PARSE: not JSON, not an object; ERR_LIMIT:
 * nested too deep.
 */
int misc_parse(struct arena *a, const char *name, const char *text, struct jnode **ret,
	       struct err *err);

/* A member of ours in misc.kassay: a text, or a number when @text is NULL. Empty and 0: absent. */
struct misc_member {
	const char *key, *text;
	int64_t number;
};
/*
 * Write member "misc": what @text has, and in its object "kassay" the @n members of @ours as well.
 * A member that @text has already wins. Nothing is written when both are empty. Text that
 * misc_parse() refuses counts as absent.
 */
void misc_write(struct jwriter *w, const char *text, const struct misc_member *ours, size_t n);
/* Write member @key with the object in @text; nothing when that is NULL or refused. */
void misc_write_plain(struct jwriter *w, const char *key, const char *text);
