/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be loaded for a module, by the .modinfo of modules made here. */
#include "test.h"

#include <unistd.h>

#include "kernel/modules.h"
#include "module_tree.h"
#include "sys/loop.h"

struct place {
	char *dir, *work;
	struct arena *a;
	struct module_files files;
	struct err err;
};

static int setup(void **state)
{
	struct place *p = NEW(struct place);

	*state = p;
	assert_int_equal(dir_temp("modules", &p->dir, &p->err), 0);
	p->work = path_join(p->dir, "work");
	p->a = arena_new();
	MODULE(p->dir, "6.12/kernel/block/top.ko", "license=GPL\0depends=mid-dle,low\0");
	MODULE(p->dir, "6.12/kernel/lib/mid_dle.ko", "depends=low,fixed\0");
	MODULE(p->dir, "6.12/kernel/lib/low.ko", "depends=\0softdep=pre: soft gone post: late\0");
	MODULE(p->dir, "6.12/kernel/lib/soft.ko", "depends=\0");
	MODULE(p->dir, "6.12/kernel/lib/late.ko", "depends=\0");
	MODULE(p->dir, "6.12/kernel/fs/asks.ko", "depends=\0softdep=pre: crc_sum\0");
	MODULE(p->dir, "6.12/updates/ring1.ko", "depends=ring2\0");
	MODULE(p->dir, "6.12/updates/ring2.ko", "depends=ring1\0");
	MODULE(p->dir, "6.12/updates/broken.ko", "depends=nowhere\0");
	put_file(p->dir, "6.12/updates/garbage.ko",
		 VIEW("this is no ELF file, and long enough to be looked at as one"));
	put_file(p->dir, "6.12/modules.builtin", VIEW("kernel/lib/fixed.ko\nkernel/fs/ext-4.ko\n"));
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	vec_release(&p->files);
	arena_free(p->a);
	assert_int_equal(dir_remove(p->dir, &p->err), 0);
	free(p->dir);
	free(p->work);
	free(p);
	return 0;
}

static int files(struct place *p, const char *name)
{
	AUTO_FREE char *dir = path_join(p->dir, "6.12");

	vec_release(&p->files);
	p->files = (struct module_files){ 0 };
	p->err = (struct err){ 0 };
	return module_files(p->a, dir, name, p->work, &p->files, &p->err);
}

static void expect(struct place *p, const char *name, const char *want)
{
	AUTO_STR struct str got = STR_INIT;

	if (files(p, name) < 0)
		fail_msg("%s: %s", name, p->err.msg);
	vec_foreach(f, &p->files) {
		assert_true(file_exists(f->path));
		str_addf(&got, "%s%s", got.len ? " " : "", path_base(f->path));
	}
	assert_string_equal(str_c(&got), want);
}

/* A name that no module has may be provided by several, which modules.alias tells. */
static void by_alias(void **state)
{
	struct place *p = *state;

	expect(p, "asks", "asks.ko");
	put_file(p->dir, "6.12/modules.alias",
		 VIEW("# Aliases extracted from modules themselves.\nalias crc-sum soft\n"
		      "alias crc_sum late\nalias crc_sum not_there\nalias other top\n"));
	expect(p, "asks", "soft.ko late.ko asks.ko");
	assert_true(p->files.data[0].optional && !p->files.data[2].optional);
}

static void in_order(void **state)
{
	struct place *p = *state;

	expect(p, "top", "soft.ko low.ko mid_dle.ko top.ko");
	expect(p, "mid-dle", "soft.ko low.ko mid_dle.ko");
	expect(p, "soft", "soft.ko");
	/* No kernel has such a ring; it must end. */
	expect(p, "ring1", "ring2.ko ring1.ko");
	expect(p, "ext_4", "");
}

static void compressed(void **state)
{
	struct place *p = *state;
	static const char *const tools[] = { "gzip", "xz", "zstd" };

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		AUTO_FREE char *name = mem_printf("6.12/extra/packed%zu.ko", i);
		AUTO_FREE char *path = path_join(p->dir, name),
			       *want = mem_printf("packed%zu.ko", i);
		AUTO_FREE char *what = mem_strndup(want, strlen(want) - 3);
		char *argv[] = { (char *)tools[i], (char *)"-q", path, NULL };

		MODULE(p->dir, name, "depends=\0");
		if (run_ok(&(struct run_spec){ .argv = argv }, &p->err) < 0)
			skip();
		if (strcmp(tools[i], "zstd") == 0)
			unlink(path);
		expect(p, what, want);
	}
}

static void not_there(void **state)
{
	struct place *p = *state;

	assert_int_equal(files(p, "tob"), -ERR_NOT_FOUND);
	assert_string_equal(p->err.msg, "kernel 6.12 has no module 'tob'; did you mean 'top'?");
	assert_int_equal(files(p, "broken"), -ERR_NOT_FOUND);
	assert_non_null(strstr(p->err.msg, "has no module 'nowhere'"));
	assert_int_equal(files(p, "garbage"), -ERR_PARSE);
	assert_non_null(strstr(p->err.msg, "garbage"));
	put_file(p->dir, "6.12/extra/cut.ko.xz",
		 VIEW("\xfd"
		      "7zXZ\0\0\4 and then nothing of it"));
	assert_int_equal(files(p, "cut"), -ERR_PARSE);
}

#define P(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
RUN(P(in_order), P(by_alias), P(compressed), P(not_there))
