/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/misc.h"

static unsigned depth_of(const struct jnode *j)
{
	unsigned deepest = 0;

	if (j->type != JSON_T_OBJECT && j->type != JSON_T_ARRAY)
		return 0;
	for (const struct jnode *c = j->child; c; c = c->next) {
		unsigned d = depth_of(c);

		if (d > deepest)
			deepest = d;
	}
	return deepest + 1;
}

int misc_parse(struct arena *a, const char *name, const char *text, struct jnode **ret,
	       struct err *err)
{
	struct jnode *tree;
	int r = jt_parse(a, name, view_of(text), &tree, err);

	if (r < 0)
		return r;
	if (tree->type != JSON_T_OBJECT)
		return err_set(err, ERR_PARSE, "%s: not a JSON object", name);
	if (depth_of(tree) > MISC_DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "%s: nested deeper than %d", name, MISC_DEPTH_MAX);
	*ret = tree;
	return 0;
}

static const struct jnode *parse_or_null(struct arena *a, const char *text)
{
	struct jnode *tree;
	struct err err = { 0 };

	return text && misc_parse(a, "misc", text, &tree, &err) == 0 ? tree : NULL;
}

static bool present(const struct misc_member *m)
{
	return m->text ? m->text[0] != '\0' : m->number != 0;
}

static bool any_present(const struct misc_member *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (present(&m[i]))
			return true;
	return false;
}

/* Member "kassay": @theirs (may be NULL) and what of @ours it does not have. */
static void write_kassay(struct jwriter *w, const struct jnode *theirs,
			 const struct misc_member *ours, size_t n)
{
	jw_key(w, "kassay");
	jw_obj(w);
	for (const struct jnode *c = theirs ? theirs->child : NULL; c; c = c->next)
		jw_tree(w, c);
	for (size_t i = 0; i < n; i++) {
		if (!present(&ours[i]) || jt_get(theirs, ours[i].key))
			continue;
		if (ours[i].text)
			jw_kstr(w, ours[i].key, ours[i].text);
		else
			jw_kint(w, ours[i].key, ours[i].number);
	}
	jw_obj_end(w);
}

void misc_write(struct jwriter *w, const char *text, const struct misc_member *ours, size_t n)
{
	AUTO_ARENA struct arena *a = text ? arena_new() : NULL;
	const struct jnode *theirs = parse_or_null(a, text), *kassay = jt_get(theirs, "kassay");

	if (!theirs && !any_present(ours, n))
		return;
	jw_key(w, "misc");
	jw_obj(w);
	for (const struct jnode *c = theirs ? theirs->child : NULL; c; c = c->next) {
		if (c == kassay && c->type == JSON_T_OBJECT)
			write_kassay(w, c, ours, n);
		else if (c == kassay || strcmp(c->key, "kassay") != 0)
			jw_tree(w, c); /* and of several "kassay" the last counts */
	}
	if (!kassay && any_present(ours, n))
		write_kassay(w, NULL, ours, n);
	jw_obj_end(w);
}

void misc_write_plain(struct jwriter *w, const char *key, const char *text)
{
	AUTO_ARENA struct arena *a = text ? arena_new() : NULL;
	const struct jnode *tree = parse_or_null(a, text);

	if (!tree)
		return;
	jw_key(w, key);
	jw_tree(w, tree);
}
