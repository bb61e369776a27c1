/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between touched.c, touched_objects.c and touched_makefile.c. */
#pragma once

#include "kernel/touched.h"

/*
 * Mark the members of @list that matter as compiled where an object of the build at @objects has
 * them among its dependencies. Objects left over from an earlier configuration do not count.
 */
int touched_objects(const char *source, const char *objects, struct touched_list *list,
		    struct err *err);

/*
 * The symbols under which the Makefiles of @source compile @file, nearest first, "CONFIG_X" each;
 * nothing when it is always compiled or no Makefile names it.
 */
void touched_symbols(const char *source, const char *file, struct strv *ret);
