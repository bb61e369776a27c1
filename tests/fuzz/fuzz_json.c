/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same however the input is cut; what was read is written and read back the same. */
#include <assert.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int tree(struct arena *a, struct view text, struct str *out, struct err *err)
{
	struct jnode *j;
	struct jwriter w;
	int rc = jt_parse(a, "f", text, &j, err);
	jw_init(&w, out, 0);
	if (rc == 0)
		jw_tree(&w, j);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STR struct str out = STR_INIT, again = STR_INIT;
	AUTO_JREADER struct jreader *r = jr_new("f");
	struct err err = { 0 }, bytewise = { 0 };
	enum jtoken token = JSON_MORE;
	struct view v;
	int rc = tree(a, (struct view){ (const char *)data, size }, &out, &err), rc2 = 0;

	for (size_t i = 0; rc2 == 0 && token != JSON_END;) {
		rc2 = jr_next(r, &token, &v, &bytewise);
		if (token == JSON_MORE)
			i < size ? jr_feed(r, data + i++, 1) : jr_finish(r);
	}
	if (!strstr(err.msg, "NUL in")) /* of the tree alone */
		assert(rc == rc2 && strcmp(err.msg, bytewise.msg) == 0);
	assert(rc < 0 || tree(a, str_view(&out), &again, &err) == 0);
	assert(view_eq(str_view(&out), str_c(&again)));
	return 0;
}
