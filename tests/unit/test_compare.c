/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "verdict/compare.h"

static struct store_finding finding(const char *signature, const char *file, bool expected)
{
	return (struct store_finding){ .kind = "build", .signature = signature, .file = file, .expected = expected };
}

static struct store_test test(const char *path, const char *status)
{
	return (struct store_test){ .path = path, .status = status };
}

static void only_what_is_new(void **state)
{
	const struct store_finding base_f[] = { finding("s1", "a.c", false), finding("s2", "a.c", false) };
	const struct store_finding head_f[] = {
		finding("s1", "a.c", false), finding("s1", "a.c", false),	/* a second time: one is new */
		finding("s3", "b.c", false), finding("s4", "b.c", true),
	};
	const struct store_test base_t[] = {
		test("kunit.x", "FAIL"), test("kunit.x.old", "FAIL"), test("kunit.x.new", "PASS"), test("kunit.y", "FAIL"),
		{ .path = "size.image", .status = "DONE", .has_number = true, .number = 100, .unit = "B" },
	};
	const struct store_test head_t[] = {
		test("kunit.x", "FAIL"), test("kunit.x.old", "FAIL"), test("kunit.x.new", "FAIL"), test("kunit.y", "PASS"),
		{ .path = "size.image", .status = "DONE", .has_number = true, .number = 140, .unit = "B" },
	};
	struct compare_side base = { base_t, ARRAY_SIZE(base_t), base_f, ARRAY_SIZE(base_f) };
	struct compare_side head = { head_t, ARRAY_SIZE(head_t), head_f, ARRAY_SIZE(head_f) };
	struct comparison c = { 0 };

	(void)state;
	compare(&base, &head, &c);
	assert_int_equal(c.new_findings.len, 2);
	assert_ptr_equal(c.new_findings.data[0], &head_f[1]);
	assert_ptr_equal(c.new_findings.data[1], &head_f[2]);
	assert_int_equal(c.gone_findings.len, 1);
	assert_ptr_equal(c.gone_findings.data[0], &base_f[1]);
	assert_int_equal(c.new_failures.len, 1);	/* not its parent */
	assert_string_equal(c.new_failures.data[0]->path, "kunit.x.new");
	assert_int_equal(c.fixed.len, 1);
	assert_string_equal(c.fixed.data[0]->path, "kunit.y");
	assert_int_equal(c.numbers.len, 1);
	assert_true(c.numbers.data[0].head - c.numbers.data[0].base == 40);
	comparison_release(&c);
}

static void a_test_that_is_new_and_fails(void **state)
{
	const struct store_test head_t[] = { test("kunit.n", "FAIL"), test("kunit.e", "ERROR") };
	struct compare_side base = { 0 }, head = { head_t, ARRAY_SIZE(head_t), NULL, 0 };
	struct comparison c = { 0 };
	struct test_refs all = { 0 };

	(void)state;
	compare(&base, &head, &c);
	assert_int_equal(c.new_failures.len, 2);
	failing_leaves(head_t, ARRAY_SIZE(head_t), &all);
	assert_int_equal(all.len, 2);
	vec_release(&all);
	comparison_release(&c);
}

/* Builds are compared by name: what fails in one was no failure of the other. */
static void builds_apart(void **state)
{
	static const struct {
		const char *id, *name;
	} builds[] = { { "b:1", "one" }, { "b:2", "two" }, { "h:1", "one" }, { "h:2", "two" } };
	AUTO_MAP struct map *names = map_new();
	struct store_test base_t[2], head_t[3];
	struct compare_side base = { base_t, 2, .build_names = names },
			    head = { head_t, 3, .build_names = names };
	struct comparison c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(builds); i++)
		map_set(names, builds[i].id, (void *)builds[i].name);
	base_t[0] = test("kunit.x", "PASS");
	base_t[1] = head_t[1] = test("kunit.x", "FAIL");
	head_t[0] = test("kunit.x", "FAIL");
	head_t[2] = test("kunit.x.a", "FAIL");
	base_t[0].build_id = "b:1";
	base_t[1].build_id = "b:2";
	head_t[0].build_id = "h:1";
	head_t[1].build_id = head_t[2].build_id = "h:2";
	compare(&base, &head, &c);
	assert_int_equal(c.new_failures.len, 2);
	assert_ptr_equal(c.new_failures.data[0], &head_t[0]); /* no child of the other build explains it */
	assert_ptr_equal(c.new_failures.data[1], &head_t[2]);
	comparison_release(&c);
}

RUN(T(only_what_is_new), T(a_test_that_is_new_and_fails), T(builds_apart))
