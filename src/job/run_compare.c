/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/summary.h"
#include "logs/record.h"

bool build_is_base(const struct store_build *b)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct jnode *misc;
	struct err err = { 0 };

	if (!b->misc || jt_parse(a, "misc", view_of(b->misc), &misc, &err) < 0)
		return false;
	return jt_get_bool(jt_get(misc, "kassay"), "base", false);
}

static struct map *base_ids(const struct recorder *r)
{
	struct map *m = map_new();

	vec_foreach(b, &r->builds)
		if (build_is_base(b))
			map_set(m, b->id, NULL);
	return m;
}

bool base_was_tested(const struct recorder *r)
{
	AUTO_MAP struct map *base = base_ids(r);

	vec_foreach(t, &r->tests) {
		enum status s = status_parse(view_of(t->status ? t->status : ""));

		/* Of a base that did not build or boot all are missing. */
		if (map_has(base, t->build_id) && t->platform && *t->platform &&
		    s != STATUS_ERROR && s != STATUS_MISS)
			return true;
	}
	return false;
}

/* What is compared of one side, copied to the arena: without @tests only what the build found. */
static struct compare_side side_of(const struct recorder *r, struct arena *a,
				   const struct map *base, bool want_base, const struct map *names,
				   bool with_tests)
{
	struct store_test *tests = arena_alloc(a, (r->tests.len + 1) * sizeof(*tests));
	struct store_finding *findings = arena_alloc(a, (r->findings.len + 1) * sizeof(*findings));
	struct compare_side side = { tests, 0, findings, 0, names };

	vec_foreach(t, &r->tests)
		if (with_tests && map_has(base, t->build_id) == want_base)
			tests[side.n_tests++] = *t;
	vec_foreach(f, &r->findings)
		if ((with_tests || !f->test_id) &&
		    (f->build_id && map_has(base, f->build_id)) == want_base)
			findings[side.n_findings++] = *f;
	return side;
}

bool run_compare(const struct recorder *r, struct arena *a, struct comparison *ret)
{
	AUTO_MAP struct map *base = base_ids(r), *names = map_new();
	struct compare_side sides[2];

	if (!map_len(base))
		return false;
	vec_foreach(b, &r->builds)
		map_set(names, b->id, (void *)b->name);
	bool tested = base_was_tested(r);
	for (int i = 0; i < 2; i++)
		sides[i] = side_of(r, a, base, i == 0, names, tested);
	compare(&sides[0], &sides[1], ret);
	return true;
}
