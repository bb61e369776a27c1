/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict/compare.h"

#include "logs/record.h"

static enum status status_of(const struct store_test *t)
{
	return status_parse(view_of(t->status ? t->status : ""));
}

static bool bad(const struct store_test *t)
{
	return status_of(t) <= STATUS_ERROR;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* The first @len bytes of a test's path, in its build and on its platform. */
static char *place(const struct store_test *t, size_t len)
{
	return mem_printf("%s\n%s\n%.*s", or_empty(t->build_id), or_empty(t->platform), (int)len,
			  t->path);
}

/* Every proper prefix of a failing test's path that ends before a dot: the heaviest status below it, plus one. */
static void mark_parents(struct map *below, const struct store_test *t)
{
	for (const char *dot = strchr(t->path, '.'); dot; dot = strchr(dot + 1, '.')) {
		AUTO_FREE char *parent = place(t, (size_t)(dot - t->path));
		uintptr_t had = (uintptr_t)map_get(below, parent);
		enum status s = status_of(t);

		if (had)
			s = status_heavier(s, (enum status)(had - 1));
		map_set(below, parent, (void *)((uintptr_t)s + 1));
	}
}

void failing_leaves(const struct store_test *tests, size_t n, struct test_refs *ret)
{
	AUTO_MAP struct map *below = map_new();

	for (size_t i = 0; i < n; i++)
		if (bad(&tests[i]))
			mark_parents(below, &tests[i]);
	for (size_t i = 0; i < n; i++) {
		const struct store_test *t = &tests[i];
		AUTO_FREE char *self = place(t, strlen(t->path));
		uintptr_t heaviest = (uintptr_t)map_get(below, self);

		if (bad(t) && (!heaviest || status_of(t) < (enum status)(heaviest - 1)))
			*vec_add(ret) = t;
	}
}

static const char *build_name(const struct compare_side *side, const char *build_id)
{
	const char *name = build_id && side->build_names ? map_get(side->build_names, build_id) :
							   NULL;

	return or_empty(name);
}

/* Where a test stands on any side. */
static char *test_key(const struct compare_side *side, const struct store_test *t)
{
	return mem_printf("%s\n%s\n%s", build_name(side, t->build_id), or_empty(t->platform),
			  t->path);
}

/* What makes two findings the same problem in the same place; a problem seen twice counts twice. */
static char *finding_key(const struct compare_side *side, const struct store_finding *f)
{
	return mem_printf("%s %s %s %s", build_name(side, f->build_id), f->kind, f->signature,
			  f->file   ? f->file :
			  f->object ? f->object :
				      "");
}

static bool counts(const struct store_finding *f)
{
	return !f->expected;
}

/* Findings of @a beyond those of the same key in @b. */
static void findings_beyond(const struct compare_side *a, const struct compare_side *b,
			    struct finding_refs *ret)
{
	AUTO_MAP struct map *have = map_new();

	for (size_t i = 0; i < b->n_findings; i++) {
		AUTO_FREE char *key = finding_key(b, &b->findings[i]);

		if (counts(&b->findings[i]))
			map_set(have, key, (void *)((uintptr_t)map_get(have, key) + 1));
	}
	for (size_t i = 0; i < a->n_findings; i++) {
		AUTO_FREE char *key = finding_key(a, &a->findings[i]);
		uintptr_t left = (uintptr_t)map_get(have, key);

		if (!counts(&a->findings[i]))
			continue;
		if (left)
			map_set(have, key, (void *)(left - 1));
		else
			*vec_add(ret) = &a->findings[i];
	}
}

static struct map *index_tests(const struct compare_side *side)
{
	struct map *m = map_new();

	for (size_t i = 0; i < side->n_tests; i++) {
		AUTO_FREE char *key = test_key(side, &side->tests[i]);

		map_set(m, key, (void *)&side->tests[i]);
	}
	return m;
}

static const struct store_test *same_test(const struct map *index, const struct compare_side *side,
					  const struct store_test *t)
{
	AUTO_FREE char *key = test_key(side, t);

	return map_get(index, key);
}

/* Failing leaves of @a whose test does not fail in @b. */
static void failures_beyond(const struct compare_side *a, const struct map *b,
			    struct test_refs *ret)
{
	struct test_refs failing = { 0 };

	failing_leaves(a->tests, a->n_tests, &failing);
	vec_foreach(t, &failing) {
		const struct store_test *other = same_test(b, a, *t);

		if (!other || !bad(other))
			*vec_add(ret) = *t;
	}
	vec_release(&failing);
}

void compare(const struct compare_side *base, const struct compare_side *head,
	     struct comparison *ret)
{
	AUTO_MAP struct map *in_base = index_tests(base), *in_head = index_tests(head);
	struct comparison c = { 0 };
	struct test_refs gone = { 0 };

	findings_beyond(head, base, &c.new_findings);
	findings_beyond(base, head, &c.gone_findings);
	failures_beyond(head, in_base, &c.new_failures);
	failures_beyond(base, in_head, &gone);
	vec_foreach(t, &gone) {
		const struct store_test *now = same_test(in_head, base, *t);

		if (now && status_of(now) == STATUS_PASS)
			*vec_add(&c.fixed) = now;
	}
	for (size_t i = 0; i < head->n_tests; i++) {
		const struct store_test *h = &head->tests[i], *b = same_test(in_base, head, h);

		if (h->has_number && b && b->has_number)
			*vec_add(&c.numbers) =
				(struct compare_number){ build_name(head, h->build_id), h->path,
							 h->unit, b->number, h->number };
	}
	vec_release(&gone);
	*ret = c;
}

void comparison_release(struct comparison *c)
{
	vec_release(&c->new_findings);
	vec_release(&c->gone_findings);
	vec_release(&c->new_failures);
	vec_release(&c->fixed);
	vec_release(&c->numbers);
}
