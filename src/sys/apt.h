/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian packages of any architecture, and source packages, as an ordinary user: with package lists in a folder of our
 * own, made from the host's sources, so that nothing on the host changes. For this host's own packages see
 * kernel/apt_deb.c, which uses the lists that are there.
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"

/*
 * Download @package (a name, or NAME=VERSION) for Debian's architecture @arch into @dir, which is made; with @source
 * its source package (.dsc and tar files), without installing or unpacking anything. apt checks signatures and hashes.
 * File names, absolute, into @ret. @lists: folder for the lists, read again when they are a day old; concurrent users
 * hold a lock of theirs. ERR_NO_TOOL: no apt; ERR_NOT_FOUND: it has no such package; ERR_IO: its
 * hosts cannot be reached. Both say what apt said.
 */
int apt_fetch(const char *lists, const char *arch, const char *package, bool source, const char *dir,
	      struct strv *ret, struct err *err);
/* The URI that this host's apt gets Debian's main archive from. Heap; NULL: it names none. */
char *apt_mirror(void);
