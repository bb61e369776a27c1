/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder under $TMPDIR for files of some hundred MB, which must not stay when this process is killed: what killed ones left is
 * removed by the next that makes one. A lock on the file "FOLDER.lock" beside it tells that somebody is there.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct workdir {
	char *path; /* $TMPDIR/kassay-TAG.XXXXXX, mode 0700; NULL: none */
	int lock_fd;
};

int workdir_make(const char *tag, struct workdir *ret, struct err *err);
/* Removed, or kept for good. Accepts a zeroed one. */
void workdir_end(struct workdir *w, bool keep);
