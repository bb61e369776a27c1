/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader gives the same however the input is cut; what was read is written and read back the same. */
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
	AUTO_STR struct str first = STR_INIT, second = STR_INIT;
	AUTO_JREADER struct jreader *r = jr_new("f");
	struct err err = { 0 }, bytewise = { 0 };
	enum json_token token = JSON_MORE;
	struct view v;
	int rc = tree(a, (struct view){ (const char *)data, size }, &first, &err), rc2 = 0;

	for (size_t i = 0; rc2 == 0 && token != JSON_END;) {
		rc2 = jr_next(r, &token, &v, &bytewise);
		if (token == JSON_MORE && i < size)
			jr_feed(r, data + i++, 1);
		else if (token == JSON_MORE)
			jr_finish(r);
	}
	if (rc == 0)
		assert(tree(a, str_view(&first), &second, &err) == 0 && view_eq(str_view(&first), second.data));
	/* The tree has one error more. */
	assert(rc == rc2 ? strcmp(err.msg, bytewise.msg) == 0 : strstr(err.msg, "NUL in") != NULL);
	return 0;
}
