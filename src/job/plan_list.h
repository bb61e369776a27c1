/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kassay run --list: what would be built and booted, and how long it took the last time. */
#pragma once

#include "job/pipeline.h"

/* The plan of @p, which fits its source (plan_fit()), as a table or as JSON. Errors are the store's. */
int plan_list(const struct pipeline *p, unsigned stages, bool json, struct str *out, struct err *err);
