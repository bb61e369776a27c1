/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between summary.c (what failed, what is new) and summary_table.c (builds, boots, suites). */
#pragma once

#include "job/summary.h"

struct summary {
	const struct recorder *r;
	struct arena *a;
	struct str *out;
	bool colour;
	size_t shown;		/* of each kind of line */
	size_t lanes;		/* builds x platforms of this side */
	const struct map *base; /* ids of the base's builds */
	const char *why;	/* of the accelerator, said last */
	const struct map *order; /* builds and platforms of the plan: name -> place, from 1 */
	struct map *parents;	/* build, platform, path of tests that have subtests */
};

/* "PASS", in its colour. */
void summary_status(struct summary *s, const char *status);
/* A line for each build, and below it for each of its boots and their suites. */
void summary_table(struct summary *s);
/* summary_matrix.c: of several boots one line each, with a column for each suite; of one boot nothing. */
void summary_matrix(struct summary *s);
bool summary_is_parent(struct summary *s, const struct store_test *t);
const char *summary_colour(const char *status);
