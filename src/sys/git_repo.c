/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/git_repo.h"

#include <errno.h>
#include <stdlib.h>

#include "sys/file.h"
#include "sys/git_cmd.h"

void git_repo_release(struct git_repo *r)
{
	free(r->top);
	free(r->git_dir);
	free(r->common_dir);
	free(r->objects);
	free(r->format);
	free(r->commit);
	free(r->tree);
	free(r->branch);
	*r = (struct git_repo){ 0 };
}

static void take_line(struct view *rest, char **ret)
{
	struct view line;

	if (view_line(rest, &line))
		*ret = mem_strndup(line.p, line.len);
}

static void take_id(struct view *rest, char **ret)
{
	size_t len = strspn(rest->p, "0123456789abcdef");

	if (len >= 40 && rest->p[len] == '\n')
		take_line(rest, ret);
	else
		*rest = (struct view){ "", 0 };
}

/*
 * One call for everything. git stops at the first thing it does not have: the top of a bare
 * repository, the HEAD of one without commits (which it repeats as it was asked); what it printed
 * before that counts.
 */
static int ask(const char *dir, struct git_repo *r, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_STR struct str out = STR_INIT, error = STR_INIT;
	struct child_end end;
	char *const *argv = GIT(GIT_ARG("rev-parse"), GIT_ARG("--path-format=absolute"),
				GIT_ARG("--absolute-git-dir"), GIT_ARG("--git-common-dir"),
				GIT_ARG("--show-object-format"), GIT_ARG("--show-toplevel"),
				GIT_ARG("HEAD^{commit}"), GIT_ARG("HEAD^{tree}"),
				GIT_ARG("--symbolic-full-name"), GIT_ARG("HEAD"));

	git_env_init(&env, dir, NULL);
	struct run_spec spec = git_spec(&env, argv, &out);
	spec.ret_err = &error;
	int ret = run(&spec, &end, err);
	if (ret)
		return ret;
	if (!out.len && !strstr(str_c(&error), "not a git repository"))
		return err_set(err, ERR_INTERNAL, "%s: %s", dir, str_c(&error));
	struct view rest = str_view(&out);
	take_line(&rest, &r->git_dir);
	take_line(&rest, &r->common_dir);
	take_line(&rest, &r->format);
	take_line(&rest, &r->top);
	take_id(&rest, &r->commit);
	take_id(&rest, &r->tree);
	if (rest.len && !view_skip(&rest, "refs/heads/"))
		return 0; /* "HEAD": detached */
	take_line(&rest, &r->branch);
	return 0;
}

static int has_tracked_files(const char *dir, bool *ret, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_STR struct str out = STR_INIT;

	git_env_init(&env, dir, NULL);
	int r = git_run(&env, GIT(GIT_ARG("ls-files"), GIT_ARG("-z")), NULL, &out, err);
	if (!r)
		*ret = out.len > 0;
	return r;
}

static void make_plain(struct git_repo *r, const char *dir)
{
	git_repo_release(r);
	r->top = mem_strdup(dir);
	r->format = mem_strdup("sha1");
}

int git_repo_find(const char *dir, struct git_repo *ret, struct err *err)
{
	AUTO_GIT_REPO struct git_repo repo = { 0 };
	AUTO_FREE char *real = realpath(dir, NULL), *git = NULL;
	bool tracked = true;

	if (!real)
		return err_sys(err, "%s", dir);
	int r = tool_need("git", "git", &git, err);
	if (!r)
		r = ask(real, &repo, err);
	bool sure = repo.top && repo.commit && !strcmp(repo.top, real);
	if (!r && repo.top && !sure)
		r = has_tracked_files(real, &tracked, err);
	if (r)
		return r;
	if (!repo.format || !tracked)
		make_plain(&repo, real);
	else
		repo.objects = path_join(repo.common_dir, "objects");
	*ret = repo;
	repo = (struct git_repo){ 0 };
	return 0;
}

void git_repo_env(const struct git_repo *r, const char *more, struct git_env *ret)
{
	git_env_init(ret, r->top ? r->top : r->git_dir, NULL);
	git_env_set(ret, "GIT_DIR", r->git_dir);
	git_env_alternate(ret, more);
}

int git_repo_describe(const struct git_repo *r, const char *commit, char **ret, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };

	git_repo_env(r, NULL, &env);
	return git_line(&env, GIT(GIT_ARG("describe"), GIT_ARG("--always"), GIT_ARG(commit)), ret,
			err);
}
