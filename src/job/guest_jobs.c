/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites of a plan turned into jobs of kassay-init, one for each test program or command. */
#include <sys/stat.h>

#include "boot/initramfs.h"
#include "job/observe.h"
#include "job/stage.h"
#include "kernel/modules.h"
#include "sys/file.h"

static const double CMD_TIMEOUT = 300;		/* seconds, of a cmd: without a limit of its own */
static const double FOREIGN_TIMEOUT = 6 * 3600; /* seconds, of a whole suite of others */
/* Of a suite of others: its cases are read as they come, and only GUEST_OUTPUT_MAX bytes are kept. */
enum { SCRIPT_MAX = 64 << 10, FOREIGN_OUTPUT_MAX = 256 << 20 };
#define GUEST_KSELFTEST "/opt/kselftest"
#define GUEST_CMD "/kassay/cmd"
#define GUEST_MODULES "/kassay/modules"

typedef VEC(struct observe_job) job_list;

static struct guest_job *add_job(struct pipeline *p, struct guest_spec *g, void *jobs,
				 const struct suite *s, const char *path)
{
	job_list *list = jobs;
	struct guest_job *j = vec_add(&g->jobs);

	*vec_add(list) = (struct observe_job){ .path = arena_strdup(p->a, path),
					       .suite = s->text,
					       .kind = s->kind };
	j->name = mem_strdup(path);
	return j;
}

/* A test that cannot even start gets its status now. */
static int put_unrunnable(struct pipeline *p, const struct pipe_build *b,
			  const struct plan_platform *f, const char *path, const struct suite *s,
			  const char *status, const char *reason, const char *excerpt,
			  struct err *err)
{
	struct store_test t = {
		.build_id = b->id,
		.platform = f->name,
		.path = path,
		.status = status,
		.suite = s->text,
		.reason = reason,
		.log_excerpt = excerpt,
		.start_ms = time_now_ms(),
	};

	return recorder_test(&p->rec, &t, err);
}

static bool wanted(const struct suite *s, const char *test)
{
	if (!s->tests)
		return true;
	for (size_t i = 0; s->tests[i]; i++)
		if (strcmp(s->tests[i], test) == 0)
			return true;
	return false;
}

/* Any program of the collection with @test NULL. */
static const struct kselftest_prog *find_program(const struct pipe_build *b, const char *collection,
						 const char *test)
{
	vec_foreach(p, &b->result.programs)
		if (strcmp(p->collection, collection) == 0 && (!test || strcmp(p->test, test) == 0))
			return p;
	return NULL;
}

static int put_not_compiled(struct pipeline *p, const struct pipe_build *b,
			    const struct plan_platform *f, const char *path, const struct suite *s,
			    const struct kselftest_prog *prog, struct err *err)
{
	return put_unrunnable(p, b, f, path, s, "ERROR", "does not compile",
			      prog->diagnostic ? prog->diagnostic : prog->error, err);
}

char *kselftest_path(const char *collection, const char *test)
{
	AUTO_STR struct str path = STR_INIT;
	struct view rest = view_of(collection), part;

	str_adds(&path, "kselftest");
	while (view_split(&rest, '/', &part)) { /* "net/forwarding" is two parts */
		str_addc(&path, '.');
		path_part_add(&path, part);
	}
	if (test) {
		str_addc(&path, '.');
		path_part_add(&path, view_of(test));
	}
	return str_take(&path);
}

static int kselftest_jobs(struct pipeline *p, const struct pipe_build *b,
			  const struct plan_platform *f, const struct suite *s,
			  struct guest_spec *g, void *jobs, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->result.programs.len; i++) {
		const struct kselftest_prog *prog = &b->result.programs.data[i];
		AUTO_FREE char *path = kselftest_path(prog->collection, prog->test);
		struct guest_job *j;

		if (strcmp(prog->collection, s->collection) != 0 || !wanted(s, prog->test))
			continue;
		if (!prog->path) {
			r = put_not_compiled(p, b, f, path, s, prog, err);
			continue;
		}
		j = add_job(p, g, jobs, s, path);
		strv_addf(&j->argv, "./%s", prog->test);
		j->cwd = mem_printf(GUEST_KSELFTEST "/%s", prog->collection);
		j->timeout = s->timeout > 0	      ? s->timeout :
			     p->plan.test_timeout > 0 ? p->plan.test_timeout :
							prog->timeout;
		j->scaled = !(s->timeout > 0) && !(p->plan.test_timeout > 0);
		g->needs_busybox |= prog->needs_shell;
	}
	for (size_t i = 0; r == 0 && s->tests && s->tests[i]; i++) {
		AUTO_FREE char *path = kselftest_path(s->collection, s->tests[i]);
		/* Nothing of the collection was built. */
		const struct kselftest_prog *none = find_program(b, s->collection, "build");

		if (find_program(b, s->collection, s->tests[i]))
			continue;
		r = none ? put_not_compiled(p, b, f, path, s, none, err) :
			   put_unrunnable(p, b, f, path, s, "MISS", "this kernel has no such test",
					  NULL, err);
	}
	if (r == 0 && !s->tests && !find_program(b, s->collection, NULL)) {
		AUTO_FREE char *path = kselftest_path(s->collection, NULL);

		r = put_unrunnable(p, b, f, path, s, "MISS", "this kernel has no such collection",
				   NULL, err);
	}
	return r;
}

/* Of a test that brings no limit of its own. */
static double limit_of(const struct pipeline *p, const struct suite *s)
{
	return s->timeout > 0		? s->timeout :
	       p->plan.test_timeout > 0 ? p->plan.test_timeout :
					  CMD_TIMEOUT;
}

static void cmd_job(struct pipeline *p, const struct suite *s, struct guest_spec *g, void *jobs)
{
	AUTO_FREE char *path = mem_printf("cmd.%s", s->name);
	struct guest_job *j = add_job(p, g, jobs, s, path);

	g->needs_busybox = true;
	if (s->file) {
		struct guest_file *file = vec_add(&g->files);

		file->path = mem_printf(GUEST_CMD "/%s", s->name);
		file->from = mem_strdup(s->command);
		file->mode = 0755;
		strv_add(&j->argv, file->path);
	} else {
		strv_add(&j->argv, "/bin/sh");
		strv_add(&j->argv, "-c");
		strv_add(&j->argv, s->command);
	}
	j->timeout = limit_of(p, s);
}

static bool has_file(const struct guest_spec *g, const char *path)
{
	vec_foreach(f, &g->files)
		if (strcmp(f->path, path) == 0)
			return true;
	return false;
}

/* kassay-init loads what the module needs, then the module; a kernel that has it built in needs neither. */
static int module_job(struct pipeline *p, const struct pipe_build *b, const struct plan_platform *f,
		      const struct suite *s, const struct guest_place *at, struct guest_spec *g,
		      void *jobs, struct err *err)
{
	AUTO_FREE char *path = mem_printf("module.%s", s->name);
	struct module_files files = { 0 };
	struct err why = { 0 };
	struct view params = view_of(s->command), one;
	int r = 0;

	if (at->modules)
		r = module_files(p->a, at->modules, s->name, at->work, &files, &why);
	else if (!at->objects || !module_built_in(at->objects, s->name))
		r = err_set(&why, ERR_NOT_FOUND, "this kernel comes without modules");

	if (r == -ERR_NOT_FOUND)
		r = put_unrunnable(p, b, f, path, s, "MISS", why.msg, NULL, err);
	else if (r == -ERR_PARSE || r == -ERR_LIMIT) /* a damaged file */
		r = put_unrunnable(p, b, f, path, s, "ERROR", why.msg, NULL, err);
	else if (r < 0)
		*err = why;
	if (r < 0 || why.code) {
		vec_release(&files);
		return r;
	}
	struct guest_job *j = add_job(p, g, jobs, s, path);
	strv_add(&j->argv, "/init");
	strv_add(&j->argv, "--load");
	vec_foreach(file, &files) {
		AUTO_FREE char *in_guest = mem_printf(GUEST_MODULES "/%s", path_base(file->path));

		strv_addf(&j->argv, "%s%s", file->optional ? "?" : "", in_guest);
		if (has_file(g, in_guest))
			continue;
		*vec_add(&g->files) = (struct guest_file){ .path = mem_strdup(in_guest),
							   .from = mem_strdup(file->path),
							   .mode = 0644 };
	}
	strv_add(&j->argv, "--");
	while (view_split(&params, ' ', &one))
		if (one.len)
			strv_addf(&j->argv, VIEW_FMT, VIEW_ARG(one));
	j->timeout = limit_of(p, s);
	vec_release(&files);
	return 0;
}

struct root_walk {
	const char *root;
	struct guest_spec *g;
	const char *below; /* "": of the machine's root */
};

static int add_root_file(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct root_walk *w = data;
	struct guest_file *f;

	(void)err;
	if (S_ISDIR(st->st_mode))
		return 0;
	f = vec_add(&w->g->files);
	f->path = mem_printf("/%s%s%s", w->below, *w->below ? "/" : "", rel);
	f->mode = *w->below ? st->st_mode & 0777 : 0;
	f->from = path_join(w->root, rel);
	return 0;
}

/* The path that the job of @s has, and all its cases are below. */
char *foreign_path(const struct suite *s)
{
	return s->kind == SUITE_LTP ? mem_printf("ltp.%s", s->name) :
				      mem_strdup(suite_foreign_name(s->kind));
}

/*
 * A suite of others: its script (configs/suites) is given to the machine's shell as words, with the limit of a case, what to
 * run, and where to look for it.
 */
static int foreign_job(struct pipeline *p, const struct suite *s, struct guest_spec *g, void *jobs,
		       struct err *err)
{
	AUTO_FREE char *path = foreign_path(s);
	AUTO_FREE char *script =
		mem_printf("%s/configs/suites/%s.sh", p->share_dir, suite_foreign_name(s->kind));
	AUTO_FREE char *home = mem_printf("opt/%s", suite_foreign_name(s->kind));
	AUTO_STR struct str text = STR_INIT;
	int r = file_read(script, SCRIPT_MAX, &text, err);

	if (r == 0 && s->path) {
		struct root_walk walk = { s->path, g, home };

		r = dir_walk(s->path, add_root_file, &walk, err);
	}
	if (r < 0)
		return err_context(err, "suite %s", s->text);
	struct guest_job *j = add_job(p, g, jobs, s, path);
	struct view words = view_of(s->command), word;

	strv_add(&j->argv, "/bin/sh");
	strv_add(&j->argv, "-c");
	strv_add(&j->argv, str_c(&text));
	strv_addf(&j->argv, "kassay-%s", suite_foreign_name(s->kind));
	strv_addf(&j->argv, "%.0f", limit_of(p, s));
	if (s->name)
		strv_add(&j->argv, s->name);
	while (view_split(&words, ' ', &word))
		strv_addf(&j->argv, VIEW_FMT, VIEW_ARG(word));
	j->timeout = p->plan.timeout > 0 ? p->plan.timeout : FOREIGN_TIMEOUT;
	g->needs_busybox = true;
	g->output_max = FOREIGN_OUTPUT_MAX;
	return 0;
}

int guest_jobs(struct pipeline *p, const struct pipe_build *b, const struct plan_platform *f,
	       const struct guest_place *at, struct guest_spec *g, struct observe_job **ret_jobs,
	       struct err *err)
{
	job_list jobs = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->plan.suites.len; i++) {
		const struct suite *s = &p->plan.suites.data[i];

		if (s->kind == SUITE_KSELFTEST)
			r = kselftest_jobs(p, b, f, s, g, &jobs, err);
		else if (s->kind == SUITE_MODULE)
			r = module_job(p, b, f, s, at, g, &jobs, err);
		else if (s->kind == SUITE_CMD)
			cmd_job(p, s, g, &jobs);
		else if (suite_foreign_name(s->kind))
			r = foreign_job(p, s, g, &jobs, err);
	}
	if (b->result.kselftest_dir)
		g->tree = b->result.kselftest_dir;
	if (r == 0 && b->result.kselftest_root) { /* what programs that are not static load */
		struct root_walk walk = { b->result.kselftest_root, g, "" };

		r = dir_walk(b->result.kselftest_root, add_root_file, &walk, err);
	}
	*ret_jobs = jobs.data;
	return r;
}
