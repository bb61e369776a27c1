/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories of others, fetched into bare ones of ours; declared in sys/git.h. */
#include "sys/git.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/sha256.h"
#include "sys/file.h"
#include "sys/git_cmd.h"

enum {
	FETCH_NAME_LEN = 16, /* hex digits of the name a fetched ref is kept under */
	ID_MIN = 7,	     /* of an abbreviated commit id */
	ID_MAX = 64,
};

/* What git-check-ref-format(1) forbids, and what would make it an option or more than one ref. */
static bool is_ref(const char *ref)
{
	return ref[0] && !strchr("-+", ref[0]) && !strpbrk(ref, " :*?[\\^~\t\n") &&
	       !strstr(ref, "..");
}

int git_ref_check(const char *ref, struct err *err)
{
	if (is_ref(ref))
		return 0;
	return err_set(err, ERR_USAGE, "%s: not the name of a branch, tag or commit", ref);
}

static bool is_id(const char *ref)
{
	size_t len = strlen(ref);

	return len >= ID_MIN && len <= ID_MAX && strspn(ref, "0123456789abcdef") == len;
}

static int find_commit(const struct git_env *env, const char *rev, char **ret, struct err *err)
{
	AUTO_FREE char *wanted = mem_printf("%s^{commit}", rev);

	return git_line(env, GIT(GIT_ARG("rev-parse"), GIT_ARG("-q"), GIT_ARG("--verify"), wanted),
			ret, err);
}

static int init_bare(const char *repo, struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_FREE char *head = path_join(repo, "HEAD"), *git = NULL;
	int r = tool_need("git", "git", &git, err);

	if (!r)
		r = dir_make(repo, err);
	if (r || file_exists(head))
		return r;
	git_env_init(&env, repo, NULL);
	return git_run(&env,
		       GIT(GIT_ARG("init"), GIT_ARG("-q"), GIT_ARG("--bare"),
			   GIT_ARG("--template="), GIT_ARG(".")),
		       NULL, NULL, err);
}

static int fetch(const struct git_env *env, const char *depth, const char *url, const char *refspec,
		 const char *refspec2, struct err *err)
{
	return git_run(env,
		       GIT(GIT_ARG("fetch"), GIT_ARG("-q"), GIT_ARG("--no-tags"),
			   GIT_ARG("--no-write-fetch-head"), GIT_ARG(depth), GIT_ARG("--"),
			   GIT_ARG(url), GIT_ARG(refspec), GIT_ARG(refspec2)),
		       NULL, NULL, err);
}

/*
 * A commit that no ref points to: servers may refuse to send it (uploadpack.allowAnySHA1InWant),
 * and an abbreviated one cannot be asked for. So everything.
 */
static int fetch_all(const struct git_env *env, const char *url, struct err *err)
{
	log_info("%s: fetching the whole history to find the commit", url);
	return fetch(env, "--depth=2147483647", url, "+refs/heads/*:refs/all/heads/*",
		     "+refs/tags/*:refs/all/tags/*", err);
}

static int fetch_ref(const struct git_env *env, const char *url, const char *ref, const char *kept,
		     char **ret, struct err *err)
{
	AUTO_FREE char *refspec = mem_printf("+%s:%s", ref, kept);
	int r = fetch(env, "--depth=1", url, refspec, NULL, err);

	if (r != -ERR_INTERNAL)
		return r ? r : find_commit(env, kept, ret, err);
	if (is_id(ref)) {
		r = fetch_all(env, url, err);
		return r ? r : find_commit(env, ref, ret, err);
	}
	/* Without a network, what was fetched before will do. */
	struct err why = *err;
	r = find_commit(env, kept, ret, err);
	if (r)
		return r;
	if (*ret)
		log_warn("%s: not fetched (%s); this is %s as of an earlier fetch", url, why.msg,
			 ref);
	else
		*err = why;
	return *ret ? 0 : -why.code;
}

int git_fetch(const char *url, const char *ref, const char *repo, char **ret_commit,
	      struct err *err)
{
	AUTO_GIT_ENV struct git_env env = { 0 };
	AUTO_FREE char *dir = path_absolute(repo), *kept = NULL, *commit = NULL;
	char hex[SHA256_HEX_LEN + 1];

	if (!url[0] || url[0] == '-' || !is_ref(ref))
		return err_set(err, ERR_USAGE, "%s#%s: not a repository and a ref in it", url, ref);
	int r = init_bare(dir, err);
	if (r)
		return r;
	sha256_bytes_hex(ref, strlen(ref), hex);
	kept = mem_printf("refs/kassay/%.*s", FETCH_NAME_LEN, hex);
	/* The folder we are in stays: @url may be a relative path. */
	git_env_init(&env, NULL, NULL);
	git_env_set(&env, "GIT_DIR", dir);
	if (is_id(ref))
		r = find_commit(&env, ref, &commit, err);
	if (!r && !commit)
		r = fetch_ref(&env, url, ref, kept, &commit, err);
	if (r)
		return err_context(err, "%s#%s", url, ref);
	if (!commit)
		return err_set(err, ERR_NOT_FOUND, "%s#%s: no such commit", url, ref);
	*ret_commit = TAKE(commit);
	return 0;
}
