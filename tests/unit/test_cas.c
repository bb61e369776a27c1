/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/cas.h"
#include "sys/file.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct fixture {
	char *dir, *root;
	struct cas *cas;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	if (dir_temp("cas", &f->dir, &f->err))
		return -1;
	f->root = path_join(f->dir, "a/store");
	return cas_open(f->root, &f->cas, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	cas_close(f->cas);
	free(f->dir);
	free(f->root);
	free(f);
	return r;
}

static char *object(const struct fixture *f, const char *sha)
{
	return mem_printf("%s/%.2s/%s.zst", f->root, sha, sha + 2);
}

static size_t temporaries(struct fixture *f)
{
	AUTO_FREE char *tmp = path_join(f->root, "tmp");
	AUTO_STRV struct strv names = { 0 };

	assert_int_equal(dir_list(tmp, &names, &f->err), 0);
	return names.len;
}

static void bytes_in_and_out(void **state)
{
	struct fixture *f = *state;
	struct cas_ref ref;
	AUTO_STR struct str got = STR_INIT;

	assert_false(cas_has(f->cas, ABC));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cas_put_bytes(f->cas, VIEW("abc"), &ref, &f->err), 0);
		assert_string_equal(ref.sha256, ABC);
		assert_int_equal(ref.size, 3);
	}
	assert_true(cas_has(f->cas, ABC));
	assert_int_equal(cas_read(f->cas, ABC, 3, &got, &f->err), 0);
	assert_string_equal(str_c(&got), "abc");
	assert_int_equal(cas_put_bytes(f->cas, VIEW(""), &ref, &f->err), 0);
	assert_string_equal(ref.sha256, NOTHING);
	assert_int_equal(cas_read(f->cas, NOTHING, 0, &got, &f->err), 0);
	assert_string_equal(str_c(&got), "abc");
	assert_int_equal(cas_read(f->cas, ABC, 2, &got, &f->err), -ERR_LIMIT);
	assert_int_equal(temporaries(f), 0);
}

static void not_there(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str got = STR_INIT;
	AUTO_FREE char *out = path_join(f->dir, "out"), *missing = path_join(f->dir, "missing");
	struct cas_ref ref;

	assert_int_equal(cas_read(f->cas, ABC, 10, &got, &f->err), -ERR_NOT_FOUND);
	assert_non_null(strstr(f->err.msg, ABC));
	assert_int_equal(cas_read(f->cas, "../../../../etc/passwd", 10, &got, &f->err),
			 -ERR_NOT_FOUND);
	assert_int_equal(cas_extract(f->cas, ABC, out, &f->err), -ERR_NOT_FOUND);
	assert_false(file_exists(out));
	assert_false(cas_has(f->cas, "x"));
	assert_int_equal(cas_put_file(f->cas, missing, &ref, &f->err), -ERR_NOT_FOUND);
	assert_non_null(strstr(f->err.msg, missing));
	assert_int_equal(cas_put_file(f->cas, f->dir, &ref, &f->err), -ERR_IO);
	AUTO_FREE char *below = path_join("/proc/self/status", "store");
	struct cas *none;
	assert_int_equal(cas_open(below, &none, &f->err), -ERR_IO);
}

static char *write_big(struct fixture *f, const char *name, size_t lines)
{
	AUTO_STR struct str text = STR_INIT;
	char *path = path_join(f->dir, name);

	for (size_t i = 0; i < lines; i++)
		str_addf(&text, "line %zu of a log\n", i * 7919);
	assert_int_equal(file_write(path, str_view(&text), 0644, &f->err), 0);
	return path;
}

static void expect_same(struct fixture *f, const char *sha, const char *path)
{
	AUTO_FREE char *out = path_join(f->dir, "out");
	char hex[65];

	assert_int_equal(cas_extract(f->cas, sha, out, &f->err), 0);
	assert_int_equal(file_sha256(out, hex, &f->err), 0);
	assert_string_equal(hex, sha);
	assert_int_equal(file_sha256(path, hex, &f->err), 0);
	assert_string_equal(hex, sha);
}

static void set_time(const char *path, time_t seconds)
{
	struct timespec t[2] = { { seconds, 0 }, { seconds, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

/* The second put must not read the file: it is replaced by a tell-tale memo. */
static void files_and_memo(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = write_big(f, "log", 100000), *memo = path_join(f->root, "memo");
	AUTO_STRV struct strv names = { 0 };
	struct cas_ref a, b;
	struct stat st;

	assert_int_equal(cas_put_file(f->cas, path, &a, &f->err), 0);
	expect_same(f, a.sha256, path);
	AUTO_FREE char *stored = object(f, a.sha256);
	assert_int_equal(stat(stored, &st), 0);
	assert_true((uint64_t)st.st_size < a.size / 3);
	/* It was written a moment ago, so its hash was not noted; later it is. */
	assert_int_equal(dir_list(memo, &names, &f->err), 0);
	assert_int_equal(names.len, 0);
	usleep(1100000);
	assert_int_equal(cas_put_file(f->cas, path, &b, &f->err), 0);
	assert_string_equal(a.sha256, b.sha256);
	assert_int_equal(dir_list(memo, &names, &f->err), 0);
	assert_int_equal(names.len, 1);

	AUTO_FREE char *note = path_join(memo, names.data[0]);
	AUTO_STR struct str text = STR_INIT;
	assert_int_equal(file_read(note, 1000, &text, &f->err), 0);
	assert_int_equal(cas_put_bytes(f->cas, VIEW("abc"), &b, &f->err), 0);
	memcpy(text.data + text.len - 65, ABC, 64);
	assert_int_equal(file_write(note, str_view(&text), 0644, &f->err), 0);
	assert_int_equal(cas_put_file(f->cas, path, &b, &f->err), 0);
	assert_string_equal(b.sha256, ABC);
	/* Touched: not believed any more. */
	set_time(path, 1000);
	assert_int_equal(cas_put_file(f->cas, path, &b, &f->err), 0);
	assert_string_equal(a.sha256, b.sha256);
	assert_int_equal(a.size, b.size);
	/* A memo that is garbage is none. */
	assert_int_equal(file_write(note, VIEW("garbage"), 0644, &f->err), 0);
	assert_int_equal(cas_put_file(f->cas, path, &b, &f->err), 0);
	assert_string_equal(a.sha256, b.sha256);
}

static void streaming(void **state)
{
	struct fixture *f = *state;
	struct cas_writer *w;
	struct cas_ref ref;
	AUTO_STR struct str got = STR_INIT;

	assert_int_equal(cas_w_begin(f->cas, &w, &f->err), 0);
	assert_int_equal(cas_w_add(w, "ab", 2, &f->err), 0);
	assert_int_equal(cas_w_add(w, "", 0, &f->err), 0);
	assert_false(cas_has(f->cas, ABC));
	assert_int_equal(temporaries(f), 1);
	assert_int_equal(cas_w_add(w, "c", 1, &f->err), 0);
	assert_int_equal(cas_w_end(w, &ref, &f->err), 0);
	assert_string_equal(ref.sha256, ABC);
	assert_int_equal(cas_read(f->cas, ABC, 10, &got, &f->err), 0);
	assert_string_equal(str_c(&got), "abc");
	assert_int_equal(cas_w_begin(f->cas, &w, &f->err), 0);
	cas_w_abort(w);
	cas_w_abort(NULL);
	assert_int_equal(temporaries(f), 0);
}

/*
 * Every byte of a stored object flipped, and every shorter length: never wrong bytes, always an
 * error.
 */
static void damage(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str good = STR_INIT, got = STR_INIT;
	struct cas_ref ref;

	assert_int_equal(cas_put_bytes(f->cas, VIEW("the same, the same, the same, again"), &ref,
				       &f->err),
			 0);
	AUTO_FREE char *path = object(f, ref.sha256), *out = path_join(f->dir, "out");
	assert_int_equal(file_read(path, 1000, &good, &f->err), 0);
	for (size_t i = 0; i < good.len; i++) {
		good.data[i] ^= 0x15;
		assert_int_equal(file_write(path, str_view(&good), 0644, &f->err), 0);
		good.data[i] ^= 0x15;
		int r = cas_read(f->cas, ref.sha256, 1000, &got, &f->err);
		if (r) /* a bit of the frame header may mean nothing */
			assert_true(r == -ERR_PARSE || r == -ERR_LIMIT);
		else
			assert_string_equal(str_c(&got), "the same, the same, the same, again");
		str_clear(&got);
		assert_int_equal(file_write(path, view_sub(str_view(&good), 0, i), 0644, &f->err),
				 0);
		assert_int_equal(cas_read(f->cas, ref.sha256, 1000, &got, &f->err), -ERR_PARSE);
		assert_non_null(strstr(f->err.msg, path));
	}
	assert_int_equal(cas_extract(f->cas, ref.sha256, out, &f->err), -ERR_PARSE);
	assert_false(file_exists(out));
	assert_int_equal(got.len, 0);
}

static void many_writers(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = write_big(f, "log", 50000);
	pid_t pids[4];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i]) {
			struct cas_ref ref;
			_exit(cas_put_file(f->cas, path, &ref, &f->err) ? 1 : 0);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(temporaries(f), 0);
	char hex[65];
	assert_int_equal(file_sha256(path, hex, &f->err), 0);
	expect_same(f, hex, path);
}

/* A full disk, here by a limit on file size: the write fails half-way and leaves nothing. */
static void no_space(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = write_big(f, "log", 200000);
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct cas_ref ref;
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 10000, 10000 });
		int r = cas_put_file(f->cas, path, &ref, &f->err);
		_exit(r == -ERR_IO && strstr(f->err.msg, f->root) ? 7 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(temporaries(f), 0);
}

static bool keep_abc(const char *sha256, void *data)
{
	++*(int *)data;
	return !strcmp(sha256, ABC);
}

static void sweep(void **state)
{
	struct fixture *f = *state;
	struct cas_ref abc, other;
	uint64_t freed = 0;
	int asked = 0;
	AUTO_FREE char *old = path_join(f->root, "tmp/old"), *new = path_join(f->root, "tmp/new");
	AUTO_FREE char *note = path_join(f->root, "memo/note"),
		       *foreign = path_join(f->root, "README");

	assert_int_equal(cas_put_bytes(f->cas, VIEW("abc"), &abc, &f->err), 0);
	assert_int_equal(cas_put_bytes(f->cas, VIEW("other"), &other, &f->err), 0);
	AUTO_FREE char *abc_path = object(f, abc.sha256), *other_path = object(f, other.sha256);
	assert_int_equal(file_write(old, VIEW("x"), 0644, &f->err), 0);
	assert_int_equal(file_write(new, VIEW("x"), 0644, &f->err), 0);
	assert_int_equal(file_write(note, VIEW("x"), 0644, &f->err), 0);
	assert_int_equal(file_write(foreign, VIEW("x"), 0644, &f->err), 0);
	set_time(old, time(NULL) - 2 * 86400);
	set_time(abc_path, 1000);
	set_time(other_path, time(NULL) - 50);
	assert_int_equal(cas_sweep(f->cas, 100, keep_abc, &asked, &freed, &f->err), 0);
	assert_int_equal(asked, 1); /* the other is too young to be asked about */
	assert_true(cas_has(f->cas, other.sha256));
	assert_false(file_exists(old));
	assert_false(file_exists(note));
	assert_true(file_exists(new));
	assert_true(file_exists(foreign));
	/* Put again: young again. */
	set_time(other_path, 1000);
	assert_int_equal(cas_put_bytes(f->cas, VIEW("other"), &other, &f->err), 0);
	assert_int_equal(cas_sweep(f->cas, 100, keep_abc, &asked, &freed, &f->err), 0);
	assert_true(cas_has(f->cas, other.sha256));
	assert_int_equal(freed, 0);
	assert_int_equal(cas_sweep(f->cas, 0, keep_abc, &asked, &freed, &f->err), 0);
	assert_false(cas_has(f->cas, other.sha256));
	assert_true(cas_has(f->cas, ABC));
	assert_int_equal(freed, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_in_and_out, setup, teardown),
		cmocka_unit_test_setup_teardown(not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(files_and_memo, setup, teardown),
		cmocka_unit_test_setup_teardown(streaming, setup, teardown),
		cmocka_unit_test_setup_teardown(damage, setup, teardown),
		cmocka_unit_test_setup_teardown(many_writers, setup, teardown),
		cmocka_unit_test_setup_teardown(no_space, setup, teardown),
		cmocka_unit_test_setup_teardown(sweep, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
