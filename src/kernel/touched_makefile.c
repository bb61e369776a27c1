/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Under which symbols kbuild compiles a file (Documentation/kbuild/makefiles.rst), by reading Makefiles without running them:
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
#include "kernel/touched_internal.h"
#include "sys/file.h"

enum {
	MAKEFILE_SIZE_MAX = 4 << 20,
	NESTING_MAX = 32,	/* of conditions */
	PARTS_DEPTH_MAX = 6,	/* part of a part of ... */
	INCLUDE_DEPTH_MAX = 8,
	FOLDER_DEPTH_MAX = 32,
	INCLUDERS_MAX = 8,	/* siblings that include a file, looked at */
	SYMBOLS_MAX = 16,
};

struct assignment {
	char *name;		/* "obj-$(CONFIG_X)" */
	char *value;
	struct strv symbols;	/* of the conditions around it */
};
struct makefile { VEC(struct assignment) all; };

struct condition { struct strv symbols; bool negative; };

static void makefile_release(struct makefile *m)
{
	vec_foreach(a, &m->all) {
		free(a->name);
		free(a->value);
		strv_release(&a->symbols);
	}
	vec_release(&m->all);
}

/* Every CONFIG_X in @text. */
static void add_symbols(struct view text, struct strv *ret)
{
	ssize_t at;

	while ((at = view_find(text, "CONFIG_")) >= 0) {
		size_t n = strlen("CONFIG_");
		text = view_sub(text, (size_t)at, text.len);
		while (n < text.len && (isalnum((unsigned char)text.p[n]) || text.p[n] == '_'))
			n++;
		AUTO_FREE char *symbol = mem_strndup(text.p, n);
		if (n > strlen("CONFIG_") && !strv_has(ret, symbol) && ret->len < SYMBOLS_MAX)
			strv_add(ret, symbol);
		text = view_sub(text, n, text.len);
	}
}

/* ---- reading ---- */

/* The next line with its continuations joined and its comment gone. */
static bool next_line(struct view *rest, struct str *ret)
{
	struct view line;
	bool more = true;

	str_clear(ret);
	while (more && view_line(rest, &line)) {
		ssize_t hash = view_find_chr(line, '#');
		more = view_ends(line, "\\");
		str_addv(ret, hash >= 0 ? view_sub(line, 0, (size_t)hash) : view_sub(line, 0, line.len - more));
		str_addc(ret, ' ');
		if (!more || hash >= 0)
			return true;
	}
	return ret->len > 0;
}

/* "ifeq ($(CONFIG_X),y)" asks for X; "ifneq ($(CONFIG_X),)" too; "ifeq ($(CONFIG_X),)" for its absence. */
static bool is_negative(struct view text)
{
	struct view v = view_trim(text);
	bool empty = view_ends(v, ",)") || view_ends(v, ", )") || view_ends(v, "\"\"") || view_ends(v, "''") || view_ends(v, ",n)");

	if (view_starts(v, "ifndef"))
		return true;
	if (view_starts(v, "ifdef"))
		return false;
	return view_starts(v, "ifneq") ? !empty : empty;
}

/* "ifneq ($(CONFIG_A)$(CONFIG_B),)", "$(filter y,$(CONFIG_A) $(CONFIG_B))": one of them is enough. */
static void add_condition(struct view text, struct strv *ret)
{
	bool any = view_starts(text, "ifneq") || view_find(text, "$(filter") >= 0;
	AUTO_STRV struct strv all = { 0 };

	add_symbols(text, &all);
	for (size_t i = 0; i < all.len && (i < 1 || !any); i++)
		strv_add(ret, all.data[i]);
}

/* Handle a line of conditions; false: it is none. */
static bool condition_line(struct condition *stack, size_t *depth, struct view line)
{
	if (view_starts(line, "if") && (view_starts(line, "ifdef ") || view_starts(line, "ifndef ") ||
	    view_starts(line, "ifeq") || view_starts(line, "ifneq"))) {
		if (*depth < NESTING_MAX) {
			stack[*depth] = (struct condition){ .negative = is_negative(line) };
			add_condition(line, &stack[*depth].symbols);
		}
		(*depth)++;
		return true;
	}
	if (view_starts(line, "else")) {
		struct condition *c = *depth && *depth <= NESTING_MAX ? &stack[*depth - 1] : NULL;
		struct view rest = view_trim(view_sub(line, 4, line.len));
		if (c && rest.len) {
			strv_release(&c->symbols);
			add_condition(rest, &c->symbols);
			c->negative = is_negative(rest);
		} else if (c) {
			c->negative = !c->negative;
		}
		return true;
	}
	if (!view_starts(line, "endif"))
		return false;
	if (*depth && --*depth < NESTING_MAX)
		strv_release(&stack[*depth].symbols);
	return true;
}

/* "$(addprefix libxfs/, xfs_ag.o xfs_alloc.o)" to "libxfs/xfs_ag.o libxfs/xfs_alloc.o"; other text as it is. */
static void add_value(struct str *out, struct view value)
{
	struct view call, prefix, word;
	ssize_t at;

	while ((at = view_find(value, "$(addprefix ")) >= 0) {
		str_addv(out, view_sub(value, 0, (size_t)at));
		value = view_sub(value, (size_t)at + strlen("$(addprefix "), value.len);
		view_split(&value, ')', &call);
		if (!view_split(&call, ',', &prefix))
			return;
		prefix = view_trim(prefix);
		call = view_trim(call);
		while (view_split(&call, ' ', &word)) {
			str_addc(out, ' ');
			if (word.len)
				str_addv(out, prefix);
			str_addv(out, word);
		}
	}
	str_addv(out, value);
}

static void assignment_line(struct makefile *m, const struct condition *stack, size_t depth, struct view line)
{
	ssize_t eq = view_find_chr(line, '=');
	AUTO_STR struct str value = STR_INIT;
	struct view name;

	if (eq <= 0)
		return;
	name = view_sub(line, 0, (size_t)eq);
	while (name.len && strchr("+:?", name.p[name.len - 1]))
		name.len--;
	name = view_trim(name);
	add_value(&value, view_trim(view_sub(line, (size_t)eq + 1, line.len)));
	struct assignment *a = vec_add(&m->all);
	a->name = mem_strndup(name.p, name.len);
	a->value = str_take(&value);
	for (size_t i = 0; i < depth && i < NESTING_MAX; i++)
		if (!stack[i].negative)
			strv_add_all(&a->symbols, &stack[i].symbols);
}

static bool makefile_read(const char *dir, const char *name, int depth, struct makefile *ret);

/* "include $(src)/nvkm/Kbuild": part of this one, with names relative to this one's folder. */
static bool include_line(struct makefile *m, const char *dir, int depth, struct view line)
{
	if (!view_skip(&line, "include ") && !view_skip(&line, "-include "))
		return false;
	line = view_trim(line);
	view_skip(&line, "$(srctree)/");
	if (view_skip(&line, "$(src)/") && view_find(line, "..") < 0 && depth < INCLUDE_DEPTH_MAX) {
		AUTO_FREE char *name = mem_strndup(line.p, line.len);
		makefile_read(dir, name, depth + 1, m);
	}
	return true;
}

/* File @name in folder @dir, which is what $(src) means in it. */
static bool makefile_read(const char *dir, const char *name, int depth, struct makefile *ret)
{
	AUTO_FREE char *path = path_join(dir, name);
	struct condition stack[NESTING_MAX] = { 0 };
	AUTO_STR struct str text = STR_INIT, line = STR_INIT;
	struct err ignored = { 0 };
	struct view rest;
	size_t nested = 0;

	if (file_read(path, MAKEFILE_SIZE_MAX, &text, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (next_line(&rest, &line)) {
		struct view v = str_view(&line);
		bool tab = v.p[0] == '\t';	/* a recipe, or an assignment between ifdef and endif */
		v = view_trim(v);
		if (tab || (!condition_line(stack, &nested, v) && !include_line(ret, dir, depth, v)))
			assignment_line(ret, stack, nested, v);
	}
	for (size_t i = 0; i < NESTING_MAX; i++)
		strv_release(&stack[i].symbols);
	return true;
}

/* ---- searching ---- */

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
	static const char *const lists[] = { "obj", "lib", "core", "libs", "drivers", "head", "extra", "always", "subdir", "targets",
					     "setup", "vmlinux-objs" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (view_eq(list, lists[i]))
			return true;
	return false;
}

static bool find_word(const struct makefile *m, const char *word, int depth, struct strv *ret);

/* "foo-y", "foo-objs", "foo-$(CONFIG_X)": @word is part of foo.o; any NAME: it is where $(NAME) stands. */
static bool find_list(const struct makefile *m, const struct assignment *a, int depth, struct strv *ret)
{
	const char *dollar = strchr(a->name, '$');
	struct view name = view_sub(view_of(a->name), 0, dollar ? (size_t)(dollar - a->name) : strlen(a->name)), list = name;
	const char *dash = memrchr(name.p, '-', name.len);

	if (dash)
		list = view_sub(name, 0, (size_t)(dash - name.p));
	add_symbols(view_of(a->name), ret);
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
 * Where @word stands in a list, the symbols on the way to a final one are added to @ret. Of several ways the one with the fewest,
 * but for a folder/ none: what the file itself needs opens one of them ("obj-$(CONFIG_USB) += usb/" and twelve more).
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
		if (makefile_read(folder, names[i], 0, &m))
			found = find_word(&m, word, 0, ret);
		makefile_release(&m);
	}
	return found;
}

/*
 * @name, relative to folder @dir, is looked for there, then as "dir/name" one folder up, and so on. *ret_dir (heap): where it
 * was found.
 */
static bool find_up(const char *source, const char *dir, const char *name, struct strv *ret, char **ret_dir)
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

/* Symbols of the folders from @dir up; a folder that nobody names is taken for one that is always built. */
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

	if (file_read(path, MAKEFILE_SIZE_MAX, &text, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		ssize_t at;
		if (!view_skip(&line, "#") || !view_starts(line = view_trim(line), "include"))
			continue;
		at = view_find(line, base);
		if (at > 0 && strchr("\"</", line.p[at - 1]) && (size_t)at + n < line.len && strchr("\">", line.p[(size_t)at + n]))
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
		if (!view_ends(view_of(names.data[i]), ".c") || !strcmp(names.data[i], base) || !includes(path, base))
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
