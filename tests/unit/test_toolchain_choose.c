/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a toolchain's name stands for, and whether it is new enough. */
#include "test.h"

#include "kernel/toolchain.h"
#include "sys/file.h"

struct folder {
	char *dir;
	struct err err;
};

static int setup(void **state)
{
	struct folder *f = NEW(struct folder);

	*state = f;
	return dir_temp("choose", &f->dir, &f->err);
}

static int teardown(void **state)
{
	struct folder *f = *state;

	assert_int_equal(dir_remove(f->dir, &f->err), 0);
	free(f->dir);
	free(f);
	return 0;
}

static void put(struct folder *f, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(f->dir, name);
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(path_base(path) - path));

	assert_int_equal(dir_make(dir, &f->err), 0);
	assert_int_equal(file_write(path, view_of(text), 0755, &f->err), 0);
}

/* The variables, joined by blanks; "DIR" for the test's folder. */
static char *vars_of(struct folder *f, const char *toolchain, const char *arch, const char *users)
{
	AUTO_STRV struct strv vars = { 0 }, ret = { 0 };
	AUTO_STR struct str text = STR_INIT;

	if (users)
		strv_add(&vars, users);
	f->err = (struct err){ 0 };
	if (toolchain_vars(toolchain, arch_find(arch), &vars, &ret, &f->err) < 0)
		return mem_strdup(f->err.msg);
	vec_foreach(v, &ret) {
		struct view rest = view_of(*v);
		ssize_t at = view_find(rest, f->dir);

		str_addf(&text, "%s", text.len ? " " : "");
		if (at < 0)
			str_adds(&text, *v);
		else
			str_addf(&text, "%.*sDIR%s", (int)at, *v, *v + at + strlen(f->dir));
	}
	return str_take(&text);
}

static void names(void **state)
{
	struct folder *f = *state;
	static const struct {
		const char *toolchain, *arch, *users, *want;
	} cases[] = {
		{ NULL, "x86_64", NULL, "" },
		{ "gcc", "x86_64", NULL, "" },
		{ "gcc-11", "x86_64", NULL, "CC=gcc-11" },
		{ "gcc-11", "i386", NULL, "CC=gcc-11" },
		{ NULL, "arm64", NULL, "CROSS_COMPILE=aarch64-linux-gnu-" },
		{ NULL, "riscv64", "W=1", "CROSS_COMPILE=riscv64-linux-gnu- W=1" },
		{ "gcc-11", "arm64", NULL,
		  "CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-11" },
		{ NULL, "arm", "CC=clang", "CROSS_COMPILE=arm-linux-gnueabihf- CC=clang" },
		{ NULL, "arm64", "LLVM=1", "LLVM=1" },
		{ NULL, "arm64", "CROSS_COMPILE=x-", "CROSS_COMPILE=x-" },
		{ "clang", "arm64", NULL, "LLVM=1" },
		{ "LLVM", "x86_64", "W=1", "LLVM=1 W=1" },
		{ "clang-16", "riscv64", NULL, "LLVM=-16" },
		{ "gcc", "x86_64", "CC=gcc-9",
		  "toolchain gcc: make variable CC=gcc-9 chooses one as well" },
		{ "icc", "x86_64", NULL,
		  "toolchain icc: it is none of gcc, gcc-VERSION, clang, clang-VERSION, and no folder" },
		{ "gcc-", "x86_64", NULL,
		  "toolchain gcc-: it is none of gcc, gcc-VERSION, clang, clang-VERSION, and no folder" },
		{ "clang-16;x", "x86_64", NULL,
		  "toolchain clang-16;x: it is none of gcc, gcc-VERSION, clang, clang-VERSION, and no folder" },
	};

	if (strcmp(arch_host()->name, "x86_64") != 0)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *got = vars_of(f, cases[i].toolchain, cases[i].arch, cases[i].users);

		assert_string_equal(got, cases[i].want);
	}
}

static void folders(void **state)
{
	struct folder *f = *state;
	AUTO_FREE char *kernel_org = path_join(f->dir, "gcc-13.2.0-nolibc"),
		       *llvm = path_join(f->dir, "llvm/bin"), *plain = path_join(f->dir, "plain"),
		       *none = path_join(f->dir, "none");

	put(f, "gcc-13.2.0-nolibc/bin/aarch64-linux-gcc", "");
	put(f, "gcc-13.2.0-nolibc/bin/aarch64-linux-ld", "");
	put(f, "gcc-13.2.0-nolibc/bin/arm-linux-gnueabi-gcc", "");
	put(f, "llvm/bin/clang", "");
	put(f, "plain/bin/gcc", "");
	put(f, "plain/bin/ld", "");
	put(f, "none/README", "");
	AUTO_FREE char *a = vars_of(f, kernel_org, "arm64", NULL),
		       *b = vars_of(f, kernel_org, "arm", NULL),
		       *c = vars_of(f, kernel_org, "riscv64", NULL),
		       *d = vars_of(f, llvm, "arm64", NULL),
		       *e = vars_of(f, plain, arch_host()->name, NULL),
		       *g = vars_of(f, none, "x86_64", NULL);

	assert_string_equal(a, "CROSS_COMPILE=DIR/gcc-13.2.0-nolibc/bin/aarch64-linux-");
	assert_string_equal(b, "CROSS_COMPILE=DIR/gcc-13.2.0-nolibc/bin/arm-linux-gnueabi-");
	assert_non_null(strstr(c, "neither clang nor a gcc for riscv64 in it"));
	assert_string_equal(d, "LLVM=DIR/llvm/bin/");
	assert_string_equal(e, "CC=DIR/plain/bin/gcc CROSS_COMPILE=DIR/plain/bin/");
	assert_non_null(strstr(g, "neither clang nor a gcc for x86_64 in it"));
}

static void too_old(void **state)
{
	struct folder *f = *state;
	static const struct {
		const char *compiler, *linker;
		bool llvm;
		const char *text; /* NULL: new enough */
	} cases[] = {
		{ "gcc (Debian 12.2.0-14) 12.2.0", "GNU ld (GNU Binutils for Debian) 2.40", false,
		  NULL },
		{ "gcc-8 (Debian 8.1.0-1) 8.1.0", "GNU ld 2.30", false, NULL },
		{ "gcc-7 (Ubuntu 7.5.0-3ubuntu1~18.04) 7.5.0", "GNU ld 2.30", false,
		  "7.5.0 is too old: this kernel needs gcc 8.1.0 or newer" },
		{ "gcc (GCC) 13.2.1 20230801 (Red Hat 13.2.1-1)", "GNU ld version 2.29.1-4", false,
		  "2.29.1-4 is too old: this kernel needs binutils 2.30.0 or newer" },
		{ "Debian clang version 14.0.6", "Debian LLD 14.0.6", true, NULL },
		{ "Ubuntu clang version 13.0.0-2", "LLD 13.0.0 (compatible with GNU linkers)", true,
		  "13.0.0-2 is too old: this kernel needs llvm 13.0.1 or newer" },
		{ "mycc", "myld", false, NULL }, /* nobody knows: the kernel's own check will say */
	};

	put(f, "scripts/min-tool-version.sh",
	    "case $1 in gcc) echo 8.1.0;; binutils) echo 2.30.0;; llvm) echo 13.0.1;; esac\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct toolchain t = { .compiler = (char *)cases[i].compiler,
				       .linker = (char *)cases[i].linker,
				       .llvm = cases[i].llvm };

		f->err = (struct err){ 0 };
		int r = toolchain_check(&t, arch_host(), f->dir, &f->err);
		assert_int_equal(r, cases[i].text ? -ERR_NO_TOOL : 0);
		if (cases[i].text && !strstr(f->err.msg, cases[i].text))
			fail_msg("'%s' is not in '%s'", cases[i].text, f->err.msg);
	}
	/* A tree that says nothing, one whose script fails, one whose script says nothing. */
	struct toolchain old = { .compiler = (char *)"gcc 1.0", .linker = (char *)"ld 1.0" };
	assert_int_equal(toolchain_check(&old, arch_host(), "/nonexistent", &f->err), 0);
	put(f, "scripts/min-tool-version.sh", "exit 1\n");
	assert_int_equal(toolchain_check(&old, arch_host(), f->dir, &f->err), 0);
	put(f, "scripts/min-tool-version.sh", "exit 0\n");
	assert_int_equal(toolchain_check(&old, arch_host(), f->dir, &f->err), 0);
}

static void architectures(void **state)
{
	struct err err = { 0 };
	const struct arch *a = NULL;

	(void)state;
	assert_ptr_equal(arch_find("aarch64"), arch_find("arm64"));
	assert_ptr_equal(arch_find("amd64"), arch_find("x86_64"));
	assert_ptr_equal(arch_find("riscv"), arch_find("riscv64"));
	assert_ptr_not_equal(arch_find("arm"), arch_find("arm64"));
	assert_null(arch_find("vax"));
	assert_null(arch_find(""));
	assert_int_equal(arch_need("--arch", "vax", &a, &err), -ERR_USAGE);
	assert_string_equal(
		err.msg,
		"--arch: no architecture 'vax'; known are x86_64, i386, arm64, arm, riscv64");
	assert_true(arch_runs_here(arch_host()));
}

#define F(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
RUN(F(names), F(folders), F(too_old), T(architectures))
