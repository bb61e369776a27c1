/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a build compiled, read from what kbuild leaves: beside every target X/foo.o is
 * X/.foo.o.cmd with the command and what it depends on (scripts/basic/fixdep.c). Followed from
 * what was linked, so that objects of an earlier configuration do not count:
 *
 *   vmlinux.a, lib.a (ar, thin) ─┐
 *   modules.order ───────────────┼─► foo.o ─► .foo.o.cmd ─► deps: sources, generated files ─► .cmd
 *   arch/X/boot/bzImage ─────────┘                          cmd: objects it was linked from ─► .cmd
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/touched_internal.h"
#include "sys/file.h"

enum {
	CMD_SIZE_MAX = 64 << 20,   /* a .cmd file; the longest are those of big archives */
	LIST_SIZE_MAX = 256 << 20, /* an archive, modules.order */
	TARGETS_MAX = 1000000,	   /* objects followed */
	AR_HEADER = 60,
};

struct walk {
	const char *objects;
	char *source; /* real path */
	struct touched_list *list;
	struct map *by_base; /* base name -> index + 1 of the first in list; others by next[] */
	size_t *next;
	size_t missing;	     /* files not found yet */
	struct map *guesses; /* objects that a file in list would most likely be compiled to */
	struct map *seen;    /* targets, relative to objects */
	struct strv queue;
	struct map *prefixes; /* "…/src" -> the source tree, or not */
};

/* ---- what is looked for ---- */

static void add_guess(struct walk *w, const char *file)
{
	const char *dot = strrchr(file, '.');
	AUTO_FREE char *guess = mem_printf("%.*s.o", (int)(dot - file), file);

	map_set(w->guesses, guess, NULL);
}

static void index_files(struct walk *w)
{
	w->next = mem_alloc((w->list->len + 1) * sizeof(*w->next));
	for (size_t i = 0; i < w->list->len; i++) {
		const char *base = path_base(w->list->data[i].file);
		if (!w->list->data[i].matters)
			continue;
		w->missing++;
		w->next[i + 1] = (size_t)(uintptr_t)map_get(w->by_base, base);
		map_set(w->by_base, base, (void *)(uintptr_t)(i + 1));
		add_guess(w, base == w->list->data[i].file ? base : w->list->data[i].file);
	}
}

/*
 * Does this folder, as a dependency names it, be the source tree? Relative ones are relative to
 * the build folder.
 */
static bool is_source(struct walk *w, struct view prefix)
{
	AUTO_FREE char *name = mem_strndup(prefix.p, prefix.len), *path = NULL, *real = NULL;
	bool yes;

	if (map_has(w->prefixes, name))
		return map_get(w->prefixes, name);
	path = path_join(w->objects, name);
	real = realpath(path, NULL);
	yes = real && !strcmp(real, w->source);
	map_set(w->prefixes, name, yes ? w : NULL);
	return yes;
}

static void found_dep(struct walk *w, struct view dep)
{
	const char *slash = memrchr(dep.p, '/', dep.len);
	struct view base = slash ? view_sub(dep, (size_t)(slash + 1 - dep.p), dep.len) : dep;
	size_t i = (size_t)(uintptr_t)map_getv(w->by_base, base);

	for (; i; i = w->next[i]) {
		struct touched *t = &w->list->data[i - 1];
		size_t n = strlen(t->file);
		if (t->compiled || dep.len <= n + 1 || dep.p[dep.len - n - 1] != '/' ||
		    memcmp(dep.p + dep.len - n, t->file, n) != 0 ||
		    !is_source(w, view_sub(dep, 0, dep.len - n - 1)))
			continue;
		t->compiled = true;
		w->missing--;
	}
}

/* ---- following ---- */

static void follow(struct walk *w, const char *target);

/* A target relative to the build folder, however it was written. */
static void add_target(struct walk *w, struct view name)
{
	size_t n = strlen(w->objects);

	if (name.len > n && !memcmp(name.p, w->objects, n) && name.p[n] == '/')
		name = view_sub(name, n + 1, name.len);
	while (view_skip(&name, "./"))
		;
	if (!name.len || name.len >= PATH_MAX || name.p[0] == '/' || view_starts(name, "../"))
		return;
	AUTO_FREE char *target = mem_strndup(name.p, name.len);
	if (map_has(w->seen, target) || map_len(w->seen) >= TARGETS_MAX)
		return;
	map_set(w->seen, target, NULL);
	if (map_has(w->guesses, target))
		follow(w, target);
	else
		strv_add(&w->queue, target);
}

/* Words of a command that may be files: no options, no variables. */
static void add_words(struct walk *w, struct view text)
{
	size_t at = 0;

	while (at < text.len && w->missing) {
		size_t from = at;
		while (at < text.len &&
		       (isalnum((unsigned char)text.p[at]) || strchr("_./+@-~", text.p[at])) &&
		       text.p[at])
			at++;
		struct view word = view_sub(text, from, at - from);
		view_skip(
			&word,
			"@"); /* a file with a list of objects: X.mod beside X.o, which is followed itself */
		if (word.len && word.p[0] != '-' &&
		    (view_find_chr(word, '.') >= 0 || view_find_chr(word, '/') >= 0))
			add_target(w, word);
		if (at == from)
			at++;
	}
}

/* ".incbin "arch/x86/realmode/rm/realmode.bin"": what no dependency tells of. */
static void add_incbin(struct walk *w, struct view source)
{
	AUTO_FREE char *name = mem_strndup(source.p, source.len),
		       *path = path_join(w->objects, name);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;

	if (file_read(path, CMD_SIZE_MAX, &text, &ignored) < 0)
		return;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		struct view word;
		ssize_t at = view_find(line, ".incbin");
		line = view_sub(line, at < 0 ? line.len : (size_t)at, line.len);
		if (view_split(&line, '"', &word) && view_split(&line, '"', &word))
			add_target(w, word);
	}
}

/* "  /src/include/linux/list.h \", "    $(wildcard include/config/FOO) \" */
static void read_dep(struct walk *w, struct view line)
{
	while (line.len && line.p[0] == ' ')
		line = view_sub(line, 1, line.len);
	while (line.len && (line.p[line.len - 1] == '\\' || line.p[line.len - 1] == ' '))
		line.len--;
	if (!line.len || line.p[0] == '$')
		return;
	if (line.p[0] == '/' || view_starts(line, "../"))
		found_dep(w, line);
	add_target(w, line);
}

/*
 * savedcmd_X := ...          (cmd_X in older kernels)
 * source_X := /src/lib/foo.c
 * deps_X := \
 *   $(wildcard include/config/FOO) \
 *   /src/include/linux/list.h \
 */
static void read_cmd(struct walk *w, struct view text)
{
	bool compiled = view_find(text, "\nsource_") >= 0;
	struct view line;

	while (w->missing && view_line(&text, &line)) {
		if (line.len && line.p[0] == ' ') {
			read_dep(w, line);
			continue;
		}
		ssize_t is = view_find(line, " := ");
		struct view value =
			view_trim(view_sub(line, is < 0 ? line.len : (size_t)is + 4, line.len));
		if (view_starts(line, "source_")) {
			found_dep(w, value);
			add_target(w, value);
			if (view_ends(value, ".S"))
				add_incbin(w, value);
		} else if (!compiled &&
			   (view_starts(line, "savedcmd_") || view_starts(line, "cmd_"))) {
			add_words(w, value);
		}
	}
}

/* ---- archives ---- */

static uint64_t ar_number(const char *field, size_t n)
{
	struct view v = view_trim((struct view){ field, n });
	uint64_t ret;

	return view_u64(v, 10, &ret) < 0 ? 0 : ret;
}

/* "/123": the name is at 123 of the table, up to "/\n"; "foo.o/": as it is. */
static struct view ar_name(const char *header, struct view names)
{
	struct view v = { header, 16 };
	uint64_t at;

	if (v.p[0] == '/') {
		struct view digits = { v.p + 1, 0 };
		while (digits.len < v.len - 1 && isdigit((unsigned char)digits.p[digits.len]))
			digits.len++; /* binutils leaves a '/' in the last place for some */
		if (view_u64(digits, 10, &at) < 0 || at >= names.len)
			return VIEW("");
		v = view_sub(names, at, names.len);
	}
	const char *end = memchr(v.p, '/', v.len);
	while (end && end + 1 < v.p + v.len && end[1] != '\n' && end[1] != ' ')
		end = memchr(end + 1, '/', (size_t)(v.p + v.len - end - 1));
	return end ? view_sub(v, 0, (size_t)(end - v.p)) : VIEW("");
}

/*
 * Members of a thin archive (binutils, "ar T"): headers only, names relative to the archive's
 * folder.
 */
static void read_archive(struct walk *w, const char *target, struct view text)
{
	const char *base = path_base(target);
	AUTO_STR struct str member = STR_INIT;
	struct view names = VIEW("");

	if (!view_skip(&text, "!<thin>\n"))
		return;
	while (text.len >= AR_HEADER && w->missing) {
		struct view size = view_sub(text, 48, 10), header = view_sub(text, 0, AR_HEADER);
		uint64_t n = ar_number(size.p, size.len);
		bool table = view_starts(header, "// "),
		     symbols = view_starts(header, "/ ") || view_starts(header, "/SYM64/ ");

		text = view_sub(text, AR_HEADER, text.len);
		if (table)
			names = view_sub(text, 0, n);
		if (table || symbols) {
			text = view_sub(text, n + (n & 1), text.len);
			continue;
		}
		str_clear(&member);
		str_add(&member, target, (size_t)(base - target));
		str_addv(&member, ar_name(header.p, names));
		add_target(w, str_view(&member));
	}
}

static bool read_below(const struct walk *w, const char *rel, size_t max, struct str *ret)
{
	AUTO_FREE char *path = path_join(w->objects, rel);
	struct err ignored = { 0 };

	return file_read(path, max, ret, &ignored) == 0;
}

static void follow(struct walk *w, const char *target)
{
	const char *base = path_base(target);
	AUTO_FREE char *cmd = mem_printf("%.*s.%s.cmd", (int)(base - target), target, base);
	AUTO_STR struct str text = STR_INIT;

	if (view_ends(view_of(target), ".a")) {
		if (read_below(w, target, LIST_SIZE_MAX, &text))
			read_archive(w, target, str_view(&text));
	} else if (read_below(w, cmd, CMD_SIZE_MAX, &text)) {
		read_cmd(w, str_view(&text));
	}
}

/* ---- from where ---- */

static void add_modules(struct walk *w)
{
	AUTO_STR struct str text = STR_INIT;
	struct view rest, line;

	if (!read_below(w, "modules.order", LIST_SIZE_MAX, &text))
		return;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		/*
		 * ".ko" in older kernels. Of a module of several files X.mod tells the
		 * objects, as does the command of X.o.
		 */
		size_t stem = line.len - (view_ends(line, ".ko") ? 3 :
					  view_ends(line, ".o")	 ? 2 :
								   0);
		AUTO_STR struct str name = STR_INIT, objects = STR_INIT;
		str_addf(&name, "%.*s.o", (int)stem, line.p);
		add_target(w, str_view(&name));
		str_clear(&name);
		str_addf(&name, "%.*s.mod", (int)stem, line.p);
		if (read_below(w, str_c(&name), LIST_SIZE_MAX, &objects))
			add_words(w, str_view(&objects));
	}
}

static void add_roots(struct walk *w)
{
	static const char *const everywhere[] = { "vmlinux.a", "built-in.a", "vmlinux.o",
						  "lib/lib.a", "kernel/bounds.s" };
	static const char *const of_arch[] = {
		"boot/bzImage",	      "boot/Image",	      "boot/zImage", "boot/vmlinux",
		"kernel/vmlinux.lds", "kernel/asm-offsets.s", "lib/lib.a",
	};
	AUTO_FREE char *dir = path_join(w->objects, "arch");
	AUTO_STRV struct strv archs = { 0 };
	struct err ignored = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(everywhere); i++)
		add_target(w, view_of(everywhere[i]));
	if (dir_list(dir, &archs, &ignored) == 0)
		vec_foreach(arch, &archs)
			for (size_t i = 0; i < ARRAY_SIZE(of_arch); i++) {
				AUTO_FREE char *root = mem_printf("arch/%s/%s", *arch, of_arch[i]);
				add_target(w, view_of(root));
			}
	/*
	 * Programs that run during the build, lib/gen_crc32table.c: what they make tells nothing
	 * of them.
	 */
	vec_foreach(t, w->list) {
		const char *dot = strrchr(t->file, '.');
		if (t->matters)
			add_target(w, (struct view){ t->file, (size_t)(dot - t->file) });
	}
	add_modules(w);
}

int touched_objects(const char *source, const char *objects, struct touched_list *list,
		    struct err *err)
{
	AUTO_MAP struct map *by_base = map_new(), *guesses = map_new(), *seen = map_new(),
			    *prefixes = map_new();
	AUTO_FREE char *real = realpath(source, NULL), *folder = path_absolute(objects);
	struct walk w = {
		.objects = folder,
		.source = real,
		.list = list,
		.by_base = by_base,
		.guesses = guesses,
		.seen = seen,
		.prefixes = prefixes,
	};

	if (!real)
		return err_sys(err, "%s", source);
	if (!dir_exists(objects))
		return err_set(err, ERR_NOT_FOUND, "%s: no build folder", objects);
	index_files(&w);
	if (w.missing)
		add_roots(&w);
	for (size_t i = 0; i < w.queue.len && w.missing; i++)
		follow(&w, w.queue.data[i]);
	free(w.next);
	strv_release(&w.queue);
	return 0;
}
