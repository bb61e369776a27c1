/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/json.h"

static const char sample[] =
	"{\"s\":\"a\\u0000b\",\"n\":12,\"f\":1.50,\"e\":3e2,\"big\":1e30,\"t\":true,\"u\":null,"
	"\"a\":[1,[],{\"x\":false}],\"n\":13,\"neg\":-5.0,\"o\":{}}";

static struct jnode *parse(struct arena *a, const char *text)
{
	struct jnode *j = NULL;
	struct err err = { 0 };

	if (jt_parse(a, "t", view_of(text), &j, &err) < 0)
		fail_msg("%s", err.msg);
	return j;
}

static void getters(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct jnode *j = parse(a, sample);
	(void)state;

	assert_int_equal(j->len, 11);
	assert_string_equal(jt_get_str(j, "s"), "a");
	assert_int_equal(jt_get(j, "s")->len, 3);
	assert_null(jt_get_str(j, "n"));
	assert_null(jt_get_str(j, "missing"));
	assert_int_equal(jt_get_int(j, "n", 0), 13);
	assert_int_equal(jt_get_int(j, "e", 0), 300);
	assert_int_equal(jt_get_int(j, "neg", 0), -5);
	assert_int_equal(jt_get_int(j, "f", 7), 7);
	assert_int_equal(jt_get_int(j, "big", 7), 7);
	assert_int_equal(jt_get_int(j, "s", 7), 7);
	assert_true(jt_get_double(j, "f", 0) == 1.5);
	assert_true(jt_get_double(j, "s", 2) == 2);
	assert_true(jt_get_bool(j, "t", false));
	assert_true(jt_get_bool(j, "u", true));
	assert_int_equal(jt_get(j, "a")->len, 3);
	assert_int_equal(jt_get(j, "o")->len, 0);
	assert_null(jt_get(jt_get(j, "a"), "x"));
	assert_null(jt_get(NULL, "x"));
	assert_false(jt_get_bool(jt_get(j, "a")->child->next->next, "x", true));
}

static void writes_what_it_read(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STR struct str out = STR_INIT, inner = STR_INIT;
	const struct jnode *j = parse(a, sample);
	struct jwriter w;
	(void)state;

	jw_init(&w, &out, 0);
	jw_tree(&w, j);
	assert_string_equal(str_c(&out), sample);
	/* A member by itself, in an array, and under another name. */
	jw_init(&w, &inner, 0);
	jw_arr(&w);
	jw_tree(&w, jt_get(j, "n"));
	jw_obj(&w);
	jw_key(&w, "other");
	jw_tree(&w, jt_get(j, "t"));
	jw_tree(&w, jt_get(j, "u"));
	jw_obj_end(&w);
	jw_arr_end(&w);
	assert_string_equal(str_c(&inner), "[13,{\"other\":true,\"u\":null}]");
}

static void errors(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct jnode *j = NULL;
	struct err err = { 0 };
	(void)state;

	assert_int_equal(jt_parse(a, "f.json", VIEW("{\n x"), &j, &err), -ERR_PARSE);
	assert_string_equal(err.msg, "f.json:2:2: 'x' where a member name should be");
	assert_int_equal(jt_parse(a, "f", VIEW("{\"a\\u0000\":1}"), &j, &err), -ERR_PARSE);
	assert_non_null(strstr(err.msg, "NUL in member name"));
	assert_int_equal(jt_parse(a, "f", VIEW(""), &j, &err), -ERR_PARSE);
	assert_null(j);
}

static void deepest(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STR struct str text = STR_INIT, out = STR_INIT;
	struct jwriter w;
	(void)state;

	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		str_addc(&text, '[');
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		str_addc(&text, ']');
	jw_init(&w, &out, 0);
	jw_tree(&w, parse(a, str_c(&text)));
	assert_string_equal(str_c(&out), str_c(&text));
}

RUN(T(getters), T(writes_what_it_read), T(errors), T(deepest))
