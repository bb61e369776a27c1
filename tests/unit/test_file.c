/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"

struct fixture {
	char *dir;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	return dir_temp("file", &f->dir, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	free(f->dir);
	free(f);
	return r;
}

/* A path in the test's folder; freed by the caller. */
static char *in_dir(const struct fixture *f, const char *name)
{
	return path_join(f->dir, name);
}

static void write_text(struct fixture *f, const char *name, const char *text)
{
	AUTO_FREE char *path = in_dir(f, name);

	assert_int_equal(file_write(path, view_of(text), 0644, &f->err), 0);
}

static void expect_text(struct fixture *f, const char *name, const char *text)
{
	AUTO_FREE char *path = in_dir(f, name);
	AUTO_STR struct str got = STR_INIT;

	assert_int_equal(file_read(path, 1 << 20, &got, &f->err), 0);
	assert_string_equal(str_c(&got), text);
}

static void write_and_read(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = in_dir(f, "a");
	AUTO_STR struct str got = STR_INIT;
	AUTO_STRV struct strv names = { 0 };
	struct stat st;

	write_text(f, "a", "first");
	assert_int_equal(file_write(path, VIEW("second"), 0600, &f->err), 0);
	str_adds(&got, "kept ");
	assert_int_equal(file_read(path, 6, &got, &f->err), 0);
	assert_string_equal(str_c(&got), "kept second");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(dir_list(f->dir, &names, &f->err), 0);
	assert_int_equal(names.len, 1); /* no temporary stays */
}

static void read_limits_and_errors(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = in_dir(f, "a"), *missing = in_dir(f, "missing");
	AUTO_STR struct str got = STR_INIT;

	write_text(f, "a", "123456");
	assert_int_equal(file_read(path, 5, &got, &f->err), -ERR_LIMIT);
	assert_non_null(strstr(f->err.msg, path));
	assert_int_equal(file_read(missing, 5, &got, &f->err), -ERR_NOT_FOUND);
	assert_non_null(strstr(f->err.msg, missing));
	assert_int_equal(file_read(f->dir, 5, &got, &f->err), -ERR_IO);
	assert_null(got.data);
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &got, &f->err), 0);
	assert_non_null(strstr(str_c(&got), "VmSize"));
}

static void write_errors(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = in_dir(f, "no/such"), *folder = in_dir(f, "folder");
	AUTO_STRV struct strv names = { 0 };

	assert_int_equal(file_write(path, VIEW("x"), 0644, &f->err), -ERR_NOT_FOUND);
	assert_int_equal(file_write("/dev/full", VIEW("x"), 0644, &f->err), -ERR_NO_SPACE);
	assert_true(file_exists("/dev/full"));
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(file_write(folder, VIEW("x"), 0644, &f->err), -ERR_IO);
	assert_int_equal(file_copy("/etc/passwd", folder, &f->err), -ERR_IO);
	assert_int_equal(file_copy("/no/such", path, &f->err), -ERR_NOT_FOUND);
	assert_int_equal(file_copy("/etc/passwd", path, &f->err), -ERR_NOT_FOUND);
	assert_int_equal(dir_list(f->dir, &names, &f->err), 0);
	assert_int_equal(names.len, 1);
}

static void copy_keeps_mode_and_time(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *from = in_dir(f, "from"), *to = in_dir(f, "to");
	AUTO_FREE char *big = mem_alloc(300000);
	struct timespec old[2] = { { 1000, 5 }, { 2000, 7 } };
	struct stat st;
	char a[65], b[65];

	memset(big, 'x', 300000);
	assert_int_equal(file_write(from, (struct view){ big, 300000 }, 0751, &f->err), 0);
	assert_int_equal(utimensat(AT_FDCWD, from, old, 0), 0);
	assert_int_equal(file_copy(from, to, &f->err), 0);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
	assert_int_equal(file_sha256(from, a, &f->err), 0);
	assert_int_equal(file_sha256(to, b, &f->err), 0);
	assert_string_equal(a, b);
	/* From a file without a size: copied by reading. */
	assert_int_equal(file_copy("/proc/self/cmdline", to, &f->err), 0);
	assert_int_equal(stat(to, &st), 0);
	assert_true(st.st_size > 0);
}

static void sha256(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = in_dir(f, "a");
	char hex[65];

	write_text(f, "a", "abc");
	assert_int_equal(file_sha256(path, hex, &f->err), 0);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(file_sha256(f->dir, hex, &f->err), -ERR_IO);
	assert_int_equal(file_sha256("/no/such", hex, &f->err), -ERR_NOT_FOUND);
}

static void folders(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *deep = in_dir(f, "a//b/c/"), *file = in_dir(f, "a/file"),
		       *below = in_dir(f, "a/file/x");
	AUTO_FREE char *top = in_dir(f, "a");

	assert_int_equal(dir_make(deep, &f->err), 0);
	assert_int_equal(dir_make(deep, &f->err), 0);
	assert_true(dir_exists(deep));
	write_text(f, "a/file", "x");
	assert_int_equal(dir_make(below, &f->err), -ERR_IO);
	assert_int_equal(dir_make(file, &f->err), -ERR_IO);
	assert_true(file_exists(file));
	assert_false(file_exists(top));
	assert_false(dir_exists(file));
	assert_true(dir_size(top) >= 4096);
	assert_int_equal(dir_size("/no/such"), 0);
}

static void remove_all(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *top = in_dir(f, "t"), *shut = in_dir(f, "t/shut"),
		       *link = in_dir(f, "t/link");
	AUTO_FREE char *outside = in_dir(f, "outside"), *sub = in_dir(f, "t/shut/sub");

	assert_int_equal(dir_make(sub, &f->err), 0);
	assert_int_equal(dir_make(outside, &f->err), 0);
	write_text(f, "outside/kept", "x");
	write_text(f, "t/shut/sub/file", "x");
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(chmod(sub, 0), 0);
	assert_int_equal(chmod(shut, 0500), 0);
	assert_int_equal(dir_remove(top, &f->err), 0);
	assert_false(dir_exists(top));
	expect_text(f, "outside/kept", "x");
	assert_int_equal(dir_remove(top, &f->err), 0);
}

static void too_deep(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *top = in_dir(f, "deep");
	AUTO_STR struct str path = STR_INIT;

	str_adds(&path, top);
	for (int i = 0; i < DIR_DEPTH_MAX + 1; i++)
		str_adds(&path, "/d");
	assert_int_equal(dir_make(str_c(&path), &f->err), 0);
	assert_int_equal(dir_remove(top, &f->err), -ERR_LIMIT);
	/* So that the folder can go: two levels less. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rmdir(str_c(&path)), 0);
		path.data[path.len -= 2] = '\0';
	}
	assert_int_equal(dir_remove(top, &f->err), 0);
}

static int collect(const char *rel, const struct stat *st, void *data, struct err *err)
{
	strv_addf(data, "%s%s", rel, S_ISDIR(st->st_mode) ? "/" : "");
	if (!strcmp(rel, "stop"))
		return err_set(err, ERR_CANCELLED, "enough");
	return !strcmp(rel, "skipped");
}

static void walk(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *b = in_dir(f, "b/sub"), *skipped = in_dir(f, "skipped"),
		       *link = in_dir(f, "link");
	AUTO_STRV struct strv seen = { 0 };

	assert_int_equal(dir_make(b, &f->err), 0);
	assert_int_equal(dir_make(skipped, &f->err), 0);
	write_text(f, "b/z", "");
	write_text(f, "b/sub/y", "");
	write_text(f, "skipped/no", "");
	write_text(f, "a", "");
	assert_int_equal(symlink("/", link), 0);
	assert_int_equal(dir_walk(f->dir, collect, &seen, &f->err), 0);
	static const char *const expected[] = { "a",   "b/",   "b/sub/",  "b/sub/y",
						"b/z", "link", "skipped/" };
	assert_int_equal(seen.len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < seen.len; i++)
		assert_string_equal(seen.data[i], expected[i]);
	write_text(f, "stop", "");
	assert_int_equal(dir_walk(f->dir, collect, &seen, &f->err), -ERR_CANCELLED);
	assert_int_equal(dir_walk("/no/such", collect, &seen, &f->err), -ERR_NOT_FOUND);
	assert_int_equal(dir_list("/no/such", &seen, &f->err), -ERR_NOT_FOUND);
}

static void expect_path(char *got, const char *expected)
{
	assert_string_equal(got, expected);
	free(got);
}

static void paths(void **state)
{
	(void)state;
	expect_path(path_join("a", "b"), "a/b");
	expect_path(path_join("a/", "b"), "a/b");
	expect_path(path_join("", "b"), "b");
	expect_path(path_join("a", "/b"), "/b");
	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("a/"), "");
	expect_path(path_absolute("/a/./b//../c/"), "/a/c");
	expect_path(path_absolute("/../.."), "/");
	expect_path(path_absolute("/"), "/");
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	AUTO_FREE char *x = path_join(cwd, "x");
	expect_path(path_absolute("x"), x);
	expect_path(path_absolute("y/../x/."), x);
}

static void tools(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *sh = NULL;

	assert_int_equal(tool_need("sh", "dash", &sh, &f->err), 0);
	assert_int_equal(access(sh, X_OK), 0);
	assert_int_equal(tool_need("no-such-tool", "some-package", &sh, &f->err), -ERR_NO_TOOL);
	assert_non_null(strstr(f->err.msg, "no-such-tool"));
	assert_non_null(strstr(f->err.msg, "some-package"));
	/* Folders and files that are not executable do not count. */
	write_text(f, "plain", "x");
	AUTO_FREE char *old = mem_strdup(getenv("PATH"));
	setenv("PATH", f->dir, 1);
	assert_null(path_which("plain"));
	assert_null(path_which("sh"));
	setenv("PATH", old, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(write_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(read_limits_and_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(write_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(copy_keeps_mode_and_time, setup, teardown),
		cmocka_unit_test_setup_teardown(sha256, setup, teardown),
		cmocka_unit_test_setup_teardown(folders, setup, teardown),
		cmocka_unit_test_setup_teardown(remove_all, setup, teardown),
		cmocka_unit_test_setup_teardown(too_deep, setup, teardown),
		cmocka_unit_test_setup_teardown(walk, setup, teardown),
		cmocka_unit_test(paths),
		cmocka_unit_test_setup_teardown(tools, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
