/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small repository with its tree, for the tests of sys/git.h. */
#pragma once

#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/git.h"
#include "sys/loop.h"

struct fixture {
	char *dir; /* with a blank in its name */
	char *temp;
	char *tree, *work, *snap;
	struct git_state state;
	struct err err;
};

static inline void sh(struct fixture *f, const char *script)
{
	struct err err = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct run_spec spec = {
		.ret_out = &out,
		.argv = (char *const[]){ (char *)"sh", (char *)"-e", (char *)"-c", (char *)script,
					 NULL },
		.cwd = f->dir,
	};

	if (run_ok(&spec, &err))
		fail_msg("%s\n%s\n%s", err.msg, script, str_c(&out));
}

static inline char *in_dir(const struct fixture *f, const char *name)
{
	return path_join(f->dir, name);
}

static inline int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	if (dir_temp("git", &f->temp, &f->err))
		return -1;
	f->dir = path_join(f->temp, "a b:\"c");
	f->tree = in_dir(f, "tree");
	f->work = in_dir(f, "work");
	f->snap = in_dir(f, "snap");
	setenv("HOME", f->temp, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "A", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@example.org", 1);
	setenv("GIT_COMMITTER_NAME", "A", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@example.org", 1);
	return dir_make(f->tree, &f->err);
}

/* A small tree with a history of two commits, a tag on the first, packed; and an ignored file. */
static inline int setup_repo(void **state)
{
	if (setup(state))
		return -1;
	sh(*state, "cd tree; git init -q -b main; mkdir -p lib drivers/net;"
		   "printf '*.o\\n/.config\\n' >.gitignore; echo all: >Makefile; echo 1 >lib/a.c;"
		   " echo 2 >lib/b.c;"
		   "echo 3 >drivers/net/c.c; ln -s lib/a.c link; chmod 755 lib/b.c;"
		   "git add .; git commit -qm one; git tag -m v1 v1; echo 4 >lib/d.c; git add .;"
		   " git commit -qm two;"
		   "git gc -q; echo obj >lib/a.o; echo CONFIG >.config;"
		   " touch -d '2 days ago' Makefile lib/* drivers/net/c.c;"
		   "git status >/dev/null");
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	git_state_release(&f->state);
	int r = dir_remove(f->temp, &f->err);
	if (r)
		print_error("%s\n", f->err.msg);
	free(f->dir);
	free(f->temp);
	free(f->tree);
	free(f->work);
	free(f->snap);
	free(f);
	return r;
}

/* What is below a folder: names, modes, sizes, time stamps, inodes, hashes. */
static inline int add_entry(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct {
		const char *dir;
		struct str *out;
	} *list = data;
	AUTO_FREE char *path = path_join(list->dir, rel);
	char hex[65] = "-";

	if (S_ISREG(st->st_mode) && file_sha256(path, hex, err))
		return -err->code;
	str_addf(list->out, "%s %o %lld %lld.%09ld %lld.%09ld %llu %u %s\n", rel, st->st_mode,
		 (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, (unsigned long long)st->st_ino,
		 (unsigned)st->st_nlink, hex);
	return 0;
}

static inline char *listing(struct fixture *f, const char *dir)
{
	AUTO_STR struct str out = STR_INIT;
	struct {
		const char *dir;
		struct str *out;
	} list = { dir, &out };
	struct stat st;

	assert_int_equal(stat(dir, &st), 0);
	str_addf(&out, "%lld.%09ld\n", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	assert_int_equal(dir_walk(dir, add_entry, &list, &f->err), 0);
	return str_take(&out);
}

static inline void expect_ok(struct fixture *f, int r)
{
	if (r)
		fail_msg("%d: %s", r, f->err.msg);
}

/* A snapshot, and nothing at all changed in the tree or its repository. */
static inline void snapshot_at(struct fixture *f, const char *tree, bool untracked)
{
	AUTO_FREE char *before = listing(f, f->tree);

	git_state_release(&f->state);
	expect_ok(f, git_snapshot(tree, f->work, f->snap, untracked, &f->state, &f->err));
	AUTO_FREE char *after = listing(f, f->tree);
	assert_string_equal(before, after);
}

static inline void snapshot(struct fixture *f)
{
	snapshot_at(f, f->tree, false);
}

/*
 * The snapshot holds what "git ls-files" of the tree's index would, but for what the working tree
 * has: by diff(1).
 */
static inline void expect_same(struct fixture *f, const char *excludes)
{
	AUTO_FREE char *script = mem_printf(
		"diff -r --no-dereference -x .git -x '*.o' -x .config %s tree snap", excludes);

	sh(f, script);
}

static inline void expect_list(const struct strv *got, const char *expected)
{
	AUTO_STR struct str all = STR_INIT;

	for (size_t i = 0; i < got->len; i++)
		str_addf(&all, "%s%s", i ? " " : "", got->data[i]);
	assert_string_equal(str_c(&all), expected);
}

/* Time stamps and inodes of the snapshot's files, to see which were written. */
static inline char *stamps(struct fixture *f)
{
	return listing(f, f->snap);
}

#define REPO(fn) cmocka_unit_test_setup_teardown(fn, setup_repo, teardown)
