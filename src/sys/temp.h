/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file on its way, for the files of sys/: written under a temporary name, then renamed. */
#pragma once

#include "base/err.h"

struct temp {
	char *path; /* NULL: renamed, or not made */
	int fd;
};

#define TEMP_INIT ((struct temp){ .fd = -1 })
/* Beside @path (same folder). Mode 0600. Errors name @path. */
int temp_open(struct temp *t, const char *path, struct err *err);
int temp_rename(struct temp *t, const char *path, struct err *err);
/* The same, and it survives a power cut once this returns 0. */
int temp_commit(struct temp *t, const char *path, struct err *err);
void temp_release(struct temp *t); /* what was not renamed is removed */
#define AUTO_TEMP __attribute__((cleanup(temp_release)))
