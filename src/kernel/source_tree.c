/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel trees: a snapshot of what is there, or of a revision.
 *
 *   <cache>/snap/NAME/tree    what is built from
 *                     work    index and objects of the snapshot, see git_snapshot()
 */
#include <stdlib.h>

#include "base/str.h"
#include "kernel/source.h"
#include "kernel/source_internal.h"
#include "sys/file.h"

int source_find_top(const char *dir, char **ret, struct err *err)
{
	AUTO_FREE char *real = realpath(dir, NULL), *at = NULL;
	struct err ignored = { 0 };

	if (!real)
		return err_sys(err, "%s", dir);
	at = mem_strdup(real);
	while (kernel_tree_check(at, NULL, &ignored) < 0) {
		char *slash = strrchr(at, '/');
		if (!slash || slash == at)
			return kernel_tree_check(dir, NULL, err);
		*slash = '\0';
	}
	*ret = TAKE(at);
	return 0;
}

/* Where in its repository the kernel is; "": at its top. */
static const char *part_of_repository(const struct source *s)
{
	size_t n = s->git.top ? strlen(s->git.top) : 0;

	return n && s->origin_dir && !strncmp(s->origin_dir, s->git.top, n) &&
			       s->origin_dir[n] == '/' ?
		       s->origin_dir + n + 1 :
		       "";
}

char *source_base_key(const char *key)
{
	return mem_printf("%s@base", key);
}

void source_own_files(const struct source *s, const struct strv *files, struct strv *ret)
{
	const char *part = part_of_repository(s);
	size_t n = strlen(part);

	vec_foreach(f, files)
		if (!n || (!strncmp(*f, part, n) && (*f)[n] == '/'))
			strv_add(ret, n ? *f + n + 1 : *f);
}

static int take_state(struct source *ret, struct git_state *state, struct err *err)
{
	const char *part;

	ret->git = *state;
	*state = (struct git_state){ 0 };
	part = part_of_repository(ret);
	if (*part) {
		char *dir = path_join(ret->dir, part);
		free(ret->dir);
		ret->dir = dir;
	}
	source_own_files(ret, &ret->git.changed, &ret->changed);
	ret->content = mem_strdup(ret->git.tree);
	return kernel_tree_check(ret->dir, &ret->version, err);
}

/*
 * Snapshot of @tree, or of @rev of the repository it belongs to, into the cache entry of ret->key.
 */
static int snapshot(const struct source_spec *spec, const char *tree, const char *rev,
		    struct source *ret, struct err *err)
{
	AUTO_FREE char *entry = cache_name(path_base(tree), ret->key);
	struct git_state state = { 0 };
	int r = source_cache_get(spec, "snap", entry, CACHE_EXCLUSIVE, &ret->lock, err);

	if (r < 0)
		return r;
	ret->kind = SOURCE_TREE;
	ret->dir = path_join(ret->lock.dir, "tree");
	ret->work = path_join(ret->lock.dir, "work");
	r = dir_make(ret->work, err);
	if (r == 0 && rev)
		r = git_snapshot_rev(tree, rev, ret->work, ret->dir, &state, err);
	else if (r == 0)
		r = git_snapshot(tree, ret->work, ret->dir, spec->untracked, &state, err);
	if (r == 0)
		r = take_state(ret, &state, err);
	if (r < 0)
		err_context(err, "%s", ret->name);
	git_state_release(&state);
	return r;
}

int source_open_tree(const struct source_spec *spec, const char *dir, struct source *ret,
		     struct err *err)
{
	AUTO_FREE char *top = NULL, *shown = NULL;
	bool other = spec->rev && !spec->resume;
	int r = source_find_top(dir, &top, err);

	if (r < 0)
		return r;
	bool git = git_is_tree(top);
	if (other && !git)
		return err_set(err, ERR_USAGE,
			       "%s: a plain folder, not a git tree: it has no revision %s", dir,
			       spec->rev);
	shown = source_path_name(top);
	ret->how = git ? "git" : "plain";
	ret->name = other ? mem_printf("%s at %s", shown, spec->rev) : TAKE(shown);
	ret->key = other ? source_base_key(top) : mem_strdup(top);
	ret->origin_dir = TAKE(top);
	return snapshot(spec, ret->origin_dir, spec->rev, ret, err);
}

/* "URL#REF" */
int source_open_git(const struct source_spec *spec, const char *url_ref, struct source *ret,
		    struct err *err)
{
	const char *hash = strrchr(url_ref, '#');
	AUTO_FREE char *url =
		mem_strndup(url_ref, hash ? (size_t)(hash - url_ref) : strlen(url_ref));
	AUTO_FREE char *entry = NULL, *commit = NULL;
	const char *ref = hash && hash[1] ? hash + 1 : "HEAD";
	struct cache_entry repo = { .lock_fd = -1 };
	bool other = spec->rev && !spec->resume;

	if (!*url || *url == '-' || *ref == '-')
		return err_set(err, ERR_USAGE, "git:%s: write it as git:URL#REF", url_ref);
	entry = cache_name(path_base(url), url);
	int r = source_cache_get(spec, "git", entry, CACHE_EXCLUSIVE, &repo, err);
	if (r < 0)
		return r;
	if (spec->resume && spec->rev) {
		commit = mem_strdup(spec->rev);
	} else {
		if (spec->waiting)
			spec->waiting("fetching from the git repository", spec->data);
		r = git_fetch(url, other ? spec->rev : ref, repo.dir, &commit, err);
	}
	ret->how = "git-url";
	ret->name = other ? mem_printf("git:%s at %s", url, spec->rev) :
			    mem_printf("git:%s#%s", url, ref);
	AUTO_FREE char *key = mem_printf("git:%s", url);
	ret->key = other ? source_base_key(key) : TAKE(key);
	if (r == 0)
		r = snapshot(spec, repo.dir, commit, ret, err);
	cache_put(&repo);
	return r;
}
