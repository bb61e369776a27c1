/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives over libarchive: unpack tarballs and Debian packages, write initramfs images (cpio
 * newc). What comes in is hostile: nothing is written outside the folder it is unpacked to.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/*
 * What to do with the entry @rel ("boot/vmlinuz-6.12"): leave it out, take it (@ret left empty: as
 * @rel, else under the relative path put in @ret), or read no further: this entry is not wanted,
 * nor anything behind it. Reading on is what costs: the first 12 MB of Debian's kernel package are
 * the image, the other 95 MB its modules.
 */
enum unpack_answer { UNPACK_SKIP, UNPACK_TAKE, UNPACK_STOP };
typedef enum unpack_answer (*unpack_filter)(const char *rel, struct str *ret, void *data);
enum { UNPACK_FILES_MAX = 2000000 };
#define UNPACK_BYTES_MAX (64ull << 30)

/*
 * Any tar (compressed or not) into folder @dir, made when it is not there. Files keep their
 * permission bits (not set-id bits) and modification times; what is in their place is replaced.
 * Everything belongs to the caller. @filter NULL: everything. Truncated or something else:
 * ERR_PARSE "PATH: truncated or not a tar archive (why)". Refused, also ERR_PARSE: absolute paths,
 * "..", entries below a link or a file, devices. Symbolic links that point outside @dir are left
 * out. After a failure @dir holds what was unpacked before.
 */
int unpack_tar(const char *path, const char *dir, unpack_filter filter, void *data,
	       struct err *err);
/* The same for data.tar.* of a .deb (an ar archive, deb(5)): "... not a Debian package (why)". */
int unpack_deb(const char *path, const char *dir, unpack_filter filter, void *data,
	       struct err *err);
/*
 * One file, compressed (gzip, xz, zstd ...) or not, as plain bytes into @to, which is there whole or not at all. ERR_PARSE:
 * damaged; ERR_LIMIT: more than UNPACK_FILE_MAX bytes.
 */
#define UNPACK_FILE_MAX (1ull << 30)
int unpack_file(const char *path, const char *to, struct err *err);
/* Fields of the control file ("Package", "Version", "Architecture"); each may be NULL. Heap. */
int deb_control(const char *path, char **ret_package, char **ret_version, char **ret_arch,
		struct err *err);

/*
 * An initramfs: cpio "newc", uncompressed
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Names are relative to its root; a
 * leading "/" is fine, ".." is ERR_USAGE. Missing parents are made (0755). A folder that is there
 * already is left as it is; any other entry that is there already is ERR_USAGE. Owners and times
 * are 0, so equal input gives equal bytes. A file of 4 GB or more: ERR_LIMIT.
 */
struct cpio;
/* @path appears when cpio_end() succeeded. */
int cpio_new(const char *path, struct cpio **ret, struct err *err);
int cpio_dir(struct cpio *c, const char *name, unsigned mode, struct err *err);
int cpio_bytes(struct cpio *c, const char *name, unsigned mode, struct view bytes, struct err *err);
int cpio_file(struct cpio *c, const char *name, unsigned mode, const char *from, struct err *err);
/* A symbolic link. */
int cpio_link(struct cpio *c, const char *name, const char *target, struct err *err);
/* @mode with its type: S_IFCHR | 0600. */
int cpio_node(struct cpio *c, const char *name, unsigned mode, unsigned major, unsigned minor,
	      struct err *err);
/*
 * All in folder @from below @name, modes and links kept; hard links become files, sockets are left
 * out.
 */
int cpio_tree(struct cpio *c, const char *name, const char *from, struct err *err);
int cpio_end(struct cpio *c, struct err *err); /* frees, also on failure */
void cpio_abort(struct cpio *c);	       /* accepts NULL */
