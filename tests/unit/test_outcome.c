/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of a run, and the exit status they make: 1 bad, 125 could not tell, 0 good. */
#include "test.h"

#include "job/boots.h"
#include "sys/file.h"

struct scene {
	char *dir, *url;
	struct job_options opt;
	struct plan_build plan;
	struct pipeline p;
	struct err err;
};

#define OK(s, call) \
	do { \
		if ((call) < 0) \
			fail_msg("%s", (s)->err.msg); \
	} while (0)

static int setup(void **state)
{
	struct scene *s = NEW(struct scene);

	*state = s;
	s->opt.fail_on = -1;
	s->plan.name = "tiny";
	if (dir_temp("outcome", &s->dir, &s->err) < 0)
		return -1;
	s->url = path_join(s->dir, "k.db");
	return 0;
}

static void end(struct scene *s)
{
	if (!s->p.rec.store)
		return;
	OK(s, recorder_end(&s->p.rec, RUN_DONE, 0, &s->err));
	recorder_release(&s->p.rec);
	vec_release(&s->p.builds);
	arena_free(s->p.a);
	s->p = (struct pipeline){ 0 };
}

static int teardown(void **state)
{
	struct scene *s = *state;

	end(s);
	int r = dir_remove(s->dir, &s->err);
	free(s->dir);
	free(s->url);
	free(s);
	return r;
}

static void put_build(struct scene *s, const char *id, bool base)
{
	struct store_build b = { .id = id,
				 .checkout_id = "me:c",
				 .name = "tiny",
				 .status = "PASS",
				 .misc = base ? "{\"kassay\":{\"base\":true}}" : NULL };

	OK(s, recorder_build(&s->p.rec, &b, &s->err));
}

/* A run whose one build, "me:NAME", went well; the one before it is over. */
static void begin(struct scene *s, const char *name)
{
	struct store_run run = { .origin = "me", .source = ".", .state = RUN_RUNNING };

	end(s);
	s->p = (struct pipeline){ .opt = &s->opt, .a = arena_new() };
	OK(s, recorder_open(s->url, true, &s->p.rec, &s->err));
	OK(s, recorder_begin(&s->p.rec, &run, &s->err));
	const char *id = arena_printf(s->p.a, "me:%s", name);
	*vec_add(&s->p.builds) =
		(struct pipe_build){ .plan = &s->plan, .id = id, .status = STATUS_PASS };
	put_build(s, id, false);
}

static void test_of(struct scene *s, const char *build, const char *path, const char *status)
{
	struct store_test t = {
		.build_id = build, .platform = "qemu", .path = path, .status = status
	};

	OK(s, recorder_test(&s->p.rec, &t, &s->err));
}

static void test(struct scene *s, const char *path, const char *status)
{
	test_of(s, s->p.builds.data[0].id, path, status);
}

static void finding_of(struct scene *s, const char *build, const char *path, const char *title)
{
	AUTO_FREE char *id = mem_printf("%s:qemu:%s", build, path);
	struct store_finding f = { .build_id = build,
				   .test_id = id,
				   .kind = "crash",
				   .severity = "error",
				   .title = title,
				   .signature = title };

	OK(s, recorder_finding(&s->p.rec, &f, &s->err));
}

static void finding(struct scene *s, const char *path, const char *title)
{
	finding_of(s, s->p.builds.data[0].id, path, title);
}

static int status(struct scene *s, const char *bad_if)
{
	s->opt.bad_if = (char *)bad_if;
	int r = pipeline_exit_status(&s->p);
	s->opt.bad_if = NULL;
	return r;
}

static void plain(void **state)
{
	struct scene *s = *state;

	begin(s, "a");
	test(s, "boot", "PASS");
	test(s, "cmd.skipped", "SKIP");
	assert_int_equal(status(s, NULL), OUTCOME_GOOD);
	test(s, "cmd.missed", "MISS");
	assert_int_equal(status(s, NULL), OUTCOME_UNKNOWN);
	test(s, "cmd.bad", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
	begin(s, "b");
	test(s, "cmd.broken", "ERROR");
	assert_int_equal(status(s, NULL), OUTCOME_UNKNOWN);
	s->p.builds.data[0].status = STATUS_FAIL;
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
}

static void bad_if(void **state)
{
	struct scene *s = *state;

	begin(s, "a");
	assert_int_equal(status(s, "boot"), OUTCOME_UNKNOWN);
	test(s, "boot", "PASS");
	test(s, "boot.time", "DONE");
	test(s, "cmd.bad", "FAIL");
	assert_int_equal(status(s, "boot"), OUTCOME_GOOD);
	assert_int_equal(status(s, "build"), OUTCOME_GOOD);
	assert_int_equal(status(s, "test:cmd.*"), OUTCOME_BAD);
	assert_int_equal(status(s, "test:kunit*"), OUTCOME_UNKNOWN);
	assert_int_equal(status(s, "finding:KASAN*"), OUTCOME_GOOD);
	finding(s, "boot", "KASAN: use-after-free in f");
	assert_int_equal(status(s, "finding:KASAN*"), OUTCOME_BAD);
	/* It died of something else, before all had run. */
	begin(s, "b");
	test(s, "boot", "FAIL");
	finding(s, "boot", "kernel panic: other");
	assert_int_equal(status(s, "finding:KASAN*"), OUTCOME_UNKNOWN);
	test(s, "boot.time", "DONE");
	assert_int_equal(status(s, "finding:KASAN*"), OUTCOME_GOOD);
	test(s, "cmd.later", "MISS");
	assert_int_equal(status(s, "finding:KASAN*"), OUTCOME_UNKNOWN);
	assert_int_equal(status(s, "boot"), OUTCOME_BAD);
	s->p.builds.data[0].status = STATUS_FAIL;
	assert_int_equal(status(s, "build"), OUTCOME_BAD);
	begin(s, "c");
	s->p.builds.data[0].status = STATUS_FAIL;
	assert_int_equal(status(s, "boot"), OUTCOME_UNKNOWN);
}

/* --fail-on new without a base: what an earlier run of the store has is known. */
static void new_in_the_store(void **state)
{
	struct scene *s = *state;

	s->opt.fail_on = FAIL_ON_NEW;
	begin(s, "a");
	test(s, "boot", "FAIL");
	finding(s, "boot", "kernel is tainted: W");
	test(s, "cmd.x", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
	begin(s, "b");
	test(s, "boot", "FAIL");
	finding(s, "boot", "kernel is tainted: W");
	test(s, "cmd.x", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_GOOD);
	finding(s, "boot", "KASAN: use-after-free in f");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
	begin(s, "c");
	test(s, "cmd.y", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
	/* The same test of another configuration is another. */
	s->plan.name = "kasan";
	begin(s, "d");
	test(s, "cmd.x", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
}

static void new_against_the_base(void **state)
{
	struct scene *s = *state;

	s->opt.fail_on = FAIL_ON_NEW;
	begin(s, "a");
	put_build(s, "me:base", true);
	test_of(s, "me:base", "boot", "FAIL");
	finding_of(s, "me:base", "boot", "kernel is tainted: W");
	test_of(s, "me:base", "cmd.x", "FAIL");
	test(s, "boot", "FAIL");
	finding(s, "boot", "kernel is tainted: W");
	test(s, "cmd.x", "FAIL");
	assert_int_equal(status(s, NULL), OUTCOME_GOOD);
	/* A new report in a test that failed before. */
	finding(s, "cmd.x", "BUG: in f");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
	begin(s, "b");
	put_build(s, "me:base2", true);
	test_of(s, "me:base2", "boot", "PASS");
	test(s, "boot", "PASS");
	assert_int_equal(status(s, NULL), OUTCOME_GOOD);
	/* A failing parent is no less new for a child that is only broken. */
	test(s, "cmd.p", "FAIL");
	test(s, "cmd.p.child", "ERROR");
	assert_int_equal(status(s, NULL), OUTCOME_BAD);
}

/* --fail-fast, while the run goes on: only what no later result can excuse. */
static void failed_already(void **state)
{
	struct scene *s = *state;

	begin(s, "a");
	s->p.builds.data[0].status = STATUS_MISS; /* is being built */
	assert_false(pipeline_failed(&s->p));
	s->p.builds.data[0].status = STATUS_PASS;
	test(s, "cmd.a", "ERROR");
	assert_false(pipeline_failed(&s->p));
	test(s, "cmd.b", "FAIL");
	assert_true(pipeline_failed(&s->p));
	s->opt.bad_if = (char *)"boot";
	assert_false(pipeline_failed(&s->p));
	s->opt.bad_if = NULL;
	s->opt.fail_on = FAIL_ON_NEW;
	assert_true(pipeline_failed(&s->p));
	s->opt.base = (char *)"HEAD"; /* it may fail there, too */
	assert_false(pipeline_failed(&s->p));
	s->p.builds.data[0].status = STATUS_FAIL;
	assert_true(pipeline_failed(&s->p));
	begin(s, "b");
	s->opt.base = NULL;
	test(s, "cmd.b", "FAIL"); /* an earlier run has it */
	assert_false(pipeline_failed(&s->p));
}

static struct history *remembered(struct scene *s)
{
	struct history *h = NULL;

	OK(s, recorder_commit(&s->p.rec, &s->err));
	OK(s, history_load(&s->p, &h, &s->err));
	return h;
}

/* What failed in the newest run of its kind that went through. */
static void last_time(void **state)
{
	struct scene *s = *state;
	struct history *h;

	begin(s, "a");
	test(s, "cmd.x", "FAIL");
	h = remembered(s);
	assert_false(history_failed(h, "tiny", "qemu")); /* this run itself */
	history_free(h);
	begin(s, "b");
	h = remembered(s);
	assert_true(history_failed(h, "tiny", "qemu"));
	assert_false(history_failed(h, "tiny", "other"));
	assert_false(history_failed(h, "tiny", NULL));
	history_free(h);
	test(s, "cmd.x", "PASS");
	begin(s, "c");
	h = remembered(s);
	assert_false(history_failed(h, "tiny", "qemu")); /* of b, not of a */
	history_free(h);
	history_free(NULL);
}

#define S(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

RUN(S(plain), S(bad_if), S(new_in_the_store), S(new_against_the_base), S(failed_already),
    S(last_time))
