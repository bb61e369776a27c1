/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fuzz target of a reader of others' suites, by its FORMAT: paths follow KCIDB's pattern and are unique, limits are kept,
 * every case that ended is told.
 */
#pragma once

#include <assert.h>

#include "base/vec.h"
#include "logs/caselog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *data, const struct test_rec *t)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.#";

	assert(t->path[0] && strspn(t->path, allowed) == strlen(t->path));
	assert(t->status < STATUS_NONE && t->status != STATUS_DONE);
	assert(strlen(t->name) <= CASELOG_NAME_MAX && t->duration >= 0);
	assert(!t->reason || strlen(t->reason) <= CASELOG_REASON_MAX);
	assert(!t->diagnostic || strlen(t->diagnostic) <= TEST_DIAGNOSTIC_MAX);
	assert(!map_has(data, t->path));
	map_set(data, t->path, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_MAP struct map *paths = map_new();
	struct log_sink sink = { .test = check, .data = paths };
	struct caselog *l = caselog_new(&FORMAT, size % 3 ? NULL : "p", &sink);
	const char *why;

	for (size_t at = 0, n = 1; at < size; at += n, n = n % 61 + 5) {
		caselog_add(l, (const char *)data + at, n < size - at ? n : size - at);
		caselog_current(l);
	}
	caselog_end(l, size % 2, STATUS_FAIL, "cut");
	assert(map_len(paths) >= caselog_count(l));
	assert(caselog_count(l) || caselog_outcome(l, &why) != STATUS_PASS);
	caselog_free(l);
	return 0;
}
