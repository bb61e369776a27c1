/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots of a working tree. */
#include "test_git.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static void unchanged(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *real = realpath(f->tree, NULL);

	snapshot(f);
	expect_same(f, "");
	assert_string_equal(f->state.top, real);
	assert_int_equal(strlen(f->state.commit), 40);
	assert_string_equal(f->state.branch, "main");
	assert_int_equal(strncmp(f->state.describe, "v1-1-g", 6), 0);
	assert_false(f->state.dirty);
	expect_list(&f->state.untracked, "");
	expect_list(&f->state.changed, "");
	AUTO_FREE char *tree = mem_strdup(f->state.tree), *before = stamps(f);
	snapshot(f);
	AUTO_FREE char *after = stamps(f);
	assert_string_equal(before, after);
	assert_string_equal(tree, f->state.tree);
	assert_int_equal(strncmp(f->state.describe, "v1-1-g", 6), 0);
	sh(f, "cd tree; git tag -m v2 v2");
	snapshot(f);
	assert_string_equal(f->state.describe, "v2");
	sh(f, "cd tree; git checkout -q --detach");
	snapshot(f);
	assert_null(f->state.branch);
}

static bool line_differs(const char *a, const char *b, const char *name)
{
	AUTO_FREE char *start = mem_printf("\n%s ", name);
	const char *x = strstr(a, start), *y = strstr(b, start);

	assert_non_null(x);
	assert_non_null(y);
	return strcspn(x + 1, "\n") != strcspn(y + 1, "\n") ||
	       memcmp(x, y, strcspn(x + 1, "\n") + 1);
}

/*
 * Staged, unstaged, both, new, deleted, made executable, a link turned, intent to add, a file that
 * became a folder.
 */
static void every_change(void **state)
{
	struct fixture *f = *state;

	snapshot(f);
	AUTO_FREE char *before = stamps(f);
	sh(f, "cd tree; echo staged >>lib/a.c; git add lib/a.c; echo more >>lib/a.c;"
	      " echo unstaged >>Makefile;"
	      "echo new >lib/new.c; git add lib/new.c; echo intent >lib/intent.c;"
	      " git add -N lib/intent.c;"
	      "git rm -q --cached drivers/net/c.c; rm -r drivers; chmod 644 lib/b.c;"
	      " ln -sf lib/b.c link;"
	      "rm lib/d.c; mkdir lib/d.c; echo x >lib/d.c/x; git add lib/d.c; echo u >untracked.c;"
	      " mkdir u; echo v >u/v.c");
	snapshot(f);
	expect_same(f, "-x untracked.c -x u");
	assert_true(f->state.dirty);
	expect_list(&f->state.untracked, "u/v.c untracked.c");
	expect_list(&f->state.changed,
		    "Makefile drivers/net/c.c lib/a.c lib/b.c lib/d.c lib/d.c/x lib/intent.c "
		    "lib/new.c link");
	AUTO_FREE char *after = stamps(f);
	assert_true(line_differs(before, after, "Makefile"));
	assert_false(line_differs(before, after, ".gitignore"));

	AUTO_FREE char *tree = mem_strdup(f->state.tree);
	snapshot_at(f, f->tree, true);
	expect_same(f, "");
	expect_list(&f->state.untracked, "u/v.c untracked.c");
	assert_string_not_equal(tree, f->state.tree);
	snapshot(f);
	assert_string_equal(tree, f->state.tree);
	expect_same(f, "-x untracked.c -x u");

	/*
	 * Back to HEAD: objects that are in the user's pack are made again, and the pack is not
	 * touched.
	 */
	sh(f, "cd tree; git reset -q --hard; rm -r untracked.c u");
	snapshot(f);
	assert_false(f->state.dirty);
	expect_same(f, "");
	sh(f, "cd tree; echo 1 >lib/a.c; echo all: >Makefile; git add Makefile;"
	      " git rm -q --cached lib/b.c; git add lib/b.c");
	snapshot(f);
	assert_false(f->state.dirty);
}

/* A tracked file that was missing for one snapshot, ignored or not, is no untracked file ever after. */
static void gone_and_back(void **state)
{
	struct fixture *f = *state;

	sh(f, "cd tree; echo ignored >x.o; git add -f x.o");
	snapshot(f);
	sh(f, "cd tree; mv lib/a.c a; mv x.o x");
	snapshot(f);
	sh(f, "! test -e snap/lib/a.c; ! test -e snap/x.o");
	sh(f, "cd tree; mv a lib/a.c; mv x x.o");
	snapshot(f);
	expect_list(&f->state.untracked, "");
	sh(f, "test -e snap/lib/a.c; test -e snap/x.o");
}

/* A change within the second in which the index was written, that keeps the size. */
static void racy_change(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		sh(f, "cd tree; echo 5 >lib/a.c; git add lib/a.c; echo 6 >lib/a.c");
		snapshot(f);
		expect_same(f, "");
		sh(f, "cd tree; echo 7 >lib/a.c");
		snapshot(f);
		expect_same(f, "");
	}
}

/*
 * After "cp -a" no stamp in the index is right; neither is the whole tree added, nor is the
 * snapshot written again.
 */
static void copied_tree(void **state)
{
	struct fixture *f = *state;

	sh(f, "cp -a tree other; rm -rf tree; mv other tree");
	snapshot(f);
	expect_same(f, "");
	AUTO_FREE char *objects = path_join(f->work, "git/objects");
	AUTO_STRV struct strv names = { 0 };
	assert_int_equal(dir_list(objects, &names, &f->err), 0);
	/* info, pack, and what is as new as the index: the link, .gitignore. */
	assert_in_range(names.len, 2, 4);
	AUTO_FREE char *before = stamps(f);
	sh(f, "cp -a tree other; rm -rf tree; mv other tree");
	snapshot(f);
	AUTO_FREE char *after = stamps(f);
	assert_string_equal(before, after);
}

static void conflicts(void **state)
{
	struct fixture *f = *state;

	sh(f, "cd tree; git checkout -qb side v1; echo side >lib/a.c; git rm -q lib/b.c;"
	      " git commit -qam side;"
	      "git checkout -q main; echo main >lib/a.c; echo main >lib/b.c; git commit -qam main;"
	      " ! git merge -q side 2>/dev/null;"
	      "git ls-files -u | grep -q lib/a.c");
	snapshot(f);
	expect_same(f, "");
	sh(f, "grep -q '<<<<<<<' snap/lib/a.c");
}

static void sparse_checkout(void **state)
{
	struct fixture *f = *state;

	sh(f, "cd tree; git sparse-checkout set lib; test ! -e drivers");
	snapshot(f);
	assert_false(f->state.dirty);
	sh(f, "test -e snap/drivers/net/c.c; cd tree; echo changed >lib/a.c");
	snapshot(f);
	expect_list(&f->state.changed, "lib/a.c");
	/* An index with whole folders in it. */
	sh(f, "cd tree; git sparse-checkout set --cone --sparse-index lib; echo changed >lib/b.c");
	snapshot(f);
	expect_list(&f->state.changed, "lib/a.c lib/b.c");
	sh(f, "test -e snap/drivers/net/c.c");
}

static void split_index_and_caches(void **state)
{
	struct fixture *f = *state;

	sh(f, "cd tree; git update-index --split-index; git update-index --untracked-cache;"
	      " echo x >>lib/a.c;"
	      "git add lib/a.c; ls .git/sharedindex.* >/dev/null;"
	      " touch -d '2 days ago' .git/sharedindex.*");
	snapshot(f);
	expect_same(f, "");
	expect_list(&f->state.changed, "lib/a.c");
	sh(f, "cd tree; echo y >new.c; git config core.fsmonitor 'echo called >called; true';"
	      "git config core.hooksPath \"$PWD/hooks\"; mkdir hooks;"
	      "printf '#!/bin/sh\\ntouch called\\n' >hooks/post-index-change;"
	      " chmod 755 hooks/post-index-change");
	snapshot(f);
	expect_list(&f->state.untracked, "hooks/post-index-change new.c");
}

static void linked_worktree(void **state)
{
	struct fixture *f = *state;

	sh(f, "cd tree; git worktree add -q -b wt '../work tree'; cd '../work tree';"
	      " echo wt >lib/a.c; echo wt >wt.c;"
	      "git add wt.c; mkdir -p ../tree/.git/info; echo '*.junk' >../tree/.git/info/exclude;"
	      " echo >x.junk");
	AUTO_FREE char *wt = in_dir(f, "work tree"), *before = listing(f, wt);
	snapshot_at(f, wt, false);
	AUTO_FREE char *after = listing(f, wt);
	assert_string_equal(before, after);
	assert_string_equal(f->state.branch, "wt");
	expect_list(&f->state.changed, "lib/a.c wt.c");
	expect_list(&f->state.untracked, "");
	sh(f, "diff -r -x .git -x x.junk 'work tree' snap");
}

static void shallow_clone_with_alternates(void **state)
{
	struct fixture *f = *state;

	sh(f, "git clone -q --depth 1 \"file://$PWD/tree\" shallow; git clone -q -s tree borrowed;"
	      " rm -rf work snap");
	AUTO_FREE char *shallow = in_dir(f, "shallow"), *borrowed = in_dir(f, "borrowed");
	snapshot_at(f, shallow, false);
	sh(f, "diff -r -x .git shallow snap; rm -rf work snap; echo x >borrowed/lib/a.c");
	assert_int_equal(strlen(f->state.describe), 7);
	snapshot_at(f, borrowed, false);
	sh(f, "diff -r -x .git borrowed snap");
}

static void sub_folder(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *sub = path_join(f->tree, "drivers/net"), *real = realpath(f->tree, NULL);

	snapshot_at(f, sub, false);
	assert_string_equal(f->state.top, real);
	expect_same(f, "");
	assert_true(git_is_tree(sub));
	assert_true(git_is_tree(f->tree));
	AUTO_FREE char *git = path_join(f->tree, ".git"), *missing = path_join(f->tree, "no");
	assert_false(git_is_tree(git));
	assert_false(git_is_tree(f->temp));
	assert_false(git_is_tree(missing));
}

static void no_commit_yet(void **state)
{
	struct fixture *f = *state;

	sh(f, "rm -rf tree/.git; cd tree; git init -q; git add Makefile lib");
	snapshot(f);
	assert_null(f->state.commit);
	assert_null(f->state.describe);
	assert_true(f->state.dirty);
	expect_list(&f->state.untracked, ".gitignore drivers/net/c.c link");
	sh(f, "test -e snap/lib/a.c; test ! -e snap/drivers");
	/* Nothing added at all: as good as a plain folder. */
	sh(f, "rm -rf tree/.git; cd tree; git init -q");
	assert_false(git_is_tree(f->tree));
	snapshot(f);
	expect_same(f, "");
}

/* The environment of a git that runs us (a hook, an alias, git bisect run). */
static void inside_git(void **state)
{
	struct fixture *f = *state;

	setenv("GIT_DIR", "/no/such", 1);
	setenv("GIT_INDEX_FILE", "/no/such/index", 1);
	setenv("GIT_PREFIX", "lib/", 1);
	AUTO_FREE char *before = listing(f, f->tree);
	int r = git_snapshot(f->tree, f->work, f->snap, false, &f->state, &f->err);
	AUTO_FREE char *after = listing(f, f->tree);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
	unsetenv("GIT_PREFIX");
	expect_ok(f, r);
	assert_string_equal(before, after);
	expect_same(f, "");
}

/* Only root can give a tree to somebody else. */
static void foreign_owner(void **state)
{
	struct fixture *f = *state;

	if (geteuid())
		skip();
	sh(f, "chown -R 12345 tree");
	snapshot(f);
	expect_same(f, "");
}

/* The snapshot was changed by hand: put right, and nothing else is written. */
static void damaged_snapshot(void **state)
{
	struct fixture *f = *state;

	snapshot(f);
	AUTO_FREE char *before = stamps(f);
	sh(f, "cd snap; echo oops >>lib/a.c; rm Makefile; rm -r drivers; echo x >drivers;"
	      " echo stray >lib/stray.c");
	snapshot(f);
	expect_same(f, "");
	AUTO_FREE char *after = stamps(f);
	assert_false(line_differs(before, after, "lib/b.c"));
	assert_false(line_differs(before, after, "lib/d.c"));
	/* Moved, as with a cache on another disk: the same content is not written again. */
	sh(f, "cp -a snap other; rm -r snap; mv other snap");
	AUTO_FREE char *moved = stamps(f);
	snapshot(f);
	AUTO_FREE char *again = stamps(f);
	assert_string_equal(moved, again);
	sh(f, "rm -r snap");
	snapshot(f);
	expect_same(f, "");
}

/*
 * What we keep is damaged: begun anew, and the snapshot's files are still not written without need.
 */
static void damaged_work(void **state)
{
	struct fixture *f = *state;

	snapshot(f);
	AUTO_FREE char *before = stamps(f);
	sh(f, "cd work; echo garbage >index; : >git/index.lock; : >index.lock; : >.kassay-abcdef");
	snapshot(f);
	AUTO_FREE char *after = stamps(f);
	assert_string_equal(before, after);
	sh(f, "cd work; test ! -e .kassay-abcdef; for i in snap-????????????; do echo garbage >$i;"
	      " done; echo x >>../tree/lib/a.c");
	snapshot(f);
	expect_same(f, "");
	sh(f, "cd work; rm -r git/objects/*; echo y >>../tree/lib/a.c");
	snapshot(f);
	expect_same(f, "");
	sh(f, "rm -r work");
	snapshot(f);
	expect_same(f, "");
}

/* Killed at any moment, the next call makes it right. */
static void killed(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 12; i++) {
		AUTO_FREE char *edit = mem_printf(
			"cd tree; git checkout -q %s; echo %d >lib/a.c; echo %d >n%d.c; git add .",
			i % 2 ? "main" : "main -- lib", i, i, i);
		sh(f, edit);
		pid_t pid = fork();
		if (!pid) {
			git_snapshot(f->tree, f->work, f->snap, false, &f->state, &f->err);
			_exit(0);
		}
		usleep((useconds_t)i * 6000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		snapshot(f);
		expect_same(f, "");
	}
}

static void failures(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *missing = in_dir(f, "missing"), *bare = in_dir(f, "bare");
	AUTO_FREE char *path = mem_strdup(getenv("PATH"));

	assert_int_equal(git_snapshot(missing, f->work, f->snap, false, &f->state, &f->err),
			 -ERR_NOT_FOUND);
	sh(f, "git init -q --bare bare");
	assert_int_equal(git_snapshot(bare, f->work, f->snap, false, &f->state, &f->err),
			 -ERR_USAGE);
	setenv("PATH", "/no/such", 1);
	int r = git_snapshot(f->tree, f->work, f->snap, false, &f->state, &f->err);
	setenv("PATH", path, 1);
	assert_int_equal(r, -ERR_NO_TOOL);
	assert_non_null(strstr(f->err.msg, "Debian package: git"));
	sh(f, "echo '[broken' >>tree/.git/config");
	assert_int_equal(git_snapshot(f->tree, f->work, f->snap, false, &f->state, &f->err),
			 -ERR_INTERNAL);
	assert_non_null(strstr(f->err.msg, "config"));
	assert_null(f->state.tree);
}

/*
 * git's words name the file. A folder that root can see but not read is not to be had; a socket is
 * the like.
 */
static void unreadable_file(void **state)
{
	struct fixture *f = *state;

	if (!geteuid())
		sh(f, "cd tree; git config filter.bad.clean false;"
		      " git config filter.bad.required true;"
		      "echo 'lib/a.c filter=bad' >.git/info/attributes; echo x >lib/a.c");
	else
		sh(f, "cd tree; echo x >lib/a.c; chmod 0 lib/a.c");
	assert_int_equal(git_snapshot(f->tree, f->work, f->snap, false, &f->state, &f->err),
			 -ERR_INTERNAL);
	assert_non_null(strstr(f->err.msg, "lib/a.c"));
}

RUN(REPO(unchanged), REPO(every_change), REPO(gone_and_back), REPO(racy_change), REPO(copied_tree),
    REPO(conflicts), REPO(sparse_checkout), REPO(split_index_and_caches), REPO(linked_worktree),
    REPO(shallow_clone_with_alternates), REPO(sub_folder), REPO(no_commit_yet), REPO(inside_git),
    REPO(foreign_owner), REPO(damaged_snapshot), REPO(damaged_work), REPO(killed), REPO(failures),
    REPO(unreadable_file))
