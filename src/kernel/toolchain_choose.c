/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which toolchain is meant, and is it new enough for this revision? */
#include <ctype.h>

#include "kernel/toolchain.h"
#include "sys/file.h"
#include "sys/loop.h"

/* "gcc", "gcc-11": *ret_suffix is "" or "-11". */
static bool named(const char *toolchain, const char *name, const char **ret_suffix)
{
	size_t len = strlen(name);
	const char *p = toolchain + len;

	if (strncmp(toolchain, name, len) != 0)
		return false;
	*ret_suffix = p;
	if (*p == '-' && isdigit((unsigned char)p[1]))
		p += 1 + strspn(p + 1, "0123456789.");
	return *p == '\0';
}

/* "aarch64-none-elf-gcc" for arm64: *ret_len is the length before "gcc". */
static bool is_cross_gcc(const struct arch *arch, const char *name, size_t *ret_len)
{
	struct view v = view_of(name);
	size_t cpu = strcspn(arch->triplet, "-");

	if (!view_ends(v, "-gcc"))
		return false;
	*ret_len = v.len - strlen("gcc");
	/* kernel.org's are "arm-linux-gnueabi-", "i386-linux-", "riscv64-linux-" */
	return (strncmp(name, arch->triplet, cpu) == 0 && name[cpu] == '-') ||
	       (strncmp(name, arch->name, strlen(arch->name)) == 0 &&
		name[strlen(arch->name)] == '-');
}

static int from_folder(const char *folder, const struct arch *arch, struct strv *ret,
		       struct err *err)
{
	AUTO_FREE char *top = path_absolute(folder), *below = path_join(top, "bin");
	const char *bin = dir_exists(below) ? below : top;
	AUTO_STRV struct strv names = { 0 };
	size_t len = 0;
	int r = dir_list(bin, &names, err);

	if (r < 0)
		return r;
	strv_sort(&names);
	if (strv_has(&names, "clang")) {
		strv_addf(ret, "LLVM=%s/", bin);
		return 0;
	}
	if (arch_runs_here(arch) && strv_has(&names, "gcc")) {
		strv_addf(ret, "CC=%s/gcc", bin);
		if (strv_has(&names, "ld"))
			strv_addf(ret, "CROSS_COMPILE=%s/", bin);
		return 0;
	}
	vec_foreach(n, &names)
		if (is_cross_gcc(arch, *n, &len)) {
			strv_addf(ret, "CROSS_COMPILE=%s/%.*s", bin, (int)len, *n);
			return 0;
		}
	return err_set(err, ERR_NOT_FOUND, "toolchain %s: neither clang nor a gcc for %s in it",
		       folder, arch->name);
}

static int from_name(const char *toolchain, const struct arch *arch, struct strv *ret,
		     struct err *err)
{
	const char *suffix;

	if (named(toolchain, "clang", &suffix) || named(toolchain, "LLVM", &suffix)) {
		strv_addf(ret, "LLVM=%s", *suffix ? suffix : "1");
		return 0;
	}
	if (!named(toolchain, "gcc", &suffix) && dir_exists(toolchain))
		return from_folder(toolchain, arch, ret, err);
	if (!named(toolchain, "gcc", &suffix))
		return err_set(
			err, ERR_USAGE,
			"toolchain %s: it is none of gcc, gcc-VERSION, clang, clang-VERSION, and no folder",
			toolchain);
	if (!arch_runs_here(arch)) {
		strv_addf(ret, "CROSS_COMPILE=%s-", arch->triplet);
		if (*suffix)
			strv_addf(ret, "CC=%s-gcc%s", arch->triplet, suffix);
	} else if (*suffix) {
		strv_addf(ret, "CC=gcc%s", suffix);
	}
	return 0;
}

int toolchain_vars(const char *toolchain, const struct arch *arch, const struct strv *vars,
		   struct strv *ret, struct err *err)
{
	static const char *const chosen[] = { "CC", "LLVM", "CROSS_COMPILE" };
	const char *users = NULL;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(chosen); i++)
		if (make_var(vars, chosen[i]))
			users = chosen[i];
	if (toolchain && users)
		return err_set(err, ERR_USAGE,
			       "toolchain %s: make variable %s=%s chooses one as well", toolchain,
			       users, make_var(vars, users));
	if (!make_var(vars, "LLVM") && !make_var(vars, "CROSS_COMPILE"))
		r = from_name(toolchain ? toolchain : "gcc", arch, ret, err);
	strv_add_all(ret, vars);
	return r;
}

struct version {
	unsigned long part[3];
};

/* The first word that is a number: "gcc (Debian 12.2.0-14) 12.2.0", "Debian clang version 14.0.6", "GNU ld (...) 2.40". */
static bool read_version(const char *line, struct version *ret)
{
	int depth = 0;
	bool begins = true;
	const char *p = line;

	for (; *p && !(begins && !depth && isdigit((unsigned char)*p)); p++) {
		depth += (*p == '(') - (*p == ')');
		begins = *p == ' ';
	}
	if (!*p)
		return false;
	*ret = (struct version){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(ret->part) && isdigit((unsigned char)*p); i++) {
		char *end;

		ret->part[i] = strtoul(p, &end, 10);
		p = *end == '.' ? end + 1 : end;
	}
	return true;
}

static bool older(const struct version *a, const struct version *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->part); i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i];
	return false;
}

/* What the tree says about @tool ("gcc", "llvm", "binutils") against the line that ours printed. */
static int check_one(const char *script, const char *tool, const char *line,
		     const struct arch *arch, struct err *err)
{
	char *argv[] = { (char *)"sh", (char *)script, (char *)tool, NULL };
	AUTO_FREE char *srcarch = mem_printf("SRCARCH=%s", arch->folder);
	char *env[] = { (char *)"LC_ALL=C", srcarch, NULL };
	AUTO_STR struct str out = STR_INIT;
	struct version wanted, ours;
	struct err ignored = { 0 };

	/* A script that knows no such tool is no reason to give up. */
	if (run_ok(
		    &(struct run_spec){
			    .argv = argv, .env_add = env, .ret_out = &out, .timeout = 30 },
		    &ignored) < 0)
		return ignored.code == ERR_CANCELLED ?
			       err_set(err, ERR_CANCELLED, "%s", ignored.msg) :
			       0;
	AUTO_FREE char *least = mem_strndup(str_c(&out), strcspn(str_c(&out), "\n"));
	if (!read_version(least, &wanted) || !read_version(line, &ours) || !older(&ours, &wanted))
		return 0;
	return err_set(
		err, ERR_NO_TOOL,
		"%s is too old: this kernel needs %s %s or newer (its scripts/min-tool-version.sh)",
		line, tool, least);
}

int toolchain_check(const struct toolchain *t, const struct arch *arch, const char *source,
		    struct err *err)
{
	AUTO_FREE char *script = path_join(source, "scripts/min-tool-version.sh");
	bool clang = strstr(t->compiler, "clang");
	int r = 0;

	if (!file_exists(script))
		return 0;
	r = check_one(script, clang ? "llvm" : "gcc", t->compiler, arch, err);
	if (r == 0)
		r = check_one(script, t->llvm ? "llvm" : "binutils", t->linker, arch, err);
	return r;
}
