/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites of a plan turned into jobs of kassay-init, one for each test program or command. */
#include <sys/stat.h>

#include "boot/frame.h"
#include "job/guest_jobs_internal.h"
#include "sys/file.h"

static const double CMD_TIMEOUT = 300;		/* seconds, of a cmd: without a limit of its own */
static const double FOREIGN_TIMEOUT = 6 * 3600; /* seconds, of a whole suite of others */
/*
 * Of each job of a machine that has such a suite: cases are read as they come, and less is kept. LTP prints all of a suite as one
 * job, ftracetest traces every command of what fails.
 */
enum { SCRIPT_MAX = 64 << 10, FOREIGN_OUTPUT_MAX = 256 << 20, KSELFTEST_OUTPUT_MAX = 64 << 20 };
#define GUEST_KSELFTEST "/opt/kselftest"
#define GUEST_CMD "/kassay/cmd"

struct guest_job *job_add(struct jobs_of *x, const struct suite *s, const char *path)
{
	struct guest_job *j = vec_add(&x->g->jobs);

	*vec_add(&x->jobs) = (struct observe_job){ .path = arena_strdup(x->p->a, path),
						   .suite = s->text,
						   .kind = s->kind };
	j->name = mem_strdup(path);
	return j;
}

static int put_unrunnable(struct jobs_of *x, const struct suite *s, const char *path,
			  const char *status, const char *reason, const char *excerpt,
			  struct err *err)
{
	return stage_put_test(x->p, x->b, x->f->name, s, path, status, reason, excerpt, err);
}

int job_unrunnable(struct jobs_of *x, const struct suite *s, const char *path, const char *status,
		   const char *reason, struct err *err)
{
	return put_unrunnable(x, s, path, status, reason, NULL, err);
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

static int put_not_compiled(struct jobs_of *x, const struct suite *s, const char *path,
			    const struct kselftest_prog *prog, struct err *err)
{
	return put_unrunnable(x, s, path, "ERROR", "does not compile",
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

static int kselftest_jobs(struct jobs_of *x, const struct suite *s, struct err *err)
{
	const struct plan *plan = &x->p->plan;
	const struct pipe_build *b = x->b;
	int r = collection_modules(x, s, err);

	for (size_t i = 0; r == 0 && i < b->result.programs.len; i++) {
		const struct kselftest_prog *prog = &b->result.programs.data[i];
		AUTO_FREE char *path = kselftest_path(prog->collection, prog->test);
		struct guest_job *j;

		if (strcmp(prog->collection, s->collection) != 0 || !wanted(s, prog->test))
			continue;
		if (!prog->path) {
			r = put_not_compiled(x, s, path, prog, err);
			continue;
		}
		j = job_add(x, s, path);
		strv_addf(&j->argv, "./%s", prog->test);
		j->cwd = mem_printf(GUEST_KSELFTEST "/%s", prog->collection);
		j->timeout = s->timeout > 0	    ? s->timeout :
			     plan->test_timeout > 0 ? plan->test_timeout :
						      prog->timeout;
		j->scaled = !(s->timeout > 0) && !(plan->test_timeout > 0);
		x->g->needs_busybox |= prog->needs_shell;
		if (x->g->output_max < KSELFTEST_OUTPUT_MAX)
			x->g->output_max = KSELFTEST_OUTPUT_MAX;
	}
	for (size_t i = 0; r == 0 && s->tests && s->tests[i]; i++) {
		AUTO_FREE char *path = kselftest_path(s->collection, s->tests[i]);
		/* Nothing of the collection was built. */
		const struct kselftest_prog *none = find_program(b, s->collection, "build");

		if (find_program(b, s->collection, s->tests[i]))
			continue;
		r = none ? put_not_compiled(x, s, path, none, err) :
			   job_unrunnable(x, s, path, "MISS", "this kernel has no such test", err);
	}
	if (r == 0 && !s->tests && !find_program(b, s->collection, NULL)) {
		AUTO_FREE char *path = kselftest_path(s->collection, NULL);

		r = job_unrunnable(x, s, path, "MISS", "this kernel has no such collection", err);
	}
	return r;
}

double job_limit(const struct pipeline *p, const struct suite *s)
{
	return s->timeout > 0		? s->timeout :
	       p->plan.test_timeout > 0 ? p->plan.test_timeout :
					  CMD_TIMEOUT;
}

static void cmd_job(struct jobs_of *x, const struct suite *s)
{
	AUTO_FREE char *path = mem_printf("cmd.%s", s->name);
	struct guest_job *j = job_add(x, s, path);

	x->g->needs_busybox = true;
	if (s->file) {
		struct guest_file *file = vec_add(&x->g->files);

		file->path = mem_printf(GUEST_CMD "/%s", s->name);
		file->from = mem_strdup(s->command);
		file->mode = 0755;
		strv_add(&j->argv, file->path);
	} else {
		strv_add(&j->argv, "/bin/sh");
		strv_add(&j->argv, "-c");
		strv_add(&j->argv, s->command);
	}
	j->timeout = job_limit(x->p, s);
}

static void stress_job(struct jobs_of *x, const struct suite *s)
{
	struct guest_job *j = job_add(x, s, s->name);

	strv_add(&j->argv, GUEST_INIT_PATH);
	strv_add(&j->argv, "--stress");
	strv_addf(&j->argv, "%.0f", s->seconds);
	j->timeout = s->seconds + job_limit(x->p, s);
}

struct root_walk {
	const char *root, *prefix;
	struct guest_spec *g;
	bool modes; /* files keep theirs */
};

static int add_root_file(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct root_walk *w = data;
	struct guest_file *f;

	(void)err;
	if (S_ISDIR(st->st_mode))
		return 0;
	f = vec_add(&w->g->files);
	f->path = mem_printf("%s/%s", w->prefix, rel);
	f->mode = w->modes ? st->st_mode & 0777 : 0;
	f->from = path_join(w->root, rel);
	return 0;
}

char *suite_path(const struct suite *s)
{
	return s->kind == SUITE_BOOT	   ? mem_strdup("boot") :
	       s->kind == SUITE_KUNIT	   ? mem_strdup("kunit") :
	       s->kind == SUITE_LTP	   ? mem_printf("ltp.%s", s->name) :
	       s->kind == SUITE_TOOLS	   ? mem_printf("tools.%s", s->name) :
	       suite_foreign_name(s->kind) ? mem_strdup(suite_foreign_name(s->kind)) :
	       s->kind == SUITE_CMD	   ? mem_printf("cmd.%s", s->name) :
	       s->kind == SUITE_MODULE	   ? mem_printf("module.%s", s->name) :
	       s->kind == SUITE_TORTURE || s->kind == SUITE_STRESS ?
					 mem_strdup(s->name) :
					 kselftest_path(s->collection, NULL);
}

/* Did an earlier suite of this boot put the same folder in? */
static bool is_there(const struct jobs_of *x, const struct suite *s)
{
	vec_foreach(other, &x->p->plan.suites) {
		if (other == s)
			break;
		if (other->kind != s->kind || !other->path || strcmp(other->path, s->path) != 0)
			continue;
		vec_foreach(j, &x->jobs)
			if (j->suite == other->text)
				return true;
	}
	return false;
}

/*
 * A suite of others: its script (configs/suites) is given to the machine's shell as words, with the limit of a case, what to
 * run, and where to look for it.
 */
static int foreign_job(struct jobs_of *x, const struct suite *s, struct err *err)
{
	const char *kind = suite_foreign_name(s->kind);
	AUTO_FREE char *path = suite_path(s);
	AUTO_FREE char *script = mem_printf("%s/configs/suites/%s.sh", x->p->share_dir, kind);
	AUTO_FREE char *home = mem_printf("/opt/%s", kind);
	AUTO_STR struct str text = STR_INIT;
	int r = file_read(script, SCRIPT_MAX, &text, err);

	if (r == 0 && s->path && !is_there(x, s)) {
		struct root_walk walk = { s->path, home, x->g, true };

		r = dir_walk(s->path, add_root_file, &walk, err);
	}
	if (r < 0)
		return err_context(err, "suite %s", s->text);
	struct guest_job *j = job_add(x, s, path);
	struct view words = view_of(s->command), word;

	strv_add(&j->argv, "/bin/sh");
	strv_add(&j->argv, "-c");
	strv_add(&j->argv, str_c(&text));
	strv_addf(&j->argv, "kassay-%s", kind);
	strv_addf(&j->argv, "%.0f", job_limit(x->p, s));
	if (s->name)
		strv_add(&j->argv, s->name);
	while (view_split(&words, ' ', &word))
		strv_addf(&j->argv, VIEW_FMT, VIEW_ARG(word));
	j->timeout = x->p->plan.timeout > 0 ? x->p->plan.timeout : FOREIGN_TIMEOUT;
	x->g->needs_busybox = true;
	x->g->output_max = FOREIGN_OUTPUT_MAX;
	return 0;
}

static int suite_jobs(struct jobs_of *x, const struct suite *s, const char *lacking,
		      struct err *err)
{
	if (lacking) {
		AUTO_FREE char *path = suite_path(s);

		return job_unrunnable(x, s, path, "SKIP", lacking, err);
	}
	if (s->kind == SUITE_KSELFTEST)
		return kselftest_jobs(x, s, err);
	if (s->kind == SUITE_MODULE)
		return module_jobs(x, s, err);
	if (s->kind == SUITE_KUNIT)
		return kunit_jobs(x, s, err);
	if (s->kind == SUITE_TORTURE)
		return torture_job(x, s, err);
	if (suite_foreign_name(s->kind))
		return foreign_job(x, s, err);
	if (s->kind == SUITE_STRESS)
		stress_job(x, s);
	if (s->kind == SUITE_CMD)
		cmd_job(x, s);
	return 0;
}

int guest_jobs(struct jobs_of *x, const struct boot_devices *devices, struct err *err)
{
	const struct pipe_build *b = x->b;
	struct guest_spec *g = x->g;
	int r = 0;

	vec_foreach(s, &x->p->plan.suites)
		if (r == 0)
			r = suite_jobs(x, s, devices_reason(x->p->a, devices, s), err);
	if (b->result.kselftest_dir)
		g->tree = b->result.kselftest_dir;
	if (r == 0 && b->result.kselftest_root) { /* what programs that are not static load */
		/* Of a root file system its own libraries count; kassay-init adds what it does not have. */
		struct root_walk walk = { b->result.kselftest_root,
					  x->f->rootfs ? GUEST_LIBRARIES : "", g, false };

		r = dir_walk(b->result.kselftest_root, add_root_file, &walk, err);
	}
	return r;
}
