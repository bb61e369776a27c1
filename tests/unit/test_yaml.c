/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/yaml.h"

struct plan {
	char *name;
	struct strv suites;
	long jobs;
	bool keep;
	double timeout;
	uint64_t memory;
	int accel;
	int items, maps;
	char *inner;
};

static int read_item(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	struct plan *p = target;

	if (yaml_is_scalar(node) && strcmp(yaml_scalar(a, node), "bad") == 0)
		return yaml_err(err, node, "%s item", "bad");
	p->items++;
	p->maps += yaml_is_map(node);
	return 0;
}

static int read_inner(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {
		{ .name = "inner", .type = YAML_STRING, .offset = offsetof(struct plan, inner) },
		{ 0 },
	};

	return yaml_read(a, node, keys, target, err);
}

static const char *const accels[] = { "auto", "kvm", "tcg", NULL };
static const struct yaml_key keys[] = {
	{ .name = "name",
	  .type = YAML_STRING,
	  .offset = offsetof(struct plan, name),
	  .required = true },
	{ .name = "suites", .type = YAML_STRINGS, .offset = offsetof(struct plan, suites) },
	{ .name = "jobs",
	  .type = YAML_INT,
	  .offset = offsetof(struct plan, jobs),
	  .min = 1,
	  .max = 9 },
	{ .name = "keep", .type = YAML_BOOL, .offset = offsetof(struct plan, keep) },
	{ .name = "timeout", .type = YAML_SECONDS, .offset = offsetof(struct plan, timeout) },
	{ .name = "memory", .type = YAML_SIZE, .offset = offsetof(struct plan, memory) },
	{ .name = "accel",
	  .type = YAML_ENUM,
	  .offset = offsetof(struct plan, accel),
	  .values = accels },
	{ .name = "items", .type = YAML_LIST, .parse = read_item },
	{ .name = "object", .type = YAML_OBJECT, .parse = read_inner },
	{ 0 },
};

static int read_view(struct arena *a, struct view text, struct plan *plan, struct err *err)
{
	AUTO_YAML struct yaml_doc *d = NULL;
	int rc = yaml_parse("p.yaml", text, &d, err);

	if (rc < 0)
		return rc;
	if (!yaml_root(d))
		return err_set(err, ERR_USAGE, "empty");
	return yaml_read(a, yaml_root(d), keys, plan, err);
}

static void all_types(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct plan p = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(
		read_view(a,
			  VIEW("# a plan\nname: \"a \\u00e9\"\nsuites:\n- boot\n- 'k: *'\n"
			       "jobs: 9\nkeep: on\ntimeout: 2m\nmemory: 512M\naccel: tcg\n"
			       "items: [x, {a: b}, [c]]\nobject:\n  inner: |\n    two\n    lines\n"),
			  &p, &err),
		0);
	assert_string_equal(p.name, "a \xc3\xa9");
	assert_int_equal(p.suites.len, 2);
	assert_string_equal(p.suites.data[1], "k: *");
	assert_int_equal(p.jobs, 9);
	assert_true(p.keep);
	assert_true(p.timeout == 120);
	assert_int_equal(p.memory, 512 << 20);
	assert_int_equal(p.accel, 2);
	assert_int_equal(p.items, 3);
	assert_int_equal(p.maps, 1);
	assert_string_equal(p.inner, "two\nlines\n");
	/* What is not in the file stays; a list takes the place of the list before. */
	assert_int_equal(read_view(a, VIEW("name: b\nsuites: one\nkeep: no\nitems: x"), &p, &err),
			 0);
	assert_int_equal(p.suites.len, 1);
	assert_string_equal(p.suites.data[0], "one");
	assert_int_equal(p.jobs, 9);
	assert_false(p.keep);
	assert_int_equal(p.items, 4);
	assert_int_equal(read_view(a, VIEW("name: \"\"\nsuites: []"), &p, &err), 0);
	assert_string_equal(p.name, "");
	assert_int_equal(p.suites.len, 0);
	strv_release(&p.suites);
}

static void check_view(struct view text, const char *want)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct plan p = { 0 };
	struct err err = { 0 };

	assert_int_equal(read_view(a, text, &p, &err), -ERR_USAGE);
	assert_string_equal(err.msg, want);
	strv_release(&p.suites);
}

static void check(const char *text, const char *want)
{
	check_view(view_of(text), want);
}

static void key_errors(void **state)
{
	(void)state;
	check("name: x\nsuits: y", "p.yaml:2:1: unknown key 'suits'; did you mean 'suites'?");
	check("{name: x, zzzzz: y}", "p.yaml:1:11: unknown key 'zzzzz'");
	check("name: x\n\"jobz\": 1", "p.yaml:2:1: unknown key 'jobz'; did you mean 'jobs'?");
	check("object:\n  iner: x", "p.yaml:2:3: unknown key 'iner'; did you mean 'inner'?");
	check("# x\n\njobs: 1\n", "p.yaml:3:1: key 'name' is missing");
	check("name: x\njobs: 1\nname: y", "p.yaml:3:1: key 'name' is there twice");
	check("? [a]\n: b", "p.yaml:1:3: a key must be a word");
	check("- a", "p.yaml:1:1: a list where a mapping should be");
	check("word", "p.yaml:1:1: a single value where a mapping should be");
}

static void value_errors(void **state)
{
	(void)state;
	check("name: x\njobs: 5x", "p.yaml:2:7: 'jobs' is '5x', not a whole number");
	check("jobs: 10", "p.yaml:1:7: 'jobs' is 10, not within 1 to 9");
	check("jobs: 0", "p.yaml:1:7: 'jobs' is 0, not within 1 to 9");
	check("keep: maybe", "p.yaml:1:7: 'keep' is 'maybe', not true or false");
	check("timeout: soon", "p.yaml:1:10: 'timeout' is 'soon', not a time like 90s, 2m or 1h");
	check("memory: 5X", "p.yaml:1:9: 'memory' is '5X', not a size like 512M or 2G");
	check("accel: tgc",
	      "p.yaml:1:8: 'accel' is 'tgc', not one of auto, kvm, tcg; did you mean 'tcg'?");
	check("accel: hardware", "p.yaml:1:8: 'accel' is 'hardware', not one of auto, kvm, tcg");
	check("name:\njobs: 1", "p.yaml:1:1: 'name' has no value");
	check("object:\n  inner:\njobs: 1", "p.yaml:2:3: 'inner' has no value");
	check("name: {a: b}", "p.yaml:1:7: 'name' is a mapping, not a single value");
	check("jobs:\n  - 1", "p.yaml:2:3: 'jobs' is a list, not a single value");
	check("suites: {a: b}", "p.yaml:1:9: 'suites' is a mapping, not a list");
	check("suites:\n- a\n- [b]",
	      "p.yaml:3:3: an item of 'suites' is a list, not a single value");
	check("object: x", "p.yaml:1:9: 'object' is a single value, not a mapping");
	check("items:\n- a\n- bad", "p.yaml:3:3: bad item");
	check("items: bad", "p.yaml:1:8: bad item");
}

static void refused(void **state)
{
	(void)state;
	check("name: *a", "p.yaml:1:7: aliases are not supported");
	check("a: &x b", "p.yaml:1:7: anchors are not supported");
	check("a: !!str b", "p.yaml:1:10: tags are not supported");
	check("a: b\n---\na: b", "p.yaml:2:1: a second document");
	check("%YAML 1.2\n---\na: b", "p.yaml:1:1: directives are not supported");
	check("name: \"a\\0\"", "p.yaml:1:7: a NUL character");
	check("name: \xc3\xa9\xff", "p.yaml:1:8: invalid UTF-8");
	check("a: b\nname: \x1b", "p.yaml:2:7: control character 0x1b");
	check_view(VIEW("a\0"), "p.yaml:1:2: control character 0x00");
}

static void not_yaml(void **state)
{
	(void)state;
	check("a: [b\n", "p.yaml:2:1: flow sequence without a closing bracket");
	check("a: b\n  c: d\n", "p.yaml:1:4: invalid multiline plain key");
	check("", "empty");
	check("# nothing\n", "empty");
}

static void limits(void **state)
{
	AUTO_STR struct str deep = STR_INIT, large = STR_INIT;
	struct yaml_doc *d = NULL;
	struct err err = { 0 };
	(void)state;

	for (int i = 0; i < 33; i++)
		str_addc(&deep, '[');
	check(str_c(&deep), "p.yaml:1:33: nested more than 32 deep");
	str_reserve(&large, YAML_SIZE_MAX + 1);
	memset(large.data, '#', YAML_SIZE_MAX + 1);
	large.len = YAML_SIZE_MAX + 1;
	assert_int_equal(yaml_parse("p", str_view(&large), &d, &err), -ERR_LIMIT);
	assert_null(d);
	yaml_free(NULL);
}

RUN(T(all_types), T(key_errors), T(value_errors), T(refused), T(not_yaml), T(limits))
