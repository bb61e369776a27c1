/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/plan_list.h"

#include "base/json.h"
#include "job/boot_devices.h"
#include "job/stage.h"

enum { NAME_WIDTH = 32 };

struct row {
	const struct plan_build *b;
	const struct plan_platform *f; /* NULL: the build itself */
	bool base;		       /* of --base */
	double seconds;		       /* 0: not known */
};
struct rows {
	struct row *data;
	size_t len, cap;
};

static int add_row(const struct pipeline *p, const struct plan_build *b,
		   const struct plan_platform *f, bool base, struct rows *ret, struct err *err)
{
	AUTO_FREE char *other = source_base_key(p->source.key);
	struct source src = { .key = base ? other : p->source.key };
	AUTO_FREE char *key = f ? boot_expect_key(p, &src, b, f) : build_expect_key(&src, b, base);
	struct row row = { .b = b, .f = f, .base = base };
	int r = store_expect_get(p->rec.store, key, &row.seconds, err);

	*vec_add(ret) = row;
	return r;
}

/* One side: the tree itself, or the base. A package is built already. */
static int collect(const struct pipeline *p, unsigned stages, bool base, struct rows *ret,
		   struct err *err)
{
	bool tree = p->source.kind == SOURCE_TREE && !p->host_only;
	bool tests = (stages & STAGE_TEST) && !(base && p->opt->base_build);
	int r = 0;

	for (size_t i = 0; r == 0 && tree && i < p->plan.builds.len; i++)
		r = add_row(p, &p->plan.builds.data[i], NULL, base, ret, err);
	for (size_t i = 0; tests && i < (tree ? p->plan.builds.len : 1); i++)
		vec_foreach(f, &p->plan.platforms)
			if (r == 0 && plan_pair(&p->plan.builds.data[i], f))
				r = add_row(p, &p->plan.builds.data[i], f, base, ret, err);
	return r;
}

/* As they are written, of a boot on @f. */
static void devices_of(const struct pipeline *p, const struct plan_platform *f, struct strv *ret)
{
	struct devices list = { 0 };
	struct err ignored = { 0 };

	devices_wanted(p->a, &p->plan, f, p->opt, &list, &ignored); /* plan_fit() found no fault */
	vec_foreach(d, &list)
		strv_add(ret, d->text);
	vec_release(&list);
}

static void table(const struct pipeline *p, const struct rows *rows, struct str *out)
{
	double sum = 0;
	size_t unknown = 0;

	str_addf(out, "plan %s", p->plan.name);
	if (p->plan.description) {
		str_adds(out, ": ");
		str_add_printable(out, view_of(p->plan.description));
	}
	str_adds(out, "\n\n");
	vec_foreach(row, rows) {
		const char *base = row->base ? " (base)" : "";
		AUTO_FREE char *name =
			row->f ? mem_printf("%s on %s%s", row->b->name, row->f->name, base) :
				 mem_printf("%s%s", row->b->name, base);

		str_addf(out, "  %-6s %-*s %-8s %-10s ", row->f ? "boot" : "build", NAME_WIDTH,
			 name, row->f ? "" : row->b->arch->name,
			 row->f || !row->b->toolchain ? "" : row->b->toolchain);
		if (row->seconds > 0)
			str_add_duration(out, row->seconds);
		else
			str_adds(out, "not known yet");
		str_addc(out, '\n');
		AUTO_STRV struct strv devices = { 0 };
		if (row->f)
			devices_of(p, row->f, &devices);
		vec_foreach(d, &devices)
			str_addf(out, "  device %s\n", *d);
		sum += row->seconds;
		unknown += row->seconds <= 0;
	}
	vec_foreach(s, &p->plan.suites) {
		str_adds(out, "  suite  ");
		str_add_printable(out, view_of(s->text));
		str_addc(out, '\n');
	}
	if (p->opt->base)
		str_addf(out, "  base   %s: what the store has of it is not done again\n",
			 p->opt->base);
	str_adds(out, "\nexpected: ");
	str_add_duration(out, sum);
	if (unknown)
		str_addf(out, ", and %zu that never ran here", unknown);
	if (rows->len > 1)
		str_adds(out, "; one after the other");
	str_addc(out, '\n');
}

static void object(const struct pipeline *p, const struct rows *rows, struct str *out)
{
	struct jwriter w;

	jw_init(&w, out, 1);
	jw_obj(&w);
	jw_kstr(&w, "plan", p->plan.name);
	jw_kstr_opt(&w, "description", p->plan.description);
	for (int boots = 0; boots < 2; boots++) {
		jw_key(&w, boots ? "boots" : "builds");
		jw_arr(&w);
		vec_foreach(row, rows) {
			if ((row->f != NULL) != boots)
				continue;
			jw_obj(&w);
			jw_kstr(&w, boots ? "build" : "name", row->b->name);
			jw_kstr(&w, "architecture", row->b->arch->name);
			jw_kstr_opt(&w, "toolchain", boots ? NULL : row->b->toolchain);
			jw_kstr_opt(&w, "platform", boots ? row->f->name : NULL);
			jw_kbool(&w, "base", row->base);
			if (row->seconds > 0)
				jw_kdouble(&w, "expected", row->seconds);
			AUTO_STRV struct strv devices = { 0 };
			if (boots)
				devices_of(p, row->f, &devices);
			if (devices.len)
				jw_kstrv(&w, "devices", &devices);
			jw_obj_end(&w);
		}
		jw_arr_end(&w);
	}
	jw_kstr_opt(&w, "base", p->opt->base);
	jw_key(&w, "suites");
	jw_arr(&w);
	vec_foreach(s, &p->plan.suites)
		jw_str(&w, s->text);
	jw_arr_end(&w);
	jw_obj_end(&w);
	str_addc(out, '\n');
}

int plan_list(const struct pipeline *p, unsigned stages, bool json, struct str *out,
	      struct err *err)
{
	struct rows rows = { 0 };
	int r = collect(p, stages, false, &rows, err);

	if (r == 0 && p->opt->base)
		r = collect(p, stages, true, &rows, err);
	if (r == 0)
		(json ? object : table)(p, &rows, out);
	vec_release(&rows);
	return r;
}
