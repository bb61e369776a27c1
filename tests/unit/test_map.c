/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <stdio.h>

#include "base/vec.h"

static void set_and_get(void **state)
{
	AUTO_MAP struct map *m = map_new();
	int a = 1, b = 2;
	char key[] = "key";
	void *value;
	(void)state;

	assert_null(map_get(m, "key"));
	map_set(m, key, &a);
	key[0] = 'x';
	assert_ptr_equal(map_get(m, "key"), &a);
	map_set(m, "key", &b);
	assert_int_equal(map_len(m), 1);
	assert_ptr_equal(map_get(m, "key"), &b);
	map_set(m, "null", NULL);
	assert_true(map_has(m, "null"));
	assert_false(map_has(m, "nul"));
	map_set(m, "", &a);
	assert_true(map_has(m, ""));
	assert_ptr_equal(map_getv(m, VIEW("")), &a);
	assert_null(map_getv(m, (struct view){ 0 }));
	assert_ptr_equal(map_getv(m, view_sub(VIEW("keys"), 0, 3)), &b);
	assert_string_equal(map_at(m, 0, &value), "key");
	assert_ptr_equal(value, &b);
	assert_string_equal(map_at(m, 2, NULL), "");
	map_free(NULL);
}

static void many(void **state)
{
	enum { N = 50000 };
	AUTO_MAP struct map *m = map_new();
	char key[32];
	(void)state;

	for (uintptr_t i = 0; i < N; i++) {
		snprintf(key, sizeof(key), "key %zu", (size_t)i * 7);
		map_set(m, key, (void *)i);
	}
	assert_int_equal(map_len(m), N);
	for (uintptr_t i = 0; i < N; i++) {
		snprintf(key, sizeof(key), "key %zu", (size_t)i * 7);
		assert_ptr_equal(map_get(m, key), (void *)i);
		assert_string_equal(map_at(m, i, NULL), key);
	}
	assert_false(map_has(m, "key 1"));
}

RUN(T(set_and_get), T(many))
