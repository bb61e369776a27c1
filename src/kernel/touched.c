/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/touched.h"

#include "base/str.h"
#include "kernel/touched_internal.h"
#include "sys/file.h"

enum { CONFIG_SIZE_MAX = 16 << 20 };

/* A compiler of the kernel could see it, and it is there: what was deleted needs no compiling. */
static bool file_matters(const char *source, const char *file)
{
	static const char *const kinds[] = { ".c", ".h", ".S", ".rs", ".dts", ".dtsi", ".dtso" };
	static const char *const elsewhere[] = { "Documentation/", "LICENSES/", "scripts/",
						 "tools/" };
	struct view v = view_of(file);
	bool kind = false;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		kind |= view_ends(v, kinds[i]);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		kind &= !view_starts(v, elsewhere[i]);
	if (!kind)
		return false;
	AUTO_FREE char *path = path_join(source, file);
	return file_exists(path);
}

/* Symbols of the build that are y or m. */
static void read_config(const char *objects, struct map *ret)
{
	AUTO_FREE char *path = path_join(objects, ".config");
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line, name;

	if (file_read(path, CONFIG_SIZE_MAX, &text, &ignored) < 0)
		return;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		bool on = view_ends(line, "=y") || view_ends(line, "=m");
		if (!on || !view_split(&line, '=', &name))
			continue;
		AUTO_FREE char *symbol = mem_strndup(name.p, name.len);
		map_set(ret, symbol, NULL);
	}
}

static void set_symbols(struct arena *a, const char *source, const struct map *config,
			struct touched *t)
{
	AUTO_STRV struct strv symbols = { 0 };
	AUTO_STR struct str all = STR_INIT;

	touched_symbols(source, t->file, &symbols);
	vec_foreach(s, &symbols) {
		if (map_has(config, *s))
			continue;
		if (!t->symbol)
			t->symbol = arena_strdup(a, *s);
		str_addf(&all, "%s%s", all.len ? " " : "", *s);
	}
	if (all.len)
		t->symbols = arena_strdup(a, str_c(&all));
}

int touched_files(struct arena *a, const char *source, const char *objects,
		  const struct strv *files, struct touched_list *ret, struct err *err)
{
	AUTO_MAP struct map *config = map_new();
	struct touched_list list = { 0 };
	int r;

	vec_foreach(f, files)
		*vec_add(&list) = (struct touched){ .file = arena_strdup(a, *f),
						    .matters = file_matters(source, *f) };
	r = touched_objects(source, objects, &list, err);
	if (r < 0) {
		vec_release(&list);
		return r;
	}
	read_config(objects, config);
	vec_foreach(t, &list)
		if (t->matters && !t->compiled)
			set_symbols(a, source, config, t);
	*ret = list;
	return 0;
}
