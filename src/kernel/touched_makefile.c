/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Under which symbols kbuild compiles a file (Documentation/kbuild/makefiles.rst), by reading
 * Makefiles without running them:
 *
 *   obj-$(CONFIG_E1000E) += e1000e.o		an object, or a folder/ to descend into
 *   e1000e-y := 82571.o netdev.o		parts of e1000e.o
 *   e1000e-$(CONFIG_X) += extra.o		more of them
 *   PARTS := a.o b.o				names used as $(PARTS)
 *   ifdef CONFIG_Y ... endif			and all of it on condition
 *
 * From the file's own folder up to the top: every folder may be conditional too.
 */
#include <ctype.h>

#include "base/str.h"
#include "kernel/makefile.h"
#include "kernel/touched_internal.h"
#include "sys/file.h"

enum {
	SOURCE_SIZE_MAX = 16 << 20,
	PARTS_DEPTH_MAX = 6, /* part of a part of ... */
	FOLDER_DEPTH_MAX = 32,
	INCLUDERS_MAX = 8, /* siblings that include a file, looked at */
};

static bool has_word(const char *text, const char *word)
{
	struct view rest = view_of(text);
	size_t n = strlen(word);

	while (rest.len) {
		size_t len = 0;
		view_skip(&rest, "$(obj)/");
		while (len < rest.len && !isspace((unsigned char)rest.p[len]))
			len++;
		if (len == n && !memcmp(rest.p, word, n))
			return true;
		rest = view_trim(view_sub(rest, len, rest.len));
	}
	return false;
}

/* Lists that kbuild itself reads: what is in them is compiled. */
static bool is_final(struct view list)
{
	static const char *const lists[] = { "obj",	"lib",	   "core",  "libs",
					     "drivers", "head",	   "extra", "always",
					     "subdir",	"targets", "setup", "vmlinux-objs" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (view_eq(list, lists[i]))
			return true;
	return false;
}

static bool find_word(const struct makefile *m, const char *word, int depth, struct strv *ret);

/*
 * "foo-y", "foo-objs", "foo-$(CONFIG_X)": @word is part of foo.o; any NAME: it is where $(NAME)
 * stands.
 */
static bool find_list(const struct makefile *m, const struct assignment *a, int depth,
		      struct strv *ret)
{
	const char *dollar = strchr(a->name, '$');
	struct view name = view_sub(view_of(a->name), 0,
				    dollar ? (size_t)(dollar - a->name) : strlen(a->name)),
		    list = name;
	const char *dash = memrchr(name.p, '-', name.len);

	if (dash)
		list = view_sub(name, 0, (size_t)(dash - name.p));
	makefile_symbols(view_of(a->name), ret);
	strv_add_all(ret, &a->symbols);
	if (dash && is_final(list))
		return true;
	if (dash) {
		AUTO_FREE char *whole = mem_printf("%.*s.o", (int)list.len, list.p);
		if (find_word(m, whole, depth + 1, ret))
			return true;
	}
	/* "gt-$(CONFIG_X)" is used as $(gt-y). */
	AUTO_FREE char *used = mem_printf("$(%.*s%s)", (int)name.len, name.p, dollar ? "y" : "");
	return find_word(m, used, depth + 1, ret);
}

/*
 * Where @word stands in a list, the symbols on the way to a final one are added to @ret. Of
 * several ways the one with the fewest, but for a folder/ none: what the file itself needs opens
 * one of them ("obj-$(CONFIG_USB) += usb/" and twelve more).
 */
static bool find_word(const struct makefile *m, const char *word, int depth, struct strv *ret)
{
	struct strv best = { 0 };
	size_t ways = 0;

	if (depth > PARTS_DEPTH_MAX)
		return false;
	vec_foreach(a, &m->all) {
		struct strv way = { 0 };
		bool found = has_word(a->value, word) && find_list(m, a, depth, &way);
		ways += found;
		if (!found || (ways > 1 && way.len >= best.len)) {
			strv_release(&way);
			continue;
		}
		strv_release(&best);
		best = way;
	}
	for (size_t i = 0; i < best.len && (ways == 1 || !view_ends(view_of(word), "/")); i++)
		if (!strv_has(ret, best.data[i]))
			strv_add(ret, best.data[i]);
	strv_release(&best);
	return ways > 0;
}

/* Search Kbuild, or Makefile where there is none, of folder @dir ("" is the top). */
static bool find_in(const char *source, const char *dir, const char *word, struct strv *ret)
{
	static const char *const names[] = { "Kbuild", "Makefile" };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !found; i++) {
		AUTO_FREE char *folder = path_join(source, *dir ? dir : ".");
		struct makefile m = { 0 };
		if (makefile_read(folder, names[i], &m))
			found = find_word(&m, word, 0, ret);
		makefile_release(&m);
	}
	return found;
}

/*
 * @name, relative to folder @dir, is looked for there, then as "dir/name" one folder up, and so
 * on. *ret_dir (heap): where it was found.
 */
static bool find_up(const char *source, const char *dir, const char *name, struct strv *ret,
		    char **ret_dir)
{
	AUTO_FREE char *at = mem_strdup(dir), *word = mem_strdup(name);

	for (int i = 0; i < FOLDER_DEPTH_MAX; i++) {
		if (find_in(source, at, word, ret)) {
			*ret_dir = TAKE(at);
			return true;
		}
		/* arch/x86/Makefile names folders from the top on. */
		if (view_starts(view_of(at), "arch/") && !strchr(at + 5, '/')) {
			AUTO_FREE char *full = mem_printf("%s/%s", at, word);
			if (find_in(source, at, full, ret)) {
				*ret_dir = mem_strdup("");
				return true;
			}
		}
		if (!*at)
			return false;
		char *slash = strrchr(at, '/'), *last = slash ? slash + 1 : at;
		char *longer = mem_printf("%s/%s", last, word);
		free(word);
		word = longer;
		*(slash ? slash : at) = '\0';
	}
	return false;
}

/*
 * Symbols of the folders from @dir up; a folder that nobody names is taken for one that is always
 * built.
 */
static void find_folders(const char *source, const char *dir, struct strv *ret)
{
	AUTO_FREE char *at = mem_strdup(dir);

	for (int i = 0; *at && i < FOLDER_DEPTH_MAX; i++) {
		char *slash = strrchr(at, '/'), *found = NULL;
		AUTO_FREE char *name = mem_printf("%s/", slash ? slash + 1 : at);
		*(slash ? slash : at) = '\0';
		if (!find_up(source, at, name, ret, &found))
			return;
		free(at);
		at = found;
	}
}

static bool find_object(const char *source, const char *dir, const char *object, struct strv *ret)
{
	AUTO_FREE char *found = NULL;

	if (!find_up(source, dir, object, ret, &found))
		return false;
	find_folders(source, found, ret);
	return true;
}

/* Does @path have '#include "base"' (or <base>) in it, at any depth of folders before the name? */
static bool includes(const char *path, const char *base)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	size_t n = strlen(base);

	if (file_read(path, SOURCE_SIZE_MAX, &text, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		ssize_t at;
		if (!view_skip(&line, "#") || !view_starts(line = view_trim(line), "include"))
			continue;
		at = view_find(line, base);
		if (at > 0 && strchr("\"</", line.p[at - 1]) && (size_t)at + n < line.len &&
		    strchr("\">", line.p[(size_t)at + n]))
			return true;
	}
	return false;
}

/* A file that is no object of its own: a sibling that includes it tells. */
static void find_includer(const char *source, const char *dir, const char *base, struct strv *ret)
{
	AUTO_FREE char *folder = path_join(source, *dir ? dir : ".");
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };
	int looked = 0;

	if (dir_list(folder, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.len && looked < INCLUDERS_MAX; i++) {
		size_t stem = strlen(names.data[i]) - 2;
		AUTO_FREE char *path = path_join(folder, names.data[i]);
		if (!view_ends(view_of(names.data[i]), ".c") || !strcmp(names.data[i], base) ||
		    !includes(path, base))
			continue;
		AUTO_FREE char *object = mem_printf("%.*s.o", (int)stem, names.data[i]);
		looked++;
		if (find_object(source, dir, object, ret))
			return;
	}
}

void touched_symbols(const char *source, const char *file, struct strv *ret)
{
	const char *base = path_base(file), *dot = strrchr(base, '.');
	AUTO_FREE char *dir = mem_strndup(file, base > file ? (size_t)(base - file - 1) : 0);
	AUTO_FREE char *object = mem_printf("%.*s.o", (int)(dot ? dot - base : 0), base);
	bool header = view_ends(view_of(base), ".h");

	if (!dot || (!header && find_object(source, dir, object, ret)))
		return;
	find_includer(source, dir, base, ret);
}
