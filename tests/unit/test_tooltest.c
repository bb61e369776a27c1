/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <sys/stat.h>

#include "kernel/tooltest.h"
#include "sys/file.h"
#include "sys/loop.h"

static char *base, *tree;

static void put(const char *rel, const char *text)
{
	AUTO_FREE char *path = path_join(tree, rel),
		       *dir = mem_strndup(path, (size_t)(path_base(path) - path));
	struct err err = { 0 };

	assert_int_equal(dir_make(dir, &err), 0);
	assert_int_equal(file_write(path, view_of(text), 0644, &err), 0);
}

/* A tree with tests "toy": one program that compiles a file of the kernel and writes beside its sources, one that breaks. */
static int make_toys(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(dir_temp("tooltest", &base, &err), 0);
	tree = path_join(base, "tree");
	AUTO_FREE char *cache = path_join(base, "cache");
	setenv("XDG_CACHE_HOME", cache, 1);
	put("mm/toy.c", "int toy(void) { return 42; }\n");
	put("tools/include/toy.h", "int toy(void);\n");
	put("tools/testing/shared/more.h", "#include \"../../include/toy.h\"\n");
	put("tools/testing/toy/good.c",
	    "#include \"../shared/more.h\"\n#include \"generated/x.h\"\n#include \"../../../mm/toy.c\"\n"
	    "int main(void) { return toy() == X ? 0 : 1; }\n");
	put("tools/testing/toy/bad.c",
	    "#include <urcu/nothing-of-this-name.h>\nint main(void) { return 0; }\n");
	put("tools/testing/toy/worse.c",
	    "#include \"../../../mm/worse.c\"\nint main(void) { return 0; }\n");
	put("mm/worse.c", "int worse = nobody;\n");
	put("tools/testing/toy/Makefile",
	    "TARGETS = good bad worse\nall: generated/x.h $(TARGETS)\ngenerated/x.h:\n\t@mkdir -p generated\n\techo '#define X 42' > $@\n"
	    "%: %.c generated/x.h\n\t$(CC) -I. -o $@ $<\n");
	put("tools/testing/none/Makefile", "all:\n\ttrue\n");
	return 0;
}

static int remove_toys(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(base, &err);

	(void)state;
	free(tree);
	free(base);
	return r;
}

static int build(const char *name, const char *content, struct tooltest *ret, struct err *err)
{
	struct source src = { .kind = SOURCE_TREE,
			      .key = (char *)"toys",
			      .dir = tree,
			      .content = (char *)content,
			      .lock.lock_fd = -1 };
	struct tooltest_spec spec = { .name = name };

	return tooltest_build(&src, &spec, ret, err);
}

static int list_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	(void)err;
	str_addf(data, "%s %lld %lld.%09ld\n", rel, (long long)st->st_size,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	return 0;
}

static char *listing(void)
{
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };

	assert_int_equal(dir_walk(tree, list_one, &text, &err), 0);
	return str_take(&text);
}

static int exit_of(const char *program)
{
	char *argv[] = { (char *)program, NULL };
	struct run_spec spec = { .argv = argv, .timeout = 20 };
	struct child_end end;
	struct err err = { 0 };

	assert_int_equal(run(&spec, &end, &err), 0);
	return end.code;
}

static void one_breaks_alone(void **state)
{
	AUTO_FREE char *before = listing();
	struct tooltest t;
	struct err err = { 0 };

	(void)state;
	if (build("toy", "1", &t, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(t.programs.len, 3);
	assert_string_equal(t.programs.data[0].name, "good");
	assert_non_null(t.programs.data[0].path);
	assert_int_equal(exit_of(t.programs.data[0].path), 0);
	assert_null(t.programs.data[1].path);
	assert_non_null(strstr(t.programs.data[1].error, "(Debian package: liburcu-dev)"));
	assert_null(t.programs.data[2].path);
	assert_int_equal(strncmp(t.programs.data[2].error, "mm/worse.c:1:", 13), 0);
	assert_true(dir_exists(t.run));
	tooltest_release(&t);
	/* The source is as it was. */
	AUTO_FREE char *after = listing();
	assert_string_equal(before, after);
}

/* All that compiled stays, until the source is another. */
static void built_once(void **state)
{
	struct tooltest t;
	struct err err = { 0 };

	(void)state;
	put("tools/testing/toy/bad.c", "int main(void) { return 0; }\n");
	put("mm/worse.c", "int worse = 1;\n");
	assert_int_equal(build("toy", "2", &t, &err), 0);
	assert_non_null(t.log);
	tooltest_release(&t);
	assert_int_equal(build("toy", "2", &t, &err), 0);
	assert_null(t.log);
	assert_int_equal(exit_of(t.programs.data[0].path), 0);
	tooltest_release(&t);
	put("mm/toy.c", "int toy(void) { return 41; }\n");
	assert_int_equal(build("toy", "3", &t, &err), 0);
	assert_int_equal(exit_of(t.programs.data[0].path), 1);
	tooltest_release(&t);
}

static void what_is_not_there(void **state)
{
	struct tooltest t;
	struct err err = { 0 };

	(void)state;
	assert_false(tooltest_has(tree, "../testing/toy"));
	assert_int_equal(build("nothing", "1", &t, &err), -ERR_USAGE);
	assert_string_equal(err.msg, "this kernel has no tests tools/testing/nothing");
	assert_int_equal(build("none", "1", &t, &err), -ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(one_breaks_alone), T(built_once),
					    T(what_is_not_there) };

	return cmocka_run_group_tests_name(NULL, tests, make_toys, remove_toys);
}
