/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

struct builder {
	struct arena *arena;
	const char *key; /* for the next value */
	unsigned depth;
	struct jnode *open[JSON_DEPTH_MAX];  /* containers around the next value */
	struct jnode **tail[JSON_DEPTH_MAX]; /* where the next child of each is hung */
	struct jnode *root;
};

static struct jnode *add_node(struct builder *b, enum jtype type)
{
	struct jnode *j = arena_alloc(b->arena, sizeof(*j));

	j->type = type;
	j->key = b->key;
	b->key = NULL;
	if (b->depth == 0) {
		b->root = j;
	} else {
		*b->tail[b->depth - 1] = j;
		b->tail[b->depth - 1] = &j->next;
		b->open[b->depth - 1]->len++;
	}
	return j;
}

static void open_node(struct builder *b, enum jtype type)
{
	struct jnode *j = add_node(b, type);

	b->open[b->depth] = j;
	b->tail[b->depth] = &j->child;
	b->depth++;
}

static void add_token(struct builder *b, enum jtoken token, struct view text)
{
	struct jnode *j;

	switch (token) {
	case JSON_OBJ: open_node(b, JSON_T_OBJECT); break;
	case JSON_ARR: open_node(b, JSON_T_ARRAY); break;
	case JSON_OBJ_END:
	case JSON_ARR_END: b->depth--; break;
	case JSON_KEY: b->key = arena_strndup(b->arena, text.p, text.len); break;
	case JSON_STRING:
	case JSON_NUMBER:
		j = add_node(b, token == JSON_STRING ? JSON_T_STRING : JSON_T_NUMBER);
		j->text = arena_strndup(b->arena, text.p, text.len);
		j->len = text.len;
		break;
	case JSON_TRUE:
	case JSON_FALSE: add_node(b, JSON_T_BOOL)->boolean = token == JSON_TRUE; break;
	case JSON_NULL: add_node(b, JSON_T_NULL); break;
	case JSON_MORE:
	case JSON_END: break;
	}
}

int jt_parse(struct arena *a, const char *name, struct view text, struct jnode **ret,
	     struct err *err)
{
	enum { PIECE = 64 << 10 };
	AUTO_JREADER struct jreader *r = jr_new(name);
	struct builder b = { .arena = a };
	enum jtoken token = JSON_MORE;
	struct view piece;

	while (token != JSON_END) {
		int rc = jr_next(r, &token, &piece, err);

		if (rc < 0)
			return rc;
		if (token == JSON_KEY && view_find_chr(piece, '\0') >= 0)
			return err_set(err, ERR_PARSE, "%s: NUL in member name '%s...'", name,
				       piece.p);
		add_token(&b, token, piece);
		if (token == JSON_MORE && text.len == 0) {
			jr_finish(r);
		} else if (token == JSON_MORE) {
			piece = view_sub(text, 0, PIECE);
			jr_feed(r, piece.p, piece.len);
			text = view_sub(text, piece.len, text.len);
		}
	}
	*ret = b.root;
	return 0;
}

const struct jnode *jt_get(const struct jnode *obj, const char *key)
{
	const struct jnode *found = NULL;

	if (!obj || obj->type != JSON_T_OBJECT)
		return NULL;
	for (const struct jnode *j = obj->child; j; j = j->next)
		if (strcmp(j->key, key) == 0)
			found = j;
	return found;
}

const char *jt_get_str(const struct jnode *obj, const char *key)
{
	const struct jnode *j = jt_get(obj, key);

	return j && j->type == JSON_T_STRING ? j->text : NULL;
}

static bool number_of(const struct jnode *j, double *ret)
{
	return j && j->type == JSON_T_NUMBER &&
	       view_double((struct view){ j->text, j->len }, ret) == 0;
}

int64_t jt_get_int(const struct jnode *obj, const char *key, int64_t otherwise)
{
	/* 2^53: beyond, not every whole number is a double. */
	const double limit = 9007199254740992.0;
	const struct jnode *j = jt_get(obj, key);
	int64_t i;
	double d;

	if (j && j->type == JSON_T_NUMBER && view_i64((struct view){ j->text, j->len }, &i) == 0)
		return i;
	if (number_of(j, &d) && d >= -limit && d <= limit && d == (double)(int64_t)d)
		return (int64_t)d;
	return otherwise;
}

double jt_get_double(const struct jnode *obj, const char *key, double otherwise)
{
	double d;

	return number_of(jt_get(obj, key), &d) ? d : otherwise;
}

bool jt_get_bool(const struct jnode *obj, const char *key, bool otherwise)
{
	const struct jnode *j = jt_get(obj, key);

	return j && j->type == JSON_T_BOOL ? j->boolean : otherwise;
}

void jw_tree(struct jwriter *w, const struct jnode *j)
{
	if (j->key && !w->after_key && w->depth > 0 && w->objects >> (w->depth - 1) & 1)
		jw_key(w, j->key);
	switch (j->type) {
	case JSON_T_NULL: jw_null(w); return;
	case JSON_T_BOOL: jw_bool(w, j->boolean); return;
	case JSON_T_NUMBER: jw_raw(w, (struct view){ j->text, j->len }); return;
	case JSON_T_STRING: jw_view(w, (struct view){ j->text, j->len }); return;
	case JSON_T_ARRAY: jw_arr(w); break;
	case JSON_T_OBJECT: jw_obj(w); break;
	}
	for (const struct jnode *c = j->child; c; c = c->next)
		jw_tree(w, c);
	if (j->type == JSON_T_ARRAY)
		jw_arr_end(w);
	else
		jw_obj_end(w);
}
