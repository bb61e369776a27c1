/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/vec.h"

static void vectors(void **state)
{
	VEC(struct {
		int a;
		char b[9];
	})
	v = { 0 };
	int sum = 0;
	(void)state;

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(vec_add(&v)->a, 0);
		v.data[i].a = i;
	}
	assert_int_equal(v.len, 1000);
	vec_foreach(item, &v)
		sum += item->a;
	assert_int_equal(sum, 499500);
	vec_release(&v);
	assert_null(v.data);
	vec_foreach(item, &v)
		fail();
}

static void strings(void **state)
{
	AUTO_STRV struct strv v = { 0 }, w = { 0 };
	(void)state;

	assert_null(strv_argv(&w)[0]);
	strv_sort(&w);
	strv_add(&v, "b");
	strv_addf(&v, "%c%d", 'a', 1);
	strv_add_all(&w, &v);
	strv_add_all(&w, &w);
	strv_add_all(&w, &w);
	assert_int_equal(w.len, 8);
	assert_true(strv_has(&w, "a1"));
	assert_false(strv_has(&w, "a"));
	strv_sort(&w);
	assert_string_equal(w.data[3], "a1");
	assert_string_equal(w.data[4], "b");
	char **argv = strv_argv(&w);

	assert_ptr_equal(argv, w.data);
	assert_null(argv[8]);
	assert_int_equal(w.len, 8);
}

RUN(T(vectors), T(strings))
