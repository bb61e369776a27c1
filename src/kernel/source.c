/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person typed, and what it is. */
#include "kernel/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/source_internal.h"
#include "sys/file.h"

enum { MAKEFILE_SIZE_MAX = 4 << 20 };

char *source_path_name(const char *path)
{
	const char *home = getenv("HOME");
	size_t n = home ? strlen(home) : 0;

	if (n > 1 && !strncmp(path, home, n) && (path[n] == '/' || !path[n]))
		return mem_printf("~%s", path + n);
	return mem_strdup(path);
}

static void tell_busy(const char *dir, void *data)
{
	const struct source_spec *spec = data;
	AUTO_FREE char *shown = source_path_name(dir), *text = NULL;

	text = mem_printf("waiting for another run that uses %s", shown);
	spec->waiting(text, spec->data);
}

int source_cache_get(const struct source_spec *spec, const char *kind, const char *name,
		     enum cache_lock how, struct cache_entry *ret, struct err *err)
{
	return cache_get(kind, name, how, spec->waiting ? tell_busy : NULL, (void *)spec, ret, err);
}

/* ---- kernel trees ---- */

/* The value of "NAME = value" in the first assignment of a Makefile; empty when it is not there. */
static struct view makefile_value(struct view text, const char *name)
{
	struct view line;

	while (view_line(&text, &line)) {
		ssize_t eq = view_find_chr(line, '=');
		if (eq >= 0 && view_eq(view_trim(view_sub(line, 0, (size_t)eq)), name))
			return view_trim(view_sub(line, (size_t)eq + 1, line.len));
	}
	return VIEW("");
}

static int not_a_tree(const char *dir, struct err *err)
{
	static const char *const parts[] = { "Kbuild", "Kconfig", "Makefile", "arch", "scripts" };
	AUTO_STRV struct strv names = { 0 };
	AUTO_STR struct str missing = STR_INIT;
	int r = dir_list(dir, &names, err);

	if (r < 0)
		return r;
	if (!names.len)
		return err_set(err, ERR_PARSE, "%s: empty folder, not a kernel tree", dir);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strv_has(&names, parts[i]))
			str_addf(&missing, "%s%s", missing.len ? ", " : "", parts[i]);
	if (missing.len)
		return err_set(err, ERR_PARSE, "%s: not a kernel tree (no %s)", dir,
			       str_c(&missing));
	return 0;
}

int kernel_tree_check(const char *dir, char **ret_version, struct err *err)
{
	AUTO_FREE char *path = path_join(dir, "Makefile");
	AUTO_STR struct str text = STR_INIT, version = STR_INIT;
	int r = not_a_tree(dir, err);

	if (r == 0)
		r = file_read(path, MAKEFILE_SIZE_MAX, &text, err);
	if (r < 0)
		return r;
	struct view major = makefile_value(str_view(&text), "VERSION"),
		    minor = makefile_value(str_view(&text), "PATCHLEVEL");
	struct view sub = makefile_value(str_view(&text), "SUBLEVEL"),
		    extra = makefile_value(str_view(&text), "EXTRAVERSION");
	uint64_t n;
	if (view_u64(major, 10, &n) < 0 || view_u64(minor, 10, &n) < 0)
		return err_set(err, ERR_PARSE,
			       "%s: not a kernel tree (its Makefile has no VERSION and PATCHLEVEL)",
			       dir);
	if (!ret_version)
		return 0;
	str_addv(&version, major);
	str_addc(&version, '.');
	str_addv(&version, minor);
	if (sub.len) {
		str_addc(&version, '.');
		str_addv(&version, sub);
	}
	str_addv(&version, extra);
	*ret_version = str_take(&version);
	return 0;
}

/* ---- images ---- */

static bool is_modules_dir(const char *dir)
{
	AUTO_FREE char *dep = path_join(dir, "modules.dep"),
		       *order = path_join(dir, "modules.order");

	return file_exists(dep) || file_exists(order);
}

/*
 * --modules DIR may be the parent of lib/modules, lib/modules itself, or the folder of the
 * release.
 */
static int find_modules(const char *dir, const char *release, char **ret, struct err *err)
{
	static const char *const below[] = { "lib/modules", "usr/lib/modules", "." };

	if (!dir_exists(dir))
		return err_set(err, ERR_NOT_FOUND, "--modules %s: there is no such folder", dir);
	for (size_t i = 0; *release && i < ARRAY_SIZE(below); i++) {
		AUTO_FREE char *at = mem_printf("%s/%s/%s", dir, below[i], release);
		if (dir_exists(at)) {
			*ret = path_absolute(at);
			return 0;
		}
	}
	if (is_modules_dir(dir)) {
		*ret = path_absolute(dir);
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND,
		       "--modules %s: no modules of %s in it (no lib/modules/%s)", dir,
		       *release ? release : "this kernel", *release ? release : "RELEASE");
}

static int check_bootable(const char *path, const struct image_info *info,
			  const struct arch **ret_arch, struct err *err)
{
	const char *article = strchr("aeios", info->arch[0]) ? "an" : "a";

	*ret_arch = arch_find(info->arch);
	if (!*ret_arch)
		return err_set(err, ERR_PARSE,
			       "%s: %s %s kernel image, which kassay has no machine for", path,
			       article, info->arch);
	if (!info->bootable)
		return err_set(err, ERR_PARSE, "%s: QEMU cannot start %s; give the %s of its build",
			       path,
			       strcmp((*ret_arch)->folder, "x86") ?
				       "this form of a kernel" :
				       "a vmlinux without PVH entry (CONFIG_PVH)",
			       (*ret_arch)->image);
	return 0;
}

int source_set_image(const struct source_spec *spec, const char *path, const char *modules,
		     struct source *ret, struct err *err)
{
	struct image_info info;
	int r = image_identify(path, &info, err);

	if (r == 0)
		r = check_bootable(path, &info, &ret->arch, err);
	if (r == 0 && spec->modules)
		r = find_modules(spec->modules, info.version, &ret->modules, err);
	if (r < 0)
		return r;
	if (!spec->modules && modules)
		ret->modules = path_absolute(modules);
	ret->kind = SOURCE_IMAGE;
	ret->image = path_absolute(path);
	if (info.version[0])
		ret->version = mem_strdup(info.version);
	return 0;
}

static int open_image(const struct source_spec *spec, const char *path, struct source *ret,
		      struct err *err)
{
	char sha256[65];
	int r = source_set_image(spec, path, NULL, ret, err);

	if (r == 0)
		r = file_sha256(path, sha256, err);
	if (r < 0)
		return r;
	ret->how = "image";
	ret->name = source_path_name(path);
	ret->key = mem_strdup(ret->image);
	ret->content = mem_strdup(sha256);
	return 0;
}

/* ---- all ---- */

static bool is_deb(const char *path)
{
	static const char magic[] = "!<arch>\ndebian-binary";
	char head[sizeof(magic) - 1];
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (view_ends(view_of(path), ".deb"))
		return true;
	return fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       !memcmp(head, magic, sizeof(head));
}

static int no_such_path(const char *text, struct err *err)
{
	if (errno != ENOENT)
		return err_sys(err, "%s", text);
	if (view_starts(view_of(text), "linux-image-") ||
	    view_starts(view_of(text), "linux-source-"))
		return err_set(err, ERR_NOT_FOUND,
			       "%s: there is no such file; the package is deb:%s", text, text);
	return err_set(
		err, ERR_NOT_FOUND,
		"%s: there is no such file or folder (a source is a kernel tree, an image, a .deb "
		"file, deb:PACKAGE or git:URL#REF)",
		text);
}

static int no_revision(const struct source_spec *spec, const char *text, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s: has no revision %s; only a git tree has revisions",
		       text, spec->rev);
}

static int open_any(const struct source_spec *spec, const char *text, struct source *ret,
		    struct err *err)
{
	struct view rest = view_of(text);
	struct stat st;

	if (view_skip(&rest, "git:"))
		return source_open_git(spec, rest.p, ret, err);
	if (view_skip(&rest, "deb:"))
		return spec->rev ? no_revision(spec, text, err) :
				   source_open_apt(spec, rest.p, ret, err);
	if (stat(text, &st))
		return no_such_path(text, err);
	if (S_ISDIR(st.st_mode))
		return source_open_tree(spec, text, ret, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_PARSE, "%s: neither a file nor a folder", text);
	if (spec->rev)
		return no_revision(spec, text, err);
	return is_deb(text) ? source_open_deb(spec, text, ret, err) :
			      open_image(spec, text, ret, err);
}

int source_open(const struct source_spec *spec, struct source *ret, struct err *err)
{
	struct source s = { .lock.lock_fd = -1 };
	int r = open_any(spec, spec->text && *spec->text ? spec->text : ".", &s, err);

	if (r == 0 && s.kind == SOURCE_TREE && spec->modules)
		r = err_set(err, ERR_USAGE,
			    "--modules %s: %s is a kernel tree, which brings its own",
			    spec->modules, s.name);
	if (r < 0) {
		source_release(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void source_release(struct source *s)
{
	char **const strings[] = {
		&s->name,   &s->key,	    &s->dir,	 &s->origin_dir, &s->image, &s->modules,
		&s->config, &s->system_map, &s->package_version, &s->version, &s->content,	 &s->work,
	};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		free(*strings[i]);
		*strings[i] = NULL;
	}
	git_state_release(&s->git);
	strv_release(&s->changed);
	cache_put(&s->lock);
}
