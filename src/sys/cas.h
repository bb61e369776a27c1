/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content-addressed store of artifacts and logs: <root>/ab/cdef....zst, named by the SHA-256 of the
 * uncompressed bytes, compressed with zstd. Written beside, fsynced, renamed: an object is whole or
 * absent. Many processes may use one root.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct cas;
int cas_open(const char *root, struct cas **ret, struct err *err); /* makes the folder */
void cas_close(struct cas *c);					   /* accepts NULL */

struct cas_ref {
	char sha256[65];
	uint64_t size; /* uncompressed bytes */
};
int cas_put_bytes(struct cas *c, struct view bytes, struct cas_ref *ret, struct err *err);
/*
 * A file is hashed first and compressed only when the object is not there yet. The hash of an
 * unchanged file (device, inode, size, mtime, ctime) is remembered, so putting a large image again
 * costs a stat.
 */
int cas_put_file(struct cas *c, const char *path, struct cas_ref *ret, struct err *err);
/*
 * @sha256 may come from outside: what is not 64 lower-case hex digits, and what is not in the
 * store, is ERR_NOT_FOUND.
 */
bool cas_has(struct cas *c, const char *sha256);
/*
 * Whole object; checked against its name: ERR_PARSE when the disk changed it. Larger than @max:
 * ERR_LIMIT.
 */
int cas_read(struct cas *c, const char *sha256, size_t max, struct str *ret, struct err *err);
/* The same, to a file. */
int cas_extract(struct cas *c, const char *sha256, const char *path, struct err *err);
/*
 * A stream to write an object into while it comes (a console log); readable only after cas_w_end().
 */
struct cas_writer;
int cas_w_begin(struct cas *c, struct cas_writer **ret, struct err *err);
int cas_w_add(struct cas_writer *w, const void *p, size_t n, struct err *err);
/* Frees @w, also on failure. */
int cas_w_end(struct cas_writer *w, struct cas_ref *ret, struct err *err);
void cas_w_abort(struct cas_writer *w); /* accepts NULL */
/*
 * Call @keep for every object; those it answers false for are removed, unless they were put (also:
 * put again) in the last @grace seconds: their owner may be about to write down that it has them.
 * Temporaries that were abandoned a day ago go, too. *ret_freed: bytes on disk.
 */
int cas_sweep(struct cas *c, double grace, bool (*keep)(const char *sha256, void *data), void *data,
	      uint64_t *ret_freed, struct err *err);
