/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "kernel/build.h"
#include "kernel/toolchain.h"
#include "sys/file.h"

/* A PATH of programs that only tell a version, so that what is installed here does not matter. */
struct bin {
	char *dir, *path;
	struct strv vars;
	struct toolchain t;
	struct err err;
};

static void program(struct bin *b, const char *name, const char *version)
{
	AUTO_FREE char *path = path_join(b->dir, name);
	AUTO_FREE char *text = mem_printf("#!/bin/sh\necho '%s'\necho more\n", version);

	assert_int_equal(file_write(path, view_of(text), 0755, &b->err), 0);
}

static int setup(void **state)
{
	static const char *const names[] = {
		"make",	   "flex",   "bison",	"bc",	   "nm",
		"objcopy", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy",
	};
	struct bin *b = NEW(struct bin);

	assert_int_equal(dir_temp("toolchain", &b->dir, &b->err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		program(b, names[i], names[i]);
	program(b, "gcc", "gcc (Debian 12.2.0-14) 12.2.0");
	program(b, "ld", "GNU ld 2.40");
	program(b, "as", "GNU assembler 2.40");
	program(b, "clang", "Debian clang version 14.0.6");
	b->path = mem_strdup(getenv("PATH"));
	setenv("PATH", b->dir, 1);
	unsetenv("CCACHE_DISABLE");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bin *b = *state;

	setenv("PATH", b->path, 1);
	toolchain_release(&b->t);
	strv_release(&b->vars);
	assert_int_equal(dir_remove(b->dir, &b->err), 0);
	free(b->dir);
	free(b->path);
	free(b);
	return 0;
}

static void find(struct bin *b)
{
	toolchain_release(&b->t);
	if (toolchain_find(&b->vars, &b->t, &b->err) < 0)
		fail_msg("%s", b->err.msg);
}

static void missing(struct bin *b, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(b->dir, name);

	unlink(path);
	toolchain_release(&b->t);
	assert_int_equal(toolchain_find(&b->vars, &b->t, &b->err), -ERR_NO_TOOL);
	if (!strstr(b->err.msg, text))
		fail_msg("'%s' is not in '%s'", text, b->err.msg);
	program(b, name, name);
}

static void gcc(void **state)
{
	struct bin *b = *state;

	find(b);
	assert_string_equal(b->t.cc, "gcc");
	assert_string_equal(b->t.hostcc, "gcc");
	assert_false(b->t.ccache);
	assert_false(b->t.llvm);
	assert_string_equal(b->t.compiler, "gcc (Debian 12.2.0-14) 12.2.0");
	assert_string_equal(b->t.identity,
			    "gcc (Debian 12.2.0-14) 12.2.0\nGNU ld 2.40\nGNU assembler 2.40\n");
	program(b, "pahole", "v1.24");
	find(b);
	assert_non_null(strstr(b->t.identity, "v1.24\n"));
}

static void ccache(void **state)
{
	struct bin *b = *state;
	AUTO_FREE char *gcc12 = path_join(b->dir, "gcc-12"), *ccache = path_join(b->dir, "ccache");

	program(b, "ccache", "ccache 4");
	find(b);
	assert_string_equal(b->t.cc, "ccache gcc");
	assert_string_equal(b->t.hostcc, "ccache gcc");
	assert_string_equal(b->t.plain_cc, "gcc");
	assert_true(b->t.ccache);
	/* One that hides behind the compiler's name is not put before itself. */
	assert_int_equal(symlink(ccache, gcc12), 0);
	strv_add(&b->vars, "CC=gcc-12");
	find(b);
	assert_string_equal(b->t.cc, "gcc-12");
	assert_true(b->t.ccache);
	strv_release(&b->vars);
	setenv("CCACHE_DISABLE", "1", 1);
	find(b);
	assert_string_equal(b->t.cc, "gcc");
	assert_false(b->t.ccache);
}

static void llvm(void **state)
{
	struct bin *b = *state;

	strv_add(&b->vars, "LLVM=1");
	find(b);
	assert_true(b->t.llvm);
	assert_string_equal(b->t.cc, "clang");
	assert_string_equal(b->t.hostcc, "clang");
	assert_string_equal(b->t.compiler, "Debian clang version 14.0.6");
	assert_non_null(strstr(b->t.identity, "ld.lld\n"));
	missing(b, "ld.lld", "ld.lld is not installed (Debian package: lld)");
	missing(b, "clang", "(Debian package: clang)");
	missing(b, "llvm-ar", "(Debian package: llvm)");
	strv_add(&b->vars, "LLVM=-14");
	missing(b, "clang-14", "clang-14 is not installed (Debian package: clang-14)");
	program(b, "clang-14", "clang 14");
	missing(b, "ld.lld-14", "(Debian package: lld-14)");
	strv_release(&b->vars);
	AUTO_FREE char *prefix = mem_printf("LLVM=%s/", b->dir);
	strv_add(&b->vars, prefix);
	find(b);
	AUTO_FREE char *clang = path_join(b->dir, "clang");
	assert_string_equal(b->t.cc, clang);
}

static void chosen_compilers(void **state)
{
	struct bin *b = *state;

	program(b, "aarch64-linux-gnu-gcc", "cross");
	program(b, "aarch64-linux-gnu-ld", "cross ld");
	program(b, "aarch64-linux-gnu-as", "cross as");
	program(b, "aarch64-linux-gnu-nm", "nm");
	program(b, "aarch64-linux-gnu-objcopy", "objcopy");
	strv_add(&b->vars, "CROSS_COMPILE=aarch64-linux-gnu-");
	find(b);
	assert_string_equal(b->t.cc, "aarch64-linux-gnu-gcc");
	assert_string_equal(b->t.hostcc, "gcc");
	assert_string_equal(b->t.identity, "cross\ncross ld\ncross as\n");
	missing(b, "aarch64-linux-gnu-gcc", "(Debian package: gcc-aarch64-linux-gnu)");
	strv_release(&b->vars);
	strv_add(&b->vars, "CC=clang -m64");
	strv_add(&b->vars, "HOSTCC=clang");
	find(b);
	assert_string_equal(b->t.cc, "clang -m64");
	assert_string_equal(b->t.hostcc, "clang");
	strv_add(&b->vars, "CC=mycc");
	missing(b, "mycc", "mycc is not installed");
}

static void what_is_always_needed(void **state)
{
	struct bin *b = *state;

	missing(b, "make", "(Debian package: make)");
	missing(b, "flex", "flex is not installed (Debian package: flex)");
	missing(b, "bison", "bison is not installed (Debian package: bison)");
	missing(b, "bc", "(Debian package: bc)");
	missing(b, "gcc", "gcc is not installed (Debian package: gcc)");
	missing(b, "ld", "(Debian package: binutils)");
}

static void identify(void **state)
{
	struct bin *b = *state;
	AUTO_STRV struct strv vars = { 0 };
	struct toolchain t = { 0 };

	strv_add(&vars, "KCFLAGS=-g");
	assert_int_equal(toolchain_find(&vars, &t, &b->err), 0);
	assert_string_equal(t.compiler, "gcc (Debian 12.2.0-14) 12.2.0");
	assert_string_equal(t.identity,
			    "gcc (Debian 12.2.0-14) 12.2.0\nGNU ld 2.40\nGNU assembler 2.40\n");
	toolchain_release(&t);
}

static void variables(void **state)
{
	static const char *const bad[] = { "V=1",  "O=/x",  "ARCH=arm64", "noequals", "=x",
					   "1A=x", "A-B=x", "A=x\ny",	  "srctree=/" };
	static const char *const good[] = { "ARCH=x86_64", "W=1", "KCFLAGS=-O2 -g", "_X=", "C=1" };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_STRV struct strv vars = { 0 };
		strv_add(&vars, bad[i]);
		assert_int_equal(make_vars_check(&vars, arch_find("x86_64"), &err), -ERR_USAGE);
	}
	AUTO_STRV struct strv vars = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		strv_add(&vars, good[i]);
	assert_int_equal(make_vars_check(&vars, arch_find("x86_64"), &err), 0);
	strv_add(&vars, "W=2");
	assert_string_equal(make_var(&vars, "W"), "2");
	assert_string_equal(make_var(&vars, "_X"), "");
	assert_null(make_var(&vars, "KC"));
}

static void missing_things_in_output(void **state)
{
	static const struct {
		const char *line, *what, *package;
	} cases[] = {
		{ "/bin/sh: 1: bison: not found", "bison", "bison" },
		{ "bash: line 1: flex: command not found", "flex", "flex" },
		{ "make[2]: bc: No such file or directory", "bc", "bc" },
		{ "/bin/sh: 1: mytool: not found", NULL, NULL },
		{ "cat: bison: No such file or directory", NULL, NULL },
		{ "tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory",
		  "gelf.h", "libelf-dev" },
		{ "scripts/sign-file.c:25:10: fatal error: 'openssl/opensslv.h' file not found",
		  "openssl/", "libssl-dev" },
		{ "scripts/basic/fixdep.c:90:10: fatal error: sys/types.h: No such file or directory",
		  "sys/types.h", "libc6-dev" },
		/* A driver that includes the user's headers is wrong; nothing is missing. */
		{ "drivers/foo.c:3:10: fatal error: stdio.h: No such file or directory", NULL,
		  NULL },
		{ "drivers/foo.c:3:10: fatal error: linux/foo.h: No such file or directory", NULL,
		  NULL },
		{ "/usr/bin/ld: cannot find -lelf: No such file or directory", "-lelf",
		  "libelf-dev" },
		{ "ld.lld: error: unable to find library -lcrypto", "-lcrypto", "libssl-dev" },
		{ "/usr/bin/ld: cannot find -lmine", NULL, NULL },
		{ "  CC      lib/bison.o", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *what = NULL, *package = NULL;
		enum toolchain_missing found =
			toolchain_missing(view_of(cases[i].line), &what, &package);

		assert_int_equal(found != MISSING_NOTHING, cases[i].what != NULL);
		if (found == MISSING_PROGRAM)
			assert_null(strchr(what, '.'));
		if (found) {
			assert_string_equal(what, cases[i].what);
			assert_string_equal(package, cases[i].package);
		}
	}
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(gcc),
		TEST(ccache),
		TEST(llvm),
		TEST(chosen_compilers),
		TEST(what_is_always_needed),
		TEST(identify),
		cmocka_unit_test(variables),
		cmocka_unit_test(missing_things_in_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
