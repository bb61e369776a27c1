/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict/compare.h"

#include "logs/record.h"

static enum status status_of(const struct store_test *t)
{
	return status_parse(view_of(t->status ? t->status : ""));
}

static bool bad(const struct store_test *t, bool errors)
{
	enum status s = status_of(t);

	return s == STATUS_FAIL || (errors && s == STATUS_ERROR);
}

/* Every proper prefix of a failing test's path that ends before a dot is a parent its child explains. */
static void mark_parents(struct map *parents, const char *path)
{
	AUTO_STR struct str prefix = STR_INIT;

	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		str_clear(&prefix);
		str_add(&prefix, path, (size_t)(dot - path));
		map_set(parents, str_c(&prefix), NULL);
	}
}

void failing_leaves(const struct store_test *tests, size_t n, bool errors, struct test_refs *ret)
{
	AUTO_MAP struct map *parents = map_new();

	for (size_t i = 0; i < n; i++)
		if (bad(&tests[i], errors))
			mark_parents(parents, tests[i].path);
	for (size_t i = 0; i < n; i++)
		if (bad(&tests[i], errors) && !map_has(parents, tests[i].path))
			*vec_add(ret) = &tests[i];
}

/* What makes two findings the same problem in the same place; a problem seen twice counts twice. */
static char *finding_key(const struct store_finding *f)
{
	return mem_printf("%s %s %s", f->kind, f->signature,
			  f->file   ? f->file :
			  f->object ? f->object :
				      "");
}

static bool counts(const struct store_finding *f)
{
	return !f->expected;
}

/* Findings of @a beyond those of the same key in @b. */
static void findings_beyond(const struct store_finding *a, size_t na, const struct store_finding *b,
			    size_t nb, struct finding_refs *ret)
{
	AUTO_MAP struct map *have = map_new();

	for (size_t i = 0; i < nb; i++) {
		AUTO_FREE char *key = finding_key(&b[i]);

		if (counts(&b[i]))
			map_set(have, key, (void *)((uintptr_t)map_get(have, key) + 1));
	}
	for (size_t i = 0; i < na; i++) {
		AUTO_FREE char *key = finding_key(&a[i]);
		uintptr_t left = (uintptr_t)map_get(have, key);

		if (!counts(&a[i]))
			continue;
		if (left)
			map_set(have, key, (void *)(left - 1));
		else
			*vec_add(ret) = &a[i];
	}
}

static void index_tests(struct map *m, const struct compare_side *side)
{
	for (size_t i = 0; i < side->n_tests; i++)
		map_set(m, side->tests[i].path, (void *)&side->tests[i]);
}

/* Failing leaves of @a whose test does not fail in @b. */
static void failures_beyond(const struct compare_side *a, const struct map *b,
			    struct test_refs *ret)
{
	struct test_refs failing = { 0 };

	failing_leaves(a->tests, a->n_tests, false, &failing);
	vec_foreach(t, &failing) {
		const struct store_test *other = map_get(b, (*t)->path);

		if (!other || !bad(other, false))
			*vec_add(ret) = *t;
	}
	vec_release(&failing);
}

void compare(const struct compare_side *base, const struct compare_side *head,
	     struct comparison *ret)
{
	AUTO_MAP struct map *in_base = map_new(), *in_head = map_new();
	struct comparison c = { 0 };
	struct test_refs gone = { 0 };

	index_tests(in_base, base);
	index_tests(in_head, head);
	findings_beyond(head->findings, head->n_findings, base->findings, base->n_findings,
			&c.new_findings);
	findings_beyond(base->findings, base->n_findings, head->findings, head->n_findings,
			&c.gone_findings);
	failures_beyond(head, in_base, &c.new_failures);
	failures_beyond(base, in_head, &gone);
	vec_foreach(t, &gone) {
		const struct store_test *now = map_get(in_head, (*t)->path);

		if (now && status_of(now) == STATUS_PASS)
			*vec_add(&c.fixed) = now;
	}
	for (size_t i = 0; i < head->n_tests; i++) {
		const struct store_test *h = &head->tests[i], *b = map_get(in_base, h->path);

		if (h->has_number && b && b->has_number)
			*vec_add(&c.numbers) =
				(struct compare_number){ h->path, h->unit, b->number, h->number };
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
