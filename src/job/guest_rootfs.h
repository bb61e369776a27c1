/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine with a root file system: the image on a disk, the drivers that the kernel needs to see it in the initramfs, and
 * the rest of a package's modules on a disk of their own, where modprobe finds them.
 */
#pragma once

#include "boot/initramfs.h"
#include "boot/machine.h"
#include "boot/rootfs.h"

struct guest_rootfs_spec {
	const char *share_dir;
	const char *rootfs;	      /* boot/rootfs.h */
	const struct strv *packages;  /* beside those in configs/debian.packages */
	const char *modules;	      /* lib/modules/RELEASE of the kernel, or NULL */
	const char *system_map;	      /* or NULL */
	const char *work;	      /* folder for what goes into the machine */
};
struct guest_rootfs {
	struct rootfs root, modules;
	char *tests;	/* image of /opt/kselftest */
};

/*
 * Make what is missing, and have @guest and @machine (its arch is set) use it. ERR_NO_TOOL: it cannot be had on this machine,
 * or is none. @ret is held while the machine runs.
 */
int guest_rootfs(const struct guest_rootfs_spec *spec, struct guest_spec *guest, struct machine_spec *machine,
		 struct guest_rootfs *ret, struct err *err);
void guest_rootfs_release(struct guest_rootfs *r); /* accepts a zeroed one */
/* What it is a function of. Heap; "" for none. */
int guest_rootfs_identity(const struct guest_rootfs_spec *spec, const struct arch *arch, char **ret, struct err *err);
