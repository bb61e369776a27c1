/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

struct mount_point {
	const char *type, *where, *data;
	unsigned long flags;
	mode_t mode; /* of the folder, if we have to make it; 0: the kernel makes it or not */
};

static const struct mount_point first[] = {
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
};

static const struct mount_point rest[] = {
	{ "devpts", "/dev/pts", "ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC, 0755 },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
	{ "mqueue", "/dev/mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 01777 },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
	{ "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, 0755 },
	{ "debugfs", "/sys/kernel/debug", NULL, 0, 0 },
	{ "tracefs", "/sys/kernel/tracing", NULL, 0, 0 },
	{ "cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 },
	{ "configfs", "/sys/kernel/config", NULL, 0, 0 },
	{ "securityfs", "/sys/kernel/security", NULL, 0, 0 },
	{ "bpf", "/sys/fs/bpf", "mode=0700", 0, 0 },
};

static void mount_one(const struct mount_point *m)
{
	if (m->mode != 0)
		mkdir(m->where, m->mode);
	/* Not configured, already there: either is fine. */
	if (mount(m->type, m->where, m->type, m->flags, m->data) == 0 && m->mode != 0)
		chmod(m->where, m->mode);
}

/* What jobs and we need of /dev where no devtmpfs fills it; numbers: admin-guide/devices.txt. */
static void make_nodes(void)
{
	static const struct {
		const char *path;
		mode_t mode;
		unsigned major, minor;
	} nodes[] = {
		{ "/dev/null", 0666, 1, 3 },	{ "/dev/zero", 0666, 1, 5 },
		{ "/dev/full", 0666, 1, 7 },	{ "/dev/random", 0666, 1, 8 },
		{ "/dev/urandom", 0666, 1, 9 }, { "/dev/kmsg", 0644, 1, 11 },
		{ "/dev/tty", 0666, 5, 0 },	{ "/dev/console", 0600, 5, 1 },
		{ "/dev/ptmx", 0666, 5, 2 },	{ "/dev/ttyS0", 0600, 4, 64 },
		{ "/dev/ttyS1", 0600, 4, 65 },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknod(nodes[i].path, S_IFCHR | nodes[i].mode,
			  makedev(nodes[i].major, nodes[i].minor)) == 0)
			chmod(nodes[i].path, nodes[i].mode);
}

static void make_links(void)
{
	(void)!symlink("/proc/self/fd", "/dev/fd");
	(void)!symlink("/proc/self/fd/0", "/dev/stdin");
	(void)!symlink("/proc/self/fd/1", "/dev/stdout");
	(void)!symlink("/proc/self/fd/2", "/dev/stderr");
}

/* Numbers 0 to 2 must be taken, also when the kernel found no console: ours come after them. */
static void fill_standard_fds(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

void mount_first(void)
{
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		mount_one(&first[i]);
	mkdir("/dev", 0755);
	if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") < 0 && errno != EBUSY)
		make_nodes();
	make_links();
	fill_standard_fds();
}

/* Devices whose module the kernel loads when they are opened: depmod's list of them, "tun net/tun c10:200". */
static void make_module_nodes(void)
{
	char path[128 + sizeof(((struct utsname *)0)->release)], line[512];
	struct utsname u;

	if (uname(&u) < 0)
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.devname", u.release);
	FILE *list = fopen(path, "re");
	while (list && fgets(line, sizeof(line), list)) {
		char name[128], type;
		unsigned major, minor;

		if (sscanf(line, "%*s %127s %c%u:%u", name, &type, &major, &minor) != 4 ||
		    strstr(name, ".."))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", name);
		for (char *slash = path + sizeof("/dev"); (slash = strchr(slash, '/')); slash++) {
			*slash = '\0';
			mkdir(path, 0755);
			*slash = '/';
		}
		(void)!mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major, minor));
	}
	if (list)
		fclose(list);
	/* As udev does. */
	chmod("/dev/net/tun", 0666);
	chmod("/dev/fuse", 0666);
}

void mount_rest(void)
{
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		mount_one(&rest[i]);
	make_module_nodes();
	/* Without a tmpfs the folders of the root file system serve. */
	chmod("/tmp", 01777);
}
