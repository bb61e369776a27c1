/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs in a guest of any architecture: kassay-init and busybox. Of this host's architecture they are there; for
 * others they are made once, from what is shipped and what Debian has, and kept in the cache.
 */
#pragma once

#include "base/err.h"
#include "sys/arch.h"
#include "sys/dirs.h"

#define GUEST_INIT "kassay-init" /* in the shipped folder, for this host's architecture */

struct guest_program {
	char *path;
	struct cache_entry lock; /* while it is in use; without a folder for what does not lie in the cache */
};
void guest_program_release(struct guest_program *g); /* accepts a zeroed one */

/*
 * The static kassay-init for @arch: the shipped one, else its shipped sources compiled with TRIPLET-gcc. ERR_NO_TOOL names
 * the Debian packages of the compiler.
 */
int guest_init(const char *share_dir, const struct arch *arch, struct guest_program *ret, struct err *err);
/*
 * A static busybox for @arch: this host's, else from Debian's package for that architecture, else compiled from Debian's
 * source package. ERR_NO_TOOL: no apt, no compiler, neither package, no network.
 */
int guest_busybox(const struct arch *arch, struct guest_program *ret, struct err *err);
