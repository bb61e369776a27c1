/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Git, driven as a program (2.39 or later), and never writing into the user's repository: an index,
 * an object folder and a git folder of our own, no locks, no worktree registration, no hooks, no
 * file watcher; not even a time stamp changes there.
 *
 *   user's tree ──git add -u, own index, own objects──► tree id ──read-tree -u──► snapshot folder
 *
 * A plain folder is treated as a git tree whose repository lies in our cache, so its .gitignore
 * files keep objects and .config out and unchanged files are not read twice. So is a folder inside
 * somebody's working tree in which nothing is tracked.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"

struct git_state {	/* what a tree is, at one moment; heap members */
	char *top;	/* of the working tree, links resolved; a bare repository itself */
	char *commit;	/* hex; NULL: plain folder, no commit yet, a tree id */
	char *branch;	/* NULL when detached, plain, or a revision */
	char *describe; /* git describe --always of the commit, NULL without one */
	char *tree;	/* tree id of exactly what was snapshotted: the content hash */
	bool dirty;	/* tree is not HEAD's tree; never of a plain folder or a revision */
	/* Not ignored, relative to top; taken in only with @untracked. "x/": a repository in it. */
	struct strv untracked;
	/* Files that differ from HEAD, relative, deleted ones too; empty without a commit. */
	struct strv changed;
};
void git_state_release(struct git_state *s);

/*
 * Bring folder @snap (made if absent; ours) to what is in the working tree that holds folder @tree:
 * HEAD + index + working tree, conflicts with their markers, and with @untracked the untracked
 * files that are not ignored. Of a plain folder: all that its .gitignore files and a list of build
 * products leave. Files that did not change keep their time stamps, also after a kill half-way;
 * what somebody changed in @snap is put right. @work: a folder of ours for index and objects, kept
 * between calls; it makes the unchanged case cost about what "git status" does. The caller holds a
 * lock on both folders.
 *
 * ERR_NOT_FOUND, ERR_NO_TOOL, ERR_NO_SPACE, ERR_CANCELLED; ERR_USAGE for a bare repository;
 * ERR_INTERNAL with git's words, which name the file, when git could not read one.
 */
int git_snapshot(const char *tree, const char *work, const char *snap, bool untracked,
		 struct git_state *ret, struct err *err);
/*
 * The same, for a revision of the repository @tree belongs to (or is, when bare), or for a tree id
 * from git_snapshot() with this @work. ERR_NOT_FOUND names @rev.
 */
int git_snapshot_rev(const char *tree, const char *rev, const char *work, const char *snap,
		     struct git_state *ret, struct err *err);
/* The commit @rev names in the repository of @tree: heap hex. @work as in git_snapshot(). ERR_NOT_FOUND names @rev. */
int git_resolve(const char *tree, const char *work, const char *rev, char **ret_commit,
		struct err *err);
/*
 * Files that differ between @rev of the repository and the snapshotted tree @tree_id, relative to
 * top.
 */
int git_changed(const char *tree, const char *work, const char *rev, const char *tree_id,
		struct strv *ret, struct err *err);
/* Is @dir in a git working tree, and not just lying there untracked? */
bool git_is_tree(const char *dir);
/* ERR_USAGE: no name of a branch, tag or commit, but an option, or an expression. */
int git_ref_check(const char *ref, struct err *err);
/*
 * Fetch @ref (branch, tag, commit id) of @url (also a path) into bare @repo (ours, made if absent)
 * and give its commit (heap). Only that commit, where the server allows; else the whole history. A
 * commit that is there is not fetched again, and a branch or tag that cannot be fetched now is
 * given as it was fetched last, with a warning. ERR_USAGE for what git would take for an option.
 * Nobody is asked for a password.
 */
int git_fetch(const char *url, const char *ref, const char *repo, char **ret_commit,
	      struct err *err);
