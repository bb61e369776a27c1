/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/warnings.h"

struct entry {
	const char *object;
	bool fresh;  /* made in this make */
	bool linked; /* it was part of what was linked */
	bool absent; /* it was, and is not now; when it comes back, make need not compile it again */
	struct {
		struct finding *data;
		size_t len, cap;
	} list;
};

struct warnings {
	struct arena *a;
	struct map *objects; /* name to struct entry */
	struct {
		struct finding *data;
		size_t len, cap;
	} loose; /* without object */
	size_t total;
};

struct warnings *warnings_new(void)
{
	struct warnings *w = NEW(struct warnings);

	w->a = arena_new();
	w->objects = map_new();
	return w;
}

static struct entry *entry_at(const struct warnings *w, size_t i)
{
	void *value;

	map_at(w->objects, i, &value);
	return value;
}

void warnings_free(struct warnings *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < map_len(w->objects); i++)
		vec_release(&entry_at(w, i)->list);
	vec_release(&w->loose);
	map_free(w->objects);
	arena_free(w->a);
	free(w);
}

static struct entry *entry_of(struct warnings *w, struct view object)
{
	struct entry *e = map_getv(w->objects, object);

	if (!e) {
		e = arena_alloc(w->a, sizeof(*e));
		e->object = arena_strndup(w->a, object.p, object.len);
		map_set(w->objects, e->object, e);
	}
	return e;
}

static struct finding copy(struct arena *a, const struct finding *f)
{
	struct finding c = *f;

	c.title = arena_strdup(a, f->title);
	c.type = arena_strdup(a, f->type);
	c.function = arena_strdup(a, f->function);
	c.file = arena_strdup(a, f->file);
	c.message = arena_strdup(a, f->message);
	c.object = arena_strdup(a, f->object);
	c.symbol = arena_strdup(a, f->symbol);
	c.excerpt = arena_strdup(a, f->excerpt);
	return c;
}

static void forget(struct warnings *w, struct entry *e)
{
	w->total -= e->list.len;
	vec_release(&e->list);
}

void warnings_begin(struct warnings *w)
{
	w->total -= w->loose.len;
	vec_release(&w->loose);
	for (size_t i = 0; i < map_len(w->objects); i++) {
		struct entry *e = entry_at(w, i);
		size_t kept = 0;

		e->fresh = false;
		vec_foreach(f, &e->list)
			if (f->severity != SEVERITY_ERROR)
				e->list.data[kept++] = *f;
		w->total -= e->list.len - kept;
		e->list.len = kept;
	}
}

void warnings_target(struct warnings *w, struct view target)
{
	struct entry *e = entry_of(w, target);

	/* "LD vmlinux" is followed by "SORTTAB vmlinux": the second line must not wipe what the first one brought. */
	if (!e->fresh)
		forget(w, e);
	e->fresh = true;
	e->absent = false;
}

void warnings_add(struct warnings *w, const struct finding *f)
{
	if (w->total >= WARNINGS_MAX)
		return;
	if (!f->object) {
		*vec_add(&w->loose) = copy(w->a, f);
		w->total++;
		return;
	}
	struct entry *e = entry_of(w, view_of(f->object));
	if (e->list.len >= WARNINGS_PER_OBJECT_MAX)
		return;
	*vec_add(&e->list) = copy(w->a, f);
	e->fresh = true;
	w->total++;
}

bool warnings_empty(const struct warnings *w)
{
	return w->total == 0;
}

void warnings_prune(struct warnings *w, enum warnings_part (*part)(const char *object, void *data),
		    void *data)
{
	for (size_t i = 0; i < map_len(w->objects); i++) {
		struct entry *e = entry_at(w, i);

		if (!e->list.len)
			continue;
		enum warnings_part now = part(e->object, data);
		if (!e->fresh && now == WARNINGS_GONE)
			forget(w, e);
		e->linked |= now == WARNINGS_LINKED;
		e->absent = !e->fresh && e->linked && now != WARNINGS_LINKED;
	}
}

/* Equal for a reader: one header's warning met by two objects. */
static const char *place_of(struct arena *a, const struct finding *f)
{
	return arena_printf(a, "%s %s:%u:%u", f->signature, f->file ? f->file : "", f->line_in_file,
			    f->column);
}

static void list_one(struct build_result *ret, struct map *seen, struct arena *tmp,
		     const struct finding *f, bool old)
{
	const char *place = place_of(tmp, f);

	if (map_has(seen, place))
		return;
	map_set(seen, place, NULL);
	*vec_add(&ret->findings) = (struct build_finding){ .f = copy(ret->arena, f), .old = old };
}

void warnings_list(const struct warnings *w, struct build_result *ret)
{
	AUTO_MAP struct map *seen = map_new();
	AUTO_ARENA struct arena *tmp = arena_new();

	/* What is new comes first, so that a place seen in both counts as new. */
	for (int old = 0; old <= 1; old++)
		for (size_t i = 0; i < map_len(w->objects); i++) {
			struct entry *e = entry_at(w, i);

			for (size_t k = 0; !e->absent && e->fresh == !old && k < e->list.len; k++)
				list_one(ret, seen, tmp, &e->list.data[k], old);
		}
	vec_foreach(f, &w->loose)
		list_one(ret, seen, tmp, f, false);
}

static void write_finding(struct jwriter *jw, const struct finding *f)
{
	jw_obj(jw);
	jw_kstr_opt(jw, "severity", severity_name(f->severity));
	jw_kstr_opt(jw, "title", f->title);
	jw_kstr_opt(jw, "signature", f->signature);
	jw_kstr_opt(jw, "type", f->type);
	jw_kstr_opt(jw, "function", f->function);
	jw_kstr_opt(jw, "file", f->file);
	jw_kint(jw, "line_in_file", f->line_in_file);
	jw_kint(jw, "column", f->column);
	jw_kstr_opt(jw, "message", f->message);
	jw_kstr_opt(jw, "excerpt", f->excerpt);
	jw_obj_end(jw);
}

void warnings_write(const struct warnings *w, struct jwriter *jw)
{
	jw_arr(jw);
	for (size_t i = 0; i < map_len(w->objects); i++) {
		struct entry *e = entry_at(w, i);
		size_t lasting = 0;

		vec_foreach(f, &e->list)
			lasting += f->severity != SEVERITY_ERROR;
		if (!lasting)
			continue;
		jw_obj(jw);
		jw_kstr(jw, "object", e->object);
		jw_kbool(jw, "linked", e->linked);
		jw_kbool(jw, "absent", e->absent);
		jw_key(jw, "findings");
		jw_arr(jw);
		vec_foreach(f, &e->list)
			if (f->severity != SEVERITY_ERROR)
				write_finding(jw, f);
		jw_arr_end(jw);
		jw_obj_end(jw);
	}
	jw_arr_end(jw);
}

static unsigned small(const struct jnode *n, const char *key)
{
	int64_t v = jt_get_int(n, key, 0);

	return v < 0 || v > UINT32_MAX ? 0 : (unsigned)v;
}

static void read_finding(struct warnings *w, const char *object, const struct jnode *n)
{
	const char *severity = jt_get_str(n, "severity"), *signature = jt_get_str(n, "signature");
	struct finding f = {
		.kind = FINDING_BUILD,
		.severity = SEVERITY_WARNING,
		.object = object,
		.title = jt_get_str(n, "title"),
		.type = jt_get_str(n, "type"),
		.function = jt_get_str(n, "function"),
		.file = jt_get_str(n, "file"),
		.line_in_file = small(n, "line_in_file"),
		.column = small(n, "column"),
		.message = jt_get_str(n, "message"),
		.excerpt = jt_get_str(n, "excerpt"),
	};

	if (!f.title || !severity || !signature || strlen(signature) >= sizeof(f.signature))
		return;
	if (strcmp(severity, severity_name(SEVERITY_NOTE)) == 0)
		f.severity = SEVERITY_NOTE;
	snprintf(f.signature, sizeof(f.signature), "%s", signature);
	warnings_add(w, &f);
}

void warnings_read(struct warnings *w, const struct jnode *array)
{
	for (const struct jnode *o = array ? array->child : NULL; o; o = o->next) {
		const char *object = jt_get_str(o, "object");
		const struct jnode *list = jt_get(o, "findings");

		for (const struct jnode *n = object && list ? list->child : NULL; n; n = n->next)
			read_finding(w, object, n);
		struct entry *e = object ? map_get(w->objects, object) : NULL;
		if (e) {
			e->linked = jt_get_bool(o, "linked", false);
			e->absent = jt_get_bool(o, "absent", false);
		}
	}
	warnings_begin(w);
}
