/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/json.h"

/* Tokens of @text fed in pieces of @piece bytes, as text: "{ ka n1 [ ] } ."; or the error alone. */
static void tokens(struct view text, size_t piece, struct str *out)
{
	static const char *const names[] = {
		[JSON_OBJ] = "{",   [JSON_OBJ_END] = "}", [JSON_ARR] = "[",    [JSON_ARR_END] = "]",
		[JSON_KEY] = "k",   [JSON_STRING] = "s",  [JSON_NUMBER] = "n", [JSON_TRUE] = "T",
		[JSON_FALSE] = "F", [JSON_NULL] = "N",	  [JSON_END] = ".",
	};
	AUTO_JREADER struct jreader *r = jr_new("t");
	enum jtoken token = JSON_MORE;
	struct view v = VIEW("x");
	struct err err = { 0 };

	while (token != JSON_END) {
		if (jr_next(r, &token, &v, &err) < 0) {
			enum jtoken again = JSON_MORE;
			struct err same = { 0 };

			str_clear(out);
			str_adds(out, err.msg);
			assert_int_equal(jr_next(r, &again, &v, &same), -(int)err.code);
			assert_string_equal(same.msg, err.msg);
			return;
		}
		if (token != JSON_MORE) {
			str_adds(out, names[token]);
			str_addv(out, v);
			str_addc(out, token == JSON_END ? '\n' : ' ');
		} else if (text.len > 0) {
			struct view part = view_sub(text, 0, piece);

			jr_feed(r, part.p, part.len);
			text = view_sub(text, part.len, text.len);
		} else {
			jr_finish(r);
		}
	}
	assert_int_equal(jr_next(r, &token, &v, &err), 0);
	assert_int_equal(token, JSON_END);
}

/* However it is cut, the same. */
static void check_view(struct view text, const char *want)
{
	for (size_t piece = 1; piece <= text.len + 1; piece++) {
		AUTO_STR struct str got = STR_INIT;

		tokens(text, piece, &got);
		if (strcmp(str_c(&got), want) != 0)
			fail_msg("'%s' by %zu: '%s' is not '%s'", text.p, piece, str_c(&got), want);
	}
}

static void check(const char *text, const char *want)
{
	check_view(view_of(text), want);
}

static void values(void **state)
{
	(void)state;
	check("1", "n1 .\n");
	check(" \t\r\n\"\" ", "s .\n");
	check("true", "T .\n");
	check("[false,null]", "[ F N ] .\n");
	check("{}", "{ } .\n");
	check("[ ]", "[ ] .\n");
	check("{\"a\" : [1 , {\"b\":-0}] ,\"a\":\"x\"}", "{ ka [ n1 { kb n-0 } ] ka sx } .\n");
}

static void numbers(void **state)
{
	(void)state;
	check("[0,-0,10,1.5,0.5e3,1E-2,1e+10,-1.0]",
	      "[ n0 n-0 n10 n1.5 n0.5e3 n1E-2 n1e+10 n-1.0 ] .\n");
	check("01", "t:1:2: '1' where the end should be");
	check("[-]", "t:1:3: ']' where a digit should be");
	check("[1.]", "t:1:4: ']' where a digit should be");
	check("[1e]", "t:1:4: ']' where a digit should be");
	check("[1e+]", "t:1:5: ']' where a digit should be");
	check("[.5]", "t:1:2: '.' where a value should be");
	check("[+5]", "t:1:2: '+' where a value should be");
	check("1.", "t:1:3: the document ends too early");
	check("1x", "t:1:2: 'x' where the end should be");
	check("[1 2]", "t:1:4: '2' where ',' or ']' should be");
}

static void strings(void **state)
{
	(void)state;
	check("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s\"\\/\b\f\n\r\t .\n");
	check("\"\\u0041\\u00e9\\u20AC\"", "sA\xc3\xa9\xe2\x82\xac .\n");
	check("\"\\ud83d\\ude00x\"", "s\xf0\x9f\x98\x80x .\n");
	check("\"\\udbff\\udfff\\ud800\\udc00\"", "s\xf4\x8f\xbf\xbf\xf0\x90\x80\x80 .\n");
	check("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	      "s\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 .\n");
	check("\"\x7f\"", "s\x7f .\n");
	check("\"\\x\"", "t:1:3: 'x' where an escape character should be");
	check("\"\\u12g4\"", "t:1:6: 'g' where a hexadecimal digit should be");
	check("\"a\nb\"", "t:1:3: byte 0x0a where a character of a string should be");
	check("\"a", "t:1:3: the document ends too early");
	check("\"\\", "t:1:3: the document ends too early");
}

static void surrogates(void **state)
{
	(void)state;
	check("\"\\ud83d\"", "t:1:8: half of a surrogate pair");
	check("\"\\ud83dx\"", "t:1:8: half of a surrogate pair");
	check("\"\\ud83d\\n\"", "t:1:9: half of a surrogate pair");
	check("\"\\ud83d\\u0041\"", "t:1:13: half of a surrogate pair");
	check("\"\\ud83d\\ud83d\"", "t:1:13: half of a surrogate pair");
	check("\"\\ude00\"", "t:1:7: half of a surrogate pair");
}

static void invalid_utf8(void **state)
{
	static const char *const bad[] = { "\"\x80\"", "\"\xc1\xbf\"", "\"\xff\"" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(bad[i], "t:1:2: invalid UTF-8");
	check("\"\xc3\"", "t:1:3: invalid UTF-8");
	check("\"\xe2\x82\"", "t:1:3: invalid UTF-8");
	check("\"\xed\xa0\x80\"", "t:1:3: invalid UTF-8");
	check("\"\xf4\x90\x80\x80\"", "t:1:3: invalid UTF-8");
	check("\xef\xbb\xbf{}", "t:1:1: byte 0xef where a value should be");
}

static void nul_bytes(void **state)
{
	AUTO_STR struct str got = STR_INIT;
	(void)state;

	tokens(view_of("\"a\\u0000b\""), 3, &got);
	assert_int_equal(got.len, 7);
	assert_memory_equal(got.data, "sa\0b .\n", 7);
	check_view(VIEW("[\0]"), "t:1:2: byte 0x00 where a value should be");
	check_view(VIEW("\"\\\0\""), "t:1:3: byte 0x00 where an escape character should be");
}

static void structure(void **state)
{
	(void)state;
	check("", "t:1:1: the document ends too early");
	check("  ", "t:1:3: the document ends too early");
	check("{} {}", "t:1:4: '{' where the end should be");
	check("[1,]", "t:1:4: ']' where a value should be");
	check("[,1]", "t:1:2: ',' where a value should be");
	check("[1}", "t:1:3: '}' where ',' or ']' should be");
	check("{\"a\":1]", "t:1:7: ']' where ',' or '}' should be");
	check("{\"a\":1,}", "t:1:8: '}' where a member name should be");
	check("{\"a\" 1}", "t:1:6: '1' where ':' should be");
	check("{a:1}", "t:1:2: 'a' where a member name should be");
	check("{\"a\":}", "t:1:6: '}' where a value should be");
	check("]", "t:1:1: ']' where a value should be");
	check("[", "t:1:2: the document ends too early");
	check("trux", "t:1:4: 'x' where the rest of true, false or null should be");
	check("nul", "t:1:4: the document ends too early");
	check("truefalse", "t:1:5: 'f' where the end should be");
	check("[1,\n \"\xc3\xa9\xe2\x82\xac\", x]", "t:2:8: 'x' where a value should be");
	check("'a'", "t:1:1: ''' where a value should be");
}

static void depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 2];
	(void)state;

	for (int extra = 0; extra <= 1; extra++) {
		AUTO_STR struct str got = STR_INIT;
		size_t n = JSON_DEPTH_MAX + (size_t)extra;

		memset(text, '[', n);
		memset(text + n, ']', n);
		tokens((struct view){ text, 2 * n }, 7, &got);
		assert_int_equal(strstr(str_c(&got), "t:1:65: nested too deeply") != NULL, extra);
	}
}

static int read_all(struct jreader *r, struct err *err)
{
	enum jtoken token = JSON_MORE;
	struct view v;
	int rc;

	do
		rc = jr_next(r, &token, &v, err);
	while (rc == 0 && token != JSON_MORE && token != JSON_END);
	return rc;
}

static void long_text_is_refused(void **state)
{
	static char block[1 << 20];
	struct err err = { 0 };
	int rc = 0;
	(void)state;

	memset(block, '1', sizeof(block));
	for (int number = 0; number <= 1; number++, rc = 0) {
		AUTO_JREADER struct jreader *r = jr_new("t");
		int blocks = 0;

		jr_feed(r, number ? "1" : "\"", 1);
		for (; rc == 0 && blocks < 80; blocks++) {
			jr_feed(r, block, sizeof(block));
			rc = read_all(r, &err);
		}
		assert_int_equal(rc, -ERR_LIMIT);
		assert_in_range(blocks, 1, number ? 1 : (JSON_STRING_MAX >> 20) + 1);
	}
	jr_free(NULL);
}

RUN(T(values), T(numbers), T(strings), T(surrogates), T(invalid_utf8), T(nul_bytes), T(structure),
    T(depth), T(long_text_is_refused))
