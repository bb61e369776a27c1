/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/archive.h"
#include "sys/file.h"

struct fixture {
	char *dir, *path, *out;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	if (dir_temp("archive", &f->dir, &f->err))
		return -1;
	f->path = path_join(f->dir, "x.tar");
	f->out = path_join(f->dir, "deep/out");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	free(f->dir);
	free(f->path);
	free(f->out);
	free(f);
	return r;
}

/* Making archives */

enum { MADE_MAX = 4 << 20 };

struct made {
	struct archive *a;
	char *buf;
	size_t used;
};

static void tar_new(struct made *m, int (*filter)(struct archive *))
{
	*m = (struct made){ .a = archive_write_new(), .buf = mem_alloc(MADE_MAX) };
	assert_int_equal(archive_write_set_format_gnutar(m->a), ARCHIVE_OK);
	if (filter)
		assert_int_equal(filter(m->a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(m->a, m->buf, MADE_MAX, &m->used), ARCHIVE_OK);
}

static void add(struct made *m, const char *name, unsigned type, unsigned mode, const char *target,
		struct view bytes)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, mode);
	archive_entry_set_mtime(e, 1000000000, 5);
	archive_entry_set_size(e, (la_int64_t)bytes.len);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(e, target);
	else if (target)
		archive_entry_set_hardlink(e, target);
	assert_int_equal(archive_write_header(m->a, e), ARCHIVE_OK);
	if (bytes.len)
		assert_int_equal(archive_write_data(m->a, bytes.p, bytes.len), bytes.len);
	archive_entry_free(e);
}

static void add_file(struct made *m, const char *name, const char *text)
{
	add(m, name, AE_IFREG, 0644, NULL, view_of(text));
}

static struct view finish(struct made *m)
{
	assert_int_equal(archive_write_close(m->a), ARCHIVE_OK);
	assert_int_equal(archive_write_free(m->a), ARCHIVE_OK);
	return (struct view){ m->buf, m->used };
}

static void finish_to(struct made *m, struct fixture *f)
{
	assert_int_equal(file_write(f->path, finish(m), 0644, &f->err), 0);
	free(m->buf);
}

static void expect_text(struct fixture *f, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(f->out, name);
	AUTO_STR struct str got = STR_INIT;

	assert_int_equal(file_read(path, 1 << 20, &got, &f->err), 0);
	assert_string_equal(str_c(&got), text);
}

static void expect_missing(struct fixture *f, const char *name)
{
	AUTO_FREE char *path = path_join(f->out, name);
	struct stat st;

	assert_int_equal(lstat(path, &st), -1);
}

/* Unpacking */

static void whole_tar(void **state)
{
	struct fixture *f = *state;
	struct made m;
	struct stat st;

	tar_new(&m, archive_write_add_filter_xz);
	add(&m, "./", AE_IFDIR, 0755, NULL, VIEW(""));
	add(&m, "./a/", AE_IFDIR, 0500, NULL, VIEW(""));
	add(&m, "./a/run", AE_IFREG, 06755, NULL, VIEW("#!/bin/sh"));
	add(&m, "a/b/shut", AE_IFREG, 0, NULL, VIEW("shut"));
	add(&m, "a/link", AE_IFLNK, 0777, "../a/./run", VIEW(""));
	add(&m, "a/hard", AE_IFREG, 0755, "./a/run", VIEW(""));
	add(&m, "b/empty/", AE_IFDIR, 0755, NULL, VIEW(""));
	add_file(&m, "\xc3\xa4\xff", "not even UTF-8");
	finish_to(&m, f);
	for (int i = 0; i < 2; i++) { /* the second time over what is there */
		assert_int_equal(unpack_tar(f->path, f->out, NULL, NULL, &f->err), 0);
		expect_text(f, "a/run", "#!/bin/sh");
		expect_text(f, "a/link", "#!/bin/sh");
		expect_text(f, "a/hard", "#!/bin/sh");
		expect_text(f, "a/b/shut", "shut");
		expect_text(f, "\xc3\xa4\xff", "not even UTF-8");
	}
	AUTO_FREE char *run = path_join(f->out, "a/run"), *empty = path_join(f->out, "b/empty");
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755); /* no set-id bits */
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_nlink, 2);
	assert_true(dir_exists(empty));
}

static enum unpack_answer choose(const char *rel, struct str *ret, void *data)
{
	++*(int *)data;
	if (!strcmp(rel, "boot/vmlinuz")) {
		str_adds(ret, "image/bzImage");
		return UNPACK_TAKE;
	}
	if (!strcmp(rel, "boot/config"))
		return UNPACK_TAKE;
	if (!strcmp(rel, "boot/escape")) {
		str_adds(ret, "../escape");
		return UNPACK_TAKE;
	}
	return strncmp(rel, "lib", 3) ? UNPACK_SKIP : UNPACK_STOP;
}

static void filtered(void **state)
{
	struct fixture *f = *state;
	struct made m;
	int asked = 0;

	tar_new(&m, archive_write_add_filter_gzip);
	add_file(&m, "./boot/vmlinuz", "image");
	add_file(&m, "./boot/System.map", "left out");
	add_file(&m, "./boot/config", "config");
	add_file(&m, "./lib/modules/x", "not looked at");
	add_file(&m, "./lib/modules/y", "not asked for");
	finish_to(&m, f);
	assert_int_equal(unpack_tar(f->path, f->out, choose, &asked, &f->err), 0);
	assert_int_equal(asked, 4);
	expect_text(f, "image/bzImage", "image");
	expect_text(f, "boot/config", "config");
	expect_missing(f, "boot/System.map");
	expect_missing(f, "lib");

	tar_new(&m, NULL);
	add_file(&m, "boot/escape", "image");
	finish_to(&m, f);
	assert_int_equal(unpack_tar(f->path, f->out, choose, &asked, &f->err), -ERR_PARSE);
	tar_new(&m, NULL);
	add_file(&m, "boot/System.map", "left out");
	add(&m, "boot/config", AE_IFREG, 0644, "boot/System.map", VIEW(""));
	finish_to(&m, f);
	assert_int_equal(unpack_tar(f->path, f->out, choose, &asked, &f->err), -ERR_PARSE);
	assert_non_null(strstr(f->err.msg, "left out"));
}

static void expect_refused(struct fixture *f, struct made *m)
{
	AUTO_FREE char *outside = path_join(f->dir, "outside"),
		       *victim = path_join(f->dir, "outside/victim");
	AUTO_STR struct str got = STR_INIT;

	finish_to(m, f);
	assert_int_equal(unpack_tar(f->path, f->out, NULL, NULL, &f->err), -ERR_PARSE);
	assert_non_null(strstr(f->err.msg, f->path));
	assert_non_null(strstr(f->err.msg, "refused"));
	if (dir_exists(outside)) {
		assert_int_equal(file_read(victim, 100, &got, &f->err), 0);
		assert_string_equal(str_c(&got), "as it was");
	}
}

static void hostile_names(void **state)
{
	static const char *const names[] = { "../x", "a/../../x", "/etc/x", "./..", "a/.." };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct made m;
		tar_new(&m, NULL);
		add_file(&m, names[i], "bad");
		expect_refused(f, &m);
	}
	AUTO_STR struct str deep = STR_INIT;
	for (int i = 0; i < 200; i++)
		str_adds(&deep, "d/");
	struct made m;
	tar_new(&m, NULL);
	add_file(&m, str_c(&deep), "bad");
	expect_refused(f, &m);
	tar_new(&m, NULL);
	add(&m, "null", AE_IFCHR, 0666, NULL, VIEW(""));
	expect_refused(f, &m);
	tar_new(&m, NULL);
	add(&m, "pipe", AE_IFIFO, 0666, NULL, VIEW(""));
	expect_refused(f, &m);
}

/*
 * A link to a folder outside, and then a file through it; the link may lie there from before, too.
 */
static void hostile_links(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *outside = path_join(f->dir, "outside"),
		       *victim = path_join(f->dir, "outside/victim");
	AUTO_FREE char *door = path_join(f->out, "door");

	assert_int_equal(dir_make(outside, &f->err), 0);
	assert_int_equal(file_write(victim, VIEW("as it was"), 0644, &f->err), 0);
	assert_int_equal(dir_make(f->out, &f->err), 0);
	assert_int_equal(symlink(outside, door), 0);
	struct made m;
	tar_new(&m, NULL);
	add_file(&m, "door/victim", "changed");
	expect_refused(f, &m);
	/* A link inside is no door either. */
	tar_new(&m, NULL);
	add(&m, "real/", AE_IFDIR, 0755, NULL, VIEW(""));
	add(&m, "inside", AE_IFLNK, 0777, "real", VIEW(""));
	add_file(&m, "inside/file", "x");
	expect_refused(f, &m);
	/* Hard links out of it. */
	tar_new(&m, NULL);
	add(&m, "hard", AE_IFREG, 0644, "../../outside/victim", VIEW(""));
	expect_refused(f, &m);
	tar_new(&m, NULL);
	add(&m, "hard", AE_IFREG, 0644, "door/victim", VIEW(""));
	expect_refused(f, &m);
	/* A file in the place of the link replaces it, and does not follow. */
	tar_new(&m, NULL);
	add_file(&m, "door", "a file now");
	finish_to(&m, f);
	assert_int_equal(unpack_tar(f->path, f->out, NULL, NULL, &f->err), 0);
	expect_text(f, "door", "a file now");
	/* Links that point outside are left out. */
	tar_new(&m, NULL);
	add(&m, "a/build", AE_IFLNK, 0777, "/usr/src/linux", VIEW(""));
	add(&m, "a/up", AE_IFLNK, 0777, "b/../../../outside/victim", VIEW(""));
	add(&m, "a/fine", AE_IFLNK, 0777, "../door", VIEW(""));
	finish_to(&m, f);
	assert_int_equal(unpack_tar(f->path, f->out, NULL, NULL, &f->err), 0);
	expect_missing(f, "a/build");
	expect_missing(f, "a/up");
	expect_text(f, "a/fine", "a file now");
}

/* A file where the archive has a folder. */
static void obstacles(void **state)
{
	struct fixture *f = *state;
	struct made m;

	tar_new(&m, NULL);
	add_file(&m, "a", "file");
	add_file(&m, "a/b", "below");
	expect_refused(f, &m);
	tar_new(&m, NULL);
	add_file(&m, "x", "unpacked");
	finish_to(&m, f);
	AUTO_FREE char *x = path_join(f->out, "x"), *below = path_join(f->path, "below"),
		       *missing = path_join(f->dir, "no");
	assert_int_equal(dir_make(x, &f->err), 0);
	assert_int_equal(unpack_tar(f->path, f->out, NULL, NULL, &f->err), -ERR_IO);
	assert_int_equal(unpack_tar(f->path, below, NULL, NULL, &f->err), -ERR_IO);
	assert_int_equal(unpack_tar(missing, f->out, NULL, NULL, &f->err), -ERR_NOT_FOUND);
}

/* The disk is full, here by a limit on file size. */
static void write_fails(void **state)
{
	struct fixture *f = *state;
	struct made m;
	AUTO_FREE char *big = mem_alloc(1 << 20);
	int status;

	tar_new(&m, archive_write_add_filter_gzip);
	add(&m, "big", AE_IFREG, 0644, NULL, (struct view){ big, 1 << 20 });
	finish_to(&m, f);
	pid_t pid = fork();
	if (!pid) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 10000, 10000 });
		int r = unpack_tar(f->path, f->out, NULL, NULL, &f->err);
		_exit(r == -ERR_IO && strstr(f->err.msg, "big") ? 7 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void add_some(struct made *m)
{
	AUTO_STR struct str text = STR_INIT;

	for (int i = 0; i < 20000; i++)
		str_addf(&text, "%d,", i * i);
	add_file(m, "./boot/one", "1");
	add(m, "./boot/many", AE_IFREG, 0644, NULL, str_view(&text));
	add_file(m, "./boot/last", "2");
}

static void expect_truncated(struct fixture *f, int (*fn)(struct fixture *f), struct view whole,
			     const char *words)
{
	/* Every 512 bytes: between entries, too; and around the ends. */
	for (size_t len = 0; len < whole.len; len += len + 1030 < whole.len ? 512 : 1) {
		assert_int_equal(file_write(f->path, view_sub(whole, 0, len), 0644, &f->err), 0);
		if (!fn(f)) {
			/* Nothing but the padding behind the end is missing. */
			assert_true(len + 10240 > whole.len);
			continue;
		}
		assert_int_equal(f->err.code, ERR_PARSE);
		assert_non_null(strstr(f->err.msg, f->path));
		assert_non_null(strstr(f->err.msg, words));
	}
}

static int do_tar(struct fixture *f)
{
	return unpack_tar(f->path, f->out, NULL, NULL, &f->err);
}

static void truncated_tar(void **state)
{
	struct fixture *f = *state;
	struct made m;

	tar_new(&m, NULL);
	add_some(&m);
	struct view whole = finish(&m);
	expect_truncated(f, do_tar, whole, "truncated or not a tar archive");
	/*
	 * Cut exactly between two entries: the last block of ./boot/many, then the zeros are gone.
	 */
	for (size_t at = 0; at + 1024 <= whole.len; at += 512) {
		if (memcmp(whole.p + at, "./boot/last", 12))
			continue;
		assert_int_equal(file_write(f->path, view_sub(whole, 0, at), 0644, &f->err), 0);
		assert_int_equal(do_tar(f), -ERR_PARSE);
	}
	free(m.buf);
	tar_new(&m, archive_write_add_filter_xz);
	add_some(&m);
	expect_truncated(f, do_tar, finish(&m), "truncated or not a tar archive");
	free(m.buf);
	assert_int_equal(
		file_write(f->path, VIEW("this is just some text, no archive"), 0644, &f->err), 0);
	assert_int_equal(do_tar(f), -ERR_PARSE);
}

/* Debian packages */

static const char control_text[] =
	"Package: linux-image-test\nSource: linux\nversion:  6.12.1-1 \n"
	"Architecture: amd64\nDescription: something\n Version: not this\n";

static struct view make_deb(struct made *m, const char *control, int (*filter)(struct archive *))
{
	struct made c, d;

	tar_new(&c, filter);
	tar_new(&d, filter);

	if (control) {
		add_file(&c, "./preinst", "x");
		add_file(&c, "./control", control);
	}
	add_some(&d);
	*m = (struct made){ .a = archive_write_new(), .buf = mem_alloc(MADE_MAX) };
	archive_write_set_format_ar_svr4(m->a);
	archive_write_open_memory(m->a, m->buf, MADE_MAX, &m->used);
	add_file(m, "debian-binary", "2.0\n");
	add(m, "control.tar.xz", AE_IFREG, 0644, NULL, finish(&c));
	add(m, "data.tar.xz", AE_IFREG, 0644, NULL, finish(&d));
	struct view whole = finish(m);
	free(c.buf);
	free(d.buf);
	return whole;
}

static int do_deb(struct fixture *f)
{
	return unpack_deb(f->path, f->out, NULL, NULL, &f->err);
}

static int do_control(struct fixture *f)
{
	AUTO_FREE char *package = NULL, *version = NULL, *arch = NULL;
	int r = deb_control(f->path, &package, &version, &arch, &f->err);

	if (r) {
		assert_null(package);
		assert_null(version);
		return r;
	}
	assert_string_equal(package, "linux-image-test");
	assert_string_equal(version, "6.12.1-1");
	assert_string_equal(arch, "amd64");
	return 0;
}

static void debian_package(void **state)
{
	struct fixture *f = *state;
	struct made m;
	struct view whole = make_deb(&m, control_text, archive_write_add_filter_xz);

	assert_int_equal(file_write(f->path, whole, 0644, &f->err), 0);
	assert_int_equal(do_deb(f), 0);
	expect_text(f, "boot/one", "1");
	expect_text(f, "boot/last", "2");
	assert_int_equal(do_control(f), 0);
	assert_int_equal(deb_control(f->path, NULL, NULL, NULL, &f->err), 0);
	expect_truncated(f, do_deb, whole, "truncated or not a Debian package");
	assert_int_equal(file_write(f->path, view_sub(whole, 0, 300), 0644, &f->err), 0);
	assert_int_equal(do_control(f), -ERR_PARSE);
	free(m.buf);
	whole = make_deb(&m, "Package: x\nVersion:\n", archive_write_add_filter_zstd);
	assert_int_equal(file_write(f->path, whole, 0644, &f->err), 0);
	assert_int_equal(do_deb(f), 0);
	assert_int_equal(do_control(f), -ERR_PARSE);
	assert_non_null(strstr(f->err.msg, "has no Version"));
	free(m.buf);
	whole = make_deb(&m, NULL, archive_write_add_filter_gzip);
	assert_int_equal(file_write(f->path, whole, 0644, &f->err), 0);
	assert_int_equal(do_control(f), -ERR_PARSE);
	free(m.buf);
	AUTO_STR struct str large = STR_INIT;
	str_adds(&large, control_text);
	for (int i = 0; i < 300 << 10; i++)
		str_addc(&large, ' ');
	whole = make_deb(&m, str_c(&large), archive_write_add_filter_gzip);
	assert_int_equal(file_write(f->path, whole, 0644, &f->err), 0);
	assert_int_equal(do_control(f), -ERR_LIMIT);
	free(m.buf);
}

/* An ar archive, but not the right one. */
static void not_a_package(void **state)
{
	struct fixture *f = *state;
	struct made m = { .a = archive_write_new(), .buf = mem_alloc(MADE_MAX) };

	archive_write_set_format_ar_svr4(m.a);
	archive_write_open_memory(m.a, m.buf, MADE_MAX, &m.used);
	for (int i = 0; i < 40; i++) {
		AUTO_FREE char *name = mem_printf("object%d.o", i);
		add_file(&m, name, "ELF");
	}
	finish_to(&m, f);
	assert_int_equal(do_deb(f), -ERR_PARSE);
	assert_int_equal(do_control(f), -ERR_PARSE);
}

/*
 * Any byte of an archive changed: an error or not, but nothing outside and no report of the
 * sanitizers.
 */
static void mutations(void **state)
{
	struct fixture *f = *state;
	struct made m;
	struct view whole = make_deb(&m, control_text, archive_write_add_filter_gzip);

	for (size_t i = 0; i < whole.len; i += 1 + i / 64) {
		m.buf[i] ^= 0x41;
		assert_int_equal(file_write(f->path, whole, 0644, &f->err), 0);
		do_deb(f);
		deb_control(f->path, NULL, NULL, NULL, &f->err);
		m.buf[i] ^= 0x41;
	}
	free(m.buf);
	AUTO_STRV struct strv names = { 0 };
	assert_int_equal(dir_list(f->dir, &names, &f->err), 0);
	assert_int_equal(names.len, 2); /* x.tar and deep */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_tar, setup, teardown),
		cmocka_unit_test_setup_teardown(filtered, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_names, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_links, setup, teardown),
		cmocka_unit_test_setup_teardown(obstacles, setup, teardown),
		cmocka_unit_test_setup_teardown(write_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(truncated_tar, setup, teardown),
		cmocka_unit_test_setup_teardown(debian_package, setup, teardown),
		cmocka_unit_test_setup_teardown(not_a_package, setup, teardown),
		cmocka_unit_test_setup_teardown(mutations, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
