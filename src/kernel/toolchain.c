/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/toolchain.h"

#include <ctype.h>

#include "kernel/build.h"
#include "sys/file.h"
#include "sys/loop.h"

#define VERSION_TIMEOUT 30.0 /* seconds; a compiler on a sleeping network disk */

struct package {
	const char *name, *package;
};

/* Programs a kernel build calls, and the Debian packages that have them. */
static const struct package programs[] = {
	{ "as", "binutils" },	    { "bc", "bc" },	      { "bison", "bison" },
	{ "bzip2", "bzip2" },	    { "clang", "clang" },     { "cpio", "cpio" },
	{ "depmod", "kmod" },	    { "flex", "flex" },	      { "gawk", "gawk" },
	{ "gcc", "gcc" },	    { "gzip", "gzip" },	      { "ld", "binutils" },
	{ "ld.lld", "lld" },	    { "llvm-ar", "llvm" },    { "llvm-nm", "llvm" },
	{ "llvm-objcopy", "llvm" }, { "lz4", "lz4" },	      { "lzma", "xz-utils" },
	{ "lzop", "lzop" },	    { "make", "make" },	      { "nm", "binutils" },
	{ "objcopy", "binutils" },  { "openssl", "openssl" }, { "pahole", "pahole" },
	{ "perl", "perl" },	    { "python3", "python3" }, { "rsync", "rsync" },
	{ "strip", "binutils" },    { "tar", "tar" },	      { "xz", "xz-utils" },
	{ "zstd", "zstd" },
};

/* Headers of programs that run on this machine. The kernel itself never includes them... */
static const struct package host_headers[] = {
	{ "gelf.h", "libelf-dev" },   { "libelf.h", "libelf-dev" }, { "elfutils/", "libdw-dev" },
	{ "openssl/", "libssl-dev" }, { "zlib.h", "zlib1g-dev" },   { "dwarf.h", "libdw-dev" },
};
/* ... while a driver could include these by mistake: only under these folders they tell of a missing package. */
static const struct package libc_headers[] = {
	{ "stdio.h", "libc6-dev" },
	{ "stdlib.h", "libc6-dev" },
	{ "string.h", "libc6-dev" },
	{ "sys/types.h", "libc6-dev" },
	{ "linux/limits.h", "linux-libc-dev" },
};
static const char *const host_folders[] = { "scripts/", "tools/", "usr/gen_init_cpio.c",
					    "certs/extract-cert.c" };

static const struct package libraries[] = {
	{ "-lelf", "libelf-dev" },
	{ "-lcrypto", "libssl-dev" },
	{ "-lz", "zlib1g-dev" },
	{ "-lc", "libc6-dev" },
};

/* Variables that would break what build_run() relies on. */
static const char *const own_vars[] = {
	"O",
	"KBUILD_OUTPUT",
	"abs_srctree",
	"srctree",
	"objtree",
	"V",
	"KBUILD_VERBOSE",
	"M",
	"KBUILD_EXTMOD",
	"KCONFIG_CONFIG",
	"INSTALL_MOD_PATH",
	"INSTALL_HDR_PATH",
	"KSFT_INSTALL_PATH",
	"MAKEFLAGS",
	NULL,
};

const char *make_var(const struct strv *vars, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = vars->len; i-- > 0;)
		if (strncmp(vars->data[i], name, len) == 0 && vars->data[i][len] == '=')
			return vars->data[i] + len + 1;
	return NULL;
}

static bool is_assignment(const char *text)
{
	const char *p = text;

	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return p > text && *p == '=' && !isdigit((unsigned char)text[0]);
}

int make_vars_check(const struct strv *vars, const struct arch *arch, struct err *err)
{
	for (size_t i = 0; i < vars->len; i++)
		if (!is_assignment(vars->data[i]) || strchr(vars->data[i], '\n'))
			return err_set(err, ERR_USAGE, "--make wants VAR=VALUE, not '%s'",
				       vars->data[i]);
	for (const char *const *own = own_vars; *own; own++)
		if (make_var(vars, *own))
			return err_set(err, ERR_USAGE,
				       "--make %s=: kassay sets this variable itself", *own);
	const char *wanted = make_var(vars, "ARCH");
	if (wanted && arch_find(wanted) != arch && strcmp(wanted, arch->folder) != 0)
		return err_set(err, ERR_USAGE, "--make ARCH=%s: this build is for %s (see --arch)",
			       wanted, arch->name);
	return 0;
}

/* "aarch64-linux-gnu-ld", "aarch64-linux-gnu-gcc-11" into Debian's "binutils-aarch64-linux-gnu", "gcc-11-aarch64-linux-gnu". */
static bool cross_package(const char *base, char *buf, size_t size)
{
	for (const struct arch *a = arches; a->name; a++) {
		size_t len = strlen(a->triplet);

		if (strncmp(base, a->triplet, len) != 0 || base[len] != '-')
			continue;
		const char *tool = base + len + 1;
		snprintf(buf, size, "%s-%s", view_starts(view_of(tool), "gcc") ? tool : "binutils",
			 a->triplet);
		for (char *p = buf; *p; p++)
			*p = *p == '_' ? '-' : *p;
		return true;
	}
	return false;
}

/* "gcc-12", "/opt/x86_64-linux-gnu-gcc": the name a package is known by, and the number after it. */
static const char *package_of(const char *program, char *buf, size_t size)
{
	const char *base = path_base(program);

	if (cross_package(base, buf, size))
		return buf;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *name = programs[i].name;
		size_t len = strlen(name);

		if (strcmp(base, name) == 0)
			return programs[i].package;
		if (strncmp(base, name, len) == 0 && base[len] == '-' &&
		    isdigit((unsigned char)base[len + 1])) {
			snprintf(buf, size, "%s%s", programs[i].package, base + len);
			return buf;
		}
	}
	return base;
}

static int need(const char *program, struct err *err)
{
	char buf[128];
	AUTO_FREE char *path = NULL;

	return tool_need(program, package_of(program, buf, sizeof(buf)), &path, err);
}

/* The first line "PROGRAM --version" prints, appended to @ret with a newline. @program: a word, or more ("ccache gcc"). */
static int version_line(const char *program, struct str *ret, struct err *err)
{
	AUTO_STRV struct strv words = { 0 };
	struct view command = view_of(program), word;
	char *env[] = { (char *)"LC_ALL=C", NULL };
	AUTO_STR struct str out = STR_INIT;
	struct view rest, line = { 0 };

	while (view_split(&command, ' ', &word))
		if (word.len)
			strv_addf(&words, VIEW_FMT, VIEW_ARG(word));
	strv_add(&words, "--version");
	int r = run_ok(&(struct run_spec){ .argv = strv_argv(&words),
					   .env_add = env,
					   .timeout = VERSION_TIMEOUT,
					   .ret_out = &out },
		       err);

	if (r < 0)
		return r;
	rest = str_view(&out);
	view_line(&rest, &line);
	str_addv(ret, line);
	str_addc(ret, '\n');
	return 0;
}

/* "LLVM=1": clang; "LLVM=-14": clang-14; "LLVM=/opt/llvm/bin/": /opt/llvm/bin/clang */
static char *llvm_tool(const char *llvm, const char *tool)
{
	size_t len = strlen(llvm);

	if (llvm[0] == '-')
		return mem_printf("%s%s", tool, llvm);
	if (len && llvm[len - 1] == '/')
		return mem_printf("%s%s", llvm, tool);
	return mem_strdup(tool);
}

/* @cc may be several words ("gcc -m64"); ccache goes before it unless it is there or hides behind the name. */
static char *with_ccache(const char *cc, bool *ret_ccache)
{
	AUTO_FREE char *ccache = path_which("ccache");
	AUTO_FREE char *first = mem_strndup(cc, strcspn(cc, " "));
	AUTO_FREE char *path = path_which(first);
	AUTO_FREE char *real = path ? realpath(path, NULL) : NULL;
	const char *disabled = getenv("CCACHE_DISABLE");

	bool there = real && strcmp(path_base(real), "ccache") == 0, off = disabled && disabled[0];

	*ret_ccache = !off && (there || ccache);
	return !*ret_ccache || there ? mem_strdup(cc) : mem_printf("ccache %s", cc);
}

static const char *const llvm_tools[] = { "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", NULL };
static const char *const gnu_tools[] = { "ld", "as", "nm", "objcopy", NULL };
static const char *const always[] = { "make", "flex", "bison", "bc", NULL };

/* Check that the linker and its kin are there, and add the versions that matter to @ret. */
static int find_binutils(const struct strv *vars, const char *llvm, struct str *ret,
			 char **ret_linker, struct err *err)
{
	const char *cross = make_var(vars, "CROSS_COMPILE");
	int r = 0;

	for (const char *const *t = llvm ? llvm_tools : gnu_tools; *t && r == 0; t++) {
		AUTO_FREE char *name = llvm ? llvm_tool(llvm, *t) :
					      mem_printf("%s%s", cross ? cross : "", *t);

		size_t before = ret->len;

		r = need(name, err);
		if (r == 0 && (strstr(*t, "ld") || strcmp(*t, "as") == 0))
			r = version_line(name, ret, err);
		if (r == 0 && strstr(*t, "ld"))
			*ret_linker = mem_strndup(ret->data + before, ret->len - before - 1);
	}
	return r;
}

static char *find_cc(const struct strv *vars, const char *llvm)
{
	const char *cc = make_var(vars, "CC"), *cross = make_var(vars, "CROSS_COMPILE");

	if (cc)
		return mem_strdup(cc);
	return llvm ? llvm_tool(llvm, "clang") : mem_printf("%sgcc", cross ? cross : "");
}

int toolchain_find(const struct strv *make_vars, struct toolchain *ret, struct err *err)
{
	const char *llvm = make_var(make_vars, "LLVM"), *hostcc = make_var(make_vars, "HOSTCC");
	AUTO_STR struct str text = STR_INIT;
	int r = 0;

	if (llvm && !llvm[0])
		llvm = NULL;
	AUTO_FREE char *cc = find_cc(make_vars, llvm);
	AUTO_FREE char *program = mem_strndup(cc, strcspn(cc, " "));
	AUTO_FREE char *host = hostcc ? mem_strdup(hostcc) :
			       llvm   ? llvm_tool(llvm, "clang") :
					mem_strdup("gcc");
	AUTO_FREE char *host_program = mem_strndup(host, strcspn(host, " "));

	for (const char *const *t = always; *t && r == 0; t++)
		r = need(*t, err);
	if (r == 0)
		r = need(program, err);
	if (r == 0)
		r = need(host_program, err);
	if (r == 0)
		r = version_line(cc, &text, err);
	if (r < 0)
		return r;
	AUTO_FREE char *compiler = mem_strndup(text.data, text.len - 1);
	AUTO_FREE char *linker = NULL;
	r = find_binutils(make_vars, llvm, &text, &linker, err);
	AUTO_FREE char *pahole = path_which("pahole");
	if (r == 0 && pahole)
		r = version_line("pahole", &text, err);
	if (r < 0)
		return r;
	bool ccache, host_ccache;
	*ret = (struct toolchain){
		.cc = with_ccache(cc, &ccache),
		.hostcc = with_ccache(host, &host_ccache),
		.compiler = TAKE(compiler),
		.linker = TAKE(linker),
		.identity = str_take(&text),
		.llvm = llvm != NULL,
	};
	ret->plain_cc = TAKE(cc);
	ret->ccache = ccache;
	return 0;
}

void toolchain_release(struct toolchain *t)
{
	free(t->cc);
	free(t->hostcc);
	free(t->plain_cc);
	free(t->compiler);
	free(t->linker);
	free(t->identity);
	*t = (struct toolchain){ 0 };
}

static bool view_has(struct view v, const char *needle)
{
	return view_find(v, needle) >= 0;
}

/* gcc: "tools/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory"; clang: "'gelf.h' file not found" */
static bool missing_header(struct view line, const char **ret_what, const char **ret_package)
{
	ssize_t at = view_find(line, "fatal error: ");
	bool host = false;

	if (at < 0 || !(view_has(line, ": No such file") || view_has(line, "file not found")))
		return false;
	struct view name = view_sub(line, (size_t)at + strlen("fatal error: "), line.len);
	view_skip(&name, "'");
	for (size_t i = 0; i < ARRAY_SIZE(host_folders); i++)
		host |= view_has(view_sub(line, 0, (size_t)at), host_folders[i]);
	for (size_t i = 0; i < ARRAY_SIZE(host_headers); i++)
		if (view_starts(name, host_headers[i].name)) {
			*ret_what = host_headers[i].name;
			*ret_package = host_headers[i].package;
			return true;
		}
	for (size_t i = 0; host && i < ARRAY_SIZE(libc_headers); i++)
		if (view_starts(name, libc_headers[i].name)) {
			*ret_what = libc_headers[i].name;
			*ret_package = libc_headers[i].package;
			return true;
		}
	return false;
}

/* "/usr/bin/ld: cannot find -lelf: No such file or directory" */
static bool missing_library(struct view line, const char **ret_what, const char **ret_package)
{
	ssize_t at = view_find(line, "cannot find -l");
	bool lld = false;

	if (at < 0) {
		at = view_find(line, "unable to find library -l");
		lld = true;
	}
	if (at < 0)
		return false;
	struct view name = view_sub(
		line, (size_t)at + strlen(lld ? "unable to find library " : "cannot find "),
		line.len);
	for (size_t end = 0; end < name.len; end++)
		if (name.p[end] == ':' || name.p[end] == ' ')
			name.len = end;
	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++)
		if (view_eq(name, libraries[i].name)) {
			*ret_what = libraries[i].name;
			*ret_package = libraries[i].package;
			return true;
		}
	return false;
}

/*
 * "/bin/sh: 1: bison: not found" (dash), "bash: line 1: bison: command not found", "make[2]: bison: No such file or
 * directory". Only programs of the table: a kernel's own broken script is the kernel's fault.
 */
static bool missing_program(struct view line, const char **ret_what, const char **ret_package)
{
	bool from_make = view_starts(line, "make") &&
			 view_ends(line, ": No such file or directory");

	if (!from_make && !view_ends(line, ": not found") &&
	    !view_ends(line, ": command not found"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		char word[64];

		snprintf(word, sizeof(word), ": %s: ", programs[i].name);
		if (view_has(line, word)) {
			*ret_what = programs[i].name;
			*ret_package = programs[i].package;
			return true;
		}
	}
	return false;
}

enum toolchain_missing toolchain_missing(struct view line, const char **ret_what,
					 const char **ret_package)
{
	if (missing_header(line, ret_what, ret_package) ||
	    missing_library(line, ret_what, ret_package))
		return MISSING_FILES;
	return missing_program(line, ret_what, ret_package) ? MISSING_PROGRAM : MISSING_NOTHING;
}
