/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KUnit suites that live in modules, as distributions have them: each module is loaded by a job of its own. */
#include "job/guest_jobs_internal.h"

#include "kernel/artifacts_elf.h"
#include "sys/file.h"

#define SUITES_SECTION ".kunit_test_suites" /* include/asm-generic/vmlinux.lds.h */

/* Looking into thousands of modules takes long; these patterns are the kernel's style (dev-tools/kunit/style.rst). */
static const char *const patterns[] = { "*kunit*", "*test*" };

static bool may_hold_suites(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (glob_match(patterns[i], name))
			return true;
	return false;
}

/* A job for module @name when it holds suites; @params NULL: it is KUnit itself. */
static int one_module(struct jobs_of *x, const struct suite *s, const char *name,
		      const char *params, struct err *err)
{
	AUTO_FREE char *path = mem_printf("module.%s", name);
	AUTO_FREE char *section = mem_printf("%s/%s.kunit", x->at->work, name);
	struct suite as_module = *s;
	struct module_files files = { 0 };
	struct err why = { 0 };
	bool found = params != NULL;

	module_find(x, name, &files, &why);
	if (!why.code && files.len && !params)
		artifact_section(files.data[files.len - 1].path, SUITES_SECTION, section, &found,
				 &why);
	as_module.kind = params ? SUITE_MODULE : SUITE_KUNIT;
	int r = module_unrunnable(x, &as_module, path, &why, err);
	if (r == 0 && found && files.len) {
		struct guest_job *j = job_add(x, &as_module, path);

		strv_add(&j->argv, GUEST_INIT_PATH);
		strv_add(&j->argv, params ? "--load" : "--kunit");
		module_argv(x, &files, params ? params : "", &j->argv);
		j->timeout = job_limit(x->p, s);
	}
	vec_release(&files);
	return r < 0 ? r : 0;
}

int kunit_jobs(struct jobs_of *x, const struct suite *s, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	AUTO_FREE char *params = s->glob ? mem_printf("filter_glob=%s", s->glob) : mem_strdup("");
	char kunit = kernel_symbol(x->at, "KUNIT");
	int r = 0;

	if (!x->at->modules || kunit == 'n')
		return 0;
	r = modules_list(x->at->modules, &names, err);
	if (r == 0 && kunit != 'y' && strv_has(&names, "kunit"))
		r = one_module(x, s, "kunit", params, err);
	for (size_t i = 0; r == 0 && i < names.len; i++)
		if (may_hold_suites(names.data[i]) && strcmp(names.data[i], "kunit") != 0)
			r = one_module(x, s, names.data[i], NULL, err);
	return r;
}
