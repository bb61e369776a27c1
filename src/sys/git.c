/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/git.h"

#include <stdlib.h>

#include "sys/file.h"
#include "sys/git_cmd.h"
#include "sys/git_repo.h"
#include "sys/git_snap.h"
#include "sys/git_work.h"

enum { GIT_TRIES = 3 };

/*
 * In a plain folder nobody told git what belongs to the tree, so the rules are the tree's
 * .gitignore files below the top, and ours for the top itself: Debian's source packages ignore
 * everything there. What a kernel build leaves at the top is not taken in (Documentation/kbuild,
 * the kernel's own .gitignore). The last one that matches counts.
 */
static const char *const plain_rules[] = {
	"-x", "!/*",
	"-x", "!.gitignore",
	"-x", "!.kunitconfig",
	"-x", "!tags/",
	"-x", "*.o",
	"-x", "*.ko",
	"-x", "*.a",
	"-x", "*.mod",
	"-x", "*.mod.c",
	"-x", "*.cmd",
	"-x", "/.config",
	"-x", "/.config.old",
	"-x", "/.version",
	"-x", "/.vmlinux*",
	"-x", "/.tmp_*",
	"-x", "/.missing-syscalls.d",
	"-x", "/.modules*",
	"-x", "/.Module*",
	"-x", "/.builtin*",
	"-x", "/.kunit/",
	"-x", "/vmlinux*",
	"-x", "/vmlinuz*",
	"-x", "/System.map",
	"-x", "/Module.symvers",
	"-x", "/modules.*",
	"-x", "/modules-only.symvers",
	"-x", "/tags",
	"-x", "/TAGS",
	"-x", "/GTAGS",
	"-x", "/cscope*",
	"-x", "/compile_commands.json",
	"-x", "/include/config/",
	"-x", "/include/generated/",
	"-x", "/arch/*/include/generated/",
};

void git_state_release(struct git_state *s)
{
	free(s->top);
	free(s->commit);
	free(s->branch);
	free(s->describe);
	free(s->tree);
	strv_release(&s->untracked);
	strv_release(&s->changed);
	*s = (struct git_state){ 0 };
}

struct snapshot {
	struct git_repo repo;
	struct git_work work;
	struct git_snap snap;
};

static void snapshot_release(struct snapshot *s)
{
	git_snap_release(&s->snap);
	git_work_release(&s->work);
	git_repo_release(&s->repo);
}
#define AUTO_SNAPSHOT __attribute__((cleanup(snapshot_release)))

/* @snap NULL: none is needed. */
static int snapshot_open(struct snapshot *s, const char *tree, const char *work, const char *snap,
			 struct err *err)
{
	int r = git_repo_find(tree, &s->repo, err);

	if (!r)
		r = git_work_open(&s->work, work, &s->repo, err);
	if (!r && snap)
		r = git_snap_open(&s->snap, &s->work, snap, err);
	return r;
}

/* Names that differ between two trees. */
static int diff_trees(const struct snapshot *s, const char *a, const char *b, struct strv *ret,
		      struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_STR struct str out = STR_INIT;

	git_work_read_env(&s->work, &env);
	int r = git_run(&env,
			GIT(GIT_ARG("diff-tree"), GIT_ARG("-r"), GIT_ARG("-z"),
			    GIT_ARG("--name-only"), GIT_ARG(a), GIT_ARG(b)),
			NULL, &out, err);
	if (!r)
		git_names(str_view(&out), ret);
	return r;
}

/* What decides the description of a commit, for a note: the commit and the tags. */
static void add_describe_key(struct str *out, const struct git_repo *repo)
{
	AUTO_FREE char *packed = path_join(repo->common_dir, "packed-refs");
	AUTO_FREE char *tags = path_join(repo->common_dir, "refs/tags");

	str_addf(out, "%s\n", repo->commit);
	git_add_stamp(out, packed);
	str_addc(out, '\n');
	git_add_stamp(out, tags);
	str_addc(out, '\n');
}

/* Walking back to a tag can take seconds in a kernel's history; the answer is kept. */
static int describe(const struct snapshot *s, char **ret, struct err *err)
{
	AUTO_STR struct str key = STR_INIT;
	AUTO_FREE char *note = git_note_read(&s->work, "describe");
	struct view known = view_of(note ? note : "");

	add_describe_key(&key, &s->repo);
	if (view_skip(&known, str_c(&key)) && known.len) {
		*ret = mem_strndup(known.p, known.len);
		return 0;
	}
	int r = git_repo_describe(&s->repo, s->repo.commit, ret, err);
	if (r || !*ret)
		return r;
	str_adds(&key, *ret);
	return git_note_write(&s->work, "describe", str_c(&key), err);
}

/* What the three programs that run side by side found. */
struct found {
	struct strv untracked;
	bool intact;
};

static void others_argv(const struct snapshot *s, struct strv *ret)
{
	static const char *const ls[] = { "git", "ls-files", "-o", "-z" };

	for (size_t i = 0; i < ARRAY_SIZE(ls); i++)
		strv_add(ret, ls[i]);
	if (s->repo.git_dir) {
		strv_add(ret, "--exclude-standard");
		return;
	}
	strv_add(ret, "--exclude-per-directory=.gitignore");
	for (size_t i = 0; i < ARRAY_SIZE(plain_rules); i++)
		strv_add(ret, plain_rules[i]);
}

#define GIT_REMOVED "remove '" /* builtin/add.c says it of a file that is gone */

/*
 * Bring our index up to date with the tree, list files it does not know, and see whether the
 * snapshot is as we left it: each looks at 90,000 files, so side by side.
 */
static int look(struct snapshot *s, struct found *ret, struct err *err)
{
	AUTO_GIT_ENV struct git_env tree = { 0 }, snap = { 0 };
	AUTO_STR struct str others = STR_INIT, added = STR_INIT, said = STR_INIT;
	AUTO_STRV struct strv ls = { 0 };
	AUTO_FREE char *from = git_note_read(&s->work, GIT_NOTE_INDEX);
	struct child_end ends[3];
	bool check = git_snap_complete(&s->snap);

	git_work_env(&s->work, s->work.index, &tree);
	git_snap_env(&s->snap, &snap);
	others_argv(s, &ls);
	struct run_spec specs[] = {
		git_spec(&tree, GIT(GIT_ARG("add"), GIT_ARG("-u"), GIT_ARG("-v")), &added),
		git_spec(&tree, strv_argv(&ls), &others),
		git_spec(&snap, GIT_SNAP_CHECK, NULL),
	};
	specs[0].ret_err = specs[1].ret_err = &said;
	specs[2].may_fail = true;
	/*
	 * A file that is missing goes from our index, and would stay unknown when it comes back (patch -R,
	 * an editor caught in the middle): then the index is taken anew next time, as after a kill here.
	 */
	int r = from ? git_note_remove(&s->work, GIT_NOTE_INDEX, err) : 0;
	if (!r)
		r = git_error(run_together(specs, check ? 3 : 2, ends, err), &said, err);
	if (!r && from && !view_starts(str_view(&added), GIT_REMOVED) &&
	    view_find(str_view(&added), "\n" GIT_REMOVED) < 0)
		r = git_note_write(&s->work, GIT_NOTE_INDEX, from, err);
	if (r)
		return r;
	ret->intact = check && !ends[2].signalled && !ends[2].code;
	git_names(str_view(&others), &ret->untracked);
	return 0;
}

/* The tree with what is untracked in it, by way of another index. */
static int tree_with(struct snapshot *s, const struct strv *names, char **ret, struct err *err)
{
	AUTO_FREE char *index = mem_printf("%s.untracked", s->work.index);
	int r = file_copy(s->work.index, index, err);

	if (!r)
		r = git_work_add(&s->work, index, names, err);
	return r ? r : git_work_tree(&s->work, index, ret, err);
}

static int find_tree(struct snapshot *s, const struct strv *others, bool untracked, char **ret,
		     struct err *err)
{
	int r = 0;

	if (s->repo.git_dir && untracked && others->len)
		return tree_with(s, others, ret, err);
	if (!s->repo.git_dir)
		r = git_work_add(&s->work, s->work.index, others, err);
	return r ? r : git_work_tree(&s->work, s->work.index, ret, err);
}

static int fill_state(struct snapshot *s, struct found *found, struct git_state *ret,
		      struct err *err)
{
	int r = 0;

	if (!s->repo.git_dir)
		return 0;
	ret->untracked = found->untracked;
	found->untracked = (struct strv){ 0 };
	ret->dirty = !s->repo.tree || strcmp(s->repo.tree, ret->tree);
	if (!s->repo.commit)
		return 0;
	ret->commit = mem_strdup(s->repo.commit);
	ret->branch = mem_strdup(s->repo.branch);
	if (ret->dirty)
		r = diff_trees(s, s->repo.tree, ret->tree, &ret->changed, err);
	return r ? r : describe(s, &ret->describe, err);
}

static int take(struct snapshot *s, bool untracked, bool again, struct git_state *ret,
		struct err *err)
{
	struct found found = { 0 };
	int r = git_work_take_index(&s->work, again, err);

	if (!r)
		r = look(s, &found, err);
	if (!r)
		r = find_tree(s, &found.untracked, untracked, &ret->tree, err);
	if (!r)
		r = git_snap_set(&s->snap, ret->tree, found.intact, err);
	if (!r)
		r = fill_state(s, &found, ret, err);
	strv_release(&found.untracked);
	ret->top = mem_strdup(s->repo.top);
	if (r)
		git_state_release(ret);
	return r;
}

int git_snapshot(const char *tree, const char *work, const char *snap, bool untracked,
		 struct git_state *ret, struct err *err)
{
	AUTO_SNAPSHOT struct snapshot s = { 0 };
	struct git_state state = { 0 };
	int r = snapshot_open(&s, tree, work, snap, err);

	if (!r && !s.repo.top)
		return err_set(err, ERR_USAGE, "%s: a bare git repository has no working tree",
			       tree);
	/*
	 * git can fail because a file went while it was read: try again. Or because what we keep is
	 * damaged: then without it.
	 */
	for (int i = 0; !r && i < GIT_TRIES; i++) {
		r = i == GIT_TRIES - 1 ? git_work_forget(&s.work, err) : 0;
		if (!r)
			r = take(&s, untracked, i == 1, &state, err);
		if (r != -ERR_INTERNAL)
			break;
		r = i < GIT_TRIES - 1 ? 0 : r;
	}
	if (!r)
		*ret = state;
	return r;
}

/* Revisions are names from outside. *ret NULL: there is no such thing. */
static int resolve(const struct snapshot *s, const char *rev, const char *kind, char **ret,
		   struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_FREE char *wanted = mem_printf("%s^{%s}", rev, kind);

	*ret = NULL;
	if (rev[0] == '-' || !rev[0])
		return 0;
	if (s->repo.git_dir)
		git_repo_env(&s->repo, s->work.objects, &env);
	else
		git_work_read_env(&s->work, &env);
	return git_line(&env, GIT(GIT_ARG("rev-parse"), GIT_ARG("-q"), GIT_ARG("--verify"), wanted),
			ret, err);
}

static int resolve_tree(const struct snapshot *s, const char *rev, char **ret, struct err *err)
{
	int r = resolve(s, rev, "tree", ret, err);

	if (!r && !*ret)
		r = err_set(err, ERR_NOT_FOUND, "%s: no such revision", rev);
	return r;
}

int git_snapshot_rev(const char *tree, const char *rev, const char *work, const char *snap,
		     struct git_state *ret, struct err *err)
{
	AUTO_SNAPSHOT struct snapshot s = { 0 };
	struct git_state state = { 0 };
	bool intact = false;
	int r = snapshot_open(&s, tree, work, snap, err);

	if (!r)
		r = resolve_tree(&s, rev, &state.tree, err);
	if (!r)
		r = resolve(&s, rev, "commit", &state.commit, err);
	if (!r && state.commit)
		r = git_repo_describe(&s.repo, state.commit, &state.describe, err);
	if (!r)
		r = git_snap_check(&s.snap, &intact, err);
	if (!r)
		r = git_snap_set(&s.snap, state.tree, intact, err);
	state.top = mem_strdup(s.repo.top ? s.repo.top : s.repo.git_dir);
	if (r)
		git_state_release(&state);
	else
		*ret = state;
	return r;
}

int git_resolve(const char *tree, const char *work, const char *rev, char **ret_commit,
		struct err *err)
{
	AUTO_SNAPSHOT struct snapshot s = { 0 };
	int r = snapshot_open(&s, tree, work, NULL, err);

	*ret_commit = NULL;
	if (!r)
		r = resolve(&s, rev, "commit", ret_commit, err);
	if (!r && !*ret_commit)
		r = err_set(err, ERR_NOT_FOUND, "%s: no such revision", rev);
	return r;
}

int git_changed(const char *tree, const char *work, const char *rev, const char *tree_id,
		struct strv *ret, struct err *err)
{
	AUTO_SNAPSHOT struct snapshot s = { 0 };
	AUTO_FREE char *from = NULL, *to = NULL;
	int r = snapshot_open(&s, tree, work, NULL, err);

	if (!r)
		r = resolve_tree(&s, rev, &from, err);
	if (!r)
		r = resolve_tree(&s, tree_id, &to, err);
	return r ? r : diff_trees(&s, from, to, ret, err);
}

bool git_is_tree(const char *dir)
{
	AUTO_GIT_REPO struct git_repo repo = { 0 };
	struct err ignored = { 0 };

	return !git_repo_find(dir, &repo, &ignored) && repo.git_dir && repo.top;
}
