/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"

static void one_of_each(struct jwriter *w)
{
	jw_obj(w);
	jw_kstr(w, "s", "x");
	jw_kstr(w, "none", NULL);
	jw_kstr_opt(w, "left out", NULL);
	jw_kstr_opt(w, "left out", "");
	jw_kstr_opt(w, "opt", "o");
	jw_kint(w, "i", INT64_MIN);
	jw_kdouble(w, "d", 0.1);
	jw_kbool(w, "b", true);
	jw_key(w, "a");
	jw_arr(w);
	jw_null(w);
	jw_raw(w, VIEW("{\"raw\":1}"));
	jw_arr(w);
	jw_arr_end(w);
	jw_obj(w);
	jw_obj_end(w);
	jw_bool(w, false);
	jw_arr_end(w);
	jw_obj_end(w);
}

static void compact(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;
	(void)state;

	jw_init(&w, &out, 0);
	one_of_each(&w);
	assert_string_equal(str_c(&out),
			    "{\"s\":\"x\",\"none\":null,\"opt\":\"o\",\"i\":-9223372036854775808,"
			    "\"d\":0.1,\"b\":true,\"a\":[null,{\"raw\":1},[],{},false]}");
}

static void indented(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;
	(void)state;

	jw_init(&w, &out, 2);
	one_of_each(&w);
	assert_string_equal(str_c(&out),
			    "{\n  \"s\": \"x\",\n  \"none\": null,\n  \"opt\": \"o\",\n"
			    "  \"i\": -9223372036854775808,\n  \"d\": 0.1,\n"
			    "  \"b\": true,\n  \"a\": [\n    null,\n    {\"raw\":1},\n"
			    "    [],\n    {},\n    false\n  ]\n}");
}

static void check_string(struct view v, const char *want)
{
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;

	jw_init(&w, &out, 0);
	jw_view(&w, v);
	assert_string_equal(str_c(&out), want);
}

static void strings(void **state)
{
	(void)state;
	check_string(VIEW(""), "\"\"");
	check_string((struct view){ 0 }, "\"\"");
	check_string(VIEW("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
	check_string(VIEW("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	check_string(VIEW("\0\x1f\x7f"), "\"\\u0000\\u001f\x7f\"");
	check_string(VIEW("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	check_string(VIEW("a\xff"
			  "b\xc3"),
		     "\"a\xef\xbf\xbd"
		     "b\xef\xbf\xbd\"");
	check_string(VIEW("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void check_double(double d, const char *want)
{
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;

	jw_init(&w, &out, 0);
	jw_double(&w, d);
	assert_string_equal(str_c(&out), want);
}

static void doubles(void **state)
{
	unsigned seed = 1;
	(void)state;

	check_double(0, "0");
	check_double(5, "5");
	check_double(1.1, "1.1");
	check_double(1.0 / 3, "0.3333333333333333");
	check_double(1e300, "1e+300");
	check_double(NAN, "null");
	check_double(INFINITY, "null");
	check_double(-INFINITY, "null");
	for (int i = 0; i < 10000; i++) {
		AUTO_STR struct str out = STR_INIT;
		struct jwriter w;
		double d = ldexp((double)rand_r(&seed) * rand_r(&seed), rand_r(&seed) % 200 - 100),
		       back;

		jw_init(&w, &out, 0);
		jw_double(&w, d);
		assert_int_equal(view_double(str_view(&out), &back), 0);
		assert_true(back == d);
	}
}

static void value_without_key(struct jwriter *w)
{
	jw_obj(w);
	jw_null(w);
}

static void key_in_array(struct jwriter *w)
{
	jw_arr(w);
	jw_key(w, "k");
}

static void key_without_value(struct jwriter *w)
{
	jw_obj(w);
	jw_key(w, "k");
	jw_obj_end(w);
}

static void wrong_end(struct jwriter *w)
{
	jw_obj(w);
	jw_arr_end(w);
}

static void two_documents(struct jwriter *w)
{
	jw_null(w);
	jw_null(w);
}

static void too_deep(struct jwriter *w)
{
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		jw_arr(w);
}

static void misuse_asserts(void **state)
{
	static void (*const misuses[])(struct jwriter *) = { value_without_key, key_in_array,
							     key_without_value, wrong_end,
							     two_documents,	too_deep };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(misuses); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			struct str out = STR_INIT;
			struct jwriter w;

			close(STDERR_FILENO);
			jw_init(&w, &out, 0);
			misuses[i](&w);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
	}
}

RUN(T(compact), T(indented), T(strings), T(doubles), T(misuse_asserts))
