/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"
#include "parser_cases.h"

#include "logs/ktap.h"

struct seen {
	struct jwriter *w;
	size_t tests, parents, missing;
	size_t at_status[STATUS_NONE + 1];
	char last_path[512], last_reason[128];
};

static void count_test(void *data, const struct test_rec *t)
{
	struct seen *s = data;

	s->tests++;
	s->parents += t->parent;
	s->at_status[t->status]++;
	snprintf(s->last_path, sizeof(s->last_path), "%s", t->path);
	snprintf(s->last_reason, sizeof(s->last_reason), "%s", t->reason ? t->reason : "");
}

static void write_test(void *data, const struct test_rec *t)
{
	struct seen *s = data;

	jw_obj(s->w);
	jw_kstr(s->w, "path", t->path);
	jw_kstr(s->w, "status", status_name(t->status));
	jw_kstr_opt(s->w, "name", t->name);
	jw_kstr_opt(s->w, "directive", t->directive);
	jw_kstr_opt(s->w, "reason", t->reason);
	jw_kstr_opt(s->w, "diagnostic", t->diagnostic);
	if (t->parent)
		jw_kbool(s->w, "parent", true);
	jw_kstr_opt_count(s->w, "line", t->line);
	jw_obj_end(s->w);
}

static void feed(struct ktap *k, const char *text)
{
	struct view rest = view_of(text), line;

	for (size_t no = 1; view_line(&rest, &line); no++)
		ktap_line(k, line, no);
}

static void parse_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	const char *cut = jt_get_str(options, "cut"), *why;
	struct seen seen = { .w = w };
	struct log_sink sink = { .test = write_test, .data = &seen };
	struct ktap *k = ktap_new(jt_get_str(options, "prefix"), &sink);
	struct view line;

	jw_key(w, "tests");
	jw_arr(w);
	for (size_t no = 1; view_line(&log, &line); no++)
		ktap_line(k, line, no);

	AUTO_FREE char *current = mem_strdup(ktap_current(k));

	ktap_end(k, cut != NULL, STATUS_FAIL, cut);
	jw_arr_end(w);
	jw_kint(w, "count", (int64_t)ktap_count(k));
	jw_kstr(w, "outcome", status_name(ktap_outcome(k, &why)));
	jw_kstr_opt(w, "why", why);
	jw_kstr_opt(w, "current", current);
	ktap_free(k);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("ktap", parse_case);
}

static void lines_are_told_apart(void **state)
{
	static const char *const ktap[] = {
		"TAP version 13",   "KTAP version 1",	 "1..2",      "ok 1 a",		 "# ok 1 b",
		"    # Subtest: s", "# selftests: a: b", "Bail out!", "1..0 # SKIP none"
	};
	static const char *const other[] = { "",
					     "TAP version x",
					     "1..",
					     "1..2x",
					     "0..2",
					     "ok",
					     "ok a",
					     "# plain",
					     "#",
					     "#ok 1",
					     "okay",
					     "# selftests: run",
					     "ok 12345678901 too long a number",
					     "1..2 3" };
	struct log_sink sink = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ktap); i++) {
		struct ktap *k = ktap_new(NULL, &sink);

		assert_true(ktap_line(k, view_of(ktap[i]), 1));
		ktap_free(k);
	}
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		struct ktap *k = ktap_new(NULL, &sink);

		if (ktap_line(k, view_of(other[i]), 1))
			fail_msg("%s", other[i]);
		ktap_free(k);
	}
}

static void in_flight_path(void **state)
{
	struct log_sink sink = { 0 };
	struct ktap *k = ktap_new("kunit", &sink);

	(void)state;
	assert_string_equal(ktap_current(k), "kunit");
	feed(k, "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: list-test\n");
	assert_string_equal(ktap_current(k), "kunit.list-test");
	feed(k, "    # list_add: initializing\n");
	assert_string_equal(ktap_current(k), "kunit.list-test.list_add");
	feed(k, "    ok 1 list_add\n    # list_add: late\n    # speed: slow\n");
	assert_string_equal(ktap_current(k), "kunit.list-test");
	ktap_free(k);

	k = ktap_new(NULL, &sink);
	assert_string_equal(ktap_current(k), "");
	feed(k, "TAP version 13\n1..2\n# selftests: timers: nsleep\n# TAP version 13\n");
	assert_string_equal(ktap_current(k), "kselftest.timers.nsleep");
	feed(k, "# #  RUN           global.sleep ...\n");
	assert_string_equal(ktap_current(k), "kselftest.timers.nsleep.global_sleep");
	ktap_free(k);
}

/*
 * A million siblings fit, one more marks the suite; a plan of a milliard does not cost a milliard
 * records.
 */
static void limits(void **state)
{
	struct seen seen = { 0 };
	struct log_sink sink = { .test = count_test, .data = &seen };
	struct ktap *k = ktap_new(NULL, &sink);
	double before = time_mono();
	const char *why;
	char line[64];

	(void)state;
	feed(k, "KTAP version 1\n1..1\n    # Subtest: big\n");
	for (size_t i = 1; i <= KTAP_SIBLINGS_MAX + 5; i++) {
		snprintf(line, sizeof(line), "    ok %zu case %zu", i, i % 7 ? i : 7);
		ktap_line(k, view_of(line), i);
	}
	feed(k, "ok 1 big\n");
	assert_int_equal(seen.tests, KTAP_SIBLINGS_MAX + 1);
	assert_string_equal(seen.last_path, "big");
	assert_string_equal(seen.last_reason, "too many tests");
	assert_int_equal(seen.at_status[STATUS_ERROR], 1);
	ktap_end(k, false, STATUS_FAIL, NULL);
	assert_int_equal(ktap_count(k), KTAP_SIBLINGS_MAX + 6);
	assert_int_equal(ktap_outcome(k, &why), STATUS_ERROR);
	ktap_free(k);
	/*
	 * 0.5 s; fifteen times as much under the sanitizers on a busy machine would still be
	 * linear.
	 */
	assert_true(time_mono() - before < 30);

	seen = (struct seen){ 0 };
	k = ktap_new(NULL, &sink);
	for (int i = 0; i < 3; i++)
		feed(k, "TAP version 13\n1..99999999999999999999\nok 1 a\nok 999999999 b\n");
	ktap_end(k, false, STATUS_FAIL, NULL);
	assert_int_equal(seen.at_status[STATUS_MISS], KTAP_MISSING_MAX);
	ktap_free(k);

	seen = (struct seen){ 0 };
	k = ktap_new(NULL, &sink);
	for (size_t i = 1; i <= KTAP_SIBLINGS_MAX + 1; i++)
		ktap_line(k, VIEW("ok 5 x"), i);
	ktap_end(k, false, STATUS_FAIL, NULL);
	assert_int_equal(seen.tests, KTAP_SIBLINGS_MAX);
	assert_string_equal(seen.last_path, "x#1000000");
	assert_int_equal(ktap_outcome(k, &why), STATUS_ERROR);
	assert_string_equal(why, "too many tests");
	ktap_free(k);
}

static void deep_and_long_lines(void **state)
{
	struct seen seen = { 0 };
	struct log_sink sink = { .test = count_test, .data = &seen };
	struct ktap *k = ktap_new(NULL, &sink);
	AUTO_STR struct str line = STR_INIT;

	(void)state;
	for (int depth = 0; depth < KTAP_DEPTH_MAX + 8; depth++) {
		str_clear(&line);
		for (int i = 0; i < depth; i++)
			str_adds(&line, depth % 2 ? "# " : "  ");
		str_adds(&line, "ok 1 x");
		assert_int_equal(ktap_line(k, str_view(&line), 1), depth < KTAP_DEPTH_MAX);
	}
	/* Down again, one column at a time: the tree grows deeper than the stack. */
	for (int column = 2 * KTAP_DEPTH_MAX - 2; column >= 0; column--) {
		str_clear(&line);
		for (int i = 0; i < column; i++)
			str_addc(&line, ' ');
		str_adds(&line, "ok 1 y");
		assert_true(ktap_line(k, str_view(&line), 1));
	}
	str_clear(&line);
	str_adds(&line, "not ok 2 ");
	for (int i = 0; i < 3 * KTAP_LINE_MAX; i++)
		str_addc(&line, 'n');
	assert_true(ktap_line(k, str_view(&line), 1));
	assert_int_equal(strlen(seen.last_path), KTAP_NAME_MAX);
	for (size_t i = 0; i < line.len; i++)
		line.data[i] = ' ';
	assert_false(ktap_line(k, str_view(&line), 1));
	ktap_end(k, true, STATUS_FAIL, "cut");
	ktap_free(k);
	ktap_free(NULL);
}

/* What counts of a long diagnostic is its end. */
static void write_diagnostic(void *data, const struct test_rec *t)
{
	snprintf(data, TEST_DIAGNOSTIC_MAX * 2, "%s", t->diagnostic ? t->diagnostic : "");
}

static void long_diagnostics(void **state)
{
	static char got[TEST_DIAGNOSTIC_MAX * 2];
	struct log_sink sink = { .test = write_diagnostic, .data = got };
	struct ktap *k = ktap_new(NULL, &sink);
	char line[64];

	(void)state;
	feed(k, "TAP version 13\n");
	for (int i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "# line %d", i);
		ktap_line(k, view_of(line), 1);
	}
	feed(k, "not ok 1 chatty\n");
	assert_true(strlen(got) < TEST_DIAGNOSTIC_MAX && strlen(got) > TEST_DIAGNOSTIC_MAX - 64);
	assert_true(view_starts(view_of(got), "# line "));
	assert_true(view_ends(view_of(got), "# line 9999"));
	ktap_free(k);
}

RUN(T(data_cases), T(lines_are_told_apart), T(in_flight_path), T(limits), T(deep_and_long_lines),
    T(long_diagnostics))
