/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How make is called. Bits must depend on the source, the configuration and the toolchain only,
 * so time, user, host and build number are fixed, and folder names are mapped away
 * (Documentation/kbuild/reproducible-builds.rst).
 */
#include "kernel/build_internal.h"
#include "sys/file.h"

#define BUILD_TIMESTAMP "Sat Jan  1 00:00:00 UTC 2000"
#define BUILD_EPOCH "946684800"

/* What would change the build, or the language of its messages, behind our back. */
static const char unset[] =
	"MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL MAKEFILES ARCH SUBARCH CROSS_COMPILE "
	"LLVM LLVM_IAS CC LD AR NM AS OBJCOPY OBJDUMP STRIP READELF HOSTCC HOSTCXX "
	"HOSTLD CFLAGS CPPFLAGS LDFLAGS KCFLAGS KAFLAGS KCPPFLAGS KRUSTFLAGS HOSTCFLAGS "
	"HOSTLDFLAGS CFLAGS_KERNEL CFLAGS_MODULE LDFLAGS_MODULE LOCALVERSION O V W C "
	"KBUILD_OUTPUT KBUILD_VERBOSE KBUILD_EXTMOD KBUILD_BUILD_TIMESTAMP "
	"KBUILD_BUILD_VERSION_TIMESTAMP KCONFIG_CONFIG KCONFIG_ALLCONFIG "
	"KCONFIG_OVERWRITECONFIG KCONFIG_SEED INSTALL_PATH INSTALL_MOD_PATH "
	"INSTALL_HDR_PATH CPATH C_INCLUDE_PATH LIBRARY_PATH GCC_EXEC_PREFIX "
	"COMPILER_PATH DEPENDENCIES_OUTPUT GCC_COLORS TARGETS SKIP_TARGETS FORCE_TARGETS "
	"BUILD OUTPUT USERCFLAGS USERLDFLAGS SUMMARY BASH_ENV ENV";

/* The user may want any of these different. */
static const char *const defaults[] = {
	"LOCALVERSION=",
	("KBUILD_BUILD_TIMESTAMP=" BUILD_TIMESTAMP),
	"KBUILD_BUILD_USER=kassay",
	"KBUILD_BUILD_HOST=kassay",
	"KBUILD_BUILD_VERSION=1",
};

/*
 * kbuild names sources absolutely; ccache, with CCACHE_BASEDIR, turns that into ../src/ before the compiler sees it, and
 * so two folders share what it holds. Without ccache this does the same: UBSAN writes the names that the compiler was
 * given into the kernel, and -ffile-prefix-map does not reach those.
 */
static const char wrapper[] = "#!/bin/sh\n"
			      "if [ ../src -ef '%1$s' ]; then\n"
			      "	for arg; do\n"
			      "		shift\n"
			      "		case $arg in\n"
			      "		'%1$s'/*) arg=../src/${arg#'%1$s'/} ;;\n"
			      "		-I'%1$s'/*) arg=-I../src/${arg#-I'%1$s'/} ;;\n"
			      "		esac\n"
			      "		set -- \"$@\" \"$arg\"\n"
			      "	done\n"
			      "fi\n"
			      "exec %2$s \"$@\"\n";

/* CC= of make. The wrapper goes by the compiler's name: some Makefiles look for "clang" in it. */
static int compiler(struct build *b, const char **ret, struct err *err)
{
	AUTO_FREE char *program = mem_strndup(b->tool.cc, strcspn(b->tool.cc, " "));
	AUTO_FREE char *dir = path_join(b->dir, "bin"), *path = path_join(dir, path_base(program));
	AUTO_STR struct str text = STR_INIT;

	if (b->tool.ccache) {
		*ret = b->tool.cc;
		return 0;
	}
	*ret = arena_strdup(b->arena, path);
	if (file_exists(path))
		return 0;
	str_addf(&text, wrapper, b->link, b->tool.cc);
	int r = dir_make(dir, err);
	return r < 0 ? r : file_write(path, str_view(&text), 0755, err);
}

/* Both names of the sources, and the build folder, become names relative to the tree (gcc from 8, clang from 10). */
static void add_flags(struct build *b, const char *name)
{
	const char *users = make_var(&b->vars, name);

	strv_addf(
		&b->make,
		"%s=-ffile-prefix-map=%s/= -ffile-prefix-map=../src/= -ffile-prefix-map=%s/= -ffile-prefix-map=%s=.%s%s",
		name, b->link, b->objects, b->objects, users ? " " : "", users ? users : "");
}

/* What the user gave, but for what was merged into ours. */
static void add_users_vars(struct build *b)
{
	static const char *const merged[] = { "ARCH=", "KCFLAGS=", "KAFLAGS=", "CC=", "HOSTCC=" };

	for (size_t i = 0; i < b->vars.len; i++) {
		bool ours = false;

		for (size_t k = 0; k < ARRAY_SIZE(merged); k++)
			ours |= strncmp(b->vars.data[i], merged[k], strlen(merged[k])) ==
				0;
		if (!ours)
			strv_add(&b->make, b->vars.data[i]);
	}
}

static void make_env(struct build *b)
{
	struct view names = view_of(unset), name;

	while (view_split(&names, ' ', &name))
		strv_addf(&b->env, VIEW_FMT "=", VIEW_ARG(name));
	strv_add(&b->env, "LC_ALL=C");
	strv_add(&b->env, "SOURCE_DATE_EPOCH=" BUILD_EPOCH);
	strv_addf(&b->env, "CCACHE_BASEDIR=%s", b->dir);
	strv_add(&b->env, "CCACHE_NOHASHDIR=1");
}

int build_make_args(struct build *b, struct err *err)
{
	long jobs = b->spec->jobs > 0 ? b->spec->jobs : sysconf(_SC_NPROCESSORS_ONLN);
	const char *cc;
	int r = compiler(b, &cc, err);

	if (r < 0)
		return r;
	strv_add(&b->make, "make");
	strv_addf(&b->make, "-j%ld", jobs > 0 ? jobs : 1);
	strv_add(&b->make, "--output-sync=target");
	strv_add(&b->make, "--no-print-directory");
	strv_add(&b->make, "-C");
	strv_add(&b->make, b->link);
	strv_addf(&b->make, "O=%s", b->objects);
	/* Else the Makefile looks behind the link, and two folders could not share what ccache holds. */
	strv_addf(&b->make, "abs_srctree=%s", b->link);
	strv_addf(&b->make, "ARCH=%s", b->arch->kbuild);
	strv_addf(&b->make, "CC=%s", cc);
	strv_addf(&b->make, "HOSTCC=%s", b->tool.hostcc);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		AUTO_FREE char *name = mem_strndup(defaults[i], strcspn(defaults[i], "="));

		if (!make_var(&b->vars, name))
			strv_add(&b->make, defaults[i]);
	}
	add_flags(b, "KCFLAGS");
	add_flags(b, "KAFLAGS");
	add_users_vars(b);
	make_env(b);
	return 0;
}
