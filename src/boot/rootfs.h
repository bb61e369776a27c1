/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root file systems of machines, as disk images: what tests need that the initramfs does not have (a shell with all its
 * friends, Python, shared libraries). Nobody writes to an image: QEMU throws away what the guest changes.
 *
 *   none              the initramfs with busybox
 *   DIR               a folder that holds bin or usr/bin: made into ext4 in the cache, again when it changed
 *   IMAGE             a file with a file system or partitions (raw, or *.qcow2)
 *   debian[:SUITE]    Debian by mmdebstrap, as an ordinary user, kept in the cache
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"
#include "sys/arch.h"
#include "sys/dirs.h"

struct rootfs {
	char *image;	/* NULL: none */
	const char *fs; /* the module of its file system: "ext4", "xfs" ...; NULL: not known from outside */
	char *modules; /* of rootfs_modules(): the same as a folder lib/modules/RELEASE; else NULL */
	struct cache_entry lock;
};
struct rootfs_spec {
	const char *text;	       /* NULL: none */
	const struct arch *arch;       /* for debian */
	const struct strv *packages;   /* for debian: beside what it always has */
};

bool rootfs_is_none(const char *text);
bool rootfs_is_debian(const char *text);
/* What can be said of @text before it is made: it exists, holds a file system, the tools for it are there. */
int rootfs_check(const char *text, const struct arch *arch, struct err *err);
/*
 * Make what is missing and hold it. ERR_NOT_FOUND no such file; ERR_PARSE no file system in it, an empty folder; ERR_NO_TOOL
 * mmdebstrap, mke2fs, fakeroot; ERR_INTERNAL what they said (no network, no such suite or package).
 */
int rootfs_open(const struct rootfs_spec *spec, struct rootfs *ret, struct err *err);
/* What it is a function of, without making it: equal text, equal content. Heap; "" for none. */
int rootfs_identity(const struct rootfs_spec *spec, char **ret, struct err *err);
/*
 * The modules of a kernel, folder lib/modules/RELEASE, as an image of lib/modules with the lists that modprobe wants.
 * @system_map may be NULL.
 */
int rootfs_modules(const char *dir, const char *system_map, struct rootfs *ret, struct err *err);
/* Folder @dir as an ext4 image at @image, in which an ordinary user's files are root's. 1: mke2fs or fakeroot is missing. */
int rootfs_folder(const char *dir, const char *image, struct err *err);
void rootfs_release(struct rootfs *r); /* accepts a zeroed one */
