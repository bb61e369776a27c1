/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test programs of a small tree (tests/data/fake-kernel), and the reader of make's messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "kernel/artifacts_elf.h"
#include "kernel/kselftest.h"
#include "sys/file.h"
#include "sys/loop.h"

struct desk {
	char *dir, *tree;
	struct source src;
	struct build_spec spec;
	struct build_result r;
	struct err err;
};

static int setup(void **state)
{
	struct desk *d = NEW(struct desk);

	assert_int_equal(dir_temp("kselftest", &d->dir, &d->err), 0);
	AUTO_FREE char *cache = path_join(d->dir, "cache");
	AUTO_FREE char *from = mem_printf("%s/fake-kernel", getenv("KASSAY_TEST_DATA"));
	setenv("XDG_CACHE_HOME", cache, 1);
	setenv("CCACHE_DISABLE", "1", 1);
	d->tree = path_join(d->dir, "tree");
	char *argv[] = { (char *)"cp", (char *)"-r", from, d->tree, NULL };
	assert_int_equal(run_ok(&(struct run_spec){ .argv = argv }, &d->err), 0);
	d->src = (struct source){
		.kind = SOURCE_TREE,
		.name = (char *)"fake",
		.content = (char *)"c0ffee",
		.dir = d->tree,
		.key = d->tree,
		.lock = { .lock_fd = -1 },
	};
	d->spec = (struct build_spec){
		.name = "tiny", .arch = arch_host(), .share_dir = "/nonexistent", .jobs = 2
	};
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct desk *d = *state;

	build_result_release(&d->r);
	strv_release(&d->spec.kselftests);
	assert_int_equal(dir_remove(d->dir, &d->err), 0);
	free(d->dir);
	free(d->tree);
	free(d);
	return 0;
}

static void build(struct desk *d)
{
	build_result_release(&d->r);
	d->err = (struct err){ 0 };
	if (build_run(&d->src, &d->spec, &d->r, &d->err) < 0)
		fail_msg("build: %s", d->err.msg);
	assert_int_equal(d->r.status, STATUS_PASS);
}

static const struct kselftest_prog *prog(const struct desk *d, const char *collection,
					 const char *test)
{
	vec_foreach(p, &d->r.programs)
		if (strcmp(p->collection, collection) == 0 && strcmp(p->test, test) == 0)
			return p;
	return NULL;
}

static char *staged(const struct desk *d, const char *name)
{
	return path_join(d->r.kselftest_dir, name);
}

static size_t runs(struct desk *d)
{
	AUTO_FREE char *path = path_join(d->r.dir, "o/selftests.count");
	AUTO_STR struct str text = STR_INIT;

	assert_int_equal(file_read(path, 1000, &text, &d->err), 0);
	return text.len / strlen("run\n");
}

/* What it says arrives, though it does not end as programs should. */
static void says(const char *program)
{
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	char *argv[] = { (char *)program, NULL };

	assert_int_equal(run_ok(&(struct run_spec){ .argv = argv, .ret_out = &out }, &err), 0);
	assert_string_equal(str_c(&out), "said\n");
}

static void programs_are_staged(void **state)
{
	struct desk *d = *state;
	AUTO_STR struct str interp = STR_INIT;

	strv_add(&d->spec.kselftests, "good");
	build(d);
	assert_int_equal(d->r.programs.len, 3);
	const struct kselftest_prog *plain = prog(d, "good", "plain"),
				    *script = prog(d, "good", "script.sh");
	assert_string_equal(plain->path, "good/plain");
	assert_null(plain->error);
	assert_int_equal(strlen(plain->sha256), 64);
	assert_false(plain->needs_shell);
	assert_true(script->needs_shell);
	assert_true(plain->timeout == 7 && script->timeout == 7);
	AUTO_FREE char *path = staged(d, plain->path), *runner = staged(d, "run_kselftest.sh");
	assert_true(file_exists(runner));
	/* Static where that works ... */
	assert_int_equal(artifact_interp(path, &interp, &d->err), 0);
	assert_int_equal(interp.len, 0);
	/* ... and what is not has its loader and libraries beside it. */
	AUTO_FREE char *loads = staged(d, "good/loads");
	assert_int_equal(artifact_interp(loads, &interp, &d->err), 0);
	assert_true(interp.len > 0);
	assert_non_null(d->r.kselftest_root);
	AUTO_FREE char *loader = mem_printf("%s%s", d->r.kselftest_root, str_c(&interp));
	assert_true(file_exists(loader));
	says(path);
	says(loads);
	/* Nothing was written beside the sources of the source. */
	AUTO_FREE char *local = path_join(d->tree, "tools/testing/selftests/good/local.h");
	assert_false(file_exists(local));
}

static void what_fails_hides_nothing(void **state)
{
	struct desk *d = *state;

	strv_add(&d->spec.kselftests, "bad");
	strv_add(&d->spec.kselftests, "empty");
	strv_add(&d->spec.kselftests, "good");
	build(d);
	const struct kselftest_prog *broken = prog(d, "bad", "broken"),
				    *unlinked = prog(d, "bad", "unlinked");
	assert_non_null(prog(d, "bad", "fine")->path);
	assert_non_null(prog(d, "good", "plain")->path);
	assert_null(broken->path);
	assert_non_null(strstr(broken->error, "broken.c:2:"));
	assert_non_null(strstr(broken->error, "NOT_THERE"));
	assert_non_null(strstr(broken->diagnostic, "each undeclared identifier"));
	assert_null(unlinked->path);
	assert_non_null(strstr(unlinked->error, "undefined reference to `elsewhere'"));
	assert_non_null(
		strstr(prog(d, "empty", "build")->error, "No rule to make target '/not/there'"));
	assert_true(broken->timeout == KSELFTEST_TIMEOUT_DEFAULT);
}

static void what_failed_is_not_run(void **state)
{
	struct desk *d = *state;
	AUTO_FREE char *source = path_join(d->tree, "tools/testing/selftests/good/plain.c");
	AUTO_STR struct str text = STR_INIT;

	/* It compiled once, and does not any more: the old program must not be taken for the new one. */
	strv_add(&d->spec.kselftests, "good:plain");
	build(d);
	assert_int_equal(d->r.programs.len, 1);
	AUTO_FREE char *path = staged(d, "good/plain");
	assert_true(file_exists(path));
	assert_int_equal(file_read(source, 10000, &text, &d->err), 0);
	usleep(20000);
	assert_int_equal(file_write(source, VIEW("int main(void) { return 0 }\n"), 0644, &d->err),
			 0);
	build(d);
	assert_non_null(strstr(prog(d, "good", "plain")->error, "expected"));
	assert_false(file_exists(path));
	usleep(20000);
	assert_int_equal(file_write(source, str_view(&text), 0644, &d->err), 0);
	build(d);
	assert_null(prog(d, "good", "plain")->error);
	assert_true(file_exists(path));
}

static void nothing_changed_nothing_done(void **state)
{
	struct desk *d = *state;

	strv_add(&d->spec.kselftests, "good");
	strv_add(&d->spec.kselftests, "bad");
	build(d);
	AUTO_FREE char *error = mem_strdup(prog(d, "bad", "broken")->error);
	assert_int_equal(runs(d), 1);
	build(d);
	assert_int_equal(runs(d), 1);
	assert_int_equal(d->r.programs.len, 6);
	assert_string_equal(prog(d, "bad", "broken")->error, error);
	assert_non_null(d->r.kselftest_dir);
	/* A file that is gone is gone in the copy, too. */
	AUTO_FREE char *fine = path_join(d->tree, "tools/testing/selftests/bad/fine.c");
	unlink(fine);
	build(d);
	assert_int_equal(runs(d), 2);
	AUTO_FREE char *copied =
		path_join(d->r.dir, "kselftest/tree/tools/testing/selftests/bad/fine.c");
	assert_false(file_exists(copied));
	/* One collection less is another request. */
	strv_release(&d->spec.kselftests);
	strv_add(&d->spec.kselftests, "good");
	build(d);
	assert_int_equal(runs(d), 3);
	assert_null(prog(d, "bad", "broken"));
}

static void unknown_names(void **state)
{
	struct desk *d = *state;
	struct strv wants = { 0 };

	strv_add(&d->spec.kselftests, "good:plane");
	assert_int_equal(build_run(&d->src, &d->spec, &d->r, &d->err), -ERR_USAGE);
	assert_non_null(strstr(d->err.msg, "did you mean 'plain'"));
	strv_add(&wants, "god");
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), -ERR_USAGE);
	assert_non_null(strstr(d->err.msg, "did you mean 'good'"));
	strv_release(&wants);
	strv_add(&wants, "../good");
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), -ERR_USAGE);
	strv_release(&wants);
	strv_add(&wants, "good");
	assert_int_equal(kselftest_check(d->dir, &wants, false, &d->err), -ERR_USAGE);
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), 0);
	strv_release(&wants);
	/* A test's name is checked before anything is built, unless one may lack. */
	strv_add(&wants, "good:plain");
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), 0);
	strv_add(&wants, "good:plane");
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), -ERR_USAGE);
	assert_non_null(strstr(d->err.msg, "good has no test 'plane'; did you mean 'plain'?"));
	assert_int_equal(kselftest_check(d->tree, &wants, true, &d->err), 0);
	/* Names that the Makefile reads from a list. */
	AUTO_FREE char *list = path_join(d->tree, "tools/testing/selftests/good/tests.txt");
	assert_int_equal(file_write(list, VIEW("#plane\nPANIC\n"), 0644, &d->err), 0);
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), 0);
	unlink(list);
	/* What a Makefile below it makes is not known. */
	AUTO_FREE char *sub = path_join(d->tree, "tools/testing/selftests/good/sub");
	AUTO_FREE char *makefile = path_join(sub, "Makefile");
	assert_int_equal(dir_make(sub, &d->err), 0);
	assert_int_equal(file_write(makefile, VIEW(""), 0644, &d->err), 0);
	assert_int_equal(kselftest_check(d->tree, &wants, false, &d->err), 0);
	strv_release(&wants);
}

static void settings(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *text;
		double timeout;
	} cases[] = {
		{ "timeout=0\n", 0 },  { "# comment\ntimeout=180\n", 180 },
		{ "other=1\n", 45 },   { "timeout=-5\n", 45 },
		{ "timeout=x\n", 45 }, { "", 45 },
	};
	AUTO_FREE char *path = path_join(d->dir, "settings");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(file_write(path, view_of(cases[i].text), 0644, &d->err), 0);
		assert_true(kselftest_timeout(path) == cases[i].timeout);
	}
	assert_true(kselftest_timeout("/nonexistent/settings") == 45);
}

/* Messages of make 4.3 and gcc 12 on Linux 6.12's selftests. */
static const char messages[] =
	"make[1]: Entering directory '/k/tree/tools/testing/selftests/clone3'\n"
	"  CC       clone3\n"
	"/usr/bin/ld: cannot find -lcap: No such file or directory\n"
	"collect2: error: ld returned 1 exit status\n"
	"make[1]: [../lib.mk:222: /o/kselftest/clone3/clone3] Error 1 (ignored)\n"
	"make[1]: Leaving directory '/k/tree/tools/testing/selftests/clone3'\n"
	"make[1]: Entering directory '/k/tree/tools/testing/selftests/pidfd'\n"
	"  CC       pidfd_test\n"
	"pidfd_test.c:10:1: warning: only a warning\n"
	"make[1]: Leaving directory '/k/tree/tools/testing/selftests/pidfd'\n"
	"make[1]: Entering directory '/k/tree/tools/testing/selftests/mm'\n"
	"  CC       khugepaged\n"
	"khugepaged.c: In function 'main':\n"
	"khugepaged.c:1195:24: error: 'KSFT_SKIP' undeclared (first use in this function)\n"
	" 1195 |                 return KSFT_SKIP;\n"
	"make[1]: [../lib.mk:222: /o/kselftest/mm/khugepaged] Error 1 (ignored)\n"
	"/k/bin/gcc -m64 -o /o/kselftest/x86/one one.c\n"
	"one.c:1:1: error: first\n"
	"make[1]: *** [Makefile:10: /o/kselftest/x86/one] Error 1\n"
	"make[1]: Entering directory '/k/tree/tools/testing/selftests/mm'\n"
	"khugepaged.c:1:1: error: said again\n"
	"make[1]: [../lib.mk:222: /o/kselftest/mm/khugepaged] Error 1 (ignored)\n"
	"rsync: [sender] link_stat \"/o/kselftest/mm/khugepaged\" failed: No such file or directory (2)\n"
	"make[1]: [../lib.mk:175: install] Error 23 (ignored)\n"
	"make[1]: *** No rule to make target 'gone.c', needed by '/o/kselftest/size/gone'.  Stop.\n";

static void failures_are_read(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct kselftest_log *l = kselftest_log_new(a, "/k/bin/gcc");
	struct kselftest_failures f = { 0 };
	struct view rest = view_of(messages), line;

	(void)state;
	while (view_line(&rest, &line))
		kselftest_log_line(l, line);
	kselftest_log_end(l, &f);
	assert_int_equal(f.len, 5);
	assert_string_equal(f.data[0].target, "/o/kselftest/clone3/clone3");
	assert_string_equal(
		f.data[0].error,
		"/usr/bin/ld: cannot find -lcap: No such file or directory (Debian package: libcap-dev)");
	assert_string_equal(f.data[1].target, "/o/kselftest/mm/khugepaged");
	assert_string_equal(
		f.data[1].error,
		"khugepaged.c:1195:24: error: 'KSFT_SKIP' undeclared (first use in this function)");
	assert_null(strstr(f.data[1].text, "only a warning"));
	assert_string_equal(f.data[2].target, "/o/kselftest/x86/one");
	assert_string_equal(f.data[2].error, "one.c:1:1: error: first");
	assert_string_equal(f.data[3].target, "install");
	assert_string_equal(f.data[4].target, "/o/kselftest/size/gone");
	assert_non_null(strstr(f.data[4].error, "No rule to make target 'gone.c'"));
	vec_release(&f);
}

/* A program that fails because an object of it did gets the object's message; without end, it is cut. */
static void much_is_cut(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct kselftest_log *l = kselftest_log_new(a, "/k/bin/gcc");
	struct kselftest_failures f = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		kselftest_log_line(l, VIEW("x.c:1:1: error: and again"));
	kselftest_log_line(l, VIEW("make: *** [Makefile:1: /o/kselftest/size/x] Error 1"));
	kselftest_log_end(l, &f);
	assert_int_equal(f.len, 1);
	assert_true(strlen(f.data[0].text) <= KSELFTEST_ERROR_MAX);
	vec_release(&f);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(programs_are_staged),
		TEST(what_fails_hides_nothing),
		TEST(what_failed_is_not_run),
		TEST(nothing_changed_nothing_done),
		TEST(unknown_names),
		TEST(settings),
		cmocka_unit_test(failures_are_read),
		cmocka_unit_test(much_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
