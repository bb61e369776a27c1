/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder a snapshot is kept in, for git.c. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "sys/git_cmd.h"

struct git_work;

struct git_snap {
	const struct git_work *work;
	char *dir;   /* absolute */
	char *index; /* of what is in it */
	char *state; /* name of the note that says which tree it holds completely */
};
int git_snap_open(struct git_snap *s, const struct git_work *w, const char *dir, struct err *err);
void git_snap_release(struct git_snap *s);
#define AUTO_GIT_SNAP __attribute__((cleanup(git_snap_release)))
/* Did the last call that wrote to it come to its end? Then it is worth a check. */
bool git_snap_complete(const struct git_snap *s);
/* To run git on it: GIT_SNAP_CHECK ends with 0 when nobody changed a file in it. */
void git_snap_env(const struct git_snap *s, struct git_env *ret);
#define GIT_SNAP_CHECK GIT(GIT_ARG("diff-files"), GIT_ARG("--quiet"))
int git_snap_check(const struct git_snap *s, bool *ret_intact, struct err *err);
/*
 * Make it @tree. Files that are right already are not touched. @intact: it was checked, and holds
 * what the last call left; else all that is in it is compared first.
 */
int git_snap_set(const struct git_snap *s, const char *tree, bool intact, struct err *err);
