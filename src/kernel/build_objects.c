/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which objects are part of what was linked, by kbuild's own lists: vmlinux.a and lib.a (thin archives: names only), and the
 * .mod files of the modules in modules.order.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/build_internal.h"
#include "sys/file.h"

enum { AR_HEADER = 60 }; /* ar(5): name 16, date 12, owner 6, group 6, mode 8, size 10, "`\n" */

/* "lib/../fs/a.o" and "./fs/a.o" are fs/a.o. */
static void add_object(struct map *set, struct view name)
{
	AUTO_STR struct str out = STR_INIT;
	struct view part;

	while (view_split(&name, '/', &part)) {
		if (!part.len || view_eq(part, "."))
			continue;
		if (view_eq(part, "..")) {
			while (out.len && out.data[--out.len] != '/')
				;
			if (out.data)
				out.data[out.len] = '\0';
			continue;
		}
		if (out.len)
			str_addc(&out, '/');
		str_addv(&out, part);
	}
	if (out.len)
		map_set(set, str_c(&out), NULL);
}

/* Thin archives keep all names in one member "//", each ended by "/\n"; LLVM's ar and GNU's agree on that. */
static void add_archive(struct map *set, const char *path)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;

	if (file_read(path, LIST_FILE_MAX, &text, &ignored) < 0)
		return;
	rest = str_view(&text);
	if (!view_skip(&rest, "!<thin>\n"))
		return;
	while (rest.len >= AR_HEADER) {
		uint64_t size = 0;
		struct view header = view_sub(rest, 0, AR_HEADER);

		if (view_u64(view_trim(view_sub(header, 48, 10)), 10, &size) < 0)
			return;
		rest = view_sub(rest, AR_HEADER, rest.len);
		if (view_starts(header, "// ")) {
			rest = view_sub(rest, 0, size);
			while (view_line(&rest, &line))
				if (view_ends(line, "/"))
					add_object(set, view_sub(line, 0, line.len - 1));
			return;
		}
		/* Of the other members only the symbol table has bytes here. */
		if (view_starts(header, "/ ") || view_starts(header, "/SYM64/ "))
			rest = view_sub(rest, size + (size & 1), rest.len);
	}
}

/* modules.order names fs/ext4/ext4.o (before Linux 6.3 .ko); fs/ext4/ext4.mod lists what it is linked from. */
static void add_modules(struct map *set, const char *objects)
{
	AUTO_FREE char *order = path_join(objects, "modules.order");
	AUTO_STR struct str text = STR_INIT, parts = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line, field;

	if (file_read(order, LIST_FILE_MAX, &text, &ignored) < 0)
		return;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		struct view stem = view_sub(line, 0,
					    line.len - (view_ends(line, ".ko") ? 3 :
							view_ends(line, ".o")  ? 2 :
										 0));
		AUTO_FREE char *name = mem_printf("%s/" VIEW_FMT ".mod", objects, VIEW_ARG(stem));
		AUTO_FREE char *object = mem_printf(VIEW_FMT ".o", VIEW_ARG(stem));
		AUTO_FREE char *ko = mem_printf(VIEW_FMT ".ko", VIEW_ARG(stem));
		AUTO_FREE char *mod = mem_printf(VIEW_FMT ".mod.o", VIEW_ARG(stem));

		add_object(set, view_of(object));
		add_object(set, view_of(ko));
		add_object(set, view_of(mod));
		str_clear(&parts);
		if (file_read(name, LIST_FILE_MAX, &parts, &ignored) < 0)
			continue;
		struct view list = str_view(&parts), one;
		while (view_line(&list, &one))
			while (view_split(&one, ' ', &field))
				add_object(set, field);
	}
}

struct alive {
	const char *objects;
	struct map *linked;
};

static enum warnings_part part_of(const char *object, void *data)
{
	const struct alive *alive = data;
	AUTO_FREE char *path = path_join(alive->objects, object);

	if (map_has(alive->linked, object))
		return WARNINGS_LINKED;
	return file_exists(path) ? WARNINGS_LOOSE : WARNINGS_GONE;
}

void build_prune(struct build *b)
{
	AUTO_MAP struct map *linked = map_new();

	if (warnings_empty(b->warnings))
		return;
	AUTO_FREE char *lib = mem_printf("arch/%s/lib/lib.a", b->arch->folder);
	const char *const archives[] = { "vmlinux.a", "built-in.a", "lib/lib.a", lib };
	for (size_t i = 0; i < ARRAY_SIZE(archives); i++) {
		AUTO_FREE char *path = path_join(b->objects, archives[i]);
		add_archive(linked, path);
	}
	/* Without modules, modules.order tells of a build that had some. */
	if (b->spec->modules && b->has_modules)
		add_modules(linked, b->objects);
	warnings_prune(b->warnings, part_of, &(struct alive){ b->objects, linked });
}

/* "source_kernel/exit.o := ../src/kernel/exit.c" of a .cmd file, relative to the source; empty: another, or none. */
static struct view source_of(const struct build *b, struct view text)
{
	struct view line, none = VIEW("");

	while (view_line(&text, &line)) {
		ssize_t at = view_starts(line, "source_") ? view_find(line, " := ") : -1;

		if (at < 0)
			continue;
		line = view_trim(view_sub(line, (size_t)at + 4, line.len));
		if (view_skip(&line, "../src/") ||
		    (view_skip(&line, b->link) && view_skip(&line, "/")))
			return line;
		return none;
	}
	return none;
}

static int remove_orphan(const char *rel, const struct stat *st, void *data, struct err *err)
{
	const struct build *b = data;
	struct view name = view_of(path_base(rel));
	AUTO_FREE char *cmd = path_join(b->objects, rel), *source = NULL, *object = NULL;
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };

	if (!S_ISREG(st->st_mode) || name.p[0] != '.' || !view_ends(name, ".o.cmd") ||
	    file_read(cmd, LIST_FILE_MAX, &text, &ignored) < 0)
		return 0;
	struct view from = source_of(b, str_view(&text));
	source = mem_printf("%s/" VIEW_FMT, b->src->dir, VIEW_ARG(from));
	if (!from.len || file_exists(source))
		return 0;
	object = mem_printf("%s/%.*s%.*s", b->objects, (int)(name.p - rel), rel,
			    (int)(name.len - strlen(".") - strlen(".cmd")), name.p + 1);
	if ((unlink(object) < 0 && errno != ENOENT) || (unlink(cmd) < 0 && errno != ENOENT))
		return err_sys(err, "%s", object);
	return 0;
}

int build_remove_orphans(struct build *b, struct err *err)
{
	if (b->ret->lock.fresh ||
	    (b->state.tree && b->src->content && strcmp(b->state.tree, b->src->content) == 0))
		return 0;
	return dir_walk(b->objects, remove_orphan, b, err);
}
