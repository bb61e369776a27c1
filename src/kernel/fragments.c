/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments read into a list of wishes: shipped ones by name, others by path, kselftest
 * collections, single symbols.
 */
#include "kernel/config.h"

#include <ctype.h>

#include "base/str.h"
#include "sys/file.h"

#define DEVICES "device/" /* a folder of shipped ones */

enum {
	FRAGMENT_SIZE_MAX = 4 << 20, /* bytes; a whole .config of a distribution is 300 kB */
	FRAGMENT_DEPTH_MAX = 16,     /* includes */
	SYMBOL_LEN_MAX = 256,	     /* kconfig's own limit */
	VALUE_LEN_MAX = 2048,	     /* the same for a string */
};

struct reader {
	struct arena *a;
	const char *arch; /* its folder's name */
	const char *share_dir;
	struct config_wants *wants;
	struct map *by_symbol;		       /* position in wants + 1 */
	struct map *seen;		       /* paths read */
	const char *stack[FRAGMENT_DEPTH_MAX]; /* paths being read, outermost first */
	size_t depth;
};

struct place {		  /* where a wish is made */
	const char *from; /* "fragment kasan" */
	const char *path; /* of the file, for messages; NULL: the command line */
	size_t line;
	bool optional;
	/* Not written for us: "# include" is a comment, bad lines are passed over. */
	bool foreign;
};

static bool is_symbol(struct view v)
{
	if (!view_skip(&v, "CONFIG_") || !v.len || v.len > SYMBOL_LEN_MAX)
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!isalnum((unsigned char)v.p[i]) && v.p[i] != '_')
			return false;
	return true;
}

static bool is_number(struct view v)
{
	uint64_t u;
	int64_t i;

	return view_i64(v, &i) == 0 || view_u64(v, 10, &u) == 0 ||
	       ((view_starts(v, "0x") || view_starts(v, "0X")) && view_u64(v, 16, &u) == 0);
}

static bool is_quoted(struct view v)
{
	if (v.len < 2 || v.p[0] != '"' || v.p[v.len - 1] != '"')
		return false;
	for (size_t i = 1; i < v.len - 1; i++) {
		if (v.p[i] == '"')
			return false;
		if (v.p[i] == '\\' && ++i == v.len - 1)
			return false;
	}
	return true;
}

static bool is_value(struct view v)
{
	if (v.len > VALUE_LEN_MAX)
		return false;
	return view_eq(v, "y") || view_eq(v, "m") || view_eq(v, "n") || is_number(v) ||
	       is_quoted(v);
}

static void add_want(struct reader *r, struct view symbol, struct view value,
		     const struct place *at)
{
	size_t known = (size_t)(uintptr_t)map_getv(r->by_symbol, symbol);
	struct config_want *w = known ? &r->wants->data[known - 1] : vec_add(r->wants);

	if (!known) {
		w->symbol = arena_strndup(r->a, symbol.p, symbol.len);
		map_set(r->by_symbol, w->symbol, (void *)(uintptr_t)r->wants->len);
	}
	w->value = arena_strndup(r->a, value.p, value.len);
	w->from = at->from;
	/* What was asked for outright stays asked for, whoever else would like it too. */
	w->optional = at->optional && (!known || w->optional);
}

static int bad_line(const struct place *at, struct view line, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "%s:%zu: '" VIEW_FMT
		       "' is neither CONFIG_X=VALUE nor '# CONFIG_X is not set'",
		       at->path, at->line, VIEW_ARG(line));
}

static int config_assignment(struct reader *r, struct view line, const struct place *at,
			     struct err *err)
{
	struct view symbol = line;
	ssize_t eq = view_find_chr(line, '=');

	if (view_skip(&symbol, "# ") && view_ends(symbol, " is not set")) {
		symbol = view_sub(symbol, 0, symbol.len - strlen(" is not set"));
		if (!is_symbol(symbol))
			return view_starts(symbol, "CONFIG_") ? bad_line(at, line, err) : 0;
		add_want(r, symbol, VIEW("n"), at);
		return 0;
	}
	if (line.p[0] == '#')
		return 0;
	symbol = view_sub(line, 0, eq < 0 ? 0 : (size_t)eq);
	struct view value = view_sub(line, (size_t)eq + 1, line.len);
	if (eq < 0 || !is_symbol(symbol) || !is_value(value))
		return bad_line(at, line, err);
	add_want(r, symbol, value, at);
	return 0;
}

/* ---- finding a fragment ---- */

static int unknown_fragment(struct reader *r, const char *name, const struct place *at,
			    struct err *err)
{
	AUTO_FREE char *dir = path_join(r->share_dir, "configs");
	AUTO_STRV struct strv files = { 0 }, names = { 0 };
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	const char *nearest;

	if (dir_list(dir, &files, &ignored) == 0)
		vec_foreach(f, &files)
			if (view_ends(view_of(*f), ".config"))
				strv_addf(&names, "%.*s", (int)(strlen(*f) - strlen(".config")),
					  *f);
	nearest = str_nearest(name, (const char *const *)names.data, names.len);
	if (at)
		str_addf(&text, "%s:%zu: ", at->path, at->line);
	str_addf(&text, "unknown fragment '%s'", name);
	if (nearest)
		return err_set(err, ERR_USAGE, "%s; did you mean '%s'?", str_c(&text), nearest);
	str_adds(&text, "; shipped are");
	vec_foreach(n, &names)
		str_addf(&text, " %s", *n);
	return err_set(err, ERR_USAGE, "%s; a file is named with its path, as ./%s", str_c(&text),
		       name);
}

/*
 * A name is one we ship; what has a '/' in it, or ends in .config, is a file, relative to the
 * including one.
 */
static int fragment_path(struct reader *r, const char *name, const struct place *at, char **ret,
			 struct err *err)
{
	bool is_file = (strchr(name, '/') && strncmp(name, DEVICES, strlen(DEVICES)) != 0) ||
		       view_ends(view_of(name), ".config");
	AUTO_FREE char *path = NULL;

	if (!is_file) {
		path = mem_printf("%s/configs/%s.config", r->share_dir, name);
		if (!file_exists(path))
			return unknown_fragment(r, name, at, err);
	} else if (at) {
		AUTO_FREE char *dir =
			mem_strndup(at->path, (size_t)(path_base(at->path) - at->path));
		path = path_join(*dir ? dir : ".", name);
	} else {
		path = mem_strdup(name);
	}
	if (!file_exists(path))
		return err_set(err, ERR_USAGE, "%s: there is no such fragment file", path);
	*ret = TAKE(path);
	return 0;
}

static int read_fragment(struct reader *r, const char *name, const struct place *at,
			 struct err *err);

static int read_lines(struct reader *r, struct view text, struct place *at, struct err *err)
{
	struct view line;

	while (view_line(&text, &line)) {
		struct view rest = line = view_trim(line);
		int ret = 0;

		at->line++;
		if (!line.len)
			continue;
		if (at->foreign) {
			struct err ignored = { 0 };
			config_assignment(r, line, at, &ignored);
		} else if (view_skip(&rest, "# include ")) {
			AUTO_FREE char *name = mem_strndup(view_trim(rest).p, view_trim(rest).len);
			ret = read_fragment(r, name, at, err);
		} else if (view_eq(line, "# optional")) {
			at->optional = true;
		} else {
			ret = config_assignment(r, line, at, err);
		}
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_file(struct reader *r, const char *name, const char *path, struct err *err)
{
	struct place here = { .from = arena_printf(r->a, "fragment %s", name), .path = path };
	AUTO_STR struct str text = STR_INIT;
	int ret = file_read(path, FRAGMENT_SIZE_MAX, &text, err);

	return ret < 0 ? ret : read_lines(r, str_view(&text), &here, err);
}

static int read_fragment(struct reader *r, const char *name, const struct place *at,
			 struct err *err)
{
	AUTO_FREE char *found = NULL;
	int ret = fragment_path(r, name, at, &found, err);

	if (ret < 0)
		return ret;
	AUTO_FREE char *extra = mem_printf("%s/configs/%s/%s.config", r->share_dir, r->arch, name);
	for (size_t i = 0; i < r->depth; i++)
		if (!strcmp(r->stack[i], found))
			return err_set(err, ERR_USAGE, "%s:%zu: '# include %s' leads back to %s",
				       at->path, at->line, name, found);
	if (map_has(r->seen, found))
		return 0;
	if (r->depth == FRAGMENT_DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "%s: fragments include each other more than %d deep",
			       found, FRAGMENT_DEPTH_MAX);
	map_set(r->seen, found, NULL);
	r->stack[r->depth++] = found;
	ret = read_file(r, name, found, err);
	if (ret == 0 && !strchr(name, '/') && file_exists(extra))
		ret = read_file(r, name, extra, err);
	r->depth--;
	return ret;
}

/* ---- kselftest collections ---- */

static int unknown_collection(const char *root, const char *name, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };
	const char *nearest = NULL;

	if (dir_list(root, &names, &ignored) == 0)
		nearest = str_nearest(name, (const char *const *)names.data, names.len);
	if (nearest)
		return err_set(err, ERR_USAGE,
			       "this kernel has no kselftest collection '%s'; did you mean '%s'?",
			       name, nearest);
	return err_set(err, ERR_USAGE,
		       "this kernel has no kselftest collection '%s' (see tools/testing/selftests)",
		       name);
}

static int read_collection(struct reader *r, const char *source_dir, const char *asked,
			   struct err *err)
{
	AUTO_FREE char *name = mem_strndup(asked, strcspn(asked, ":,"));
	AUTO_FREE char *root = path_join(source_dir, "tools/testing/selftests");
	AUTO_FREE char *dir = path_join(root, name);
	AUTO_FREE char *path = path_join(dir, "config");
	AUTO_STR struct str text = STR_INIT;
	struct place at = { .from = arena_printf(r->a, "kselftest %s", name),
			    .path = path,
			    .foreign = true };

	if (!*name || view_find(view_of(name), "..") >= 0 || !dir_exists(dir))
		return unknown_collection(root, name, err);
	if (!file_exists(path))
		return 0;
	int ret = file_read(path, FRAGMENT_SIZE_MAX, &text, err);
	return ret < 0 ? ret : read_lines(r, str_view(&text), &at, err);
}

/* ---- the command line ---- */

/* "CONFIG_X=y", "X=y"; text that is no value of another kind gets the quotes kconfig wants. */
static int read_inline(struct reader *r, const char *asked, struct err *err)
{
	struct place at = { .from = "--config" };
	struct view rest = view_trim(view_of(asked)), symbol;
	AUTO_STR struct str name = STR_INIT, value = STR_INIT;
	ssize_t eq = view_find_chr(rest, '=');

	if (eq < 0)
		return err_set(err, ERR_USAGE, "--config '%s': give it a value, as %s=y", asked,
			       asked);
	symbol = view_sub(rest, 0, (size_t)eq);
	rest = view_sub(rest, (size_t)eq + 1, rest.len);
	if (!view_starts(symbol, "CONFIG_"))
		str_adds(&name, "CONFIG_");
	str_addv(&name, symbol);
	if (!is_symbol(str_view(&name)))
		return err_set(err, ERR_USAGE,
			       "--config '%s': '" VIEW_FMT "' is not a name of a symbol", asked,
			       VIEW_ARG(symbol));
	if (!is_value(rest)) {
		str_addc(&value, '"');
		for (size_t i = 0; i < rest.len; i++) {
			if (rest.p[i] == '"' || rest.p[i] == '\\')
				str_addc(&value, '\\');
			str_addc(&value, rest.p[i]);
		}
		str_addc(&value, '"');
		rest = str_view(&value);
	}
	for (size_t i = 0; i < rest.len; i++)
		if (iscntrl((unsigned char)rest.p[i]))
			return err_set(err, ERR_USAGE,
				       "--config '%s': control characters in the value", asked);
	if (rest.len > VALUE_LEN_MAX)
		return err_set(err, ERR_LIMIT, "--config %s: the value is longer than %d bytes",
			       str_c(&name), VALUE_LEN_MAX);
	add_want(r, str_view(&name), rest, &at);
	return 0;
}

int config_wants(struct arena *a, const struct config_spec *spec, const char *share_dir,
		 const char *source_dir, struct config_wants *ret, struct err *err)
{
	AUTO_MAP struct map *by_symbol = map_new(), *seen = map_new();
	struct config_wants wants = { 0 };
	struct reader r = { .a = a,
			    .arch = (spec->arch ? spec->arch : arch_host())->folder,
			    .share_dir = share_dir,
			    .wants = &wants,
			    .by_symbol = by_symbol,
			    .seen = seen };
	int e = 0;

	for (size_t i = 0; e == 0 && i < spec->fragments.len; i++)
		e = read_fragment(&r, spec->fragments.data[i], NULL, err);
	for (size_t i = 0; e == 0 && source_dir && i < spec->kselftests.len; i++)
		e = read_collection(&r, source_dir, spec->kselftests.data[i], err);
	for (size_t i = 0; e == 0 && i < spec->inline_symbols.len; i++)
		e = read_inline(&r, spec->inline_symbols.data[i], err);
	if (e < 0) {
		vec_release(&wants);
		return e;
	}
	*ret = wants;
	return 0;
}
