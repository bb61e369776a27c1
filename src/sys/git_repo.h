/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The repository a folder belongs to, for the git_*.c files. It is only ever read. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct git_env;

struct git_repo {
	char *top;	  /* of the working tree, or the plain folder; NULL: a bare repository */
	char *git_dir;	  /* NULL: a plain folder */
	char *common_dir; /* of all its working trees */
	char *objects;
	char *format;	     /* "sha1" */
	char *commit, *tree; /* of HEAD, NULL: there is none yet */
	char *branch;	     /* NULL: detached */
};
/*
 * A folder that has no tracked file in it is a plain one, even inside a working tree: a kernel
 * unpacked in somebody's home repository. ERR_NOT_FOUND, ERR_NO_TOOL.
 */
int git_repo_find(const char *dir, struct git_repo *ret, struct err *err);
void git_repo_release(struct git_repo *r);
#define AUTO_GIT_REPO __attribute__((cleanup(git_repo_release)))
/* For reading in the repository itself, with the objects in @more (may be NULL) added. */
void git_repo_env(const struct git_repo *r, const char *more, struct git_env *ret);
/* "git describe --always" of @commit. Heap. */
int git_repo_describe(const struct git_repo *r, const char *commit, char **ret, struct err *err);
