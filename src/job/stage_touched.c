/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Was what changed compiled at all? A kernel that leaves the edited driver out proves nothing about it. */
#include "base/log.h"
#include "job/stage.h"
#include "sys/git.h"
#include "sys/file.h"

enum { ENABLED_SHOWN = 6 };

static struct touched *keep(struct arena *a, const struct touched *t)
{
	struct touched *own = arena_alloc(a, sizeof(*own));

	*own = *t;
	return own;
}

static bool any_built(const struct pipeline *p)
{
	vec_foreach(b, &p->builds)
		if (b->status == STATUS_PASS)
			return true;
	return false;
}

/* Which of @files no build compiled, into p->not_compiled. */
static int look(struct pipeline *p, const struct source *src, const struct strv *files,
		struct err *err)
{
	AUTO_MAP struct map *compiled = map_new(), *left_out = map_new();
	int r = 0;

	p->not_compiled.len = 0;
	if (!any_built(p))
		return 0;
	for (size_t i = 0; r == 0 && i < p->builds.len; i++) {
		struct touched_list list = { 0 };
		AUTO_FREE char *objects = NULL;

		if (p->builds.data[i].problem)
			continue;
		if (p->builds.data[i].status != STATUS_PASS)
			return 0; /* it broke: which files were compiled is not known */
		objects = path_join(p->builds.data[i].result.dir, "o");
		r = touched_files(p->a, src->dir, objects, files, &list, err);
		vec_foreach(t, &list) {
			if (!t->matters || t->compiled)
				map_set(compiled, t->file, NULL);
			else
				map_set(left_out, t->file, keep(p->a, t));
		}
		vec_release(&list);
	}
	for (size_t i = 0; r == 0 && i < files->len; i++) {
		const struct touched *t = map_get(left_out, files->data[i]);

		if (!map_has(compiled, files->data[i]))
			*vec_add(&p->not_compiled) = (struct not_compiled){
				arena_strdup(p->a, files->data[i]),
				t ? t->symbol : NULL,
				t ? t->symbols : NULL,
			};
	}
	return r;
}

/* Symbols of @plan from @first on. */
static void say_enabled(const struct plan_build *plan, size_t first)
{
	AUTO_STR struct str text = STR_INIT;
	size_t n = plan->config.len - first, shown = n < ENABLED_SHOWN ? n : ENABLED_SHOWN;

	for (size_t i = first; i < first + shown; i++)
		str_addf(&text, " %s", plan->config.data[i]);
	if (n > shown)
		str_addf(&text, " and %zu more", n - shown);
	log_info("--touch: building %s again with%s", plan->name, str_c(&text));
}

/* Enable what compiles the files left out, in every build, and build again. */
static int touch(struct pipeline *p, struct source *src, struct err *err)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->builds.len; i++) {
		struct pipe_build *b = &p->builds.data[i];
		AUTO_FREE char *objects = b->problem ? NULL : path_join(b->result.dir, "o");
		struct plan_build *plan = &p->plan.builds.data[i];
		size_t before = plan->config.len;

		vec_foreach(n, &p->not_compiled)
			if (r == 0 && n->symbols && objects)
				r = config_enable(objects, n->symbols, &plan->config, err);
		if (r < 0 || plan->config.len == before)
			continue;
		any = true;
		say_enabled(plan, before);
		build_result_release(&b->result);
		b->result = (struct build_result){ 0 };
		r = stage_build(p, src, b, err);
	}
	if (!any)
		log_warn("--touch: no symbol was found that compiles them");
	return r;
}

int stage_touched(struct pipeline *p, struct source *src, struct err *err)
{
	int r = p->changed.len ? look(p, src, &p->changed, err) : 0;

	if (r < 0 || !p->opt->touch || !p->not_compiled.len)
		return r;
	r = touch(p, src, err);
	return r < 0 ? r : look(p, src, &p->changed, err);
}
