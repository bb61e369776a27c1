/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs in a guest of any architecture: kassay-init and busybox. Of this host's architecture they are there; for
 * others they are made once, from what is shipped and what Debian has, and kept in the cache.
 */
#pragma once

#include "base/err.h"
#include "sys/arch.h"

#define GUEST_INIT "kassay-init" /* in the shipped folder, for this host's architecture */

/*
 * Path of the static kassay-init for @arch: the shipped one, else its shipped sources compiled with TRIPLET-gcc. Heap.
 * ERR_NO_TOOL names the Debian packages of the compiler.
 */
int guest_init(const char *share_dir, const struct arch *arch, char **ret, struct err *err);
/*
 * Path of a static busybox for @arch: this host's, else from Debian's package for that architecture, else compiled from
 * Debian's source package. Heap. ERR_NO_TOOL: no apt, no compiler; ERR_NOT_FOUND: apt has neither package.
 */
int guest_busybox(const struct arch *arch, char **ret, struct err *err);
