/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/git_work.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/git_repo.h"
#include "sys/temp.h"

enum { NOTE_MAX = 16 << 10 };

void git_add_stamp(struct str *out, const char *path)
{
	struct stat st;

	if (!stat(path, &st))
		str_addf(out, "%llu:%llu %lld %lld.%09ld %lld.%09ld", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino, (long long)st.st_size,
			 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			 (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

int git_note_write(const struct git_work *w, const char *name, const char *text, struct err *err)
{
	AUTO_FREE char *path = path_join(w->dir, name);
	AUTO_TEMP struct temp t = TEMP_INIT;
	int r = temp_open(&t, path, err);

	if (!r)
		r = fd_write_all(t.fd, text, strlen(text), path, err);
	return r ? r : temp_rename(&t, path, err);
}

char *git_note_read(const struct git_work *w, const char *name)
{
	AUTO_FREE char *path = path_join(w->dir, name);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };

	if (file_read(path, NOTE_MAX, &text, &ignored) || !text.len)
		return NULL;
	return str_take(&text);
}

bool git_note_is(const struct git_work *w, const char *name, const char *text)
{
	AUTO_FREE char *note = git_note_read(w, name);

	return note && !strcmp(note, text);
}

static int remove_file(const char *path, struct err *err)
{
	return unlink(path) && errno != ENOENT ? err_sys(err, "%s", path) : 0;
}

int git_note_remove(const struct git_work *w, const char *name, struct err *err)
{
	AUTO_FREE char *path = path_join(w->dir, name);

	return remove_file(path, err);
}

/*
 * Nobody else works here (the caller holds a lock), so a lock or a temporary file is one of a git
 * that was killed.
 */
static int remove_leavings(const char *dir, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_list(dir, &names, err);

	for (size_t i = 0; i < names.len && !r; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		if (view_ends(view_of(names.data[i]), ".lock") ||
		    view_starts(view_of(names.data[i]), ".kassay-"))
			r = remove_file(path, err);
	}
	return r;
}

static int init(const struct git_work *w, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_FREE char *head = path_join(w->git, "HEAD"),
		       *format = mem_printf("--object-format=%s", w->repo->format);

	if (file_exists(head))
		return 0;
	git_env_init(&env, w->dir, NULL);
	return git_run(&env,
		       GIT(GIT_ARG("init"), GIT_ARG("-q"), GIT_ARG("--bare"),
			   GIT_ARG("--template="), format, GIT_ARG("git")),
		       NULL, NULL, err);
}

int git_work_open(struct git_work *w, const char *dir, const struct git_repo *repo, struct err *err)
{
	*w = (struct git_work){ .repo = repo, .dir = path_absolute(dir) };
	w->git = path_join(w->dir, "git");
	w->objects = path_join(w->git, "objects");
	w->index = path_join(w->dir, "index");
	int r = dir_make(w->dir, err);
	if (!r)
		r = init(w, err);
	if (!r)
		r = remove_leavings(w->dir, err);
	return r ? r : remove_leavings(w->git, err);
}

void git_work_release(struct git_work *w)
{
	free(w->dir);
	free(w->git);
	free(w->objects);
	free(w->index);
	*w = (struct git_work){ 0 };
}

int git_work_forget(const struct git_work *w, struct err *err)
{
	int r = dir_remove(w->dir, err);

	if (!r)
		r = dir_make(w->dir, err);
	return r ? r : init(w, err);
}

/* @from as @to, or no @to when there is no @from. */
static int mirror(const char *from_dir, const char *to_dir, const char *name, struct err *err)
{
	AUTO_FREE char *from = path_join(from_dir, name), *to = path_join(to_dir, name);

	return file_exists(from) ? file_copy(from, to, err) : remove_file(to, err);
}

/*
 * What of the user's repository decides how files are read, beside its configuration:
 * gitrepository-layout(5).
 */
static int take_rules(const struct git_work *w, struct err *err)
{
	AUTO_FREE char *info = path_join(w->git, "info"),
		       *common = path_join(w->repo->common_dir, "info");
	AUTO_FREE char *own = path_join(w->repo->git_dir, "info");
	int r = dir_make(info, err);

	if (!r)
		r = mirror(common, info, "exclude", err);
	if (!r)
		r = mirror(common, info, "attributes", err);
	return r ? r : mirror(own, info, "sparse-checkout", err);
}

/* The parts of a split index. */
static int take_shared_indexes(const struct git_work *w, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_list(w->repo->git_dir, &names, err);

	for (size_t i = 0; i < names.len && !r; i++)
		if (view_starts(view_of(names.data[i]), "sharedindex."))
			r = mirror(w->repo->git_dir, w->git, names.data[i], err);
	return r;
}

/*
 * All folders of HEAD into our objects, in one pack. write-tree would make each of these 6,000
 * trees, and to unfold a sparse index they must be there.
 */
static int take_trees(const struct git_work *w, struct err *err)
{
	AUTO_GIT_ENV struct git_env theirs = { 0 }, ours = { 0 };
	AUTO_STR struct str wanted = STR_INIT, pack = STR_INIT, said = STR_INIT;

	str_addf(&wanted, "%s\n", w->repo->tree);
	git_repo_env(w->repo, NULL, &theirs);
	int r = git_run(&theirs,
			GIT(GIT_ARG("pack-objects"), GIT_ARG("-q"), GIT_ARG("--revs"),
			    GIT_ARG("--stdout"), GIT_ARG("--filter=blob:none")),
			&wanted, &pack, err);
	git_env_init(&ours, w->dir, NULL);
	git_env_set(&ours, "GIT_DIR", w->git);
	if (!r)
		r = git_run(&ours, GIT(GIT_ARG("index-pack"), GIT_ARG("--stdin")), &pack, &said,
			    err);
	return r ? r : git_note_write(w, "trees", w->repo->tree, err);
}

/*
 * Files whose stamps are not those in the index (after a "cp -a" of the tree: all of them) are read
 * and compared, so that only those that differ are added to our objects later. A sparse index is
 * unfolded by this.
 */
static int refresh(const struct git_work *w, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };

	git_work_env(w, w->index, &env);
	struct run_spec spec = git_spec(
		&env, GIT(GIT_ARG("update-index"), GIT_ARG("-q"), GIT_ARG("--refresh")), NULL);
	spec.may_fail = true; /* some differ */
	return run_ok(&spec, err);
}

/*
 * The copy has the time stamp of the original. By that git knows which files may have changed after
 * their entry was made, within the same tick of the clock, and must be read: a newer stamp would
 * hide such changes.
 */
int git_work_take_index(struct git_work *w, bool again, struct err *err)
{
	AUTO_STR struct str stamp = STR_INIT;
	AUTO_FREE char *theirs = NULL, *trees = git_note_read(w, "trees");
	int r;

	if (!w->repo->git_dir)
		return 0;
	theirs = path_join(w->repo->git_dir, "index");
	git_add_stamp(&stamp, theirs);
	r = take_rules(w, err);
	if (r || (!again && git_note_is(w, GIT_NOTE_INDEX, str_c(&stamp)) && file_exists(w->index)))
		return r;
	r = git_note_remove(w, GIT_NOTE_INDEX, err);
	if (!r && w->repo->tree && (!trees || (again && strcmp(trees, w->repo->tree))))
		r = take_trees(w, err);
	if (!r)
		r = take_shared_indexes(w, err);
	if (!r)
		r = mirror(w->repo->git_dir, w->dir, "index", err);
	if (!r && file_exists(w->index))
		r = refresh(w, err);
	return r ? r : git_note_write(w, GIT_NOTE_INDEX, str_c(&stamp), err);
}

static void add_if_there(struct strv *list, const char *dir, const char *name)
{
	AUTO_FREE char *path = path_join(dir, name);

	if (file_exists(path))
		strv_add(list, path);
}

void git_work_env(const struct git_work *w, const char *index, struct git_env *ret)
{
	AUTO_STRV struct strv includes = { 0 };

	if (w->repo->git_dir) {
		add_if_there(&includes, w->repo->common_dir, "config");
		add_if_there(&includes, w->repo->git_dir, "config.worktree");
	}
	git_env_init(ret, w->repo->top, &includes);
	git_env_set(ret, "GIT_DIR", w->git);
	git_env_set(ret, "GIT_WORK_TREE", w->repo->top);
	git_env_set(ret, "GIT_INDEX_FILE", index);
}

void git_work_read_env(const struct git_work *w, struct git_env *ret)
{
	git_env_init(ret, w->dir, NULL);
	git_env_set(ret, "GIT_DIR", w->git);
	git_env_alternate(ret, w->repo->objects);
}

int git_work_add(const struct git_work *w, const char *index, const struct strv *names,
		 struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_STR struct str input = STR_INIT;

	for (size_t i = 0; i < names->len; i++)
		if (!view_ends(view_of(names->data[i]), "/"))
			str_add(&input, names->data[i], strlen(names->data[i]) + 1);
	if (!input.len)
		return 0;
	git_work_env(w, index, &env);
	/* --remove: a file that went since it was listed is no error. */
	return git_run(&env,
		       GIT(GIT_ARG("update-index"), GIT_ARG("--add"), GIT_ARG("--remove"),
			   GIT_ARG("-z"), GIT_ARG("--stdin")),
		       &input, NULL, err);
}

int git_work_tree(const struct git_work *w, const char *index, char **ret, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_STR struct str out = STR_INIT, stamp = STR_INIT;
	AUTO_FREE char *name = mem_printf("%s.tree", path_base(index)),
		       *note = git_note_read(w, name);

	git_add_stamp(&stamp, index);
	struct view known = view_of(note ? note : "");
	if (stamp.len && view_skip(&known, str_c(&stamp)) && view_skip(&known, "\n") && known.len) {
		*ret = mem_strndup(known.p, known.len);
		return 0;
	}
	git_work_env(w, index, &env);
	/* The files are where they are: in our object folder or the repository's. */
	int r = git_run(&env, GIT(GIT_ARG("write-tree"), GIT_ARG("--missing-ok")), NULL, &out, err);
	if (r)
		return r;
	struct view id = view_trim(str_view(&out));
	str_clear(&stamp);
	git_add_stamp(&stamp, index); /* git may have added the tree ids to it */
	str_addf(&stamp, "\n" VIEW_FMT, VIEW_ARG(id));
	r = git_note_write(w, name, str_c(&stamp), err);
	if (!r)
		*ret = mem_strndup(id.p, id.len);
	return r;
}
