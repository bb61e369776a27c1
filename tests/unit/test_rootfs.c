/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a root file system is, and whether it is one, by what lies there; making them is for tests with machines. */
#include "test_folder.h"

#include <stdio.h>
#include <unistd.h>

#include "boot/rootfs.h"
#include "sys/file.h"

/* An image of 128 kB, zeros but for @magic at @at. */
static char *image(const char *name, off_t at, const char *magic, size_t n)
{
	char *path = path_join(dir, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), 128 << 10), 0);
	assert_int_equal(pwrite(fileno(f), magic, n, at), (ssize_t)n);
	fclose(f);
	return path;
}

static void fs_is(const char *path, const char *fs)
{
	struct rootfs_spec spec = { .text = path };
	struct rootfs r = { 0 };
	struct err err = { 0 };

	if (rootfs_open(&spec, &r, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(r.fs ? r.fs : "(unknown)", fs);
	assert_string_equal(r.image, path);
	rootfs_release(&r);
}

static void refused(const char *text, int code, const char *why)
{
	struct err err = { 0 };

	assert_int_equal(rootfs_check(text, arch_host(), &err), -code);
	if (!strstr(err.msg, why))
		fail_msg("'%s' has no '%s'", err.msg, why);
}

static void images(void **state)
{
	(void)state;
	AUTO_FREE char *ext = image("a.img", 1080, "\x53\xef", 2);
	AUTO_FREE char *xfs = image("b.img", 0, "XFSB", 4);
	AUTO_FREE char *btrfs = image("c.img", 65600, "_BHRfS_M", 8);
	AUTO_FREE char *parts = image("d.img", 510, "\x55\xaa", 2);
	AUTO_FREE char *qcow2 = image("e.qcow2", 0, "QFI\xfb", 4);

	fs_is(ext, "ext4");
	fs_is(xfs, "xfs");
	fs_is(btrfs, "btrfs");
	fs_is(parts, "(unknown)");
	fs_is(qcow2, "(unknown)");
}

static void no_images(void **state)
{
	(void)state;
	AUTO_FREE char *zeros = image("zeros.img", 0, "", 0);
	AUTO_FREE char *hidden = image("hidden.img", 0, "QFI\xfb", 4);
	AUTO_FREE char *raw = image("raw.qcow2", 1080, "\x53\xef", 2);
	AUTO_FREE char *nothing = path_join(dir, "nothing"), *empty = path_join(dir, "empty");
	struct err err = { 0 };

	refused(zeros, ERR_PARSE, "neither a file system that kassay knows");
	refused(hidden, ERR_PARSE, "has to be named *.qcow2");
	refused(raw, ERR_PARSE, "is no qcow2 image");
	refused(nothing, ERR_NOT_FOUND, "there is no such file or folder");
	assert_int_equal(dir_make(empty, &err), 0);
	refused(empty, ERR_PARSE, "neither bin nor usr/bin");
}

static void identities(void **state)
{
	AUTO_STRV struct strv one = { 0 }, two = { 0 };
	struct rootfs_spec none = { .text = "none" };
	struct rootfs_spec a = { .text = "debian:trixie", .arch = arch_host(), .packages = &one };
	struct rootfs_spec b = { .text = "debian:trixie", .arch = arch_host(), .packages = &two };
	AUTO_FREE char *of_none = NULL, *of_a = NULL, *of_b = NULL, *again = NULL;
	struct err err = { 0 };
	(void)state;

	strv_add(&one, "jq");
	strv_add(&one, "acl");
	strv_add(&two, "acl");
	strv_add(&two, "jq");
	strv_add(&two, "jq");
	assert_int_equal(rootfs_identity(&none, &of_none, &err), 0);
	assert_int_equal(rootfs_identity(&a, &of_a, &err), 0);
	assert_int_equal(rootfs_identity(&b, &of_b, &err), 0);
	assert_string_equal(of_none, "");
	assert_string_equal(of_a, of_b); /* an order, or saying it twice, makes no other system */
	strv_add(&two, "socat");
	assert_int_equal(rootfs_identity(&b, &again, &err), 0);
	assert_string_not_equal(of_a, again);
	assert_true(rootfs_is_debian("debian") && rootfs_is_debian("debian:sid"));
	assert_false(rootfs_is_debian("debian-root") || rootfs_is_debian(NULL));
	assert_true(rootfs_is_none(NULL) && rootfs_is_none("none") && !rootfs_is_none("debian"));
}

static void bad_words(void **state)
{
	AUTO_STRV struct strv packages = { 0 };
	struct rootfs_spec spec = { .text = "debian:--help",
				    .arch = arch_host(),
				    .packages = &packages };
	struct rootfs r = { 0 };
	struct err err = { 0 };
	AUTO_FREE char *tool = path_which("mmdebstrap");
	(void)state;

	if (!tool)
		skip();
	assert_int_equal(rootfs_open(&spec, &r, &err), -ERR_USAGE);
	spec.text = "debian";
	strv_add(&packages, "jq,$(reboot)");
	assert_int_equal(rootfs_open(&spec, &r, &err), -ERR_USAGE);
}

RUN_IN_FOLDER(T(images), T(no_images), T(identities), T(bad_words))
