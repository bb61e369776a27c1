/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever comes in, paths follow KCIDB's pattern and are unique, and no reason or name breaks its
 * limit.
 */
#include <assert.h>

#include "base/vec.h"
#include "logs/dmesg.h"
#include "logs/ktap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *data, const struct test_rec *t)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.#";

	assert(t->path[0] && strspn(t->path, allowed) == strlen(t->path));
	assert(!strstr(t->path, "..") && t->status < STATUS_NONE);
	assert(strlen(t->name) <= KTAP_NAME_MAX);
	assert(!t->reason || strlen(t->reason) <= KTAP_REASON_MAX);
	assert(!t->diagnostic || strlen(t->diagnostic) <= TEST_DIAGNOSTIC_MAX);
	if (!strstr(t->path, "kselftest")) /* whose names bring dots of their own */
		assert(!map_has(data, t->path));
	map_set(data, t->path, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_MAP struct map *paths = map_new();
	struct log_sink sink = { .test = check, .data = paths };
	struct ktap *k = ktap_new(size % 3 ? NULL : "p", &sink);
	struct view rest = { (const char *)data, size }, line;
	const char *why;

	for (size_t no = 1; view_line(&rest, &line); no++) {
		struct dmesg_line d;

		dmesg_split(line, &d);
		ktap_line(k, d.text, no);
		ktap_current(k);
	}
	ktap_end(k, size % 2, STATUS_FAIL, "cut");
	ktap_outcome(k, &why);
	ktap_free(k);
	return 0;
}
