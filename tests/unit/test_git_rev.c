/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain folders, revisions, fetching. */
#include "test_git.h"

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

#define PLAIN(fn) cmocka_unit_test_setup_teardown(fn, setup_plain, teardown)

RUN(PLAIN(plain_folder), PLAIN(plain_inside_repository), REPO(revisions), REPO(damaged_revision),
    REPO(fetching), REPO(fetching_nonsense))
