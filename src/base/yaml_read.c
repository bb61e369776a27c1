/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/yaml_node.h"

bool yaml_is_scalar(const struct yaml_node *node)
{
	return node->kind == YAML_K_SCALAR;
}

bool yaml_is_map(const struct yaml_node *node)
{
	return node->kind == YAML_K_MAP;
}

const char *yaml_scalar(struct arena *a, const struct yaml_node *node)
{
	return arena_strdup(a, node->text);
}

static const char *kind_name(const struct yaml_node *node)
{
	static const char *const names[] = {
		[YAML_K_SCALAR] = "a single value",
		[YAML_K_MAP] = "a mapping",
		[YAML_K_LIST] = "a list",
	};

	return names[node->kind];
}

static int bad_value(const struct yaml_node *node, const char *wanted, struct err *err)
{
	return yaml_err(err, node, "'%s' is '%s', not %s", node->key, node->text, wanted);
}

static int read_int(const struct yaml_node *node, const struct yaml_key *key, long *ret,
		    struct err *err)
{
	int64_t v;

	if (view_i64(view_of(node->text), &v) < 0)
		return bad_value(node, "a whole number", err);
	if (key->max > key->min && (v < key->min || v > key->max))
		return yaml_err(err, node, "'%s' is %s, not within %ld to %ld", node->key,
				node->text, key->min, key->max);
	*ret = (long)v;
	return 0;
}

static int read_bool(const struct yaml_node *node, bool *ret, struct err *err)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(node->text, words[i]) == 0) {
			*ret = i % 2 == 1;
			return 0;
		}
	}
	return bad_value(node, "true or false", err);
}

static size_t count(const char *const *names)
{
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

static int read_enum(const struct yaml_node *node, const struct yaml_key *key, int *ret,
		     struct err *err)
{
	size_t n = count(key->values);
	AUTO_STR struct str wanted = STR_INIT;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(node->text, key->values[i]) == 0) {
			*ret = (int)i;
			return 0;
		}
		str_addf(&wanted, "%s%s", i > 0 ? ", " : "one of ", key->values[i]);
	}
	const char *near = str_nearest(node->text, key->values, n);

	if (near)
		str_addf(&wanted, "; did you mean '%s'?", near);
	return bad_value(node, str_c(&wanted), err);
}

static int read_strings(const struct yaml_node *node, struct strv *ret, struct err *err)
{
	AUTO_STRV struct strv read = { 0 };

	if (node->kind == YAML_K_MAP)
		return yaml_err(err, node, "'%s' is a mapping, not a list", node->key);
	if (node->kind == YAML_K_SCALAR)
		strv_add(&read, node->text);
	for (const struct yaml_node *item = node->child; item; item = item->next) {
		if (item->kind != YAML_K_SCALAR)
			return yaml_err(err, item, "an item of '%s' is %s, not a single value",
					node->key, kind_name(item));
		strv_add(&read, item->text);
	}
	strv_release(ret);
	*ret = read;
	read = (struct strv){ 0 };
	return 0;
}

static int read_list(struct arena *a, const struct yaml_node *node, const struct yaml_key *key,
		     void *target, struct err *err)
{
	if (node->kind != YAML_K_LIST)
		return key->parse(a, node, target, err);
	for (const struct yaml_node *item = node->child; item; item = item->next) {
		int rc = key->parse(a, item, target, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_scalar(struct arena *a, const struct yaml_node *node, const struct yaml_key *key,
		       void *member, struct err *err)
{
	if (node->kind != YAML_K_SCALAR)
		return yaml_err(err, node, "'%s' is %s, not a single value", node->key,
				kind_name(node));
	switch (key->type) {
	case YAML_STRING: *(char **)member = arena_strdup(a, node->text); return 0;
	case YAML_INT: return read_int(node, key, member, err);
	case YAML_BOOL: return read_bool(node, member, err);
	case YAML_ENUM: return read_enum(node, key, member, err);
	case YAML_SECONDS:
		if (parse_seconds(node->text, member) < 0)
			return bad_value(node, "a time like 90s, 2m or 1h", err);
		return 0;
	default:
		if (parse_size(node->text, member) < 0)
			return bad_value(node, "a size like 512M or 2G", err);
		return 0;
	}
}

static int read_key(struct arena *a, const struct yaml_node *node, const struct yaml_key *key,
		    void *target, struct err *err)
{
	void *member = (char *)target + key->offset;

	if (node->kind == YAML_K_SCALAR && node->plain && node->text[0] == '\0')
		return yaml_err(err, node, "'%s' has no value", node->key);
	switch (key->type) {
	case YAML_STRINGS: return read_strings(node, member, err);
	case YAML_LIST: return read_list(a, node, key, target, err);
	case YAML_OBJECT:
		if (node->kind != YAML_K_MAP)
			return yaml_err(err, node, "'%s' is %s, not a mapping", node->key,
					kind_name(node));
		return key->parse(a, node, target, err);
	default: return read_scalar(a, node, key, member, err);
	}
}

static int unknown_key(const struct yaml_node *node, const struct yaml_key *keys, struct err *err)
{
	VEC(const char *) names = { 0 };

	for (const struct yaml_key *k = keys; k->name; k++)
		*vec_add(&names) = k->name;
	const char *near = str_nearest(node->key, names.data, names.len);
	int rc;

	if (near)
		rc = yaml_place_err(err, &node->key_place, "unknown key '%s'; did you mean '%s'?",
				    node->key, near);
	else
		rc = yaml_place_err(err, &node->key_place, "unknown key '%s'", node->key);
	vec_release(&names);
	return rc;
}

static const struct yaml_node *child_named(const struct yaml_node *map, const char *name)
{
	for (const struct yaml_node *c = map->child; c; c = c->next)
		if (strcmp(c->key, name) == 0)
			return c;
	return NULL;
}

int yaml_read(struct arena *a, const struct yaml_node *node, const struct yaml_key *keys,
	      void *target, struct err *err)
{
	if (node->kind != YAML_K_MAP)
		return yaml_err(err, node, "%s where a mapping should be", kind_name(node));
	for (const struct yaml_node *c = node->child; c; c = c->next) {
		const struct yaml_key *k = keys;

		while (k->name && strcmp(k->name, c->key) != 0)
			k++;
		if (!k->name)
			return unknown_key(c, keys, err);
		int rc = read_key(a, c, k, target, err);

		if (rc < 0)
			return rc;
	}
	for (const struct yaml_key *k = keys; k->name; k++)
		if (k->required && !child_named(node, k->name))
			return yaml_err(err, node, "key '%s' is missing", k->name);
	return 0;
}
