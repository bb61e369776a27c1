/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the command line changes it. */
#include "boot/rootfs.h"
#include "job/plan_fit.h"
#include "sys/file.h"

/* A variable that chooses a compiler. */
static bool chooses(const char *var)
{
	static const char *const names[] = { "CC=", "LLVM=", "CROSS_COMPILE=" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (view_starts(view_of(var), names[i]))
			return true;
	return false;
}

static void drop_toolchain(struct strv *make)
{
	size_t kept = 0;

	for (size_t i = 0; i < make->len; i++)
		if (chooses(make->data[i]))
			free(make->data[i]);
		else
			make->data[kept++] = make->data[i];
	make->len = kept;
}

/* Those of the configuration files are weaker than the build's own and its toolchain: they come first, as make takes the last. */
static void add_make(const struct job_options *o, struct plan_build *b)
{
	AUTO_STRV struct strv own = b->make;
	bool chosen = b->toolchain;

	b->make = (struct strv){ 0 };
	vec_foreach(var, &own)
		chosen |= chooses(*var);
	vec_foreach(var, &o->default_make)
		if (!chosen || !chooses(*var))
			strv_add(&b->make, *var);
	strv_add_all(&b->make, &own);
	strv_add_all(&b->make, &o->make);
}

/* The command line's wishes on top of a build's. */
static void override_build(const struct job_options *o, struct plan_build *b)
{
	if (o->preset >= 0) {
		b->preset = o->preset;
		strv_release(&b->fragments);
		strv_add(&b->fragments, "boot");
	}
	if (o->config_file)
		b->config_file = o->config_file;
	if (o->toolchain) {
		b->toolchain = o->toolchain;
		drop_toolchain(&b->make);
	}
	vec_foreach(f, &o->fragments)
		if (!strv_has(&b->fragments, *f))
			strv_add(&b->fragments, *f);
	strv_add_all(&b->config, &o->config);
	add_make(o, b);
}

static void override_platform(const struct job_options *o, struct plan_platform *f)
{
	if (o->rootfs)
		f->rootfs = o->rootfs;
	if (rootfs_is_none(f->rootfs))
		f->rootfs = NULL;
	strv_add_all(&f->packages, &o->packages);
}

/* --module: loaded before the plan's suites run. */
static int add_module(struct arena *a, const char *module, struct plan *plan, struct err *err)
{
	AUTO_FREE char *text = mem_printf("module:%s", module);
	struct suite s;
	int r = suite_parse(a, text, &s, err);
	size_t at = 0;

	if (r < 0)
		return r;
	vec_add(&plan->suites);
	while (at < plan->suites.len - 1 && plan->suites.data[at].kind == SUITE_MODULE)
		at++;
	memmove(&plan->suites.data[at + 1], &plan->suites.data[at],
		(plan->suites.len - 1 - at) * sizeof(s));
	plan->suites.data[at] = s;
	return 0;
}

/* --suite-path ltp=DIR */
static int set_suite_path(struct arena *a, const char *text, struct plan *plan, struct err *err)
{
	const char *eq = strchr(text, '=');
	bool known = false;

	for (int kind = SUITE_LTP; eq && kind <= SUITE_BLKTESTS; kind++)
		known |= view_eq(view_sub(view_of(text), 0, (size_t)(eq - text)),
				 suite_foreign_name((enum suite_kind)kind));
	if (!known || !eq[1])
		return err_set(err, ERR_USAGE,
			       "--suite-path %s: write ltp=DIR, xfstests=DIR or blktests=DIR",
			       text);
	vec_foreach(s, &plan->suites) {
		const char *name = suite_foreign_name(s->kind);

		if (name && view_eq(view_sub(view_of(text), 0, (size_t)(eq - text)), name))
			s->path = arena_strdup(a, eq + 1);
	}
	return 0;
}

static int check_suite_paths(const struct plan *plan, struct err *err)
{
	vec_foreach(s, &plan->suites)
		if (s->path && !dir_exists(s->path))
			return err_set(err, ERR_USAGE, "suite %s: there is no folder %s", s->text,
				       s->path);
	return 0;
}

int plan_override(struct arena *a, const struct job_options *o, struct plan *plan, struct err *err)
{
	int r = 0;

	if (o->suites.len)
		vec_release(&plan->suites);
	for (size_t i = 0; r == 0 && i < o->load.len; i++)
		r = add_module(a, o->load.data[i], plan, err);
	for (size_t i = 0; r == 0 && i < o->suites.len; i++)
		r = suite_parse(a, o->suites.data[i], vec_add(&plan->suites), err);
	if (r == 0 && o->bad_if && strcmp(o->bad_if, "boot") == 0 &&
	    !suites_have(&plan->suites, SUITE_BOOT))
		r = suite_parse(a, "boot", vec_add(&plan->suites), err);
	for (size_t i = 0; r == 0 && i < o->suite_paths.len; i++)
		r = set_suite_path(a, o->suite_paths.data[i], plan, err);
	if (r == 0)
		r = check_suite_paths(plan, err);
	vec_foreach(b, &plan->builds)
		override_build(o, b);
	vec_foreach(f, &plan->platforms)
		override_platform(o, f);
	if (o->timeout > 0)
		plan->timeout = o->timeout;
	if (o->test_timeout > 0)
		plan->test_timeout = o->test_timeout;
	if (o->silence > 0)
		plan->silence = o->silence;
	if (o->console_limit)
		plan->console_limit = o->console_limit;
	if (o->guests)
		plan->guests = o->guests;
	return r < 0 ? r : suites_check(&plan->suites, err);
}
