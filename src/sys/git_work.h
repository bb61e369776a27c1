/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What we keep about a tree between two snapshots, for git.c:
 *
 *   <work>/git          a repository of ours: objects, and a place for all that git may write
 *          index        what is in the tree now: began as a copy of the user's
 *          notes        small files: what was copied from where, what belongs to what
 *
 * Commands that write objects do not see the repository's. git would find that an object is there
 * already and set the time stamp of the pack it is in: a change in the user's repository. So our
 * object folder holds all trees, and of the files those that changed.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "sys/git_cmd.h"

struct git_repo;

struct git_work {
	const struct git_repo *repo;
	char *dir; /* absolute */
	char *git;
	char *objects;
	char *index;
};
/* Make the folder, take away what a killed call left. */
int git_work_open(struct git_work *w, const char *dir, const struct git_repo *repo,
		  struct err *err);
void git_work_release(struct git_work *w);
#define AUTO_GIT_WORK __attribute__((cleanup(git_work_release)))
/* Start from nothing the next time: something in it is damaged. */
int git_work_forget(const struct git_work *w, struct err *err);
/* If the user's index changed since the last call, or @again, begin again with a copy of it. */
int git_work_take_index(struct git_work *w, bool again, struct err *err);
/* For the user's working tree with our repository and @index. */
void git_work_env(const struct git_work *w, const char *index, struct git_env *ret);
/* For reading objects, the repository's and ours. */
void git_work_read_env(const struct git_work *w, struct git_env *ret);
/*
 * Add files of the tree (relative names) to @index. Folders in @names, which are repositories of
 * their own, are left out.
 */
int git_work_add(const struct git_work *w, const char *index, const struct strv *names,
		 struct err *err);
/* The tree id of @index. Heap. */
int git_work_tree(const struct git_work *w, const char *index, char **ret, struct err *err);

/* A note: a line in a small file. It may be lost in a power cut; then it is not there. */
#define GIT_NOTE_INDEX "index.from" /* stamp of the user's index that ours was made from */
int git_note_write(const struct git_work *w, const char *name, const char *text, struct err *err);
bool git_note_is(const struct git_work *w, const char *name, const char *text);
/* The note, or NULL. Heap. */
char *git_note_read(const struct git_work *w, const char *name);
int git_note_remove(const struct git_work *w, const char *name, struct err *err);
/* Which file @path is, and in what state: for notes. "" when it does not exist. */
void git_add_stamp(struct str *out, const char *path);
