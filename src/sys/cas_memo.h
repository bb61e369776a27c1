/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashes of files that did not change, for cas.c: <dir>/<hash of device and inode> holds
 * "size mtime ctime sha256". All of it is best effort: a lost memo costs a reading of the file.
 */
#pragma once

#include <stdbool.h>

struct cas;
struct stat;
/* Does the memo know the file with this status? Then its hash (64 hex + NUL). */
bool cas_memo_get(const char *dir, const struct stat *st, char ret[65]);
/*
 * The file had @st before it was hashed; not noted down when it changed since, or only just before.
 */
void cas_memo_set(const char *dir, const char *path, const struct stat *st, const char *sha256);
/* Forget files whose object is not in the store any more. */
void cas_memo_sweep(const char *dir, struct cas *c);
