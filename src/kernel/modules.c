/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/modules.h"

#include <sys/stat.h>

#include "base/str.h"
#include "kernel/artifacts_elf.h"
#include "sys/archive.h"
#include "sys/file.h"

enum { LIST_MAX = 16 << 20, MODINFO_MAX = 4 << 20 };

/* "snd-hda-intel" and "snd_hda_intel" are one module (kernel/module/main.c). */
static char *canonical(struct view name)
{
	char *s = mem_strndup(name.p, name.len);

	for (char *p = s; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return s;
}

/* "loop" of "kernel/drivers/block/loop.ko.xz"; empty: no module. */
static struct view stem(const char *path)
{
	const char *base = path_base(path);
	struct view v = view_of(base);
	ssize_t at = view_find(v, ".ko");

	if (at <= 0 || (base[at + 3] && base[at + 3] != '.'))
		return VIEW("");
	return view_sub(v, 0, (size_t)at);
}

struct index {
	struct arena *a;
	const char *dir, *work;
	struct map *paths;  /* canonical name: path below dir */
	struct map *done;   /* names being resolved, or resolved */
	struct str aliases; /* modules.alias, once it was needed */
	struct module_files *ret;
};

static int index_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct index *x = data;
	struct view name = stem(rel);

	(void)err;
	if (!S_ISREG(st->st_mode) || !name.len)
		return 0;
	AUTO_FREE char *key = canonical(name);
	map_set(x->paths, key, arena_strdup(x->a, rel));
	return 0;
}

/* modules.builtin lists "kernel/fs/ext4/ext4.ko", one to a line. */
bool module_built_in(const char *dir, const char *name)
{
	AUTO_FREE char *path = path_join(dir, "modules.builtin"),
		       *wanted = canonical(view_of(name));
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	bool found = false;

	if (file_read(path, LIST_MAX, &text, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (!found && view_line(&rest, &line)) {
		AUTO_FREE char *entry = mem_strndup(line.p, line.len);
		AUTO_FREE char *key = canonical(stem(entry));

		found = strcmp(key, wanted) == 0;
	}
	return found;
}

static int unknown(const struct index *x, const char *name, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };

	for (size_t i = 0; i < map_len(x->paths); i++)
		strv_add(&names, map_at(x->paths, i, NULL));
	strv_sort(&names);
	const char *near = str_nearest(name, (const char *const *)names.data, names.len);

	return err_set(err, ERR_NOT_FOUND, "kernel %s has no module '%s'%s%s%s", path_base(x->dir),
		       name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int resolve(struct index *x, const char *name, bool optional, struct err *err);

/*
 * A soft dependency may name what a module provides: ext4's "crc32c" is crc32c_generic, and crc32c_intel too. depmod(8)'s
 * modules.alias knows, where there is one: "alias crc32c crc32c_generic".
 */
static int resolve_alias(struct index *x, const char *name, struct err *err)
{
	AUTO_FREE char *path = path_join(x->dir, "modules.alias");
	struct view rest, line;
	int r = 0;

	if (!x->aliases.len)
		file_read(path, LIST_MAX, &x->aliases, &(struct err){ 0 });
	rest = str_view(&x->aliases);
	while (r == 0 && view_line(&rest, &line)) {
		struct view provided;

		if (!view_skip(&line, "alias ") || !view_split(&line, ' ', &provided))
			continue;
		AUTO_FREE char *key = canonical(provided), *module = canonical(line);
		if (strcmp(key, name) == 0 && map_has(x->paths, module))
			r = resolve(x, module, true, err);
	}
	return r;
}

/* "depends=a,b" and "softdep=pre: a b post: c", each ended by a NUL, in .modinfo. */
static int resolve_modinfo(struct index *x, struct view info, bool optional, struct err *err)
{
	struct view entry, one;
	int r = 0;

	while (r == 0 && view_split(&info, '\0', &entry)) {
		bool soft = view_skip(&entry, "softdep="), pre = false;

		if (!soft && !view_skip(&entry, "depends="))
			continue;
		while (r == 0 && view_split(&entry, soft ? ' ' : ',', &one)) {
			if (soft && view_ends(one, ":")) {
				pre = view_eq(one, "pre:");
				continue;
			}
			AUTO_FREE char *name = canonical(one);
			if (one.len && (!soft || pre))
				r = resolve(x, name, optional || soft, err);
		}
	}
	return r;
}

static int resolve(struct index *x, const char *name, bool optional, struct err *err)
{
	const char *rel = map_get(x->paths, name);

	if (map_has(x->done, name))
		return 0;
	map_set(x->done, name, NULL);
	if (!rel && optional)
		return resolve_alias(x, name, err);
	if (!rel)
		return module_built_in(x->dir, name) ? 0 : unknown(x, name, err);
	if (map_len(x->done) > MODULE_DEPENDS_MAX)
		return err_set(err, ERR_LIMIT, "module %s needs more than %d others", name,
			       MODULE_DEPENDS_MAX);
	AUTO_FREE char *from = path_join(x->dir, rel), *to = mem_printf("%s/%s.ko", x->work, name),
		       *section = mem_printf("%s/%s.modinfo", x->work, name);
	AUTO_STR struct str info = STR_INIT;
	bool found = false;
	int r = file_exists(to) ? 0 : unpack_file(from, to, err);

	if (r == 0)
		r = artifact_section(to, ".modinfo", section, &found, err);
	if (r == 0 && found)
		r = file_read(section, MODINFO_MAX, &info, err);
	if (r == 0)
		r = resolve_modinfo(x, str_view(&info), optional, err);
	if (r == 0)
		*vec_add(x->ret) = (struct module_file){ arena_strdup(x->a, to), optional };
	if (r == -ERR_NOT_FOUND && optional)
		return 0; /* it lacks something: without it, then */
	return r < 0 ? err_context(err, "module %s", name) : 0;
}

int module_files(struct arena *a, const char *dir, const char *name, const char *work,
		 struct module_files *ret, struct err *err)
{
	AUTO_MAP struct map *paths = map_new(), *done = map_new();
	AUTO_FREE char *key = canonical(view_of(name));
	struct index x = {
		.a = a, .dir = dir, .work = work, .paths = paths, .done = done, .ret = ret
	};
	int r = dir_make(work, err);

	if (r == 0)
		r = dir_walk(dir, index_one, &x, err);
	if (r == 0)
		r = resolve(&x, key, false, err);
	str_release(&x.aliases);
	return r;
}

int modules_list(const char *dir, struct strv *ret, struct err *err)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_MAP struct map *paths = map_new();
	struct index x = { .a = a, .dir = dir, .paths = paths };
	int r = dir_walk(dir, index_one, &x, err);

	for (size_t i = 0; r == 0 && i < map_len(paths); i++)
		strv_add(ret, map_at(paths, i, NULL));
	strv_sort(ret);
	return r;
}
