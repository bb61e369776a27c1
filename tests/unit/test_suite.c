/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites as plans and --suite write them. */
#include "test.h"

#include "job/suite.h"

static struct suite parsed(struct arena *a, const char *text)
{
	struct err err = { 0 };
	struct suite s = { 0 };

	if (suite_parse(a, text, &s, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return s;
}

static void refused(const char *text, const char *want)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct err err = { 0 };
	struct suite s;

	assert_int_equal(suite_parse(a, text, &s, &err), -ERR_USAGE);
	if (!strstr(err.msg, want))
		fail_msg("%s: '%s' does not say '%s'", text, err.msg, want);
}

static void timed(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct suite s = parsed(a, "locktorture:30,torture_type=mutex_lock,verbose=1");
	(void)state;

	assert_int_equal(s.kind, SUITE_TORTURE);
	assert_string_equal(s.name, "locktorture");
	assert_string_equal(s.command, "torture_type=mutex_lock verbose=1");
	assert_true(s.seconds == 30);
	s = parsed(a, "rcutorture:2m");
	assert_string_equal(s.name, "rcutorture");
	assert_true(s.seconds == 120);
	s = parsed(a, "stress:10s");
	assert_int_equal(s.kind, SUITE_STRESS);
	assert_true(s.seconds == 10);
	refused("stress", "write stress:TIME, such as stress:30s");
	refused("stress:5,cpu=1", "write stress:TIME");
	refused("locktorture:,a=1", "write locktorture:TIME[,PARAM=VALUE]");
	refused("locktorture:0", "write locktorture:TIME");
	refused("rcutorture:5,a b", "write rcutorture:TIME");
	refused("rcutortur:5", "did you mean 'rcutorture'?");
}

static void other_names(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct suite s = parsed(a, "lkdtm:WARNING,EXCEPTION");
	(void)state;

	assert_int_equal(s.kind, SUITE_KSELFTEST);
	assert_string_equal(s.collection, "lkdtm");
	assert_string_equal(s.tests[0], "WARNING.sh");
	assert_string_equal(s.tests[1], "EXCEPTION.sh");
	assert_null(s.tests[2]);
	assert_string_equal(s.text, "lkdtm:WARNING,EXCEPTION");
	s = parsed(a, "lkdtm");
	assert_string_equal(s.collection, "lkdtm");
	assert_null(s.tests);
	s = parsed(a, "kprobes");
	assert_int_equal(s.kind, SUITE_KUNIT);
	assert_string_equal(s.glob, "kprobes_test");
	refused("kprobes:x", "write kprobes");
	refused("boot:x", "write boot");
	refused("lkdtm:../x", "write lkdtm");
}

/* Suites of others and of this host. */
static void of_others(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct suite s = parsed(a, "ltp:syscalls,abs01,fork01");
	(void)state;

	assert_int_equal(s.kind, SUITE_LTP);
	assert_string_equal(s.name, "syscalls");
	assert_string_equal(s.command, "abs01 fork01");
	s = parsed(a, "xfstests:quick,generic/001");
	assert_int_equal(s.kind, SUITE_XFSTESTS);
	assert_null(s.name);
	assert_string_equal(s.command, "quick generic/001");
	assert_string_equal(suite_foreign_name(parsed(a, "blktests:block").kind), "blktests");
	assert_null(suite_foreign_name(SUITE_CMD));
	assert_null(suite_foreign_name(SUITE_TOOLS));
	s = parsed(a, "tools:radix-tree");
	assert_int_equal(s.kind, SUITE_TOOLS);
	assert_string_equal(s.name, "radix-tree");
	refused("ltp", "write ltp:SUITE or ltp:SUITE,CASE");
	refused("ltp:a/b", "write ltp:SUITE");
	refused("ltp:x,$(reboot)", "'$(reboot)' is no name");
	refused("xfstests:../x", "'../x' is no name");
	refused("blktests:-x", "'-x' is no name");
	refused("blktests", "write blktests:GROUP");
	refused("tools:../x", "write tools:NAME");
	refused("xfstest:quick", "did you mean 'xfstests'?");
	refused("blktest:block", "did you mean 'blktests'?");
}

static void host_only(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct suites list = { 0 };
	(void)state;

	*vec_add(&list) = parsed(a, "tools:memblock");
	assert_false(suites_boot(&list));
	*vec_add(&list) = parsed(a, "ltp:syscalls");
	assert_true(suites_boot(&list));
	vec_release(&list);
}

static void same_tests(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct suites list = { 0 };
	struct err err = { 0 };
	(void)state;

	*vec_add(&list) = parsed(a, "locktorture:3");
	*vec_add(&list) = parsed(a, "rcutorture:3");
	*vec_add(&list) = parsed(a, "module:locktorture");
	assert_int_equal(suites_check(&list, &err), 0);
	*vec_add(&list) = parsed(a, "locktorture:5");
	assert_int_equal(suites_check(&list, &err), -ERR_USAGE);
	assert_non_null(strstr(err.msg, "'locktorture:3' and 'locktorture:5' name the same tests"));
	list.len = 0;
	*vec_add(&list) = parsed(a, "lkdtm");
	*vec_add(&list) = parsed(a, "kselftest:lkdtm");
	assert_int_equal(suites_check(&list, &err), -ERR_USAGE);
	list.len = 0;
	*vec_add(&list) = parsed(a, "ltp:syscalls");
	*vec_add(&list) = parsed(a, "ltp:fs");
	*vec_add(&list) = parsed(a, "xfstests:quick");
	*vec_add(&list) = parsed(a, "blktests:block");
	assert_int_equal(suites_check(&list, &err), 0);
	*vec_add(&list) = parsed(a, "xfstests:auto");
	assert_int_equal(suites_check(&list, &err), -ERR_USAGE);
	vec_release(&list);
}

RUN(T(timed), T(other_names), T(of_others), T(host_only), T(same_tests))
