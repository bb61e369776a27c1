/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/git_cmd.h"

#include <string.h>

/*
 * git(1), "Environment variables": what "git rev-parse --local-env-vars" names, and what changes
 * how paths are read.
 */
static const char *const unset[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR",
	"GIT_CONFIG",
	"GIT_CONFIG_PARAMETERS",
	"GIT_DEFAULT_HASH",
	"GIT_DIR",
	"GIT_GLOB_PATHSPECS",
	"GIT_GRAFT_FILE",
	"GIT_ICASE_PATHSPECS",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_INDEX_VERSION",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_LITERAL_PATHSPECS",
	"GIT_NAMESPACE",
	"GIT_NOGLOB_PATHSPECS",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX",
	"GIT_QUARANTINE_PATH",
	"GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE",
	"GIT_WORK_TREE",
};

static const char *const set[][2] = {
	{ "GIT_OPTIONAL_LOCKS", "0" },
	{ "GIT_TERMINAL_PROMPT", "0" },
	{ "LC_ALL", "C" },
};

static const char *const config[][2] = {
	{ "safe.directory", "*" }, /* the tree may be somebody else's; we only read it */
	{ "safe.bareRepository", "all" },
	{ "core.fsmonitor", "false" },
	{ "core.untrackedCache", "false" },
	{ "core.splitIndex", "false" },
	{ "core.hooksPath", "/dev/null" },
	{ "core.safecrlf", "false" },
	{ "core.compression", "0" }, /* our objects are read again at once */
	{ "core.looseCompression", "0" },
	{ "core.preloadIndex", "true" },
	{ "index.threads", "true" },
	{ "index.sparse", "false" },
	{ "gc.auto", "0" },
	{ "maintenance.auto", "false" },
};

static void add_config(struct git_env *e, size_t i, const char *key, const char *value)
{
	strv_addf(&e->vars, "GIT_CONFIG_KEY_%zu=%s", i, key);
	strv_addf(&e->vars, "GIT_CONFIG_VALUE_%zu=%s", i, value);
}

void git_env_init(struct git_env *e, const char *cwd, const struct strv *includes)
{
	size_t n = 0;

	*e = (struct git_env){ .cwd = cwd };
	for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
		strv_addf(&e->vars, "%s=", unset[i]);
	for (size_t i = 0; i < ARRAY_SIZE(set); i++)
		git_env_set(e, set[i][0], set[i][1]);
	/* Ours come last, so they win. */
	for (size_t i = 0; includes && i < includes->len; i++)
		add_config(e, n++, "include.path", includes->data[i]);
	for (size_t i = 0; i < ARRAY_SIZE(config); i++)
		add_config(e, n++, config[i][0], config[i][1]);
	strv_addf(&e->vars, "GIT_CONFIG_COUNT=%zu", n);
}

void git_env_set(struct git_env *e, const char *name, const char *value)
{
	strv_addf(&e->vars, "%s=%s", name, value);
}

void git_env_alternate(struct git_env *e, const char *objects)
{
	AUTO_STR struct str list = STR_INIT;

	if (!objects)
		return;
	/* Quoted as in C, since ':' separates. */
	str_addc(&list, '"');
	for (const char *p = objects; *p; p++) {
		if (*p == '"' || *p == '\\')
			str_addc(&list, '\\');
		str_addc(&list, *p);
	}
	str_addc(&list, '"');
	git_env_set(e, "GIT_ALTERNATE_OBJECT_DIRECTORIES", str_c(&list));
}

void git_env_release(struct git_env *e)
{
	strv_release(&e->vars);
}

struct run_spec git_spec(const struct git_env *e, char *const *argv, struct str *ret_out)
{
	/* strv_argv() only adds the NULL behind the last. */
	struct git_env *env = (struct git_env *)e;

	return (struct run_spec){
		.argv = argv, .cwd = e->cwd, .env_add = strv_argv(&env->vars), .ret_out = ret_out
	};
}

int git_error(int r, const struct str *said, struct err *err)
{
	struct view rest = view_trim(str_view(said)), first, last = { 0 };
	bool full = strstr(str_c(said), "No space left on device") ||
		    strstr(str_c(said), "quota exceeded");

	if (r != -ERR_INTERNAL || !view_line(&rest, &first))
		return r;
	while (view_line(&rest, &last))
		;
	return err_set(err, full ? ERR_NO_SPACE : ERR_INTERNAL, "git: " VIEW_FMT "%s" VIEW_FMT,
		       VIEW_ARG(first), last.len ? " ... " : "", VIEW_ARG(last));
}

int git_run(const struct git_env *e, char *const *argv, const struct str *input,
	    struct str *ret_out, struct err *err)
{
	AUTO_STR struct str said = STR_INIT;
	struct run_spec spec = git_spec(e, argv, ret_out);

	spec.ret_err = &said;
	if (input)
		spec.input = str_view(input);
	return git_error(run_ok(&spec, err), &said, err);
}

int git_line(const struct git_env *e, char *const *argv, char **ret, struct err *err)
{
	AUTO_STR struct str out = STR_INIT;
	struct run_spec spec = git_spec(e, argv, &out);
	struct child_end end;
	int r = run(&spec, &end, err);

	if (r)
		return r;
	struct view line = view_trim(str_view(&out));
	*ret = !end.signalled && !end.code && line.len ? mem_strndup(line.p, line.len) : NULL;
	return 0;
}

void git_names(struct view text, struct strv *ret)
{
	struct view name;

	while (view_split(&text, '\0', &name)) {
		if (!name.len)
			continue;
		AUTO_FREE char *copy = mem_strndup(name.p, name.len);
		strv_add(ret, copy);
	}
}
