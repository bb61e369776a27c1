/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --base: results that are there already need no second boot. */
#include "base/log.h"
#include "job/stage.h"

/* Was the machine record of (build, platform) stored: did that boot go through? */
static bool boots_finished(struct pipeline *p, const char *build_id, int64_t run)
{
	struct store_filter filter = { .run = run, .build_id = build_id };
	struct store_artifacts list = { 0 };
	struct err err = { 0 };
	size_t found = 0;

	if (store_artifacts(p->rec.store, p->a, &filter, &list, &err) == 0)
		vec_foreach(f, &p->plan.platforms)
			vec_foreach(a, &list)
				found += strcmp(a->role, "machine") == 0 && a->platform &&
					 strcmp(a->platform, f->name) == 0;
	vec_release(&list);
	return found >= p->plan.platforms.len;
}

/* Did @tests come from at least the suites of this plan? */
static bool suites_covered(const struct pipeline *p, const struct store_tests *tests)
{
	vec_foreach(s, &p->plan.suites) {
		const char *text = s->kind == SUITE_KUNIT && !s->glob ? "kunit" : s->text;
		bool found = false;

		vec_foreach(t, tests)
			found |= t->suite && strcmp(t->suite, text) == 0;
		if (!found)
			return false;
	}
	return true;
}

int stage_reuse(struct pipeline *p, struct pipe_build *b)
{
	struct store_build old;
	struct store_tests tests = { 0 };
	struct store_findings findings = { 0 };
	struct err err = { 0 };
	int taken = 0;

	if (b->status != STATUS_PASS ||
	    store_build_by_key(p->rec.store, p->a, b->key, &old, &err) < 0 ||
	    strcmp(old.id, b->id) == 0 || !boots_finished(p, old.id, old.run))
		return 0;
	struct store_filter filter = { .build_id = old.id };

	if (store_tests(p->rec.store, p->a, &filter, &tests, &err) == 0 &&
	    suites_covered(p, &tests) &&
	    store_findings(p->rec.store, p->a, &filter, &findings, &err) == 0) {
		taken = 1;
		b->reused = true;
		log_info(
			"base: results of run %lld are of the same bits and suites, not booted again",
			(long long)old.run);
		vec_foreach(t, &tests) {
			t->id = NULL;
			t->build_id = b->id;
			if (strcmp(t->path, "size.image") != 0 &&
			    recorder_test(&p->rec, t, &err) < 0)
				taken = 0;
		}
		vec_foreach(f, &findings) {
			if (strcmp(f->kind, "crash") != 0 && strcmp(f->kind, "boot") != 0)
				continue;
			f->id = NULL;
			f->test_id = NULL;
			f->build_id = b->id;
			if (recorder_finding(&p->rec, f, &err) < 0)
				taken = 0;
		}
	}
	vec_release(&tests);
	vec_release(&findings);
	return taken;
}
