/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between source.c (which kind it is), source_tree.c, source_deb.c and apt_deb.c. */
#pragma once

#include "kernel/source.h"

/*
 * Is @dir a kernel tree? ERR_PARSE says what is missing. *ret_version, may be NULL:
 * "6.12.117-rc3".
 */
int kernel_tree_check(const char *dir, char **ret_version, struct err *err);

/* Fill @ret, which is zeroed but for lock.lock_fd -1; on failure the caller releases it. */
int source_open_tree(const struct source_spec *spec, const char *dir, struct source *ret,
		     struct err *err);
int source_open_git(const struct source_spec *spec, const char *url, struct source *ret,
		    struct err *err);
int source_open_deb(const struct source_spec *spec, const char *path, struct source *ret,
		    struct err *err);
int source_open_apt(const struct source_spec *spec, const char *package, struct source *ret,
		    struct err *err);
/*
 * The image at @path into image, version, modules: what --modules says, else @modules, may be
 * NULL.
 */
int source_set_image(const struct source_spec *spec, const char *path, const char *modules,
		     struct source *ret, struct err *err);
/* cache_get(), telling spec->waiting in words when somebody else has the entry. */
int source_cache_get(const struct source_spec *spec, const char *kind, const char *name,
		     enum cache_lock how, struct cache_entry *ret, struct err *err);
/* A path as people write it: "~/src/linux". Heap. */
char *source_path_name(const char *path);

/* A package as apt lists it, or as it lies in a file; heap members. */
struct deb {
	char *package, *version, *arch;
	char *sha256;		/* 64 hex */
	uint64_t size;		/* bytes */
	char *path;		/* of the file; NULL: to be downloaded */
};
void deb_release(struct deb *d);
/*
 * apt_deb.c: what apt would install for "PACKAGE" or "PACKAGE=VERSION"; a meta package gives the
 * one it stands for.
 */
int apt_resolve(const char *spec, struct deb *ret, struct err *err);
/* apt_deb.c: download it into the folder of @entry, unless it is there; checked. Sets d->path. */
int apt_download(struct deb *d, const struct cache_entry *entry, struct err *err);
