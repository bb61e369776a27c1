/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML read against one table of keys per kind of file (libfyaml for exact positions). Errors are
 * ERR_USAGE and read "plan.yaml:7:3: unknown key 'suits'; did you mean 'suites'?".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

enum yaml_type {
	YAML_STRING,  /* char *: in the arena; any scalar */
	YAML_STRINGS, /* struct strv; one scalar or a sequence of them, in the place of what
			 * was there; released by the caller */
	YAML_INT,     /* long */
	YAML_BOOL,    /* bool: true false yes no on off */
	YAML_SECONDS, /* double: see parse_seconds() */
	YAML_SIZE,    /* uint64_t bytes: see parse_size() */
	YAML_ENUM,    /* int: index into values[] */
	YAML_OBJECT,  /* calls parse() for the mapping */
	YAML_LIST,    /* calls parse() for each item, of any kind; what is no list is one item */
};

struct yaml_node; /* a node with its position */

struct yaml_key {
	const char *name;
	enum yaml_type type;
	size_t offset;		   /* of the member in the target struct */
	const char *const *values; /* YAML_ENUM: NULL-terminated */
	/* YAML_OBJECT, YAML_LIST: @target is the struct being filled */
	int (*parse)(struct arena *a, const struct yaml_node *node, void *target, struct err *err);
	long min, max; /* YAML_INT, when max > min */
	bool required;
};

struct yaml_doc;
enum { YAML_SIZE_MAX = 4 << 20 }; /* a file larger than this is refused */

/*
 * Parse text; @name is used in messages. An empty document has a NULL root. Errors, beside what is
 * not YAML: a second document, duplicate keys, keys that are no scalars, aliases, anchors, tags,
 * directives, NUL characters, a depth above 32 (all ERR_USAGE); a text above YAML_SIZE_MAX
 * (ERR_LIMIT).
 */
int yaml_parse(const char *name, struct view text, struct yaml_doc **ret, struct err *err);
void yaml_free(struct yaml_doc *d);
const struct yaml_node *yaml_root(const struct yaml_doc *d);
/*
 * Fill @target from the mapping @node by the table @keys (ends with name NULL). Keys not in the
 * file leave the member alone. On failure @target may be partly filled.
 */
int yaml_read(struct arena *a, const struct yaml_node *node, const struct yaml_key *keys,
	      void *target, struct err *err);
bool yaml_is_scalar(const struct yaml_node *node);
bool yaml_is_map(const struct yaml_node *node);
/* The scalar's text, in the arena. */
const char *yaml_scalar(struct arena *a, const struct yaml_node *node);
/* ERR_USAGE at the node's position. */
int yaml_err(struct err *err, const struct yaml_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
DEFINE_AUTO(struct yaml_doc *, yaml_free)
#define AUTO_YAML AUTO(yaml_free)

/*
 * Shared with options; 0, or -1 with *ret untouched. Seconds: a number with d h m s ms, "1h30m",
 * "1.5h", or alone "90"; at most ten years. Size: a whole number with K M G T (powers of 1024), or 0.
 */
int parse_seconds(const char *text, double *ret);
int parse_size(const char *text, uint64_t *ret);
