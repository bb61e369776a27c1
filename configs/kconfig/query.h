/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between query.c and enable.c. */
#pragma once

#include <stdio.h>

#include "lkc.h"

enum { LINE_SIZE = 4096 };	/* of a question */

/* The current value; of what is neither bool nor tristate: n. */
tristate value_of(struct symbol *sym);
bool is_tristate(const struct symbol *sym);
bool is_const(const struct symbol *sym);
bool is_comparison(const struct expr *e);
/* The first prompt, which is what makes a symbol settable, or NULL. */
struct property *first_prompt(struct symbol *sym);
/* The choice @sym is a member of, or NULL. */
struct menu *choice_of(struct symbol *sym);

int cmd_enable(FILE *in);
