/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and folders. Paths in messages are the caller's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

/*
 * The whole file into @ret (appended). More than @max bytes: ERR_LIMIT. Works for /proc files and
 * pipes.
 */
int file_read(const char *path, size_t max, struct str *ret, struct err *err);
/*
 * Write to a temporary file beside @path, fsync, rename: @path is the old or the new file, never
 * half. What is a pipe or a device (/dev/stdout) is written to as it is.
 */
int file_write(const char *path, struct view text, unsigned mode, struct err *err);
/* write(2) until all is out; EINTR handled. */
int fd_write_all(int fd, const void *p, size_t n, const char *name, struct err *err);
int dir_make(const char *path, struct err *err); /* mkdir -p */
/* rm -rf, never follows links; not there: fine. */
int dir_remove(const char *path, struct err *err);
/* Reflink where possible; mode and time stamps kept; @to is the old or the new file. */
int file_copy(const char *from, const char *to, struct err *err);
bool file_exists(const char *path);
/* A pipe, a device, or what /dev/stdout and /dev/fd/3 stand for: it is written to, not replaced. */
bool file_is_special(const char *path);
bool dir_exists(const char *path);
char *path_join(const char *dir, const char *name); /* heap; an absolute @name wins */
char *path_absolute(const char *path);		    /* heap, lexical, no links resolved */
const char *path_base(const char *path);	    /* after the last '/' */
/* Is program @name in PATH (or, with a '/' in it, there)? Heap path or NULL. */
char *path_which(const char *name);
/* As path_which(); ERR_NO_TOOL "%s is not installed (Debian package: %s)" when it is not there. */
int tool_need(const char *name, const char *package, char **ret_path, struct err *err);
/* A new empty folder under $TMPDIR or /tmp, "kassay-TAG.XXXXXX", mode 0700. Heap. */
int dir_temp(const char *tag, char **ret, struct err *err);
enum { DIR_DEPTH_MAX = 256 }; /* of dir_walk(), dir_remove(), dir_size() */
/* Names in @dir without . and .., sorted. */
int dir_list(const char *dir, struct strv *ret, struct err *err);
/*
 * Walk all below @dir, files and folders, parents first, sorted; @rel is relative. Links are not
 * followed. The callback returns 0, negative (err filled: stop), or 1 (do not go into this folder).
 */
struct stat;
typedef int (*dir_walk_fn)(const char *rel, const struct stat *st, void *data, struct err *err);
int dir_walk(const char *dir, dir_walk_fn fn, void *data, struct err *err);
uint64_t dir_size(const char *dir); /* bytes allocated, best effort */
/* SHA-256 of a file's bytes (64 hex + NUL). */
int file_sha256(const char *path, char ret[65], struct err *err);
