/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kassay.json of a build folder. */
#include "kernel/build_internal.h"
#include "sys/file.h"

enum { STATE_VERSION = 1 };

static void read_wants(struct build *b, const struct jnode *array)
{
	for (const struct jnode *n = array ? array->child : NULL; n; n = n->next) {
		struct config_want *want = vec_add(&b->ret->wants);

		want->symbol = arena_strdup(b->arena, jt_get_str(n, "symbol"));
		want->value = arena_strdup(b->arena, jt_get_str(n, "value"));
		want->from = arena_strdup(b->arena, jt_get_str(n, "from"));
		want->got = arena_strdup(b->arena, jt_get_str(n, "got"));
		want->unmet = arena_strdup(b->arena, jt_get_str(n, "unmet"));
		want->where = arena_strdup(b->arena, jt_get_str(n, "where"));
		want->optional = jt_get_bool(n, "optional", false);
		if (!want->symbol || !want->value || !want->from)
			b->ret->wants.len--;
	}
}

bool build_state_read(struct build *b)
{
	AUTO_FREE char *path = path_join(b->dir, "kassay.json");
	AUTO_STR struct str text = STR_INIT;
	AUTO_ARENA struct arena *tmp = arena_new();
	struct err ignored = { 0 };
	struct jnode *root;

	if (file_read(path, BUILD_STATE_MAX, &text, &ignored) < 0 ||
	    jt_parse(tmp, path, str_view(&text), &root, &ignored) < 0 ||
	    jt_get_int(root, "version", 0) != STATE_VERSION)
		return false;
	const char *source = jt_get_str(root, "source");
	if (!source || strcmp(source, b->src->dir) != 0)
		return false;
	b->state = (struct build_state){
		.source = b->src->dir,
		.request = arena_strdup(b->arena, jt_get_str(root, "request")),
		.config_sha256 = arena_strdup(b->arena, jt_get_str(root, "config_sha256")),
		.modules = arena_strdup(b->arena, jt_get_str(root, "modules")),
		.tree = arena_strdup(b->arena, jt_get_str(root, "tree")),
	};
	read_wants(b, jt_get(root, "wants"));
	warnings_read(b->warnings, jt_get(root, "warnings"));
	return true;
}

static void write_wants(const struct build *b, struct jwriter *jw)
{
	jw_arr(jw);
	vec_foreach(want, &b->ret->wants) {
		jw_obj(jw);
		jw_kstr(jw, "symbol", want->symbol);
		jw_kstr(jw, "value", want->value);
		jw_kstr(jw, "from", want->from);
		jw_kstr_opt(jw, "got", want->got);
		jw_kstr_opt(jw, "unmet", want->unmet);
		jw_kstr_opt(jw, "where", want->where);
		jw_kbool(jw, "optional", want->optional);
		jw_obj_end(jw);
	}
	jw_arr_end(jw);
}

int build_state_write(const struct build *b, struct err *err)
{
	AUTO_FREE char *path = path_join(b->dir, "kassay.json");
	AUTO_STR struct str text = STR_INIT;
	struct jwriter jw;

	jw_init(&jw, &text, 1);
	jw_obj(&jw);
	jw_kint(&jw, "version", STATE_VERSION);
	jw_kstr(&jw, "source", b->src->dir);
	jw_kstr_opt(&jw, "request", b->state.request);
	jw_kstr_opt(&jw, "config_sha256", b->state.config_sha256);
	jw_kstr_opt(&jw, "modules", b->state.modules);
	jw_kstr_opt(&jw, "tree", b->state.tree);
	jw_key(&jw, "wants");
	write_wants(b, &jw);
	jw_key(&jw, "warnings");
	warnings_write(b->warnings, &jw);
	jw_obj_end(&jw);
	str_addc(&text, '\n');
	return file_write(path, str_view(&text), 0644, err);
}
