/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/archive.h"
#include "sys/file.h"

struct fixture {
	char *dir, *path;
	struct cpio *cpio;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	if (dir_temp("cpio", &f->dir, &f->err))
		return -1;
	f->path = path_join(f->dir, "initramfs");
	return cpio_new(f->path, &f->cpio, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	free(f->dir);
	free(f->path);
	free(f);
	return r;
}

/* One line per entry, as libarchive reads it: mode, name, and what it holds. */
static void list(const struct fixture *f, struct str *ret)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int r;

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, f->path, 10240), ARCHIVE_OK);
	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		char buf[100];
		str_addf(ret, "%o %s", archive_entry_mode(e), archive_entry_pathname(e));
		assert_int_equal(archive_entry_uid(e), 0);
		assert_int_equal(archive_entry_mtime(e), 0);
		if (archive_entry_symlink(e))
			str_addf(ret, " -> %s", archive_entry_symlink(e));
		if (archive_entry_filetype(e) == AE_IFCHR)
			str_addf(ret, " %u:%u", (unsigned)archive_entry_rdevmajor(e),
				 (unsigned)archive_entry_rdevminor(e));
		la_ssize_t n = archive_read_data(a, buf, sizeof(buf));
		if (n > 0 && !archive_entry_symlink(e))
			str_addf(ret, " [" VIEW_FMT "]", (int)n, buf);
		str_addc(ret, '\n');
	}
	assert_int_equal(r, ARCHIVE_EOF);
	archive_read_free(a);
}

static void every_kind(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *file = path_join(f->dir, "file");
	AUTO_STR struct str got = STR_INIT;
	struct cpio *c = f->cpio;

	assert_int_equal(file_write(file, VIEW("from a file"), 0644, &f->err), 0);
	assert_int_equal(cpio_bytes(c, "/init", 0755, VIEW("#!"), &f->err), 0);
	assert_int_equal(cpio_file(c, "a/b/c", 0600, file, &f->err), 0);
	assert_int_equal(cpio_dir(c, "a/b/", 0700, &f->err), 0); /* is there */
	assert_int_equal(cpio_dir(c, "/", 0700, &f->err), 0);
	assert_int_equal(cpio_dir(c, "a/d", 01777, &f->err), 0);
	assert_int_equal(cpio_link(c, "bin/./sh", "busybox", &f->err), 0);
	assert_int_equal(cpio_node(c, "dev/console", S_IFCHR | 0600, 5, 1, &f->err), 0);
	assert_int_equal(cpio_bytes(c, "empty", 0644, VIEW(""), &f->err), 0);
	assert_false(file_exists(f->path));
	assert_int_equal(cpio_end(c, &f->err), 0);
	list(f, &got);
	assert_string_equal(str_c(&got), "100755 init [#!]\n"
					 "40755 a\n"
					 "40755 a/b\n"
					 "100600 a/b/c [from a file]\n"
					 "41777 a/d\n"
					 "40755 bin\n"
					 "120777 bin/sh -> busybox\n"
					 "40755 dev\n"
					 "20600 dev/console 5:1\n"
					 "100644 empty\n");
	struct stat st;
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size % 4, 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void wrong_names(void **state)
{
	struct fixture *f = *state;
	struct cpio *c = f->cpio;
	AUTO_STR struct str lots = STR_INIT;

	assert_int_equal(cpio_bytes(c, "a", 0644, VIEW(""), &f->err), 0);
	assert_int_equal(cpio_bytes(c, "./a", 0644, VIEW(""), &f->err), -ERR_USAGE);
	assert_non_null(strstr(f->err.msg, f->path));
	assert_int_equal(cpio_bytes(c, "a/b", 0644, VIEW(""), &f->err), -ERR_USAGE);
	assert_int_equal(cpio_dir(c, "a", 0755, &f->err), -ERR_USAGE);
	assert_int_equal(cpio_dir(c, "../a", 0755, &f->err), -ERR_USAGE);
	assert_int_equal(cpio_bytes(c, "x/../a", 0644, VIEW(""), &f->err), -ERR_USAGE);
	assert_int_equal(cpio_bytes(c, "", 0644, VIEW(""), &f->err), -ERR_USAGE);
	assert_int_equal(cpio_file(c, "d", 0644, f->dir, &f->err), -ERR_USAGE);
	assert_int_equal(cpio_file(c, "d", 0644, "/no/such", &f->err), -ERR_NOT_FOUND);
	for (int i = 0; i < 5000; i++)
		str_addc(&lots, 'x');
	assert_int_equal(cpio_bytes(c, str_c(&lots), 0644, VIEW(""), &f->err), -ERR_LIMIT);
	assert_int_equal(cpio_link(c, "l", str_c(&lots), &f->err), -ERR_LIMIT);
	cpio_abort(c);
	cpio_abort(NULL);
	AUTO_STRV struct strv names = { 0 };
	assert_int_equal(dir_list(f->dir, &names, &f->err), 0);
	assert_int_equal(names.len, 0);
	AUTO_FREE char *below = path_join(f->dir, "no/such");
	assert_int_equal(cpio_new(below, &c, &f->err), -ERR_NOT_FOUND);
}

/* 4 GB, sparse: refused by its size. One byte less would be fine. */
static void too_large(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *big = path_join(f->dir, "big");

	assert_int_equal(file_write(big, VIEW("x"), 0644, &f->err), 0);
	assert_int_equal(truncate(big, 1ll << 32), 0);
	assert_int_equal(cpio_file(f->cpio, "big", 0644, big, &f->err), -ERR_LIMIT);
	assert_non_null(strstr(f->err.msg, "big"));
	cpio_abort(f->cpio);
}

static void tree(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *top = path_join(f->dir, "t"), *sub = path_join(f->dir, "t/sub"),
		       *a = path_join(f->dir, "t/sub/a");
	AUTO_FREE char *b = path_join(f->dir, "t/b"), *link = path_join(f->dir, "t/link"),
		       *fifo = path_join(f->dir, "t/p");
	AUTO_STR struct str got = STR_INIT;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	assert_int_equal(dir_make(sub, &f->err), 0);
	assert_int_equal(chmod(sub, 0751), 0);
	assert_int_equal(file_write(a, VIEW("a"), 0711, &f->err), 0);
	assert_int_equal(linkat(AT_FDCWD, a, AT_FDCWD, b, 0), 0);
	assert_int_equal(symlink("/no/where", link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket", top);
	AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(cpio_tree(f->cpio, "lib/x", top, &f->err), 0);
	assert_int_equal(cpio_tree(f->cpio, "", sub, &f->err), 0);
	assert_int_equal(cpio_end(f->cpio, &f->err), 0);
	list(f, &got);
	assert_string_equal(str_c(&got), "40755 lib\n"
					 "40755 lib/x\n"
					 "100711 lib/x/b [a]\n"
					 "120777 lib/x/link -> /no/where\n"
					 "10600 lib/x/p\n"
					 "40751 lib/x/sub\n"
					 "100711 lib/x/sub/a [a]\n"
					 "100711 a [a]\n");
}

/* Larger than any buffer, and twice the same. */
static void equal_bytes(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *big = path_join(f->dir, "big"), *bytes = mem_alloc(3000001);
	char first[65], second[65];

	for (int i = 0; i < 3000001; i++)
		bytes[i] = (char)(i * 31);
	assert_int_equal(file_write(big, (struct view){ bytes, 3000001 }, 0644, &f->err), 0);
	assert_int_equal(cpio_file(f->cpio, "big", 0644, big, &f->err), 0);
	assert_int_equal(
		cpio_bytes(f->cpio, "again", 0644, (struct view){ bytes, 3000001 }, &f->err), 0);
	assert_int_equal(cpio_end(f->cpio, &f->err), 0);
	assert_int_equal(file_sha256(f->path, first, &f->err), 0);
	sleep(1);
	assert_int_equal(cpio_new(f->path, &f->cpio, &f->err), 0);
	assert_int_equal(cpio_bytes(f->cpio, "big", 0644, (struct view){ bytes, 3000001 }, &f->err),
			 0);
	assert_int_equal(cpio_file(f->cpio, "again", 0644, big, &f->err), 0);
	assert_int_equal(cpio_end(f->cpio, &f->err), 0);
	assert_int_equal(file_sha256(f->path, second, &f->err), 0);
	assert_string_equal(first, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_names, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(tree, setup, teardown),
		cmocka_unit_test_setup_teardown(equal_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
