/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another root file system than the initramfs, as switch_root(8) does it:
 *
 *   /sys/block/X/serial "kassay-root" ─► mounted on /newroot (the disk, or its first partition that has a bin)
 *   serials "kassay-modules", "kassay-kselftest" ─► /lib/modules, /opt/kselftest
 *   /proc /sys /dev moved there; what of /kassay, /lib/modules, /opt is in the initramfs bound there ─► /newroot moved to /
 *
 * Libraries that programs of /opt/kselftest were linked with lie in /kassay/root under their absolute names; those that the
 * new root does not have are linked there.
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NEW "/newroot"
enum { DISK_WAIT_MS = 5000, DISK_POLL_MS = 20, DISK_NAME_MAX = 64 };

/* Its name below /sys/block: "vdb". */
static bool find_now(const char *serial, char ret[DISK_NAME_MAX])
{
	DIR *dir = opendir("/sys/block");
	bool found = false;

	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		char path[320], text[64];

		snprintf(path, sizeof(path), "/sys/block/%s/serial", e->d_name);
		found = strlen(e->d_name) < DISK_NAME_MAX &&
			text_read(path, text, sizeof(text)) >= 0 && strcmp(text, serial) == 0;
		if (found)
			snprintf(ret, DISK_NAME_MAX, "%.63s", e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool find_disk(const char *serial, bool wait, char ret[DISK_NAME_MAX])
{
	bool found = find_now(serial, ret);

	for (int ms = 0; wait && !found && ms < DISK_WAIT_MS; ms += DISK_POLL_MS) {
		poll(NULL, 0, DISK_POLL_MS);
		found = find_now(serial, ret);
	}
	return found;
}

/* Where no devtmpfs made it. @sys: "vda" or "vda/vda1". */
static void make_node(const char *sys, const char *node)
{
	char path[320], text[32];
	unsigned major, minor;

	snprintf(path, sizeof(path), "/sys/block/%s/dev", sys);
	if (access(node, F_OK) < 0 && text_read(path, text, sizeof(text)) >= 0 &&
	    sscanf(text, "%u:%u", &major, &minor) == 2)
		(void)!mknod(node, S_IFBLK | 0600, makedev(major, minor));
}

/* As @fs, or as any file system of a disk that the kernel knows. */
static int mount_as(const char *node, const char *where, const char *fs, unsigned long flags)
{
	char list[4096], *save = NULL;

	if (strcmp(fs, "auto") != 0)
		return mount(node, where, fs, flags, NULL);
	if (text_read("/proc/filesystems", list, sizeof(list)) < 0)
		return -1;
	for (char *line = strtok_r(list, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (line[0] == '\t' && mount(node, where, line + 1, flags, NULL) == 0)
			return 0;
	return -1;
}

static bool has_bin(void)
{
	struct stat st;

	return lstat(NEW "/bin", &st) == 0 || lstat(NEW "/usr/bin", &st) == 0;
}

/* The disk itself, or a partition: the first that looks like a root file system. */
static int mount_root(const char *disk, const char *fs)
{
	char sys[320], node[320];
	int error = 0;

	for (int part = 0; part <= 16; part++) {
		if (part == 0)
			snprintf(sys, sizeof(sys), "%s", disk);
		else
			snprintf(sys, sizeof(sys), "%s/%s%d", disk, disk, part);
		char dir[400];
		snprintf(dir, sizeof(dir), "/sys/block/%s", sys);
		if (access(dir, F_OK) < 0)
			continue;
		snprintf(node, sizeof(node), "/dev/%s", strrchr(dir, '/') + 1);
		make_node(sys, node);
		if (mount_as(node, NEW, part == 0 ? fs : "auto", 0) == 0) {
			if (has_bin())
				return 0;
			umount2(NEW, MNT_DETACH);
			error = ENOTDIR;
		} else if (!error) {
			error = errno;
		}
	}
	errno = error;
	return -1;
}

/* NEW@path, made. */
static void make_place(const char *path, char ret[256])
{
	snprintf(ret, 256, NEW "%s", path);
	for (char *slash = ret + sizeof(NEW); (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(ret, 0755);
		*slash = '/';
	}
	mkdir(ret, 0755);
}

/* @from becomes NEW@from by @flags, where the initramfs has it. */
static void carry(const char *from, unsigned long flags)
{
	char to[256];

	if (access(from, F_OK) < 0)
		return;
	make_place(from, to);
	(void)!mount(from, to, NULL, flags, NULL);
}

/* One of ours, ext4. */
static int mount_disk(const char *serial, bool wait, const char *path, unsigned long flags)
{
	char disk[DISK_NAME_MAX], node[DISK_NAME_MAX + 8], to[256];

	if (!find_disk(serial, wait, disk)) {
		errno = ENXIO;
		return -1;
	}
	snprintf(node, sizeof(node), "/dev/%s", disk);
	make_node(disk, node);
	make_place(path, to);
	return mount(node, to, "ext4", flags, NULL);
}

static int fill_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + strlen(GUEST_LIBRARIES);

	(void)st;
	(void)at;
	if (type == FTW_D && *name)
		mkdir(name, 0755);
	else if (type != FTW_D && access(name, F_OK) < 0)
		(void)!symlink(path, name);
	return 0;
}

/* What the host put into the initramfs to be run; the root's own are hidden by it. */
static const char *const suites[] = { "/opt/kselftest", "/opt/ltp", "/opt/xfstests",
				      "/opt/blktests" };

int root_switch(const char *fs, bool tests, char *error, size_t cap)
{
	char disk[DISK_NAME_MAX];

	mkdir(NEW, 0755);
	if (!find_disk(GUEST_DISK_ROOT, true, disk)) {
		snprintf(error, cap,
			 "root file system: this kernel sees no virtio disk (CONFIG_VIRTIO_BLK, "
			 "CONFIG_VIRTIO_PCI)");
		return -1;
	}
	if (mount_root(disk, fs) < 0) {
		snprintf(error, cap, "root file system: cannot mount /dev/%s as %s: %s", disk, fs,
			 errno == ENODEV  ? "this kernel has no such file system" :
			 errno == EINVAL  ? "it is damaged, or something else" :
			 errno == ENOTDIR ? "no bin or usr/bin is in it" :
					    strerror(errno));
		return -1;
	}
	if (mount_disk(GUEST_DISK_MODULES, false, "/lib/modules", MS_RDONLY) < 0)
		carry("/lib/modules", MS_BIND);
	if (tests && mount_disk(GUEST_DISK_TESTS, true, "/opt/kselftest", 0) < 0) {
		snprintf(error, cap,
			 "root file system: cannot mount the disk of /opt/kselftest: %s",
			 strerror(errno));
		umount2(NEW, MNT_DETACH);
		return -1;
	}
	carry("/kassay", MS_BIND);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		carry(suites[i], MS_BIND);
	carry("/proc", MS_MOVE);
	carry("/sys", MS_MOVE);
	carry("/dev", MS_MOVE);
	if (chdir(NEW) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0) {
		snprintf(error, cap, "root file system: cannot make it the root: %s",
			 strerror(errno));
		return -1;
	}
	nftw(GUEST_LIBRARIES, fill_one, 16, FTW_PHYS);
	return 0;
}
