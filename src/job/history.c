/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/boots.h"
#include "job/summary.h"

enum { RUNS_SEEN = 100 }; /* further back nobody remembers */

struct history {
	struct map *failed; /* "BUILD", "BUILD on PLATFORM" */
};

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_kind(const struct store_run *a, const struct store_run *b)
{
	return a->id != b->id && a->state == RUN_DONE && same(a->plan, b->plan) &&
	       same(a->source, b->source) && same(a->directory, b->directory);
}

static int note(const struct pipeline *p, struct arena *a, int64_t run, struct map *failed,
		struct err *err)
{
	struct store_filter builds_of = { .run = run }, fails = { .run = run, .status = "FAIL" };
	struct store_builds builds = { 0 };
	struct store_tests tests = { 0 };
	AUTO_MAP struct map *names = map_new();
	int r = store_builds(p->rec.store, a, &builds_of, &builds, err);

	if (r == 0)
		r = store_tests(p->rec.store, a, &fails, &tests, err);
	vec_foreach(b, &builds) {
		if (build_is_base(b) || !b->name)
			continue;
		map_set(names, b->id, (void *)b->name);
		if (b->status && strcmp(b->status, "FAIL") == 0)
			map_set(failed, b->name, NULL);
	}
	vec_foreach(t, &tests) {
		const char *name = map_get(names, t->build_id);

		if (name && t->platform)
			map_set(failed, arena_printf(a, "%s on %s", name, t->platform), NULL);
	}
	vec_release(&builds);
	vec_release(&tests);
	return r;
}

int history_load(const struct pipeline *p, struct history **ret, struct err *err)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct store_runs runs = { 0 };
	struct history *h = NEW(struct history);
	int r = store_runs(p->rec.store, a, RUNS_SEEN, &runs, err);

	h->failed = map_new();
	for (size_t i = 0; r == 0 && i < runs.len; i++) {
		if (!same_kind(&runs.data[i], &p->rec.run))
			continue;
		r = note(p, a, runs.data[i].id, h->failed, err);
		break;
	}
	vec_release(&runs);
	if (r < 0)
		history_free(h);
	else
		*ret = h;
	return r;
}

void history_free(struct history *h)
{
	if (h)
		map_free(h->failed);
	free(h);
}

bool history_failed(const struct history *h, const char *build, const char *platform)
{
	AUTO_FREE char *key = platform ? mem_printf("%s on %s", build, platform) :
					 mem_strdup(build);

	return map_has(h->failed, key);
}
