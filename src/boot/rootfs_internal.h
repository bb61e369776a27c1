/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by rootfs*.c only. */
#pragma once

#include "boot/rootfs.h"

#define ROOTFS_IMAGE "image.ext4" /* in a cache entry, there when it is whole */

/*
 * An ext4 image at @image from folder @from, or from the tar file @from, which is unpacked beside it first. Owners are kept as
 * root sees them; what belongs to an ordinary user, when run by that user, is root's.
 */
int rootfs_make_ext4(const char *from, bool tar, const char *image, struct err *err);
/* mke2fs and what it takes. */
int rootfs_tools(struct err *err);
/* Get the cache entry @name; the image is made by @make(@data, dir of the entry) when it is not there. */
int rootfs_cached(const char *name, int (*make)(const char *dir, void *data, struct err *err), void *data,
		  struct rootfs *ret, struct err *err);
/* rootfs_debian.c */
int rootfs_debian_check(const char *text, const struct arch *arch, struct err *err);
char *rootfs_debian_identity(const struct rootfs_spec *spec);
int rootfs_debian(const struct rootfs_spec *spec, struct rootfs *ret, struct err *err);
