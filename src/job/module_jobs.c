/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that load modules of the kernel: kassay-init loads what a module needs, then the module. */
#include "job/guest_jobs_internal.h"
#include "job/guest_load.h"

#include "sys/file.h"

int module_find(const struct jobs_of *x, const char *name, struct module_files *ret,
		struct err *err)
{
	const struct guest_place *at = x->at;

	if (at->modules)
		return module_files(x->p->a, at->modules, name, at->work, ret, err);
	if (at->objects && module_built_in(at->objects, name))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "this kernel comes without modules");
}

void module_argv(struct jobs_of *x, const struct module_files *files, const char *params,
		 struct strv *argv)
{
	struct view rest = view_of(params), one;

	vec_foreach(file, files) {
		AUTO_FREE char *word = guest_add_module(x->g, file);

		strv_add(argv, word);
	}
	strv_add(argv, "--");
	while (view_split(&rest, ' ', &one))
		if (one.len)
			strv_addf(argv, VIEW_FMT, VIEW_ARG(one));
}

int module_unrunnable(struct jobs_of *x, const struct suite *s, const char *path,
		      const struct err *why, struct err *err)
{
	const char *status = why->code == ERR_NOT_FOUND				? "MISS" :
			     why->code == ERR_PARSE || why->code == ERR_LIMIT ? "ERROR" : /* a damaged file */
										NULL;

	if (!why->code)
		return 0;
	if (!status) {
		*err = *why;
		return -why->code;
	}
	int r = job_unrunnable(x, s, path, status, why->msg, err);
	return r < 0 ? r : 1;
}

/* A kernel that has it built in needs no files. */
int module_jobs(struct jobs_of *x, const struct suite *s, struct err *err)
{
	AUTO_FREE char *path = mem_printf("module.%s", s->name);
	struct module_files files = { 0 };
	struct err why = { 0 };
	int r;

	module_find(x, s->name, &files, &why);
	r = module_unrunnable(x, s, path, &why, err);
	if (r == 0) {
		struct guest_job *j = job_add(x, s, path);

		strv_add(&j->argv, GUEST_INIT_PATH);
		strv_add(&j->argv, "--load");
		module_argv(x, &files, s->command, &j->argv);
		j->timeout = job_limit(x->p, s);
	}
	vec_release(&files);
	return r < 0 ? r : 0;
}

/* Their scripts look for the module before they look for modprobe. */
static const struct {
	const char *collection, *module;
} collections[] = {
	{ "firmware", "test_firmware" }, { "gpio", "gpio-sim" }, { "lkdtm", "lkdtm" },
	{ "sysctl", "test_sysctl" },	 { "zram", "zram" },
};

static bool has_job(const struct jobs_of *x, const char *path)
{
	vec_foreach(j, &x->jobs)
		if (strcmp(j->path, path) == 0)
			return true;
	return false;
}

int collection_modules(struct jobs_of *x, const struct suite *s, struct err *err)
{
	for (size_t i = 0; x->at->modules && i < ARRAY_SIZE(collections); i++) {
		AUTO_FREE char *path = mem_printf("module.%s", collections[i].module);
		struct suite load = { .kind = SUITE_MODULE,
				      .text = s->text,
				      .name = collections[i].module,
				      .command = "" };
		struct module_files files = { 0 };
		struct err why = { 0 };
		int r = 0;

		if (strcmp(s->collection, collections[i].collection) != 0 || has_job(x, path))
			continue;
		/* Built in, or not there: the tests say so themselves. */
		if (module_find(x, load.name, &files, &why) == 0 && files.len)
			r = module_jobs(x, &load, err);
		vec_release(&files);
		if (r < 0)
			return r;
	}
	return 0;
}

/* It ends when it is unloaded, so it must not be built in. */
int torture_job(struct jobs_of *x, const struct suite *s, struct err *err)
{
	struct module_files files = { 0 };
	struct err why = { 0 };
	int r;

	if (module_find(x, s->name, &files, &why) == 0 && !files.len)
		err_set(&why, ERR_NOT_FOUND,
			"%s is built into this kernel: it never ends; build it as a module",
			s->name);
	r = module_unrunnable(x, s, s->name, &why, err);
	if (r == 0) {
		struct guest_job *j = job_add(x, s, s->name);

		strv_add(&j->argv, GUEST_INIT_PATH);
		strv_add(&j->argv, "--torture");
		strv_addf(&j->argv, "%.0f", s->seconds);
		strv_add(&j->argv, s->name);
		module_argv(x, &files, s->command, &j->argv);
		j->timeout = s->seconds + job_limit(x->p, s);
	}
	vec_release(&files);
	return r < 0 ? r : 0;
}
