/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .config of a build folder. It is made again only when what was asked for changed, or Kconfig files did; when the
 * result is the same, so is its time stamp, and make has nothing to do.
 *
 *   preset (make tinyconfig ..., or a file) ─► + what kassay needs ─► + wishes ─► make olddefconfig ─► check
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/sha256.h"
#include "kernel/build_internal.h"
#include "sys/file.h"

static const char *const preset_targets[PRESET_COUNT][3] = {
	[PRESET_TINY] = { "tinyconfig" },
	[PRESET_GUEST] = { "defconfig", "kvm_guest.config" },
	[PRESET_DEFCONFIG] = { "defconfig" },
};

/* The file a preset starts from, NULL when make makes it. ERR_USAGE, ERR_NOT_FOUND. */
static int base_file(const struct source *src, const struct config_spec *spec, char **ret,
		     struct err *err)
{
	if (preset_targets[spec->preset][0])
		return 0;
	if (!spec->file && spec->preset == PRESET_DISTRO)
		return err_set(err, ERR_USAGE,
			       "preset distro starts from a configuration file; none was named");
	if (!spec->file && !src->origin_dir)
		return err_set(err, ERR_USAGE,
			       "preset tree takes the .config of a working tree; %s is none",
			       src->name);
	AUTO_FREE char *path = spec->file ? mem_strdup(spec->file) :
					    path_join(src->origin_dir, ".config");
	if (!file_exists(path))
		return err_set(
			err, ERR_NOT_FOUND, "%s: there is no such configuration file%s", path,
			spec->file ?
				"" :
				" (preset tree takes the tree's own; 'make menuconfig' makes one)");
	*ret = TAKE(path);
	return 0;
}

static void add_hash(const char *path, struct str *ret)
{
	char sha[65];
	struct err ignored = { 0 };

	if (file_sha256(path, sha, &ignored) == 0)
		str_addf(ret, "%s %s\n", path_base(path), sha);
}

static void add_folder_hashes(const char *source, const char *folder, struct str *ret)
{
	AUTO_FREE char *dir = path_join(source, folder);
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	if (dir_list(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		add_hash(path, ret);
	}
}

int build_config_request(const struct source *src, const struct build_spec *spec, struct arena *a,
			 struct config_wants *wants, struct str *ret, struct err *err)
{
	AUTO_FREE char *base = NULL;
	int r = base_file(src, &spec->config, &base, err);

	if (r == 0)
		r = config_wants(a, &spec->config, spec->share_dir, src->dir, wants, err);
	if (r < 0)
		return r;
	/* The version stands in the first lines of .config, and that may be part of the image. */
	str_addf(ret, "preset %s\nversion %s\n", config_preset_names[spec->config.preset],
		 src->version ? src->version : "");
	if (base)
		add_hash(base, ret);
	/* What "make tinyconfig", "make defconfig" and "make NAME.config" read. */
	if (!base) {
		AUTO_FREE char *configs = mem_printf("arch/%s/configs", spec->arch->folder);

		add_folder_hashes(src->dir, "kernel/configs", ret);
		add_folder_hashes(src->dir, configs, ret);
	}
	config_wants_text(wants, ret);
	return 0;
}

static bool newer(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec > b->st_mtim.tv_sec ||
	       (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec > b->st_mtim.tv_nsec);
}

/*
 * Did a Kconfig file change since the configuration was made? kbuild keeps their names in auto.conf.cmd, after
 * "deps_config := \", one to a line, relative to the source.
 */
static bool kconfig_changed(const struct build *b)
{
	AUTO_FREE char *list = path_join(b->objects, "include/config/auto.conf.cmd");
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct stat conf, st;
	struct view rest, line;
	bool in_list = false;

	if (stat(list, &conf) < 0 || file_read(list, CONFIG_FILE_MAX, &text, &ignored) < 0)
		return true;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		if (view_starts(line, "deps_config :=")) {
			in_list = true;
			continue;
		}
		if (!in_list || !view_ends(line, " \\")) {
			in_list = false;
			continue;
		}
		struct view name = view_trim(view_sub(line, 0, line.len - 2));
		AUTO_FREE char *rel = mem_strndup(name.p, name.len);
		AUTO_FREE char *path = path_join(b->link, rel);
		if (stat(path, &st) < 0 || newer(&st, &conf))
			return true;
	}
	return false;
}

static int read_config(const struct build *b, struct str *ret, struct err *err)
{
	AUTO_FREE char *path = path_join(b->objects, ".config");

	return file_read(path, CONFIG_FILE_MAX, ret, err);
}

/* "CONFIG_X" of a line of a .config that gives it a value; empty for others. */
static struct view symbol_of(struct view line)
{
	if (view_skip(&line, "# ") && !view_ends(line, " is not set"))
		return (struct view){ line.p, 0 };
	if (!view_starts(line, "CONFIG_"))
		return (struct view){ line.p, 0 };
	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '=' || line.p[i] == ' ')
			return view_sub(line, 0, i);
	return (struct view){ line.p, 0 };
}

/* The value of "CONFIG_X=" as it stands in a .config. */
static bool config_value(struct view config, const char *symbol, struct view *ret)
{
	struct view line;

	while (view_line(&config, &line))
		if (view_skip(&line, symbol) && view_skip(&line, "=")) {
			*ret = line;
			return true;
		}
	return false;
}

/* Does every file that a quoted list of files names lie in the tree? */
static bool files_there(const struct build *b, struct view value)
{
	struct view field, rest = value.len > 2 ? view_sub(value, 1, value.len - 2) : VIEW("");

	while (view_split(&rest, ' ', &field)) {
		AUTO_FREE char *name = mem_strndup(field.p, field.len);
		AUTO_FREE char *path = path_join(b->link, name);

		if (field.len && !file_exists(path))
			return false;
	}
	return true;
}

/*
 * What kassay changes in anybody's configuration: no revision in the release, a signing key that lasts, and no
 * certificates of a distribution that are not in this tree (Debian's configuration names some of its own).
 */
static void add_own(struct build *b, struct view base, struct str *ret)
{
	static const char *const certificates[] = { "CONFIG_SYSTEM_TRUSTED_KEYS",
						    "CONFIG_SYSTEM_REVOCATION_KEYS" };
	struct view value;

	str_adds(ret, "# CONFIG_LOCALVERSION_AUTO is not set\n");
	if (!config_value(base, "CONFIG_MODULE_SIG_KEY", &value) ||
	    view_eq(value, "\"certs/signing_key.pem\""))
		str_adds(ret, "CONFIG_MODULE_SIG_KEY=\"" SIGNING_KEY "\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++)
		if (config_value(base, certificates[i], &value) && !files_there(b, value))
			str_addf(ret, "%s=\"\"\n", certificates[i]);
}

/* Lines of @base whose symbols @over does not set, then @over: kconfig need not be told twice. */
static void merge(struct view base, struct view over, struct str *ret)
{
	AUTO_MAP struct map *set = map_new();
	struct view rest = over, line;

	while (view_line(&rest, &line)) {
		struct view symbol = symbol_of(line);
		AUTO_FREE char *name = mem_strndup(symbol.p, symbol.len);
		map_set(set, name, NULL);
	}
	rest = base;
	while (view_line(&rest, &line)) {
		struct view symbol = symbol_of(line);
		AUTO_FREE char *name = mem_strndup(symbol.p, symbol.len);

		if (symbol.len && map_has(set, name))
			continue;
		str_addv(ret, line);
		str_addc(ret, '\n');
	}
	str_addv(ret, over);
}

/* Base text and wishes into o/.config. */
static int write_config(struct build *b, struct err *err)
{
	AUTO_FREE char *path = path_join(b->objects, ".config");
	AUTO_FREE char *base = NULL;
	AUTO_STR struct str text = STR_INIT, wishes = STR_INIT, over = STR_INIT, merged = STR_INIT;
	int r = base_file(b->src, &b->spec->config, &base, err);

	if (r == 0)
		r = file_read(base ? base : path, CONFIG_FILE_MAX, &text, err);
	if (r < 0)
		return r;
	config_wants_text(&b->ret->wants, &wishes);
	/* Ours first: whoever wishes for something else gets it. */
	add_own(b, str_view(&text), &over);
	merge(str_view(&over), str_view(&wishes), &merged);
	str_clear(&over);
	merge(str_view(&text), str_view(&merged), &over);
	return file_write(path, str_view(&over), 0644, err);
}

/* The same text as before: give it the old time, so that nothing looks changed. */
static void keep_time(const struct build *b, struct view before, const struct stat *st,
		      struct view after)
{
	AUTO_FREE char *path = path_join(b->objects, ".config");
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (before.len == after.len && memcmp(before.p, after.p, after.len) == 0)
		utimensat(AT_FDCWD, path, times, 0);
}

static int make_config(struct build *b, bool *ret_ok, struct err *err)
{
	static const char *const olddefconfig[] = { "olddefconfig", NULL };
	AUTO_FREE char *path = path_join(b->objects, ".config");
	AUTO_STR struct str before = STR_INIT, after = STR_INIT;
	struct err ignored = { 0 };
	struct stat st = { 0 };
	const char *const *preset = preset_targets[b->spec->config.preset];
	bool had = stat(path, &st) == 0 && read_config(b, &before, &ignored) == 0, ok = true;
	int r = preset[0] ? build_make(b, "configure", preset, &ok, err) : 0;

	if (r == 0 && ok)
		r = write_config(b, err);
	if (r == 0 && ok)
		r = build_make(b, "configure", olddefconfig, &ok, err);
	if (r == 0 && ok)
		r = read_config(b, &after, err);
	if (r < 0 || !ok) {
		*ret_ok = false;
		return r;
	}
	if (had)
		keep_time(b, str_view(&before), &st, str_view(&after));
	config_check(b->arena, str_view(&after), &b->ret->wants);
	*ret_ok = true;
	struct config_make make = { .argv = &b->make, .env = &b->env };
	return config_explain(b->arena, b->spec->share_dir, b->objects, &make, &b->ret->wants, err);
}

static void add_finding(struct build *b, const struct config_want *w)
{
	const char *const parts[] = { w->symbol, w->value };
	struct finding f = {
		.kind = FINDING_CONFIG,
		.severity = SEVERITY_WARNING,
		.type = "unmet",
		.symbol = w->symbol,
		.message = w->unmet,
		.title = arena_printf(b->arena, "%s: wanted %s, is %s", w->symbol, w->value,
				      w->got ? w->got : "n"),
		.excerpt = arena_printf(b->arena, "%s=%s is asked for by %s", w->symbol, w->value,
					w->from),
	};

	signature_of(FINDING_CONFIG, parts, ARRAY_SIZE(parts), f.signature);
	if (w->where) {
		size_t file = strcspn(w->where, ":");
		uint64_t line = 0;

		f.file = arena_strndup(b->arena, w->where, file);
		if (w->where[file] && view_u64(view_of(w->where + file + 1), 10, &line) == 0)
			f.line_in_file = (unsigned)line;
	}
	*vec_add(&b->ret->findings) = (struct build_finding){ .f = f };
}

/* Is the configuration of the last build what is asked for now? */
static bool still_right(const struct build *b, const char *request)
{
	AUTO_STR struct str config = STR_INIT;
	struct err ignored = { 0 };
	char sha[65];

	if (!b->state.request || strcmp(b->state.request, request) != 0 || !b->state.config_sha256)
		return false;
	if (read_config(b, &config, &ignored) < 0)
		return false;
	sha256_bytes_hex(str_c(&config), config.len, sha);
	return strcmp(b->state.config_sha256, sha) == 0 && !kconfig_changed(b);
}

int build_configure(struct build *b, struct view request, struct config_wants *wants, bool *ret_ok,
		    struct err *err)
{
	AUTO_STR struct str config = STR_INIT;
	char hash[65];
	bool ok = true;
	int r = 0;

	sha256_bytes_hex(request.p, request.len, hash);
	if (still_right(b, hash)) {
		vec_release(wants); /* those in the state have answers */
	} else {
		vec_release(&b->ret->wants);
		memcpy(&b->ret->wants, wants, sizeof(*wants));
		*wants = (struct config_wants){ 0 };
		r = make_config(b, &ok, err);
	}
	if (r == 0 && ok)
		r = read_config(b, &config, err);
	if (r < 0 || !ok) {
		*ret_ok = false;
		return r;
	}
	sha256_bytes_hex(str_c(&config), config.len, b->ret->config_sha256);
	b->has_modules = view_find(str_view(&config), "=m\n") >= 0;
	b->state.request = arena_strdup(b->arena, hash);
	b->state.config_sha256 = arena_strdup(b->arena, b->ret->config_sha256);
	vec_foreach(w, &b->ret->wants)
		if (!w->optional && !config_want_met(w))
			add_finding(b, w);
	*ret_ok = true;
	return 0;
}
