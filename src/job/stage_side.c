/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side of a run, the tree itself or the base: its builds one after the other, its boots beside them. */
#include "job/boots.h"
#include "job/guest_room.h"
#include "job/stage.h"

/* What needs no machine is run, once for the side. Its boots are queued, or will never be. */
static int test_build(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err)
{
	int r = 0;

	if (b->reused)
		return 0;
	if (b->plan == p->plan.builds.data)
		r = stage_tools(p, src, b, err);
	if (r < 0)
		return r;
	if (b->status == STATUS_PASS)
		return boots_add(p, src, b, err);
	vec_foreach(f, &p->plan.platforms)
		if (r == 0 && plan_pair(b->plan, f))
			r = stage_missed(p, b, f, NULL, err);
	return r;
}

/* --fail-fast came before it. */
static void not_built(struct pipeline *p, struct pipe_build *b)
{
	b->id = stage_build_id(p, b);
	b->start_ms = time_now_ms();
	b->status = STATUS_MISS;
	b->problem = boots_stopped(p);
}

static int build_one(struct pipeline *p, struct source *src, struct pipe_build *b, bool tests,
		     struct err *err)
{
	int r = 0;

	if (b->base && !p->opt->no_cache && !p->host_only)
		r = stage_reuse(p, src, b, tests, err);
	b->reused = r > 0;
	if (r == 0) {
		boots_building(p, true);
		r = boots_cancelled(p, stage_build(p, src, b, err), err);
		boots_building(p, false);
	}
	if (r < 0)
		return r;
	if (b->status == STATUS_FAIL) {
		AUTO_FREE char *name = mem_printf("build %s", b->plan->name);

		boots_failed(p, name);
		boots_check(p);
	}
	if (boots_stopped(p) && b->status == STATUS_MISS)
		not_built(p, b);
	return 0;
}

/* Most telling first: what did not build the last time, then the quickest. */
static int build_turns(struct pipeline *p, const struct source *src, bool base, struct turn *turns,
		       struct err *err)
{
	struct history *h = NULL;
	int r = history_load(p, &h, err);

	for (size_t i = 0; r == 0 && i < p->plan.builds.len; i++) {
		const struct plan_build *b = &p->plan.builds.data[i];
		AUTO_FREE char *key = build_expect_key(src, b, base);

		turns[i] = (struct turn){ .at = i, .failed = history_failed(h, b->name, NULL) };
		r = store_expect_get(p->rec.store, key, &turns[i].expected, err);
	}
	history_free(h);
	if (r == 0)
		turns_sort(turns, p->plan.builds.len);
	return r;
}

/* Build one after the other; guests of those that are ready run meanwhile, unless @later. */
static int build_all(struct pipeline *p, struct source *src, bool base, bool tests, bool later,
		     struct err *err)
{
	AUTO_FREE struct turn *turns = mem_alloc(p->plan.builds.len * sizeof(*turns));
	struct pipe_build *builds;
	int r = build_turns(p, src, base, turns, err);

	vec_foreach(b, &p->plan.builds)
		*(base ? vec_add(&p->base_builds) : vec_add(&p->builds)) =
			(struct pipe_build){ .plan = b, .base = base, .status = STATUS_MISS };
	builds = base ? p->base_builds.data : p->builds.data;
	for (size_t i = 0; r == 0 && i < p->plan.builds.len; i++) {
		struct pipe_build *b = &builds[turns[i].at];

		if (boots_stopped(p))
			not_built(p, b);
		else
			r = build_one(p, src, b, tests, err);
		if (r == 0 && !b->reused && !later)
			r = stage_build_put(p, b, err);
		if (r == 0 && tests && !later)
			r = test_build(p, src, b, err);
		if (r == 0 && tests && !later)
			r = boots_run(p, false, err);
	}
	return r;
}

int stage_side(struct pipeline *p, struct source *src, unsigned stages, bool base, struct err *err)
{
	bool tests = (stages & STAGE_TEST) && !(base && p->opt->base_build);
	bool later = p->opt->touch && !base; /* it may be built twice: the second one counts */
	int r = build_all(p, src, base, tests, later, err);

	if (r == 0 && !base && !p->host_only && !boots_stopped(p))
		r = stage_touched(p, src, err);
	for (size_t i = 0; r == 0 && later && i < p->builds.len; i++)
		r = stage_build_put(p, &p->builds.data[i], err);
	for (size_t i = 0; r == 0 && later && tests && i < p->builds.len; i++)
		r = test_build(p, src, &p->builds.data[i], err);
	cache_put(
		&src->lock); /* what follows reads the build folders only: let others at the tree */
	return r < 0 || !tests ? r : boots_run(p, false, err);
}
