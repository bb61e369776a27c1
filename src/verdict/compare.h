/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is new on one side against another, build by build of equal name: findings by signature (without line numbers) and
 * count, failing tests and measurements by platform and path. Parents of a failing test are left out: their child says it.
 */
#pragma once

#include "base/vec.h"
#include "store/store.h"

struct compare_side {
	const struct store_test *tests;
	size_t n_tests;
	const struct store_finding *findings;
	size_t n_findings;
	const struct map *build_names; /* build id -> its name in the plan; NULL: one build */
};

struct compare_number {
	const char *build, *path, *unit;
	double base, head;
};
struct test_refs {
	const struct store_test **data;
	size_t len, cap;
};
struct finding_refs {
	const struct store_finding **data;
	size_t len, cap;
};
/* Pointers into the sides. */
struct comparison {
	struct finding_refs new_findings, gone_findings;
	struct test_refs new_failures,
		fixed; /* FAIL or ERROR now and not in the base; there and PASS now */
	struct {
		struct compare_number *data;
		size_t len, cap;
	} numbers;
};
void compare(const struct compare_side *base, const struct compare_side *head,
	     struct comparison *ret);
void comparison_release(struct comparison *c);
/* @tests with status FAIL or ERROR that no subtest explains: none below is as heavy. Pointers into @tests. */
void failing_leaves(const struct store_test *tests, size_t n, struct test_refs *ret);
