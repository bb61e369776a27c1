/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calling git, for the git_*.c files: an environment in which it does what we mean and nothing
 * else.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/loop.h"

struct git_env {
	const char *cwd; /* borrowed */
	struct strv vars;
};
/*
 * A clean environment: no variables of a git that started us, no prompts, no locks that are not
 * needed, no hooks, no file watcher, no housekeeping. @includes: configuration files (absolute
 * paths) that are to hold, or NULL.
 */
void git_env_init(struct git_env *e, const char *cwd, const struct strv *includes);
void git_env_set(struct git_env *e, const char *name, const char *value);
/*
 * Read objects from folder @objects, too; it may be NULL. Only for commands that write none: see
 * git_work.h.
 */
void git_env_alternate(struct git_env *e, const char *objects);
void git_env_release(struct git_env *e);
#define AUTO_GIT_ENV __attribute__((cleanup(git_env_release)))

#define GIT(...) ((char *const[]){ (char *)"git", __VA_ARGS__, NULL })
#define GIT_ARG(text) ((char *)(text))

struct run_spec git_spec(const struct git_env *e, char *const *argv, struct str *ret_out);
/* Run to the end. @input NULL: none, @ret_out NULL: not kept. Errors as git_error() has them. */
int git_run(const struct git_env *e, char *const *argv, const struct str *input,
	    struct str *ret_out, struct err *err);
/*
 * After run_ok() and run_together(): a git that failed is ERR_INTERNAL with the first and the last
 * line of @said (its stderr), one of which names the thing; on a full disk ERR_NO_SPACE.
 */
int git_error(int r, const struct str *said, struct err *err);
/* One line of output. NULL in @ret when git fails: the thing it was asked for does not exist. */
int git_line(const struct git_env *e, char *const *argv, char **ret, struct err *err);
/* "a\0b\0" */
void git_names(struct view text, struct strv *ret);
