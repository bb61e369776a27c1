/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void sh(struct fixture *f, const char *script)
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

static char *in_dir(const struct fixture *f, const char *name)
{
	return path_join(f->dir, name);
}

static int setup(void **state)
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
static int setup_repo(void **state)
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

static int teardown(void **state)
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
static int add_entry(const char *rel, const struct stat *st, void *data, struct err *err)
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

static char *listing(struct fixture *f, const char *dir)
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

static void expect_ok(struct fixture *f, int r)
{
	if (r)
		fail_msg("%d: %s", r, f->err.msg);
}

/* A snapshot, and nothing at all changed in the tree or its repository. */
static void snapshot_at(struct fixture *f, const char *tree, bool untracked)
{
	AUTO_FREE char *before = listing(f, f->tree);

	git_state_release(&f->state);
	expect_ok(f, git_snapshot(tree, f->work, f->snap, untracked, &f->state, &f->err));
	AUTO_FREE char *after = listing(f, f->tree);
	assert_string_equal(before, after);
}

static void snapshot(struct fixture *f)
{
	snapshot_at(f, f->tree, false);
}

/*
 * The snapshot holds what "git ls-files" of the tree's index would, but for what the working tree
 * has: by diff(1).
 */
static void expect_same(struct fixture *f, const char *excludes)
{
	AUTO_FREE char *script = mem_printf(
		"diff -r --no-dereference -x .git -x '*.o' -x .config %s tree snap", excludes);

	sh(f, script);
}

static void expect_list(const struct strv *got, const char *expected)
{
	AUTO_STR struct str all = STR_INIT;

	for (size_t i = 0; i < got->len; i++)
		str_addf(&all, "%s%s", i ? " " : "", got->data[i]);
	assert_string_equal(str_c(&all), expected);
}

/* Time stamps and inodes of the snapshot's files, to see which were written. */
static char *stamps(struct fixture *f)
{
	return listing(f, f->snap);
}

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

/* Plain folders */

static int setup_plain(void **state)
{
	if (setup(state))
		return -1;
	sh(*state,
	   "cd tree; mkdir -p lib/tags include/config include/generated "
	   "arch/x86/include/generated build drivers;"
	   "printf '.*\\n*.o\\ntags\\n/*\\n!/debian/\\n' >.gitignore;"
	   " echo gen_init >drivers/.gitignore;"
	   "echo all: >Makefile; echo 1 >lib/a.c; echo 2 >lib/tags/t.c; echo K >lib/.kunitconfig;"
	   " echo 3 >drivers/c.c;"
	   "mkdir ../expected; cp -a Makefile .gitignore ../expected;"
	   " cp -a lib drivers ../expected;"
	   "touch .config vmlinux vmlinux.o System.map .vmlinux.cmd Module.symvers modules.order "
	   "include/config/auto.conf"
	   " include/generated/autoconf.h arch/x86/include/generated/asm.h lib/a.o "
	   "drivers/gen_init build/x tags;"
	   "echo '*' >build/.gitignore; touch build/.gitignore");
	return 0;
}

static void plain_folder(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *real = realpath(f->tree, NULL);

	snapshot(f);
	sh(f, "diff -r expected snap 2>&1 | grep -v 'Only in snap: build' >&2 && exit 1;"
	      " ls snap/build/.gitignore");
	assert_string_equal(f->state.top, real);
	assert_null(f->state.commit);
	assert_false(f->state.dirty);
	expect_list(&f->state.untracked, "");
	expect_list(&f->state.changed, "");
	AUTO_FREE char *tree = mem_strdup(f->state.tree), *before = stamps(f);
	snapshot(f);
	AUTO_FREE char *same = stamps(f);
	assert_string_equal(before, same);
	assert_string_equal(f->state.tree, tree);
	sh(f, "cd tree; echo 4 >lib/a.c; echo new >lib/new.c; rm drivers/c.c;"
	      " git init -q drivers/nested");
	snapshot(f);
	assert_string_not_equal(f->state.tree, tree);
	sh(f, "cmp tree/lib/a.c snap/lib/a.c; cmp tree/lib/new.c snap/lib/new.c;"
	      " test ! -e snap/drivers/c.c");
	/* The tree as it was before. */
	AUTO_FREE char *old = in_dir(f, "old");
	struct git_state state_then = { 0 };
	expect_ok(f, git_snapshot_rev(f->tree, tree, f->work, old, &state_then, &f->err));
	sh(f, "cmp old/drivers/c.c expected/drivers/c.c; test ! -e old/lib/new.c");
	AUTO_STRV struct strv changed = { 0 };
	expect_ok(f, git_changed(f->tree, f->work, tree, f->state.tree, &changed, &f->err));
	expect_list(&changed, "drivers/c.c lib/a.c lib/new.c");
	git_state_release(&state_then);
	assert_int_equal(git_snapshot_rev(f->tree, "HEAD", f->work, old, &state_then, &f->err),
			 -ERR_NOT_FOUND);
}

/* A folder that lies in somebody's repository without being part of it. */
static void plain_inside_repository(void **state)
{
	struct fixture *f = *state;

	sh(f, "git init -q .; echo home >README; git add README; git commit -qm home");
	assert_false(git_is_tree(f->tree));
	snapshot(f);
	sh(f, "cmp tree/Makefile snap/Makefile");
}

/* Revisions */

static void revisions(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *snap2 = in_dir(f, "snap2"), *before = listing(f, f->tree);
	struct git_state s = { 0 };

	expect_ok(f, git_snapshot_rev(f->tree, "v1", f->work, snap2, &s, &f->err));
	assert_string_equal(s.describe, "v1");
	assert_int_equal(strlen(s.commit), 40);
	assert_null(s.branch);
	assert_false(s.dirty);
	sh(f, "test ! -e snap2/lib/d.c; cmp snap2/lib/a.c tree/lib/a.c");
	AUTO_FREE char *v1 = mem_strdup(s.tree), *stamps1 = listing(f, snap2);
	git_state_release(&s);
	expect_ok(f, git_snapshot_rev(f->tree, "HEAD~1", f->work, snap2, &s, &f->err));
	AUTO_FREE char *stamps2 = listing(f, snap2);
	assert_string_equal(stamps1, stamps2);
	assert_string_equal(s.tree, v1);
	git_state_release(&s);
	AUTO_FREE char *after = listing(f, f->tree);
	assert_string_equal(before, after);

	/* What was in the working tree once, by its tree id. */
	sh(f, "echo then >tree/lib/a.c");
	snapshot(f);
	sh(f, "echo now >tree/lib/a.c");
	expect_ok(f, git_snapshot_rev(f->tree, f->state.tree, f->work, snap2, &s, &f->err));
	assert_null(s.commit);
	assert_null(s.describe);
	sh(f, "grep -q then snap2/lib/a.c");
	AUTO_STRV struct strv changed = { 0 };
	expect_ok(f, git_changed(f->tree, f->work, "v1", s.tree, &changed, &f->err));
	expect_list(&changed, "lib/a.c lib/d.c");
	git_state_release(&s);

	static const char *const wrong[] = { "no-such", "--help", "", "deadbeef" };
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(git_snapshot_rev(f->tree, wrong[i], f->work, snap2, &s, &f->err),
				 -ERR_NOT_FOUND);
		assert_non_null(strstr(f->err.msg, wrong[i]));
		assert_int_equal(git_changed(f->tree, f->work, wrong[i], v1, &changed, &f->err),
				 -ERR_NOT_FOUND);
	}
}

static void damaged_revision(void **state)
{
	struct fixture *f = *state;
	struct git_state s = { 0 };

	expect_ok(f, git_snapshot_rev(f->tree, "HEAD", f->work, f->snap, &s, &f->err));
	git_state_release(&s);
	sh(f, "echo oops >snap/lib/a.c; rm snap/Makefile");
	expect_ok(f, git_snapshot_rev(f->tree, "HEAD", f->work, f->snap, &s, &f->err));
	git_state_release(&s);
	expect_same(f, "");
	sh(f, "for i in work/snap-????????????; do echo garbage >\"$i\"; done");
	expect_ok(f, git_snapshot_rev(f->tree, "v1", f->work, f->snap, &s, &f->err));
	git_state_release(&s);
	sh(f, "test ! -e snap/lib/d.c");
}

/* Fetching */

static void fetching(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *repo = in_dir(f, "cache"), *url = mem_printf("file://%s", f->tree),
		       *one = NULL, *two = NULL, *off = NULL;
	struct git_state s = { 0 };

	/* The server gives no commit that no ref points to, and is asked for one. */
	sh(f, "cd tree; git checkout -qb gone; echo gone >lib/a.c; git commit -qam gone;"
	      " git rev-parse HEAD >../id;"
	      "echo after >lib/a.c; git commit -qam after; git checkout -q main");
	expect_ok(f, git_fetch(url, "main", repo, &one, &f->err));
	snapshot(f);
	assert_string_equal(one, f->state.commit);
	expect_ok(f, git_snapshot_rev(repo, one, f->work, f->snap, &s, &f->err));
	expect_same(f, "");
	git_state_release(&s);
	sh(f, "test \"$(git -C cache rev-list --count --all)\" = 1");
	expect_ok(f, git_fetch(f->tree, "v1", repo, &two, &f->err));
	assert_string_not_equal(one, two);
	AUTO_FREE char *id_file = in_dir(f, "id");
	AUTO_STR struct str id = STR_INIT;
	expect_ok(f, file_read(id_file, 100, &id, &f->err));
	AUTO_FREE char *full = mem_strndup(id.data, 40), *brief = mem_strndup(id.data, 10),
		       *got = NULL, *got2 = NULL;
	expect_ok(f, git_fetch(url, brief, repo, &got, &f->err));
	assert_string_equal(got, full);
	/* Offline: the commit is there, and the branch as it was. */
	sh(f, "mv tree away");
	expect_ok(f, git_fetch(url, full, repo, &got2, &f->err));
	assert_string_equal(got2, full);
	expect_ok(f, git_fetch(url, "main", repo, &off, &f->err));
	assert_string_equal(off, one);
	assert_int_equal(git_fetch(url, "other", repo, &off, &f->err), -ERR_INTERNAL);
	assert_non_null(strstr(f->err.msg, "#other"));
	sh(f, "mv away tree");
}

static void fetching_nonsense(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *repo = in_dir(f, "cache"), *commit = NULL;
	static const char *const refs[] = {
		"--upload-pack=touch x", "-x", "", "+a", "a:b", "a b", "a..b", "a^"
	};

	for (size_t i = 0; i < ARRAY_SIZE(refs); i++)
		assert_int_equal(git_fetch(f->tree, refs[i], repo, &commit, &f->err), -ERR_USAGE);
	assert_int_equal(git_fetch("--upload-pack=touch x", "main", repo, &commit, &f->err),
			 -ERR_USAGE);
	assert_int_equal(git_fetch("", "main", repo, &commit, &f->err), -ERR_USAGE);
	assert_int_equal(git_fetch(f->tree, "no-such", repo, &commit, &f->err), -ERR_INTERNAL);
	assert_int_equal(git_fetch(f->tree, "deadbeefdead", repo, &commit, &f->err),
			 -ERR_NOT_FOUND);
	assert_null(commit);
}

#define REPO(fn) cmocka_unit_test_setup_teardown(fn, setup_repo, teardown)
#define PLAIN(fn) cmocka_unit_test_setup_teardown(fn, setup_plain, teardown)

RUN(REPO(unchanged), REPO(every_change), REPO(gone_and_back), REPO(racy_change), REPO(copied_tree), REPO(conflicts),
    REPO(sparse_checkout), REPO(split_index_and_caches), REPO(linked_worktree),
    REPO(shallow_clone_with_alternates), REPO(sub_folder), REPO(no_commit_yet), REPO(inside_git),
    REPO(foreign_owner), REPO(damaged_snapshot), REPO(damaged_work), REPO(killed), REPO(failures),
    REPO(unreadable_file), PLAIN(plain_folder), PLAIN(plain_inside_repository), REPO(revisions),
    REPO(damaged_revision), REPO(fetching), REPO(fetching_nonsense))
