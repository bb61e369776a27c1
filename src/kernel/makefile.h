/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The assignments of a kbuild Makefile and the conditions they stand under
 * (Documentation/kbuild/makefiles.rst), read without running it: continuations, comments, ifdef
 * and ifeq, include $(src)/..., $(addprefix ...). A guess, and a good one.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"

struct assignment {
	char *name;		/* "obj-$(CONFIG_X)" */
	char *value;
	struct strv symbols;	/* of the conditions around it */
};
struct makefile { VEC(struct assignment) all; };

/* Append file @name of folder @dir, which is what $(src) means in it. False: it cannot be read. */
bool makefile_read(const char *dir, const char *name, struct makefile *ret);
void makefile_release(struct makefile *m);
/* Append every CONFIG_X in @text, each once. */
void makefile_symbols(struct view text, struct strv *ret);
