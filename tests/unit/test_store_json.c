/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as JSON: exact texts, and KCIDB's schema as the judge. */
#include "test_store.h"

#include <math.h>
#include <unistd.h>

#include "store/misc.h"

#define HASH "0123456789abcdef0123456789abcdef01234567"

#define JSON(fn, record) \
	({ \
		struct jwriter w_; \
		str_clear(&out); \
		jw_init(&w_, &out, 0); \
		fn(&w_, record); \
		str_c(&out); \
	})

static void checkout(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct store_checkout c = { .id = "me:c", .origin = "me" };
	(void)state;

	assert_string_equal(JSON(store_checkout_json, &c), "{\"id\":\"me:c\",\"origin\":\"me\"}");
	c = (struct store_checkout){
		.id = "me:c",
		.origin = "me",
		.tree_name = "mainline",
		.git_repository_url = "https://git.kernel.org/x",
		.git_commit_hash = HASH,
		.git_commit_name = "v6.12",
		.git_repository_branch = "master",
		.comment = "c",
		.start_ms = 1700000000123,
		.misc = "{\"theirs\": 1.50, \"kassay\": {\"dirty\": true}}",
	};
	assert_string_equal(
		JSON(store_checkout_json, &c),
		"{\"id\":\"me:c\",\"origin\":\"me\",\"tree_name\":\"mainline\","
		"\"git_repository_url\":\"https://git.kernel.org/x\",\"git_commit_hash\":\"" HASH
		"\","
		"\"git_commit_name\":\"v6.12\",\"git_repository_branch\":\"master\",\"comment\":\"c\","
		"\"start_time\":\"2023-11-14T22:13:20.123Z\","
		"\"misc\":{\"theirs\":1.50,\"kassay\":{\"dirty\":true}}}");
	/* What KCIDB would refuse is kept where it does not look. */
	c = (struct store_checkout){ .id = "me:c",
				     .origin = "me",
				     .git_repository_url = "git://x",
				     .git_commit_hash = HASH HASH };
	assert_string_equal(
		JSON(store_checkout_json, &c),
		"{\"id\":\"me:c\",\"origin\":\"me\",\"misc\":{\"kassay\":{\"git_commit_hash\":\"" HASH
			HASH "\",\"git_repository_url\":\"git://x\"}}}");
}

static void build(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct store_build b = {
		.id = "me:b",
		.origin = "me",
		.checkout_id = "me:c",
		.run = 12,
		.name = "debug",
		.architecture = "x86_64",
		.command = "make bzImage",
		.compiler = "gcc",
		.config_name = "tiny+boot",
		.log_excerpt = "l",
		.comment = "c",
		.status = "PASS",
		.start_ms = 1,
		.duration = 61.25,
		.key = "k",
		.image_sha256 = "i",
		.build_id = "g",
		.misc = "{\"kassay\":{\"compiled\":7,\"name\":\"theirs\"},\"z\":[]}",
	};
	(void)state;

	assert_string_equal(
		JSON(store_build_json, &b),
		"{\"id\":\"me:b\",\"origin\":\"me\",\"checkout_id\":\"me:c\",\"comment\":\"c\","
		"\"start_time\":\"1970-01-01T00:00:00.001Z\",\"duration\":61.25,\"architecture\":\"x86_64\","
		"\"command\":\"make bzImage\",\"compiler\":\"gcc\",\"config_name\":\"tiny+boot\","
		"\"log_excerpt\":\"l\",\"status\":\"PASS\",\"misc\":{\"kassay\":{\"compiled\":7,"
		"\"name\":\"theirs\",\"run\":12,\"key\":\"k\",\"build_id\":\"g\",\"image_sha256\":\"i\"},\"z\":[]}}");
	b = (struct store_build){ .id = "me:b",
				  .origin = "me",
				  .checkout_id = "me:c",
				  .architecture = "AArch64",
				  .status = "running",
				  .duration = NAN };
	assert_string_equal(JSON(store_build_json, &b),
			    "{\"id\":\"me:b\",\"origin\":\"me\",\"checkout_id\":\"me:c\","
			    "\"misc\":{\"kassay\":{\"architecture\":\"AArch64\"}}}");
}

static void test(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct store_test t = {
		.id = "me:t",
		.origin = "me",
		.build_id = "me:b",
		.run = 2,
		.platform = "qemu-x86_64",
		.path = "boot.time",
		.status = "DONE",
		.has_number = true,
		.number = 0.1,
		.unit = "s",
		.duration = 3,
		.suite = "boot",
		.reason = "r",
		.comment = "c",
	};
	(void)state;

	assert_string_equal(
		JSON(store_test_json, &t),
		"{\"id\":\"me:t\",\"origin\":\"me\",\"build_id\":\"me:b\",\"environment\":{\"comment\":"
		"\"qemu-x86_64\",\"misc\":{\"platform\":\"qemu-x86_64\"}},\"path\":\"boot.time\",\"comment\":\"c\","
		"\"status\":\"DONE\",\"number\":{\"value\":0.1,\"unit\":\"s\"},\"duration\":3,"
		"\"misc\":{\"kassay\":{\"run\":2,\"suite\":\"boot\",\"reason\":\"r\"}}}");
	/* A reader's test: no ids. The root of all tests has the empty path. */
	t = (struct store_test){
		.path = "", .status = "PASS", .has_number = true, .number = INFINITY
	};
	assert_string_equal(JSON(store_test_json, &t), "{\"path\":\"\",\"status\":\"PASS\"}");
	t = (struct store_test){ .has_number = true };
	assert_string_equal(JSON(store_test_json, &t), "{\"number\":{\"value\":0}}");
}

static void paths_fit_kcidb(void **state)
{
	static const struct {
		const char *path, *kcidb;
	} cases[] = {
		{ "a.b#2", "a.b_2" }, { "a..b", "a._.b" },	{ ".a", "_.a" },
		{ "a.", "a._" },      { ".", "_._" },		{ "a b/c", "a_b_c" },
		{ "\xc3\xa4", "__" }, { "a-B_9.c", "a-B_9.c" },
	};
	AUTO_STR struct str out = STR_INIT, want = STR_INIT;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct store_test t = { .path = cases[i].path };

		str_clear(&want);
		str_addf(&want, "{\"path\":\"%s\"", cases[i].kcidb);
		if (strcmp(cases[i].path, cases[i].kcidb) != 0)
			str_addf(&want, ",\"misc\":{\"kassay\":{\"path\":\"%s\"}}", cases[i].path);
		str_adds(&want, "}");
		assert_string_equal(JSON(store_test_json, &t), str_c(&want));
	}
}

static void misc_is_merged(void **state)
{
	static const struct {
		const char *misc, *want;
	} cases[] = {
		{ NULL, "{\"misc\":{\"kassay\":{\"reason\":\"r\"}}}" },
		{ "{}", "{\"misc\":{\"kassay\":{\"reason\":\"r\"}}}" },
		{ "not json", "{\"misc\":{\"kassay\":{\"reason\":\"r\"}}}" },
		{ "[1]", "{\"misc\":{\"kassay\":{\"reason\":\"r\"}}}" },
		{ "{\"a\":null,\"b\":1E+2}",
		  "{\"misc\":{\"a\":null,\"b\":1E+2,\"kassay\":{\"reason\":\"r\"}}}" },
		{ "{\"kassay\":{\"reason\":null}}", "{\"misc\":{\"kassay\":{\"reason\":null}}}" },
		{ "{\"kassay\":\"text\"}", "{\"misc\":{\"kassay\":\"text\"}}" },
		{ "{\"kassay\":1,\"b\":2,\"kassay\":{\"c\":3}}",
		  "{\"misc\":{\"b\":2,\"kassay\":{\"c\":3,\"reason\":\"r\"}}}" },
	};
	AUTO_STR struct str out = STR_INIT, deep = STR_INIT;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct store_test t = { .reason = "r", .misc = cases[i].misc };

		assert_string_equal(JSON(store_test_json, &t), cases[i].want);
	}
	struct store_test plain = { .misc = "{\"kassay\":{}}" };

	assert_string_equal(JSON(store_test_json, &plain), "{\"misc\":{\"kassay\":{}}}");
	/* Deeper than a writer could follow: left out, nothing breaks. */
	str_adds(&deep, "{\"a\":");
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		str_addc(&deep, '[');
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		str_addc(&deep, ']');
	str_addc(&deep, '}');
	plain.misc = str_c(&deep);
	assert_string_equal(JSON(store_test_json, &plain), "{}");
}

static void excerpts_end_at_a_character(void **state)
{
	AUTO_STR struct str out = STR_INIT, text = STR_INIT;
	struct store_finding f = { 0 };
	(void)state;

	for (int i = 0; i < 16383; i++)
		str_addc(&text, 'x');
	str_adds(&text, "\xe2\x82\xac");
	f.excerpt = str_c(&text);
	JSON(store_finding_json, &f);
	assert_true(strstr(str_c(&out), "xxx\",\"expected\":false}") != NULL);
	assert_null(strstr(str_c(&out), "\xef\xbf\xbd"));
	str_clear(&text);
	for (int i = 0; i < 40000; i++)
		str_addc(&text, '\x80');
	f.excerpt = str_c(&text);
	JSON(store_finding_json, &f);
	assert_true(out.len < 3 * 16384 + 100);
}

static void own_shapes(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct store_finding f = {
		.id = "me:f",
		.origin = "me",
		.run = 1,
		.build_id = "me:b",
		.test_id = "me:t",
		.kind = "build",
		.severity = "error",
		.title = "t",
		.signature = "s",
		.type = "error",
		.function = "fn",
		.file = "a.c",
		.message = "m",
		.object = "a.o",
		.symbol = "CONFIG_X",
		.excerpt = "e\n",
		.line_in_file = 1,
		.column = 2,
		.line = 3,
		.expected = true,
		.expected_by = "x",
		.misc = "{\"a\":1}",
	};
	struct store_artifact a = { .run = 1,
				    .build_id = "me:b",
				    .test_id = "me:t",
				    .platform = "q",
				    .role = "image",
				    .name = "bzImage",
				    .sha256 = "00",
				    .size = 5 };
	struct store_run r = { .id = 4,
			       .origin = "me",
			       .command = "kassay run",
			       .plan = "quick",
			       .source = ".",
			       .directory = "/tmp",
			       .spec = "{\"x\":[1]}",
			       .start_ms = 1000,
			       .pid = 77,
			       .exit_status = -1 };
	(void)state;

	assert_string_equal(
		JSON(store_finding_json, &f),
		"{\"id\":\"me:f\",\"origin\":\"me\",\"run\":1,\"build_id\":\"me:b\",\"test_id\":\"me:t\","
		"\"kind\":\"build\",\"severity\":\"error\",\"title\":\"t\",\"signature\":\"s\",\"type\":\"error\","
		"\"function\":\"fn\",\"file\":\"a.c\",\"line_in_file\":1,\"column\":2,\"message\":\"m\","
		"\"object\":\"a.o\",\"symbol\":\"CONFIG_X\",\"line\":3,\"excerpt\":\"e\\n\",\"expected\":true,"
		"\"expected_by\":\"x\",\"misc\":{\"a\":1}}");
	assert_string_equal(
		JSON(store_artifact_json, &a),
		"{\"run\":1,\"build_id\":\"me:b\",\"test_id\":\"me:t\",\"platform\":\"q\",\"role\":\"image\","
		"\"name\":\"bzImage\",\"sha256\":\"00\",\"size\":5}");
	assert_string_equal(
		JSON(store_run_json, &r),
		"{\"id\":4,\"origin\":\"me\",\"command\":\"kassay run\",\"plan\":\"quick\",\"source\":\".\","
		"\"directory\":\"/tmp\",\"state\":\"running\",\"start_time\":\"1970-01-01T00:00:01.000Z\","
		"\"pid\":77,\"spec\":{\"x\":[1]}}");
	r = (struct store_run){ .state = RUN_DONE, .end_ms = 2000 };
	assert_string_equal(
		JSON(store_run_json, &r),
		"{\"state\":\"done\",\"end_time\":\"1970-01-01T00:00:02.000Z\",\"exit_status\":0}");
	r = (struct store_run){ .state = RUN_INTERRUPTED, .exit_status = -1 };
	assert_string_equal(JSON(store_run_json, &r), "{\"state\":\"interrupted\"}");
}

/* Records as unpleasant as they may become, as one KCIDB document. */
static void write_document(struct jwriter *w)
{
	AUTO_STR struct str large = STR_INIT;
	struct store_checkout c = { .id = "me:c:\xff\"\n",
				    .origin = "me",
				    .git_repository_url = "ssh://x",
				    .git_commit_hash = "V6",
				    .comment = "\x01\xff",
				    .start_ms = -1 };
	struct store_build b = { .id = "me:b",
				 .origin = "me",
				 .checkout_id = "me:c",
				 .run = 1,
				 .architecture = "X 86",
				 .status = "PASS",
				 .duration = 1e300,
				 .start_ms = 253402300799999,
				 .name = "n" };
	struct store_test t = { .id = "me:t",
				.origin = "me",
				.build_id = "me:b",
				.platform = "q",
				.path = "a..b#2 \xff",
				.status = "SKIP",
				.has_number = true,
				.number = -0.0,
				.misc = "{\"x\":{\"y\":[null]}}" };

	while (large.len < 40000)
		str_adds(&large, "\xe2\x82\xac line\n\xff");
	c.git_commit_name = str_c(&large);
	b.log_excerpt = t.log_excerpt = str_c(&large);
	jw_obj(w);
	jw_key(w, "version");
	jw_obj(w);
	jw_kint(w, "major", 5);
	jw_kint(w, "minor", 3);
	jw_obj_end(w);
	jw_key(w, "checkouts");
	jw_arr(w);
	store_checkout_json(w, &c);
	c = (struct store_checkout){ .id = "me:",
				     .origin = "me",
				     .git_repository_url = "https://x/y.git",
				     .git_commit_hash = HASH };
	store_checkout_json(w, &c);
	jw_arr_end(w);
	jw_key(w, "builds");
	jw_arr(w);
	store_build_json(w, &b);
	jw_arr_end(w);
	jw_key(w, "tests");
	jw_arr(w);
	store_test_json(w, &t);
	t.path = "";
	t.has_number = false;
	store_test_json(w, &t);
	jw_arr_end(w);
	jw_obj_end(w);
}

static void valid_by_kcidb_schema(void **state)
{
	static const char script[] =
		"import json, sys, jsonschema; "
		"jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))";
	struct scene *s = *state;
	AUTO_FREE char *schema = mem_printf("%s/../../third_party/kcidb/schema-v5.3.json",
					    getenv("KASSAY_TEST_DATA")),
		       *file = path_join(s->dir, "document.json");
	AUTO_STR struct str out = STR_INIT, command = STR_INIT;
	struct jwriter w;

	jw_init(&w, &out, 1);
	write_document(&w);
	OK(s, file_write(file, str_view(&out), 0644, &s->err));
	str_addf(&command, "python3 -c '%s' ", script);
	str_add_shell_word(&command, file);
	str_addc(&command, ' ');
	str_add_shell_word(&command, schema);
	assert_int_equal(system(str_c(&command)), 0);
	/* The judge does judge: a path that does not fit is refused. */
	str_clear(&out);
	str_adds(
		&out,
		"{\"version\":{\"major\":5},\"tests\":[{\"id\":\"me:t\",\"origin\":\"me\",\"build_id\":\"me:b\","
		"\"path\":\"a#2\"}]}");
	OK(s, file_write(file, str_view(&out), 0644, &s->err));
	str_adds(&command, " 2>/dev/null");
	assert_int_not_equal(system(str_c(&command)), 0);
}

/* What the schema asks, in short, where there is no validator. */
static void fits_the_patterns(void **state)
{
	static const char *const members[] = {
		"id",
		"origin",
		"tree_name",
		"git_repository_url",
		"git_commit_hash",
		"git_commit_name",
		"git_repository_branch",
		"comment",
		"start_time",
		"misc",
		"checkout_id",
		"duration",
		"architecture",
		"command",
		"compiler",
		"config_name",
		"log_excerpt",
		"status",
		"build_id",
		"environment",
		"path",
		"number",
	};
	static const char *const lists[] = { "checkouts", "builds", "tests" };
	struct scene *s = *state;
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;
	struct jnode *tree;

	jw_init(&w, &out, 0);
	write_document(&w);
	OK(s, jt_parse(s->arena, "document", str_view(&out), &tree, &s->err));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct jnode *list = jt_get(tree, lists[i]);

		assert_non_null(list);
		for (const struct jnode *o = list->child; o; o = o->next) {
			assert_true(strncmp(jt_get_str(o, "id"), "me:", 3) == 0);
			assert_string_equal(jt_get_str(o, "origin"), "me");
			assert_true(i == 0 || jt_get_str(o, i == 1 ? "checkout_id" : "build_id"));
			for (const struct jnode *m = o->child; m; m = m->next) {
				bool known = false;

				for (size_t j = 0; j < ARRAY_SIZE(members); j++)
					known |= strcmp(members[j], m->key) == 0;
				assert_true(known);
				assert_int_not_equal(m->type, JSON_T_NULL);
			}
		}
	}
}

RUN(T(checkout), T(build), T(test), T(paths_fit_kcidb), T(misc_is_merged),
    T(excerpts_end_at_a_character), T(own_shapes), SCENE(valid_by_kcidb_schema),
    SCENE(fits_the_patterns))
