/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/git_snap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sha256.h"
#include "sys/file.h"
#include "sys/git_repo.h"
#include "sys/git_work.h"

enum { SNAP_NAME_LEN = 12 }; /* hex digits that keep the notes of several snapshots apart */

int git_snap_open(struct git_snap *s, const struct git_work *w, const char *dir, struct err *err)
{
	char hex[SHA256_HEX_LEN + 1];

	*s = (struct git_snap){ .work = w, .dir = path_absolute(dir) };
	sha256_bytes_hex(s->dir, strlen(s->dir), hex);
	s->index = mem_printf("%s/snap-%.*s", w->dir, SNAP_NAME_LEN, hex);
	s->state = mem_printf("snap-%.*s.state", SNAP_NAME_LEN, hex);
	return dir_make(s->dir, err);
}

void git_snap_release(struct git_snap *s)
{
	free(s->dir);
	free(s->index);
	free(s->state);
	*s = (struct git_snap){ 0 };
}

/* "device:inode tree": a folder that was made anew does not hold what the old one held. */
static void add_state(struct str *out, const struct git_snap *s, const char *tree)
{
	struct stat st;

	if (!stat(s->dir, &st))
		str_addf(out, "%llu:%llu %s", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino, tree);
}

bool git_snap_complete(const struct git_snap *s)
{
	AUTO_FREE char *note = git_note_read(s->work, s->state);
	AUTO_STR struct str state = STR_INIT;

	add_state(&state, s, "");
	return note && view_starts(view_of(note), str_c(&state)) && file_exists(s->index);
}

int git_snap_check(const struct git_snap *s, bool *ret_intact, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	struct child_end end = { .code = 1 };

	git_snap_env(s, &env);
	struct run_spec check = git_spec(&env, GIT_SNAP_CHECK, NULL);
	int r = git_snap_complete(s) ? run(&check, &end, err) : 0;
	*ret_intact = !end.signalled && !end.code;
	return r;
}

void git_snap_env(const struct git_snap *s, struct git_env *ret)
{
	git_env_init(ret, s->dir, NULL);
	git_env_set(ret, "GIT_DIR", s->work->git);
	git_env_set(ret, "GIT_WORK_TREE", s->dir);
	git_env_set(ret, "GIT_INDEX_FILE", s->index);
	git_env_alternate(ret, s->work->repo->objects);
}

/*
 * Not sure what is in it: a kill half-way, or somebody's hand. Give the index the right stamps for
 * files whose content is right, and remove what does not belong there.
 */
static int compare_all(const struct git_snap *s, const struct git_env *env, const char *tree,
		       struct err *err)
{
	struct run_spec refresh = git_spec(
		env, GIT(GIT_ARG("update-index"), GIT_ARG("-q"), GIT_ARG("--refresh")), NULL);
	int r = 0;

	refresh.may_fail = true; /* some are not right */
	if (!file_exists(s->index))
		r = git_run(env, GIT(GIT_ARG("read-tree"), GIT_ARG(tree)), NULL, NULL, err);
	if (!r)
		r = run_ok(&refresh, err);
	return r ? r : git_run(env, GIT(GIT_ARG("clean"), GIT_ARG("-ffdxq")), NULL, NULL, err);
}

/*
 * Files written within the second in which the index was written would be read again each time:
 * they could have changed after it under the same stamp. Nobody does that here.
 */
static int settle(const struct git_snap *s, struct err *err)
{
	time_t soon = time(NULL) + 2;
	struct timespec times[2] = { { .tv_sec = soon }, { .tv_sec = soon } };

	return utimensat(AT_FDCWD, s->index, times, 0) ? err_sys(err, "%s", s->index) : 0;
}

static int set(const struct git_snap *s, const char *tree, bool intact, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	int r = 0;

	git_snap_env(s, &env);
	if (!intact)
		r = compare_all(s, &env, tree, err);
	/* Looks at every file, and writes those that differ from the index or from the tree. */
	if (!r)
		r = git_run(&env,
			    GIT(GIT_ARG("read-tree"), GIT_ARG("--reset"), GIT_ARG("-u"),
				GIT_ARG(tree)),
			    NULL, NULL, err);
	return r ? r : settle(s, err);
}

int git_snap_set(const struct git_snap *s, const char *tree, bool intact, struct err *err)
{
	AUTO_STR struct str state = STR_INIT;

	add_state(&state, s, tree);
	if (intact && git_note_is(s->work, s->state, str_c(&state)))
		return 0;
	int r = git_note_remove(s->work, s->state, err);
	if (!r)
		r = set(s, tree, intact, err);
	if (r == -ERR_INTERNAL && !unlink(s->index)) /* the index may be damaged */
		r = set(s, tree, false, err);
	return r ? r : git_note_write(s->work, s->state, str_c(&state), err);
}
