/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libfyaml's events into a tree of our own. Its document builder is not used: events say exactly
 * where things are, and aliases, tags, depth and duplicate keys are ours to refuse.
 */
#include <libfyaml.h>

#include "base/yaml_node.h"

enum { YAML_DEPTH_MAX = 32 };

struct yaml_doc {
	struct arena *arena;
	struct yaml_node *root;
};

struct level {
	struct yaml_node *node;
	struct yaml_node **tail;
	const char *key; /* read, its value not yet */
	struct yaml_place key_place;
	struct map *keys; /* mapping: seen so far */
};

struct builder {
	struct arena *arena;
	const char *file;
	unsigned documents, depth;
	struct level levels[YAML_DEPTH_MAX];
	struct yaml_node *root;
};

void yaml_free(struct yaml_doc *d)
{
	if (!d)
		return;
	arena_free(d->arena);
	free(d);
}

const struct yaml_node *yaml_root(const struct yaml_doc *d)
{
	return d->root;
}

static int vplace_err(struct err *err, const struct yaml_place *place, const char *fmt, va_list ap)
{
	AUTO_STR struct str text = STR_INIT;

	str_vaddf(&text, fmt, ap);
	return err_set(err, ERR_USAGE, "%s:%u:%u: %s", place->file, place->line, place->column,
		       str_c(&text));
}

int yaml_place_err(struct err *err, const struct yaml_place *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int rc = vplace_err(err, place, fmt, ap);
	va_end(ap);
	return rc;
}

int yaml_err(struct err *err, const struct yaml_node *node, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int rc = vplace_err(err, &node->place, fmt, ap);
	va_end(ap);
	return rc;
}

/* Hang @node where the next value goes. */
static int add_node(struct builder *b, struct yaml_node *node, struct err *err)
{
	struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;

	if (!top) {
		b->root = node;
		return 0;
	}
	if (top->node->kind == YAML_K_MAP) {
		if (!top->key)
			return yaml_err(err, node, "a key must be a word");
		node->key = top->key;
		node->key_place = top->key_place;
		top->key = NULL;
	}
	*top->tail = node;
	top->tail = &node->next;
	return 0;
}

static int open_level(struct builder *b, struct yaml_node *node, struct err *err)
{
	int rc = add_node(b, node, err);

	if (rc < 0)
		return rc;
	if (b->depth == YAML_DEPTH_MAX)
		return yaml_err(err, node, "nested more than %d deep", YAML_DEPTH_MAX);
	b->levels[b->depth++] = (struct level){
		.node = node,
		.tail = &node->child,
		.keys = node->kind == YAML_K_MAP ? map_new() : NULL,
	};
	return 0;
}

static void close_level(struct builder *b)
{
	map_free(b->levels[--b->depth].keys);
}

static int add_scalar(struct builder *b, struct yaml_node *node, struct fy_token *token,
		      struct err *err)
{
	struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;
	size_t len = 0;
	const char *text = token ? fy_token_get_text(token, &len) : NULL;

	if (!text)
		len = 0;
	if (len > 0 && memchr(text, '\0', len))
		return yaml_err(err, node, "a NUL character");
	node->text = arena_strndup(b->arena, text, len);
	node->plain = !token || fy_token_scalar_style(token) == FYSS_PLAIN;
	if (!top || top->node->kind != YAML_K_MAP || top->key)
		return add_node(b, node, err);
	if (map_has(top->keys, node->text))
		return yaml_err(err, node, "key '%s' is there twice", node->text);
	map_set(top->keys, node->text, NULL);
	top->key = node->text;
	top->key_place = node->place;
	return 0;
}

/* libfyaml marks what is behind the quote, or the '*' of an alias. */
static bool marked_inside(struct fy_event *event)
{
	if (event->type == FYET_ALIAS)
		return true;
	if (event->type != FYET_SCALAR || !event->scalar.value)
		return false;
	enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);

	return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static struct yaml_node *new_node(struct builder *b, struct fy_event *event)
{
	struct yaml_node *node = arena_alloc(b->arena, sizeof(*node));
	const struct fy_mark *mark = fy_event_start_mark(event);

	node->kind = event->type == FYET_MAPPING_START	? YAML_K_MAP :
		     event->type == FYET_SEQUENCE_START ? YAML_K_LIST :
							  YAML_K_SCALAR;
	node->place = (struct yaml_place){ b->file, 1, 1 };
	if (mark) {
		node->place.line = (unsigned)mark->line + 1;
		node->place.column = (unsigned)mark->column + (marked_inside(event) ? 0 : 1);
	} else if (b->depth > 0) {
		/* A value left out: its key's place is the nearest. */
		const struct level *top = &b->levels[b->depth - 1];

		node->place = top->key ? top->key_place : top->node->place;
	}
	return node;
}

static int take_event(struct builder *b, struct fy_event *event, struct err *err)
{
	struct yaml_node *node;

	switch (event->type) {
	case FYET_DOCUMENT_START:
		if (++b->documents > 1)
			return yaml_err(err, new_node(b, event), "a second document");
		return 0;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: close_level(b); return 0;
	case FYET_ALIAS: return yaml_err(err, new_node(b, event), "aliases are not supported");
	case FYET_SCALAR:
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START: break;
	default: return 0;
	}
	node = new_node(b, event);
	if (fy_event_get_anchor_token(event))
		return yaml_err(err, node, "anchors are not supported");
	if (fy_event_get_tag_token(event))
		return yaml_err(err, node, "tags are not supported");
	if (event->type == FYET_SCALAR)
		return add_scalar(b, node, event->scalar.value, err);
	return open_level(b, node, err);
}

/* What libfyaml did not like, at its place. */
static int parser_err(struct builder *b, struct fy_diag *diag, struct err *err)
{
	void *iter = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iter);
	struct yaml_place place = { b->file, 1, 1 };

	if (!e || !e->msg)
		return yaml_place_err(err, &place, "not YAML");
	if (e->line > 0 && e->column > 0) {
		place.line = (unsigned)e->line;
		place.column = (unsigned)e->column;
	}
	return yaml_place_err(err, &place, "%s", e->msg);
}

/*
 * libfyaml sees text only: no control characters, no invalid UTF-8; and no directives, about which
 * it would print messages.
 */
static int check_text(const char *file, struct view text, struct err *err)
{
	struct yaml_place place = { file, 1, 1 };

	while (text.len > 0) {
		uint32_t cp = 0;
		size_t n = view_utf8(text, &cp);

		if (n == 0)
			return yaml_place_err(err, &place, "invalid UTF-8");
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
		    (cp >= 0x7f && cp < 0xa0))
			return yaml_place_err(err, &place, "control character 0x%02x", cp);
		if (cp == '%' && place.column == 1)
			return yaml_place_err(err, &place, "directives are not supported");
		place.column++;
		if (cp == '\n') {
			place.line++;
			place.column = 1;
		}
		text = view_sub(text, n, text.len);
	}
	return 0;
}

static int run(struct builder *b, struct fy_parser *parser, struct fy_diag *diag, struct err *err)
{
	int rc = 0;

	for (bool more = true; more && rc == 0;) {
		struct fy_event *event = fy_parser_parse(parser);

		if (!event)
			break;
		more = event->type != FYET_STREAM_END;
		rc = take_event(b, event, err);
		fy_parser_event_free(parser, event);
	}
	if (rc == 0 && fy_parser_get_stream_error(parser))
		rc = parser_err(b, diag, err);
	while (b->depth > 0)
		close_level(b);
	return rc;
}

int yaml_parse(const char *name, struct view text, struct yaml_doc **ret, struct err *err)
{
	if (text.len > YAML_SIZE_MAX)
		return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", name, YAML_SIZE_MAX);
	int rc = check_text(name, text, err);

	if (rc < 0)
		return rc;
	AUTO_YAML struct yaml_doc *d = NEW(struct yaml_doc);

	d->arena = arena_new();
	struct builder b = { .arena = d->arena, .file = arena_strdup(d->arena, name) };
	struct fy_diag *diag = fy_diag_create(NULL);
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = diag };

	if (diag)
		fy_diag_set_collect_errors(diag, true);
	struct fy_parser *parser = diag ? fy_parser_create(&cfg) : NULL;

	if (!parser || fy_parser_set_string(parser, text.len > 0 ? text.p : "", text.len) < 0)
		rc = err_set(err, ERR_INTERNAL, "%s: libfyaml does not start", name);
	else
		rc = run(&b, parser, diag, err);
	if (parser)
		fy_parser_destroy(parser);
	if (diag)
		fy_diag_destroy(diag);
	if (rc < 0)
		return rc;
	d->root = b.root;
	*ret = TAKE(d);
	return 0;
}
