/* SPDX-License-Identifier: GPL-2.0-or-later */
/* busybox for another architecture: Debian's package, else (riscv64 has none) its source, compiled. Once for each. */
#include <unistd.h>

#include "base/log.h"
#include "boot/busybox.h"
#include "boot/guest_programs.h"
#include "sys/apt.h"
#include "sys/archive.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { MAKE_SECONDS = 1800, CONFIG_MAX = 1 << 20 };

static const char *named_like(const struct strv *files, const char *glob)
{
	vec_foreach(f, files)
		if (glob_match(glob, path_base(*f)))
			return *f;
	return NULL;
}

static enum unpack_answer want_busybox(const char *rel, struct str *ret, void *data)
{
	(void)data;
	if (!strcmp(rel, "bin/busybox") || !strcmp(rel, "usr/bin/busybox")) {
		str_adds(ret, "busybox");
		return UNPACK_TAKE;
	}
	return UNPACK_SKIP;
}

static int from_package(const struct arch *arch, const char *lists, const char *dir,
			struct err *err)
{
	AUTO_FREE char *to = path_join(dir, "package");
	AUTO_STRV struct strv files = { 0 };
	int r = apt_fetch(lists, arch->debian, "busybox-static", false, to, &files, err);
	const char *deb = r < 0 ? NULL : named_like(&files, "*.deb");

	if (r < 0)
		return r;
	if (!deb)
		return err_set(err, ERR_NOT_FOUND, "apt downloaded no busybox-static");
	return unpack_deb(deb, dir, want_busybox, NULL, err);
}

/* The tarball has one folder, whose name is of no use. */
static enum unpack_answer below_top(const char *rel, struct str *ret, void *data)
{
	const char *slash = strchr(rel, '/');

	(void)data;
	if (!slash || !slash[1])
		return UNPACK_SKIP;
	str_adds(ret, slash + 1);
	return UNPACK_TAKE;
}

static int make(const char *tree, const struct arch *arch, const char *target, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 };
	char *env[] = { (char *)"LC_ALL=C", (char *)"MAKEFLAGS=", (char *)"CFLAGS=", NULL };

	strv_add(&argv, "make");
	strv_add(&argv, "-s");
	strv_addf(&argv, "-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
	strv_addf(&argv, "CROSS_COMPILE=%s-", arch->triplet);
	strv_add(&argv, target);
	return run_ok(&(struct run_spec){ .argv = strv_argv(&argv),
					  .env_add = env,
					  .cwd = tree,
					  .input = VIEW(""),
					  .timeout = MAKE_SECONDS },
		      err);
}

/* Static; and without an applet that headers since Linux 6.8 do not compile. */
static int configure(const char *tree, struct err *err)
{
	AUTO_FREE char *path = path_join(tree, ".config");
	AUTO_STR struct str old = STR_INIT, new = STR_INIT;
	int r = file_read(path, CONFIG_MAX, &old, err);
	struct view rest = str_view(&old), line;

	while (r == 0 && view_line(&rest, &line)) {
		if (view_eq(line, "# CONFIG_STATIC is not set"))
			str_adds(&new, "CONFIG_STATIC=y\n");
		else if (view_eq(line, "CONFIG_TC=y"))
			str_adds(&new, "# CONFIG_TC is not set\n");
		else if (!view_starts(line, "CONFIG_FEATURE_TC_"))
			str_addf(&new, VIEW_FMT "\n", VIEW_ARG(line));
	}
	return r < 0 ? r : file_write(path, str_view(&new), 0644, err);
}

static int from_source(const struct arch *arch, const char *lists, const char *dir, struct err *err)
{
	AUTO_FREE char *to = path_join(dir, "source"), *tree = path_join(dir, "tree"),
		       *made = path_join(dir, "tree/busybox"), *busybox = path_join(dir, "busybox");
	AUTO_FREE char *compiler = mem_printf("%s-gcc", arch->triplet), *program = NULL;
	AUTO_FREE char *package = mem_printf("gcc-%s", arch->triplet);
	AUTO_STRV struct strv files = { 0 };
	struct err ignored = { 0 };
	int r = tool_need(compiler, package, &program, err);

	if (r == 0)
		r = apt_fetch(lists, arch->debian, "busybox", true, to, &files, err);
	const char *tar = r < 0 ? NULL : named_like(&files, "*.orig.tar.?z*");
	if (r == 0 && !tar)
		r = err_set(err, ERR_NOT_FOUND, "apt downloaded no source of busybox");
	if (r == 0)
		r = unpack_tar(tar, tree, below_top, NULL, err);
	if (r == 0)
		r = make(tree, arch, "defconfig", err);
	if (r == 0)
		r = configure(tree, err);
	if (r == 0)
		r = make(tree, arch, "busybox", err);
	if (r == 0 && rename(made, busybox) < 0)
		r = err_sys(err, "%s", busybox);
	dir_remove(tree, &ignored);
	return r;
}

static void tell_waiting(const char *dir, void *data)
{
	(void)dir;
	(void)data;
	log_info("waiting for another kassay to make busybox");
}

static int make_busybox(const struct arch *arch, const char *dir, const char *path, struct err *err)
{
	AUTO_FREE char *lists = path_join(dir, "apt");
	struct err ignored = { 0 };

	log_info("busybox for %s: from Debian's package, this once", arch->name);
	int r = from_package(arch, lists, dir, err);
	if (r == -ERR_NOT_FOUND) {
		log_info("busybox for %s: compiling Debian's source, this once", arch->name);
		r = from_source(arch, lists, dir, err);
	}
	if (r == 0)
		r = busybox_check(path, err);
	if (r < 0)
		unlink(path);
	else
		dir_remove(lists, &ignored);
	return r;
}

int guest_busybox(const struct arch *arch, struct guest_program *ret, struct err *err)
{
	AUTO_FREE char *name = mem_printf("busybox-%s", arch->name);
	struct guest_program made = { .lock = { .lock_fd = -1 } };

	if (arch == arch_host()) {
		made.path = busybox_find();
		*ret = made;
		return 0;
	}
	int r = cache_get("guest", name, CACHE_EXCLUSIVE, tell_waiting, NULL, &made.lock, err);
	if (r < 0)
		return r;
	made.path = path_join(made.lock.dir, "busybox");
	if (!file_exists(made.path))
		r = make_busybox(arch, made.lock.dir, made.path, err);
	if (r == 0)
		r = cache_downgrade(&made.lock, err);
	if (r < 0) {
		guest_program_release(&made);
		/* Whatever kept it away, a tool is missing, and other machines may have theirs. */
		if (err->code == ERR_NOT_FOUND || err->code == ERR_IO)
			err->code = ERR_NO_TOOL;
		return err_context(err, "busybox for %s", arch->name);
	}
	*ret = made;
	return 0;
}
