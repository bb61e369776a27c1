/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting entries of an archive into a folder, for archive.c. Nothing is ever written outside of
 * it: every folder on the way to an entry is opened without following links.
 */
#pragma once

#include <sys/types.h>

#include "sys/archive.h"

struct archive;
struct archive_entry;

struct unpack {
	const char *path; /* of the archive, for messages */
	const char *what; /* "Debian package" */
	const char *dir;
	int dir_fd;
	unpack_filter filter;
	void *data;
	size_t entries;
	uint64_t bytes;
	char *parent; /* the folder of the entry before: entries come folder by folder */
	int parent_fd;
};
/* Makes @dir. */
int unpack_init(struct unpack *u, const char *dir, struct err *err);
void unpack_release(struct unpack *u);
/* 0: placed or left out, 1: the filter has enough. */
int unpack_entry(struct unpack *u, struct archive *a, struct archive_entry *entry, struct err *err);
/* What libarchive said about the archive itself: ERR_PARSE. */
int unpack_bad(const struct unpack *u, struct archive *a, struct err *err);
