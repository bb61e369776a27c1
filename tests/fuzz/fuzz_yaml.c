/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/yaml.h"

struct target {
	char *name;
	struct strv names;
	long number;
	bool flag;
	double seconds;
	uint64_t size;
	int choice;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int item(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	static const char *const values[] = { "auto", "kvm", "tcg", NULL };
	static const struct yaml_key keys[] = {
		{ .name = "name", .type = YAML_STRING, .offset = offsetof(struct target, name) },
		{ .name = "names", .type = YAML_STRINGS, .offset = offsetof(struct target, names) },
		{ .name = "number", .type = YAML_INT, .offset = offsetof(struct target, number), .max = 9 },
		{ .name = "flag", .type = YAML_BOOL, .offset = offsetof(struct target, flag) },
		{ .name = "seconds", .type = YAML_SECONDS, .offset = offsetof(struct target, seconds) },
		{ .name = "size", .type = YAML_SIZE, .offset = offsetof(struct target, size) },
		{ .name = "choice", .type = YAML_ENUM, .offset = offsetof(struct target, choice), .values = values },
		{ .name = "object", .type = YAML_OBJECT, .parse = item },
		{ .name = "list", .type = YAML_LIST, .parse = item },
		{ 0 },
	};

	return yaml_is_scalar(node) ? 0 : yaml_read(a, node, keys, target, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_YAML struct yaml_doc *d = NULL;
	struct target t = { 0 };
	struct err err = { 0 };

	if (yaml_parse("f", (struct view){ (const char *)data, size }, &d, &err) == 0 && yaml_root(d))
		item(a, yaml_root(d), &t, &err);
	strv_release(&t.names);
	return 0;
}
