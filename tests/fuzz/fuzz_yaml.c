/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* 0.7.12 leaks 4096 bytes for a quoted scalar with many escapes in an input it refuses. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

static int item(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	static const char *const values[] = { "auto", "kvm", "tcg", NULL };
	static const struct yaml_key keys[] = {
		{ .name = "name", .type = YAML_STRING },
		{ .name = "names", .type = YAML_STRINGS, .offset = sizeof(struct strv) },
		{ .name = "number", .type = YAML_INT, .max = 9 },
		{ .name = "choice", .type = YAML_ENUM, .values = values },
		{ .name = "list", .type = YAML_LIST, .parse = item },
		{ 0 },
	};

	return yaml_is_scalar(node) ? 0 : yaml_read(a, node, keys, target, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_YAML struct yaml_doc *d = NULL;
	struct strv target[2] = { 0 }; /* [0]: room for any member */
	struct err err = { 0 };

	if (yaml_parse("f", (struct view){ (const char *)data, size }, &d, &err) == 0 &&
	    yaml_root(d))
		item(a, yaml_root(d), target, &err);
	strv_release(&target[1]);
	return 0;
}
