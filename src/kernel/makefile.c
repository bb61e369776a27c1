/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/makefile.h"

#include <ctype.h>
#include <stdlib.h>

#include "sys/file.h"

enum {
	MAKEFILE_SIZE_MAX = 4 << 20,
	NESTING_MAX = 32, /* of conditions */
	INCLUDE_DEPTH_MAX = 8,
	SYMBOLS_MAX = 16,
};

struct condition {
	struct strv symbols;
	bool negative;
};

void makefile_release(struct makefile *m)
{
	vec_foreach(a, &m->all) {
		free(a->name);
		free(a->value);
		strv_release(&a->symbols);
	}
	vec_release(&m->all);
}

void makefile_symbols(struct view text, struct strv *ret)
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

/* The next line with its continuations joined and its comment gone. */
static bool next_line(struct view *rest, struct str *ret)
{
	struct view line;
	bool more = true;

	str_clear(ret);
	while (more && view_line(rest, &line)) {
		ssize_t hash = view_find_chr(line, '#');
		more = view_ends(line, "\\");
		str_addv(ret, hash >= 0 ? view_sub(line, 0, (size_t)hash) :
					  view_sub(line, 0, line.len - more));
		str_addc(ret, ' ');
		if (!more || hash >= 0)
			return true;
	}
	return ret->len > 0;
}

/*
 * "ifeq ($(CONFIG_X),y)" asks for X; "ifneq ($(CONFIG_X),)" too; "ifeq ($(CONFIG_X),)" for its
 * absence.
 */
static bool is_negative(struct view text)
{
	struct view v = view_trim(text);
	bool empty = view_ends(v, ",)") || view_ends(v, ", )") || view_ends(v, "\"\"") ||
		     view_ends(v, "''") || view_ends(v, ",n)");

	if (view_starts(v, "ifndef"))
		return true;
	if (view_starts(v, "ifdef"))
		return false;
	return view_starts(v, "ifneq") ? !empty : empty;
}

/*
 * "ifneq ($(CONFIG_A)$(CONFIG_B),)", "$(filter y,$(CONFIG_A) $(CONFIG_B))": one of them is enough.
 */
static void add_condition(struct view text, struct strv *ret)
{
	bool any = view_starts(text, "ifneq") || view_find(text, "$(filter") >= 0;
	AUTO_STRV struct strv all = { 0 };

	makefile_symbols(text, &all);
	for (size_t i = 0; i < all.len && (i < 1 || !any); i++)
		strv_add(ret, all.data[i]);
}

/* Handle a line of conditions; false: it is none. */
static bool condition_line(struct condition *stack, size_t *depth, struct view line)
{
	if (view_starts(line, "if") &&
	    (view_starts(line, "ifdef ") || view_starts(line, "ifndef ") ||
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

/*
 * "$(addprefix libxfs/, xfs_ag.o xfs_alloc.o)" to "libxfs/xfs_ag.o libxfs/xfs_alloc.o"; other text
 * as it is.
 */
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

static void assignment_line(struct makefile *m, const struct condition *stack, size_t depth,
			    struct view line)
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

static bool read_file(const char *dir, const char *name, int depth, struct makefile *ret);

/* "include $(src)/nvkm/Kbuild": part of this one, with names relative to this one's folder. */
static bool include_line(struct makefile *m, const char *dir, int depth, struct view line)
{
	if (!view_skip(&line, "include ") && !view_skip(&line, "-include "))
		return false;
	line = view_trim(line);
	view_skip(&line, "$(srctree)/");
	if (view_skip(&line, "$(src)/") && view_find(line, "..") < 0 && depth < INCLUDE_DEPTH_MAX) {
		AUTO_FREE char *name = mem_strndup(line.p, line.len);
		read_file(dir, name, depth + 1, m);
	}
	return true;
}

/* File @name in folder @dir, which is what $(src) means in it. */
static bool read_file(const char *dir, const char *name, int depth, struct makefile *ret)
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
		bool tab = v.p[0] == '\t'; /* a recipe, or an assignment between ifdef and endif */
		v = view_trim(v);
		if (tab ||
		    (!condition_line(stack, &nested, v) && !include_line(ret, dir, depth, v)))
			assignment_line(ret, stack, nested, v);
	}
	for (size_t i = 0; i < NESTING_MAX; i++)
		strv_release(&stack[i].symbols);
	return true;
}

bool makefile_read(const char *dir, const char *name, struct makefile *ret)
{
	return read_file(dir, name, 0, ret);
}
