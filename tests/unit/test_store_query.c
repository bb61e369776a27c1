/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters and questions. */
#include "test_store.h"

static void filters(void **state)
{
	struct scene *s = *state;
	struct store_finding f = { .id = "me:f",
				   .origin = "me",
				   .build_id = "me:b",
				   .test_id = "me:b:q:kunit.list.b",
				   .kind = "crash",
				   .title = "t",
				   .signature = "5160",
				   .run = 1 };
	struct store_test other = a_test(s, "me:c", "kunit.list.b", "SKIP");
	static const struct {
		struct store_filter f;
		const char *want;
	} cases[] = {
		{ { .path_glob = "kunit.list.*" }, "kunit.list.a kunit.list.b kunit.list.b" },
		{ { .path_glob = "kunit.list.b", .limit = 1 }, "kunit.list.b" },
		{ { .path_glob = "*list*", .limit = 2 }, "kunit.list.a kunit.list.b" },
		{ { .path_glob = "kunit.l?st.[!a]" }, "kunit.list.b kunit.list.b" },
		{ { .path_glob = "KUNIT*" }, "" },
		{ { .path_glob = "boot" }, "boot" },
		{ { .path_glob = "\x7f*" }, "" },
		{ { .run = 2 }, "kunit.list.b" },
		{ { .build_id = "me:b", .status = "PASS" }, "boot kunit.list.a" },
		{ { .platform = "board" }, "kunit.list.b" },
		{ { .platform = "qemu-x86_64", .limit = 2 }, "boot kunit.list.a" },
		{ { .signature = "5160" }, "kunit.list.b" },
		{ { .run = 1,
		    .build_id = "me:b",
		    .platform = "qemu-x86_64",
		    .path_glob = "k*",
		    .status = "FAIL",
		    .signature = "5160" },
		  "kunit.list.b" },
		{ { .signature = "none" }, "" },
		{ { .build_id = NASTY }, "" },
	};

	put_test(s, "me:b", "boot", "PASS");
	put_test(s, "me:b", "kunit.list.a", "PASS");
	put_test(s, "me:b", "kunit.list.b", "FAIL");
	other.platform = "board";
	other.run = 2;
	OK(s, store_put_test(s->store, &other, &s->err));
	OK(s, store_put_finding(s->store, &f, &s->err));
	OK(s, store_commit(s->store, &s->err));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(paths(s, &cases[i].f), cases[i].want);
}

static size_t count_findings(struct scene *s, struct store_filter f)
{
	struct store_findings list;

	OK(s, store_findings(s->store, s->arena, &f, &list, &s->err));
	size_t n = list.len;

	vec_release(&list);
	return n;
}

static void filters_reach_what_records_belong_to(void **state)
{
	struct scene *s = *state;
	struct store_test t = a_test(s, "me:b", "kunit.x", "FAIL");
	struct store_finding f = { .id = "me:f1",
				   .origin = "me",
				   .build_id = "me:b",
				   .test_id = t.id,
				   .kind = "crash",
				   .title = "t",
				   .signature = "5160",
				   .run = 1 };
	struct store_build b = { .id = "me:b", .origin = "me", .checkout_id = "me:c", .run = 1 };
	struct store_artifact a = {
		.run = 1, .build_id = "me:b", .test_id = t.id, .role = "output", .sha256 = "00"
	};
	struct store_builds builds;
	struct store_artifacts artifacts;

	OK(s, store_put_test(s->store, &t, &s->err));
	OK(s, store_put_finding(s->store, &f, &s->err));
	f = (struct store_finding){
		.id = "me:f2", .origin = "me", .build_id = "me:b", .kind = "build", .title = "t"
	};
	OK(s, store_put_finding(s->store, &f, &s->err));
	OK(s, store_put_build(s->store, &b, &s->err));
	OK(s, store_put_artifact(s->store, &a, &s->err));
	OK(s, store_commit(s->store, &s->err));
	assert_int_equal(count_findings(s, (struct store_filter){ 0 }), 2);
	assert_int_equal(count_findings(s, (struct store_filter){ .limit = 1 }), 1);
	assert_int_equal(count_findings(s, (struct store_filter){ .path_glob = "kunit.*" }), 1);
	assert_int_equal(count_findings(s, (struct store_filter){ .path_glob = "kunit.x" }), 1);
	assert_int_equal(count_findings(s, (struct store_filter){ .path_glob = "boot*" }), 0);
	assert_int_equal(count_findings(s, (struct store_filter){ .platform = "qemu-x86_64" }), 1);
	assert_int_equal(count_findings(s, (struct store_filter){ .status = "PASS" }), 0);
	assert_int_equal(count_findings(s, (struct store_filter){ .signature = "5160", .run = 1 }),
			 1);
	OK(s, store_builds(s->store, s->arena,
			   &(struct store_filter){
				   .signature = "5160", .path_glob = "no*", .platform = "no" },
			   &builds, &s->err));
	assert_int_equal(builds.len, 1);
	vec_release(&builds);
	OK(s, store_builds(s->store, s->arena, &(struct store_filter){ .status = "PASS" }, &builds,
			   &s->err));
	assert_int_equal(builds.len, 0);
	OK(s,
	   store_artifacts(s->store, s->arena,
			   &(struct store_filter){
				   .signature = "5160", .path_glob = "kunit.*", .status = "FAIL" },
			   &artifacts, &s->err));
	assert_int_equal(artifacts.len, 1);
	vec_release(&artifacts);
}

static void builds_by_key(void **state)
{
	struct scene *s = *state;
	struct store_build b = { .origin = "me", .checkout_id = "me:c", .status = "PASS" };
	struct store_builds got;

	for (size_t i = 0; i < 3; i++) {
		b.id = arena_printf(s->arena, "me:%zu", i);
		b.key = i == 1 ? "other" : "k";
		OK(s, store_put_build(s->store, &b, &s->err));
	}
	OK(s, store_commit(s->store, &s->err));
	OK(s,
	   store_builds(s->store, s->arena, &(struct store_filter){ .key = "k" }, &got, &s->err));
	assert_int_equal(got.len, 2);
	assert_string_equal(got.data[1].id, "me:2");
	vec_release(&got);
}

static bool known(struct scene *s, const char *path, const char *build_name, int64_t before)
{
	bool ret;

	OK(s, store_known_failure(s->store, path, NULL, build_name, before, &ret, &s->err));
	return ret;
}

static bool known_finding(struct scene *s, const char *signature, int64_t before)
{
	bool ret;

	OK(s, store_known_finding(s->store, signature, before, &ret, &s->err));
	return ret;
}

static void known_failures(void **state)
{
	struct scene *s = *state;
	struct store_build b = {
		.id = "me:b", .origin = "me", .checkout_id = "me:c", .name = "tiny", .run = 5
	};
	struct store_test t = a_test(s, "me:b", "kunit.x", "FAIL");
	struct store_finding f = { .id = "me:f",
				   .origin = "me",
				   .kind = "crash",
				   .title = "t",
				   .signature = "aa",
				   .run = 5 };
	bool elsewhere = true;

	t.run = 5;
	t.platform = NULL;
	OK(s, store_put_build(s->store, &b, &s->err));
	OK(s, store_put_test(s->store, &t, &s->err));
	OK(s, store_put_finding(s->store, &f, &s->err));
	f.id = "me:g";
	f.signature = "bb";
	f.expected = true;
	OK(s, store_put_finding(s->store, &f, &s->err));
	put_test(s, "me:b", "kunit.y", "ERROR");
	OK(s, store_commit(s->store, &s->err));
	assert_true(known(s, "kunit.x", "tiny", 6));
	assert_false(known(s, "kunit.x", "tiny", 5));
	assert_false(known(s, "kunit.x", "kasan", 6));
	assert_false(known(s, "kunit.x", NULL, 6));
	assert_false(known(s, "kunit.y", "tiny", 6));
	OK(s,
	   store_known_failure(s->store, "kunit.x", "qemu-arm64", "tiny", 6, &elsewhere, &s->err));
	assert_false(elsewhere);
	assert_true(known_finding(s, "aa", 6));
	assert_false(known_finding(s, "aa", 5));
	assert_false(known_finding(s, "bb", 6));
}

RUN(SCENE(filters), SCENE(filters_reach_what_records_belong_to), SCENE(builds_by_key),
    SCENE(known_failures))
