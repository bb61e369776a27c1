/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/guest_rootfs.h"

#include "boot/qemu.h"
#include "job/guest_load.h"
#include "sys/file.h"

enum { PACKAGES_MAX = 64 << 10 };

static int read_packages(const struct guest_rootfs_spec *spec, struct strv *ret, struct err *err)
{
	AUTO_FREE char *path = path_join(spec->share_dir, "configs/debian.packages");
	AUTO_STR struct str text = STR_INIT;
	int r = file_read(path, PACKAGES_MAX, &text, err);
	struct view rest = str_view(&text), line;

	while (r == 0 && view_line(&rest, &line)) {
		line = view_trim(line);
		if (line.len && line.p[0] != '#')
			strv_addf(ret, VIEW_FMT, VIEW_ARG(line));
	}
	strv_add_all(ret, spec->packages);
	return r;
}

int guest_rootfs_identity(const struct guest_rootfs_spec *spec, const struct arch *arch, char **ret,
			  struct err *err)
{
	AUTO_STRV struct strv packages = { 0 };
	struct rootfs_spec root = { .text = spec->rootfs, .arch = arch, .packages = &packages };
	int r = rootfs_is_debian(spec->rootfs) ? read_packages(spec, &packages, err) : 0;

	return r < 0 ? r : rootfs_identity(&root, ret, err);
}

/* What of the way to the disk is a module of this kernel. A kernel that lacks it says so when it is booted. */
static int load_drivers(const char *modules, const char *fs, const char *work,
			const struct machine_spec *m, struct guest_spec *g, struct err *err)
{
	int r = guest_load_disks(g, m, modules, work, err);

	if (r == 0)
		r = guest_load(g, modules, fs, work, err);
	return r == -ERR_NOT_FOUND ? 0 : r;
}

/*
 * The tests on a disk, too: what they write goes to a file system that can write back and read ahead, as it does on a real
 * machine, and their programs take no memory. ext4 is there where it is the root's.
 */
static int tests_disk(const struct guest_rootfs_spec *spec, struct guest_spec *guest,
		      struct machine_spec *machine, struct guest_rootfs *ret, struct err *err)
{
	int r;

	if (!guest->tree || !ret->root.fs || strcmp(ret->root.fs, "ext4") != 0)
		return 0;
	ret->tests = path_join(spec->work, "kselftest.ext4");
	r = dir_make(spec->work, err);
	if (r == 0)
		r = rootfs_folder(guest->tree, ret->tests, err);
	if (r != 0)
		return r < 0 ? r : 0;
	machine->root_tests = ret->tests;
	guest->tests_disk = true;
	guest->tree = NULL;
	return 0;
}

int guest_rootfs(const struct guest_rootfs_spec *spec, struct guest_spec *guest,
		 struct machine_spec *machine, struct guest_rootfs *ret, struct err *err)
{
	AUTO_STRV struct strv packages = { 0 };
	struct rootfs_spec root = { .text = spec->rootfs,
				    .arch = machine_arch(machine),
				    .packages = &packages };
	const char *modules = spec->modules;
	int r = 0;

	if (rootfs_is_none(spec->rootfs))
		return 0;
	if (rootfs_is_debian(spec->rootfs))
		r = read_packages(spec, &packages, err);
	if (r == 0)
		r = rootfs_open(&root, &ret->root, err);
	if (r == 0 && modules && !guest->modules)
		r = rootfs_modules(modules, spec->system_map, &ret->modules, err);
	if (r == 0)
		r = tests_disk(spec, guest, machine, ret, err);
	if (r < 0) {
		/* No network, no such suite, garbage: other machines may have theirs. */
		if (r != -ERR_CANCELLED && r != -ERR_NO_SPACE)
			err->code = ERR_NO_TOOL;
		return -err->code;
	}
	guest->root = ret->root.fs ? ret->root.fs : "auto";
	guest->needs_busybox = false;
	machine->root = ret->root.image;
	machine->root_modules = ret->modules.image;
	if (ret->modules.modules)
		modules = ret->modules.modules;
	return modules ? load_drivers(modules, ret->root.fs ? ret->root.fs : "ext4", spec->work,
				      machine, guest, err) :
			 0;
}

void guest_rootfs_release(struct guest_rootfs *r)
{
	rootfs_release(&r->root);
	rootfs_release(&r->modules);
	free(r->tests);
}
