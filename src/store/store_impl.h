/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of a store, for the files of this folder. */
#pragma once

#include "base/mem.h"
#include "base/vec.h"
#include "store/db.h"
#include "store/store.h"
#include "store/table.h"

struct pending {
	const struct table *table;
	const void *record; /* in the batch's arena */
};

struct store {
	struct db *db;
	char *shown; /* the path as the user wrote it, for messages */
	char *url, *files_root;
	/* Puts since the last commit, in memory: the write lock is held for the writing only. */
	struct arena *batch_arena;
	VEC(struct pending) batch;
	size_t batch_bytes;
};

/* Check @record, copy it into the batch; a batch that is full is committed first. */
int store_put(struct store *s, const struct table *t, const void *record, struct err *err);
