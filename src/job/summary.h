/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run for people: one screen, made from records alone, so that "kassay run" and "kassay results RUN" show the
 * same. And what a run's records say about head against base.
 */
#pragma once

#include "job/recorder.h"
#include "verdict/compare.h"

/* Appended to @out. @verbose: every failure and finding instead of the first ones. */
void summary_text(const struct recorder *r, bool colour, bool verbose, struct str *out);
/* Is this a build of --base? */
bool build_is_base(const struct store_build *b);
/* Head against base by build name; false when the run has no base. The result points into @a and @r. */
bool run_compare(const struct recorder *r, struct arena *a, struct comparison *ret);
/* Were the base's tests run (and not only its build)? */
bool base_was_tested(const struct recorder *r);
