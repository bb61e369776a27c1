/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel comes from. A source is resolved once: what it is, which revision, and a folder
 * or file of our own that holds it and does not change while it is used.
 *
 *   .  DIR           working tree (git or plain)  ─► snapshot in the cache
 *   bzImage vmlinuz  built image (+ --modules)    ─► the file itself
 *   X.deb            kernel image or source package ─► unpacked in the cache
 *   deb:PKG[=VER]    the same, fetched with apt, not installed
 *   git:URL#REF      fetched into the cache, snapshot of REF
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "sys/arch.h"
#include "sys/dirs.h"
#include "sys/git.h"

enum source_kind { SOURCE_TREE, SOURCE_IMAGE };	/* something to build, something built */

struct source_spec {
	const char *text;	/* as typed; NULL or "" is "." */
	const char *rev;	/* NULL: as it is now; else this revision of its repository (--base) */
	const char *modules;	/* --modules DIR for an image: folder that holds lib/modules or is it; NULL */
	bool resume;		/* rev is the tree id of an earlier call without rev: same folders, no fetching */
	bool untracked;
	/* A cache entry is busy, a download runs; may be NULL. */
	void (*waiting)(const char *what, void *data);
	void *data;
};

struct source {
	enum source_kind kind;
	const char *how;	/* "git", "plain", "image", "deb-image", "deb-source", "git-url" */
	char *name;		/* for people: "~/src/linux", "linux-image-6.12.117+deb12-amd64 6.12.117-1" */
	char *key;		/* the place, not the content: names snapshot and build folders */
	char *dir;		/* SOURCE_TREE: folder to build from, ours */
	char *origin_dir;	/* SOURCE_TREE from a working tree: the user's top folder; else NULL */
	const struct arch *arch; /* SOURCE_IMAGE; NULL for a tree */
	char *image;		/* SOURCE_IMAGE: bzImage/vmlinuz file */
	char *modules;		/* SOURCE_IMAGE: .../lib/modules/RELEASE or NULL */
	char *config;		/* SOURCE_IMAGE from a package: its config file, or NULL */
	char *system_map;	/* likewise */
	char *package_version;	/* of a Debian package: "6.12.117-1"; else NULL */
	char *version;		/* "6.12.117": of the Makefile, or of the image's banner */
	char *content;		/* content hash: tree id, else SHA-256 of image or package */
	struct git_state git;	/* commit, describe, dirty ... where there is a git tree */
	struct strv changed;	/* files changed against HEAD */
	char *work;		/* where git_snapshot() keeps index and objects (for git_changed()); NULL */
	struct cache_entry lock;	/* held until source_release() */
};

/*
 * ERR_NOT_FOUND no such file, package, revision · ERR_PARSE "not a kernel tree (no Kbuild,
 * Kconfig, Makefile with VERSION)", "empty folder", "an s390x kernel image, which
 * kassay has no machine for", truncated package · ERR_NO_TOOL apt, git missing.
 */
int source_open(const struct source_spec *spec, struct source *ret, struct err *err);
/*
 * The tree that the kernel of @image, a Debian package, was built from: linux-source-X.Y of the same version, from apt.
 * ERR_NOT_FOUND: @image is no package, or apt has no such version.
 */
int source_open_matching(const struct source *image, const struct source_spec *spec, struct source *ret,
			 struct err *err);
/*
 * The folder @dir or the nearest above it that is a kernel tree, with links resolved. Heap. The error is about @dir
 * itself.
 */
int source_find_top(const char *dir, char **ret, struct err *err);
/* Of @files, relative to the top of the repository, those of the kernel, relative to it: it may be a folder in there. */
void source_own_files(const struct source *s, const struct strv *files, struct strv *ret);
/* The key that another revision (--base) has of what the source with @key was opened from. Heap. */
char *source_base_key(const char *key);
void source_release(struct source *s);

/*
 * What a file is by its first bytes: boot protocol header of Documentation/arch/x86/boot.rst, arm64
 * and riscv Image headers, ELF.
 */
struct image_info {
	const char *arch;	/* "x86_64", "i386", "arm64", "riscv64", ... KCIDB's names */
	char version[128];	/* the banner's release, "" when not found */
	bool bootable;		/* QEMU's -kernel takes it */
	uint64_t memory;	/* bytes a machine needs at the very least to get to its initramfs; 0: not known */
};
int image_identify(const char *path, struct image_info *ret, struct err *err);
