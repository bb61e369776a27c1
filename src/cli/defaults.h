/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Defaults: $XDG_CONFIG_HOME/kassay/config.yaml, then .kassay.yaml in the tree, then the command line. See kassay-config(5).
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/run_options.h"

/* Fill what the command line (@set: names of the options given) left open. ERR_USAGE: FILE:LINE:COLUMN: ... */
int defaults_apply(struct run_cli *c, const char *source, const struct strv *set, struct err *err);
/* *@store NULL: the one of the files (heap), unless $KASSAY_STORE says it; else it stays NULL. */
int defaults_store(char **store, struct err *err);
/* What is in force and which file says so: a table, or JSON. */
int defaults_show(const char *source, bool json, struct str *out, struct err *err);
