/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "kernel/build_internal.h"
#include "kernel/kselftest.h"
#include "sys/file.h"

int build_toolchain(const struct source *src, const struct build_spec *spec, struct strv *ret_vars,
		    struct toolchain *ret, struct err *err)
{
	int r = make_vars_check(&spec->make_vars, spec->arch, err);

	if (r == 0)
		r = toolchain_vars(spec->toolchain, spec->arch, &spec->make_vars, ret_vars, err);
	if (r == 0)
		r = toolchain_find(ret_vars, ret, err);
	if (r == 0)
		r = toolchain_check(ret, spec->arch, src->dir, err);
	return r;
}

/*
 * One folder for one place, name of build, architecture, preset and toolchain: what makes an incremental build
 * worthless is in the name; the commit and the wishes are not.
 */
static char *folder_name(const struct build *b)
{
	AUTO_STR struct str key = STR_INIT;
	AUTO_FREE char *readable = mem_printf("%s-%s", path_base(b->src->dir), b->spec->name);

	str_addf(&key, "%s\n%s\n%s\n%s\n%s\n%s\n", b->src->key, b->src->dir, b->spec->name,
		 b->arch->name, config_preset_names[b->spec->config.preset], b->tool.identity);
	str_addf(&key, "%s\n%s\n", b->tool.cc, b->tool.hostcc);
	vec_foreach(var, &b->vars)
		str_addf(&key, "%s\n", *var);
	return cache_name(readable, str_c(&key));
}

/* Everything in the folder: what it holds cannot be trusted. */
static int empty_folder(const char *dir, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_list(dir, &names, err);

	for (size_t i = 0; r == 0 && i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		r = dir_remove(path, err);
	}
	return r;
}

static int link_source(const struct build *b, struct err *err)
{
	char target[4096];
	ssize_t n = readlink(b->link, target, sizeof(target) - 1);

	if (n > 0) {
		target[n] = '\0';
		if (strcmp(target, b->src->dir) == 0)
			return 0;
		unlink(b->link);
	}
	return symlink(b->src->dir, b->link) < 0 ? err_sys(err, "%s", b->link) : 0;
}

/* Lock the folder, read what it knows, and absorb what a killed build left. */
static int open_folder(struct build *b, struct err *err)
{
	AUTO_FREE char *name = folder_name(b);
	int r = cache_get("build", name, CACHE_EXCLUSIVE, b->spec->waiting, b->spec->data,
			  &b->ret->lock, err);

	if (r < 0)
		return r;
	b->ret->dir = mem_strdup(b->ret->lock.dir);
	b->dir = b->ret->dir;
	if (strpbrk(b->dir, " :\t"))
		return err_set(
			err, ERR_USAGE,
			"%s: kernels cannot be built in folders with spaces or colons in their names; "
			"set XDG_CACHE_HOME to another place",
			b->dir);
	b->objects = arena_printf(b->arena, "%s/o", b->dir);
	b->link = arena_printf(b->arena, "%s/src", b->dir);
	AUTO_FREE char *log = path_join(b->dir, "build.log.part");
	if (!build_state_read(b)) {
		r = empty_folder(b->dir, err);
		b->ret->lock.fresh = true; /* whatever it was */
	}
	if (r == 0)
		r = link_source(b, err);
	if (r == 0)
		r = dir_make(b->objects, err);
	if (r == 0)
		r = build_make_args(b, err);
	if (r == 0 && file_exists(log))
		r = build_recover(b, log, err);
	return r;
}

/* From here on a kill leaves traces that the next build reads. */
static int begin(struct build *b, const char *key_path, struct err *err)
{
	AUTO_FREE char *log = path_join(b->dir, "build.log.part"),
		       *started = path_join(b->dir, "started");
	AUTO_FREE char *certs = path_join(b->objects, "certs"),
		       *key = path_join(b->objects, SIGNING_KEY);
	struct stat a, c;
	int r = b->ret->lock.fresh || b->recovered ? build_state_write(b, err) : 0;

	if (r == 0)
		r = build_remove_orphans(b, err);
	if (r == 0)
		r = file_write(started, VIEW(""), 0644, err);
	if (r == 0)
		r = dir_make(certs, err);
	if (r == 0 && (stat(key, &a) < 0 || stat(key_path, &c) < 0 || a.st_size != c.st_size ||
		       a.st_mtime != c.st_mtime))
		r = file_copy(key_path, key, err);
	if (r < 0)
		return r;
	b->log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	warnings_begin(b->warnings);
	return b->log_fd < 0 ? err_sys(err, "%s", log) : 0;
}

/* Everything told and written: the log is no longer a part. */
static int end(struct build *b, struct err *err)
{
	AUTO_FREE char *part = path_join(b->dir, "build.log.part"),
		       *log = path_join(b->dir, "build.log");
	int r;

	b->state.tree = b->src->content;
	r = build_state_write(b, err);
	if (r == 0 && rename(part, log) < 0)
		r = err_sys(err, "%s", log);
	if (r == 0)
		build_add_artifact(b, "build-log", log);
	return r;
}

static void tell_command(struct build *b, const char *const *targets)
{
	AUTO_STR struct str text = STR_INIT;

	for (size_t i = 0; i < b->make.len; i++) {
		if (i)
			str_addc(&text, ' ');
		str_add_shell_word(&text, b->make.data[i]);
	}
	for (; *targets; targets++) {
		str_addc(&text, ' ');
		str_add_shell_word(&text, *targets);
	}
	b->ret->command = arena_strdup(b->arena, str_c(&text));
}

/* Headers for user space come from any tree, without a configuration. */
static int make_headers(struct build *b, bool *ret_ok, struct err *err)
{
	static const char *const targets[] = { "headers", NULL };

	tell_command(b, targets);
	return build_make(b, "headers", targets, ret_ok, err);
}

/* Configure, compile, link, stage. *ret_ok false: the kernel does not build. */
static int compile(struct build *b, struct view request, struct config_wants *wants, bool *ret_ok,
		   struct err *err)
{
	bool ok = false;
	int r = build_configure(b, request, wants, &ok, err);
	bool modules = ok && b->spec->modules && b->has_modules;
	const char *targets[4] = { b->arch->target };
	size_t n = 1;

	if (modules)
		targets[n++] = "modules";
	if (b->spec->kselftests.len)
		targets[n++] = "headers"; /* o/usr/include, which tests are compiled against */

	tell_command(b, targets);
	if (r == 0 && ok)
		r = build_make(b, "compile", targets, &ok, err);
	if (r == 0 && ok && modules)
		r = build_modules(b, &ok, err);
	if (r == 0 && ok) {
		build_prune(b);
		r = build_artifacts(b, err);
	}
	*ret_ok = r == 0 && ok;
	return r;
}

static int build_in_folder(struct build *b, struct err *err)
{
	AUTO_STR struct str request = STR_INIT;
	struct config_wants wants = { 0 };
	const char *key_path;
	char key_sha[65];
	bool ok = false;
	int r = build_signing_key(b->arena, &key_path, key_sha, err);

	if (r == 0)
		r = build_config_request(b->src, b->spec, b->arena, &wants, &request, err);
	if (r == 0) {
		build_key_hash(b->src, b->spec, &b->vars, b->tool.identity, key_sha,
			       str_view(&request), b->ret->key);
		b->key_sha256 = arena_strdup(b->arena, key_sha);
		r = open_folder(b, err);
	}
	if (r == 0)
		r = begin(b, key_path, err);
	if (r == 0)
		r = b->spec->tests_only ? make_headers(b, &ok, err) :
					  compile(b, str_view(&request), &wants, &ok, err);
	vec_release(&wants);
	if (r == 0) {
		warnings_list(b->warnings, b->ret);
		r = end(b, err);
	}
	if (r < 0)
		return r;
	b->ret->status = ok ? STATUS_PASS : STATUS_FAIL;
	if (!ok) {
		AUTO_FREE char *config = path_join(b->objects, ".config");
		build_add_artifact(b, "config", config);
	}
	return ok && b->spec->kselftests.len ? build_kselftests(b, err) : 0;
}

int build_run(const struct source *src, const struct build_spec *spec, struct build_result *ret,
	      struct err *err)
{
	struct build_result result = { .status = STATUS_ERROR,
				       .arena = arena_new(),
				       .lock = { .lock_fd = -1 } };
	struct build b = { .src = src,
			   .spec = spec,
			   .ret = &result,
			   .arena = result.arena,
			   .arch = spec->arch,
			   .log_fd = -1 };
	double start = time_mono();
	int r = 0;

	if (src->kind != SOURCE_TREE)
		r = err_set(err, ERR_USAGE, "%s is built already; there is nothing to build",
			    src->name);
	if (r == 0)
		r = kselftest_check(src->dir, &spec->kselftests, spec->may_lack, err);
	if (r == 0)
		r = build_toolchain(src, spec, &b.vars, &b.tool, err);
	if (r == 0) {
		result.compiler = arena_strdup(b.arena, b.tool.compiler);
		b.warnings = warnings_new();
		r = build_in_folder(&b, err);
	}
	if (b.log_fd >= 0)
		close(b.log_fd);
	warnings_free(b.warnings);
	toolchain_release(&b.tool);
	strv_release(&b.vars);
	strv_release(&b.make);
	strv_release(&b.env);
	result.duration = time_mono() - start;
	if (r < 0)
		build_result_release(&result);
	else
		*ret = result;
	return r;
}

void build_result_release(struct build_result *r)
{
	cache_put(&r->lock);
	free(r->dir);
	vec_release(&r->findings);
	vec_release(&r->artifacts);
	vec_release(&r->programs);
	vec_release(&r->wants);
	arena_free(r->arena);
	*r = (struct build_result){ .lock = { .lock_fd = -1 } };
}
