/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records in and out, replacement, batches, runs. */
#include "test_store.h"

#include <math.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void checkout_in_and_out(void **state)
{
	struct scene *s = *state;
	struct store_checkout got, c = {
		.id = "me:c",
		.origin = "me",
		.tree_name = "net-next",
		.git_repository_url = "https://x/y",
		.git_commit_hash = "abc",
		.git_commit_name = "v6.12-3-gabc",
		.git_repository_branch = "main",
		.comment = NASTY,
		.start_ms = 1700000000123,
		.misc = "{\"a\": [1e2, null]}",
	};

	FAILS(s, store_checkout_get(s->store, s->arena, "me:c", &got, &s->err), ERR_NOT_FOUND,
	      "no checkout \"me:c\"");
	OK(s, store_put_checkout(s->store, &c, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_checkout_get(s->store, s->arena, "me:c", &got, &s->err));
	assert_string_equal(got.id, c.id);
	assert_string_equal(got.origin, c.origin);
	assert_string_equal(got.tree_name, c.tree_name);
	assert_string_equal(got.git_repository_url, c.git_repository_url);
	assert_string_equal(got.git_commit_hash, c.git_commit_hash);
	assert_string_equal(got.git_commit_name, c.git_commit_name);
	assert_string_equal(got.git_repository_branch, c.git_repository_branch);
	assert_string_equal(got.comment, c.comment);
	assert_int_equal(got.start_ms, c.start_ms);
	assert_string_equal(got.misc, c.misc);
}

static void build_in_and_out(void **state)
{
	struct scene *s = *state;
	const struct store_filter all = { 0 };
	struct store_builds list;
	struct store_build b = {
		.id = "me:b",
		.origin = "me",
		.checkout_id = "me:nowhere",
		.run = 7,
		.name = "debug",
		.architecture = "x86_64",
		.command = "make " NASTY,
		.compiler = "gcc 12",
		.config_name = "tiny",
		.log_excerpt = "log",
		.comment = "",
		.status = "FAIL",
		.start_ms = 5,
		.duration = 1.5,
		.key = "k",
		.image_sha256 = "i",
		.build_id = "g",
		.misc = "{}",
	};

	OK(s, store_put_build(s->store, &b, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_builds(s->store, s->arena, &all, &list, &s->err));
	assert_int_equal(list.len, 1);
	const struct store_build *got = list.data;

	assert_string_equal(got->id, b.id);
	assert_string_equal(got->checkout_id, b.checkout_id);
	assert_int_equal(got->run, 7);
	assert_string_equal(got->name, b.name);
	assert_string_equal(got->architecture, b.architecture);
	assert_string_equal(got->command, b.command);
	assert_string_equal(got->compiler, b.compiler);
	assert_string_equal(got->config_name, b.config_name);
	assert_string_equal(got->log_excerpt, b.log_excerpt);
	assert_string_equal(got->comment, "");
	assert_string_equal(got->status, b.status);
	assert_int_equal(got->start_ms, 5);
	assert_true(got->duration == 1.5);
	assert_string_equal(got->key, b.key);
	assert_string_equal(got->image_sha256, b.image_sha256);
	assert_string_equal(got->build_id, b.build_id);
	assert_string_equal(got->misc, b.misc);
	vec_release(&list);
}

static void test_in_and_out(void **state)
{
	struct scene *s = *state;
	const struct store_filter all = { 0 };
	struct store_tests list;
	struct store_test measured = {
		.id = "me:t",
		.origin = "me",
		.build_id = "me:b",
		.run = 3,
		.platform = "qemu-x86_64",
		.path = "boot.time",
		.status = "DONE",
		.comment = NASTY,
		.log_excerpt = "x",
		.has_number = true,
		.number = 0.1,
		.unit = "s",
		.start_ms = 9,
		.duration = 2.25,
		.suite = "boot",
		.reason = "none",
		.misc = "{\"kassay\":{}}",
	};
	struct store_test bare = { .id = "me:u",
				   .origin = "me",
				   .build_id = "me:b",
				   .path = "",
				   .duration = NAN,
				   .has_number = true,
				   .number = INFINITY };

	OK(s, store_put_test(s->store, &measured, &s->err));
	OK(s, store_put_test(s->store, &bare, &s->err));
	put_test(s, "me:b", "plain", "PASS");
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_tests(s->store, s->arena, &all, &list, &s->err));
	assert_int_equal(list.len, 3);
	const struct store_test *got = &list.data[0];

	assert_string_equal(got->id, "me:t");
	assert_string_equal(got->build_id, "me:b");
	assert_int_equal(got->run, 3);
	assert_string_equal(got->platform, "qemu-x86_64");
	assert_string_equal(got->path, "boot.time");
	assert_string_equal(got->status, "DONE");
	assert_string_equal(got->comment, NASTY);
	assert_string_equal(got->log_excerpt, "x");
	assert_true(got->has_number && got->number == 0.1);
	assert_string_equal(got->unit, "s");
	assert_int_equal(got->start_ms, 9);
	assert_true(got->duration == 2.25);
	assert_string_equal(got->suite, "boot");
	assert_string_equal(got->reason, "none");
	assert_string_equal(got->misc, "{\"kassay\":{}}");
	got = &list.data[1];
	assert_null(got->platform);
	assert_string_equal(got->path, "");
	assert_null(got->status);
	assert_false(got->has_number);
	assert_true(got->duration == 0);
	assert_false(list.data[2].has_number);
	vec_release(&list);
}

static void finding_in_and_out(void **state)
{
	struct scene *s = *state;
	const struct store_filter all = { 0 };
	struct store_findings list;
	struct store_finding f = {
		.id = "me:f",
		.origin = "me",
		.run = 2,
		.build_id = "me:b",
		.test_id = "me:t",
		.kind = "build",
		.severity = "error",
		.title = NASTY,
		.signature = "00ff",
		.type = "error",
		.function = "fn",
		.file = "lib/a.c",
		.message = "expected ';'",
		.object = "lib/a.o",
		.symbol = "CONFIG_X",
		.excerpt = "lines",
		.line_in_file = 12,
		.column = 3,
		.line = 400,
		.expected = true,
		.expected_by = "entry",
		.misc = "{}",
	};

	OK(s, store_put_finding(s->store, &f, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_findings(s->store, s->arena, &all, &list, &s->err));
	assert_int_equal(list.len, 1);
	const struct store_finding *got = list.data;

	assert_string_equal(got->id, f.id);
	assert_int_equal(got->run, 2);
	assert_string_equal(got->build_id, f.build_id);
	assert_string_equal(got->test_id, f.test_id);
	assert_string_equal(got->kind, f.kind);
	assert_string_equal(got->severity, f.severity);
	assert_string_equal(got->title, f.title);
	assert_string_equal(got->signature, f.signature);
	assert_string_equal(got->type, f.type);
	assert_string_equal(got->function, f.function);
	assert_string_equal(got->file, f.file);
	assert_string_equal(got->message, f.message);
	assert_string_equal(got->object, f.object);
	assert_string_equal(got->symbol, f.symbol);
	assert_string_equal(got->excerpt, f.excerpt);
	assert_int_equal(got->line_in_file, 12);
	assert_int_equal(got->column, 3);
	assert_int_equal(got->line, 400);
	assert_true(got->expected);
	assert_string_equal(got->expected_by, f.expected_by);
	assert_string_equal(got->misc, f.misc);
	vec_release(&list);
}

static void artifacts_replace_by_place(void **state)
{
	struct scene *s = *state;
	const struct store_filter all = { 0 }, of_build = { .build_id = "me:b" },
				  of_platform = { .platform = "q" };
	struct store_artifacts list;
	bool refers = true;
	struct store_artifact a = {
		.run = 1, .role = "plan", .name = "quick.yaml", .sha256 = "aa", .size = 1
	};
	struct store_artifact b = { .run = 1,
				    .build_id = "me:b",
				    .platform = "q",
				    .role = "console-log",
				    .sha256 = "bb",
				    .size = INT64_C(1) << 40 };

	OK(s, store_put_artifact(s->store, &a, &s->err));
	OK(s, store_put_artifact(s->store, &b, &s->err));
	a.sha256 = "cc";
	OK(s, store_put_artifact(s->store, &a, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_artifacts(s->store, s->arena, &all, &list, &s->err));
	assert_int_equal(list.len, 2);
	assert_string_equal(list.data[0].sha256, "cc");
	assert_null(list.data[0].build_id);
	assert_null(list.data[0].test_id);
	assert_null(list.data[0].platform);
	assert_string_equal(list.data[0].name, "quick.yaml");
	assert_string_equal(list.data[1].build_id, "me:b");
	assert_null(list.data[1].name);
	assert_int_equal(list.data[1].size, INT64_C(1) << 40);
	vec_release(&list);
	OK(s, store_artifacts(s->store, s->arena, &of_build, &list, &s->err));
	assert_int_equal(list.len, 1);
	vec_release(&list);
	OK(s, store_artifacts(s->store, s->arena, &of_platform, &list, &s->err));
	assert_int_equal(list.len, 1);
	vec_release(&list);
	OK(s, store_refers(s->store, "aa", &refers, &s->err));
	assert_false(refers);
	OK(s, store_refers(s->store, "cc", &refers, &s->err));
	assert_true(refers);
}

static void batch_is_seen_after_commit_only(void **state)
{
	struct scene *s = *state;
	struct store *other;

	OK(s, store_open(s->path, false, &other, &s->err));
	put_test(s, "me:b", "one", "PASS");
	assert_string_equal(paths(s, &(struct store_filter){ 0 }), "");
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_commit(s->store, &s->err));
	put_test(s, "me:b", "lost", "PASS");
	store_close(s->store);
	s->store = other;
	assert_string_equal(paths(s, &(struct store_filter){ 0 }), "one");
}

static void large_batch_commits_itself(void **state)
{
	struct scene *s = *state;
	struct store_tests list;
	char path[32];

	for (int i = 0; i <= 10000; i++) {
		snprintf(path, sizeof(path), "t%d", i);
		put_test(s, "me:b", path, "PASS");
	}
	OK(s, store_tests(s->store, s->arena, &(struct store_filter){ 0 }, &list, &s->err));
	assert_int_equal(list.len, 10000);
	assert_string_equal(list.data[9999].path, "t9999");
	vec_release(&list);
}

static void same_test_is_replaced_in_place(void **state)
{
	struct scene *s = *state;

	put_test(s, "me:b", "a", "MISS");
	put_test(s, "me:b", "b", "PASS");
	put_test(s, "me:b", "a", "PASS");
	OK(s, store_commit(s->store, &s->err));
	put_test(s, "me:b", "b", "FAIL");
	put_test(s, "me:b2", "a", "SKIP");
	OK(s, store_commit(s->store, &s->err));
	assert_string_equal(paths(s, &(struct store_filter){ 0 }), "a b a");
	assert_string_equal(paths(s, &(struct store_filter){ .status = "MISS" }), "");
	assert_string_equal(paths(s, &(struct store_filter){ .status = "FAIL" }), "b");
}

static void runs_are_numbered_and_updated(void **state)
{
	struct scene *s = *state;
	struct store_run got, run = { .origin = "me",
				      .command = "kassay run '" NASTY "'",
				      .plan = "quick",
				      .source = ".",
				      .directory = "/\xff",
				      .spec = "{\"a\":1}",
				      .start_ms = 4,
				      .exit_status = -1,
				      .pid = 1,
				      .pid_start = 2,
				      .misc = "{}" };
	struct store_runs list;

	FAILS(s, store_run_get(s->store, s->arena, 0, &got, &s->err), ERR_NOT_FOUND, "no run yet");
	OK(s, store_put_run(s->store, &run, &s->err));
	assert_int_equal(run.id, 1);
	/* At once: others may ask for the next number. */
	OK(s, store_run_get(s->store, s->arena, 0, &got, &s->err));
	assert_string_equal(got.command, run.command);
	assert_string_equal(got.plan, "quick");
	assert_string_equal(got.source, ".");
	assert_string_equal(got.directory, "/\xff");
	assert_string_equal(got.spec, run.spec);
	assert_int_equal(got.start_ms, 4);
	assert_int_equal(got.exit_status, -1);
	assert_int_equal(got.pid, 1);
	assert_int_equal(got.pid_start, 2);
	assert_string_equal(got.misc, "{}");
	run.end_ms = 10;
	run.state = RUN_DONE;
	run.exit_status = 1;
	OK(s, store_put_run(s->store, &run, &s->err));
	OK(s, store_commit(s->store, &s->err));
	run.id = 0;
	OK(s, store_put_run(s->store, &run, &s->err));
	assert_int_equal(run.id, 2);
	OK(s, store_run_get(s->store, s->arena, 1, &got, &s->err));
	assert_int_equal(got.end_ms, 10);
	assert_int_equal(got.state, RUN_DONE);
	assert_int_equal(got.exit_status, 1);
	OK(s, store_runs(s->store, s->arena, 0, &list, &s->err));
	assert_int_equal(list.len, 2);
	assert_int_equal(list.data[0].id, 2);
	vec_release(&list);
	OK(s, store_runs(s->store, s->arena, 1, &list, &s->err));
	assert_int_equal(list.len, 1);
	vec_release(&list);
	FAILS(s, store_run_get(s->store, s->arena, 3, &got, &s->err), ERR_NOT_FOUND, "no run 3");
}

static void put_run(struct scene *s, enum store_run_state state, int64_t pid, int64_t pid_start)
{
	struct store_run run = {
		.origin = "me", .state = state, .pid = pid, .pid_start = pid_start
	};

	OK(s, store_put_run(s->store, &run, &s->err));
}

static void unfinished_run_is_told_from_a_living_one(void **state)
{
	struct scene *s = *state;
	struct store_run got = { .id = 99 };
	int64_t own = store_pid_start(getpid()), start;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	start = store_pid_start(child);
	assert_true(own > 0 && start >= own);
	put_run(s, RUN_DONE, 1, 1);
	put_run(s, RUN_RUNNING, getpid(), own);
	put_run(s, RUN_RUNNING, child, start);
	FAILS(s, store_run_unfinished(s->store, s->arena, &got, &s->err), ERR_NOT_FOUND,
	      "no run was cut off");
	assert_int_equal(got.id, 99);
	/* A zombie is gone as well. */
	kill(child, SIGKILL);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(store_pid_start(child), 0);
	OK(s, store_run_unfinished(s->store, s->arena, &got, &s->err));
	assert_int_equal(got.id, 3);
	waitpid(child, NULL, 0);
	OK(s, store_run_unfinished(s->store, s->arena, &got, &s->err));
	assert_int_equal(got.id, 3);
	put_run(s, RUN_INTERRUPTED, getpid(), own);
	put_run(s, RUN_RUNNING, getpid(), own);
	OK(s, store_run_unfinished(s->store, s->arena, &got, &s->err));
	assert_int_equal(got.id, 4);
	/* The number was given to another process since. */
	put_run(s, RUN_RUNNING, getpid(), own - 1);
	OK(s, store_run_unfinished(s->store, s->arena, &got, &s->err));
	assert_int_equal(got.id, 6);
	assert_int_equal(store_pid_start(0), 0);
	assert_int_equal(store_pid_start(-1), 0);
}

static void expectations_follow(void **state)
{
	struct scene *s = *state;
	double seconds = -1;

	OK(s, store_expect_get(s->store, "build:k", &seconds, &s->err));
	assert_true(seconds == 0);
	OK(s, store_expect_put(s->store, "build:k", 100, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_expect_get(s->store, "build:k", &seconds, &s->err));
	assert_true(seconds == 100);
	OK(s, store_expect_put(s->store, "build:k", 200, &s->err));
	OK(s, store_commit(s->store, &s->err));
	OK(s, store_expect_get(s->store, "build:k", &seconds, &s->err));
	assert_true(fabs(seconds - 130) < 1e-9);
	FAILS(s, store_expect_put(s->store, "k", NAN, &s->err), ERR_USAGE, "no duration");
	FAILS(s, store_expect_put(s->store, "k", -1, &s->err), ERR_USAGE, "no duration");
}

static void refused_records(void **state)
{
	struct scene *s = *state;
	struct store_test ok = a_test(s, "me:b", "x", "PASS"), t;
	AUTO_STR struct str deep = STR_INIT, large = STR_INIT;
	struct store_run run = { .spec = "{}" };

	str_adds(&deep, "{\"a\":");
	for (int i = 0; i < 32; i++)
		str_addc(&deep, '[');
	for (int i = 0; i < 32; i++)
		str_addc(&deep, ']');
	str_addc(&deep, '}');
	str_reserve(&large, STORE_RECORD_MAX + 1);
	memset(large.data, 'x', STORE_RECORD_MAX);
	large.len = STORE_RECORD_MAX;
	str_addc(&large, 'x');
#define REFUSED(member, value, code, text) \
	t = ok; \
	t.member = value; \
	FAILS(s, store_put_test(s->store, &t, &s->err), code, text)
	REFUSED(id, NULL, ERR_USAGE, "a test without id");
	REFUSED(id, "Me:x", ERR_USAGE, "id \"Me:x\" does not begin with an origin");
	REFUSED(id, ":x", ERR_USAGE, "id");
	REFUSED(build_id, "me", ERR_USAGE, "build_id \"me\"");
	REFUSED(origin, "my lab", ERR_USAGE, "origin \"my lab\" may only have");
	REFUSED(origin, "", ERR_USAGE, "origin");
	REFUSED(path, NULL, ERR_USAGE, "a test without path");
	REFUSED(status, "pass", ERR_USAGE, "\"pass\" is no status");
	REFUSED(misc, "{", ERR_PARSE, "test: misc");
	REFUSED(misc, "[]", ERR_PARSE, "misc: not a JSON object");
	REFUSED(misc, str_c(&deep), ERR_LIMIT, "nested deeper than 32");
	REFUSED(comment, str_c(&large), ERR_LIMIT, "a test of more than 64 MiB");
	FAILS(s, store_put_run(s->store, &run, &s->err), ERR_USAGE, "a run without origin");
	assert_int_equal(run.id, 0);
	OK(s, store_put_test(s->store, &ok, &s->err));
	OK(s, store_commit(s->store, &s->err));
	assert_string_equal(paths(s, &(struct store_filter){ 0 }), "x");
}

RUN(SCENE(checkout_in_and_out), SCENE(build_in_and_out), SCENE(test_in_and_out),
    SCENE(finding_in_and_out), SCENE(artifacts_replace_by_place),
    SCENE(batch_is_seen_after_commit_only), SCENE(large_batch_commits_itself),
    SCENE(same_test_is_replaced_in_place), SCENE(runs_are_numbered_and_updated),
    SCENE(unfinished_run_is_told_from_a_living_one), SCENE(expectations_follow),
    SCENE(refused_records))
