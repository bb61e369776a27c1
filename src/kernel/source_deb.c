/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian packages with a kernel or its source, unpacked once.
 *
 *   <cache>/deb/NAME/X.deb        what apt downloaded
 *   <cache>/src/NAME/root         the tree, or boot/ and lib/modules/; renamed to this name when whole
 *                    new          being unpacked; what a kill leaves is thrown away by the next call
 *
 * NAME holds the package's SHA-256, so what is there is never out of date.
 */
#include <unistd.h>

#include "base/str.h"
#include "kernel/source.h"
#include "kernel/source_internal.h"
#include "sys/archive.h"
#include "sys/file.h"

static void tell(const struct source_spec *spec, const char *what)
{
	if (spec->waiting)
		spec->waiting(what, spec->data);
}

static bool is_source_tar(struct view rel)
{
	return view_starts(rel, "usr/src/linux-source-") && view_find(rel, ".tar.") > 0;
}

static enum unpack_answer want_file(const char *rel, struct str *ret, void *data)
{
	struct view v = view_of(rel);
	bool *found = data;

	if (is_source_tar(v)) {
		str_adds(ret, "source.tar");
		*found = true;
		return UNPACK_TAKE;
	}
	if (view_starts(v, "boot/vmlinuz-"))
		*found = true;
	if (view_skip(&v, "usr/lib/modules/")) {
		str_addf(ret, "lib/modules/" VIEW_FMT, VIEW_ARG(v));
		return UNPACK_TAKE;
	}
	return view_starts(v, "boot/") || view_starts(v, "lib/modules/") ? UNPACK_TAKE :
									   UNPACK_SKIP;
}

/* The tarball has one folder, the tree, whose name is of no use. */
static enum unpack_answer strip_folder(const char *rel, struct str *ret, void *data)
{
	const char *slash = strchr(rel, '/');

	(void)data;
	if (!slash)
		return UNPACK_SKIP;
	str_adds(ret, slash + 1);
	return UNPACK_TAKE;
}

/* What a package holds, unpacked below @new; *ret: the folder that is to become root. */
static int unpack_new(const char *deb, const char *shown, const char *new, char **ret,
		      struct err *err)
{
	AUTO_FREE char *tar = path_join(new, "source.tar"), *tree = path_join(new, "tree");
	bool found = false;
	int r = unpack_deb(deb, new, want_file, &found, err);

	if (r < 0)
		return r;
	if (!found)
		return err_set(
			err, ERR_PARSE,
			"%s: a package without a kernel (no boot/vmlinuz-*, no usr/src/linux-source-*.tar.*)",
			shown);
	if (!file_exists(tar)) {
		*ret = mem_strdup(new);
		return 0;
	}
	r = unpack_tar(tar, tree, strip_folder, NULL, err);
	if (r < 0)
		return r;
	unlink(tar);
	*ret = TAKE(tree);
	return 0;
}

static int unpack(const struct source_spec *spec, const char *deb, const char *shown,
		  const char *dir, struct err *err)
{
	AUTO_FREE char *new = path_join(dir, "new"), *root = path_join(dir, "root"), *whole = NULL;
	struct err ignored = { 0 };
	int r = dir_remove(new, err);

	tell(spec, "unpacking the package");
	if (r == 0)
		r = unpack_new(deb, shown, new, &whole, err);
	if (r == 0 && rename(whole, root))
		r = err_sys(err, "%s", root);
	dir_remove(new, &ignored);
	return r;
}

/* ---- what is in it ---- */

/* First entry of @dir that begins with @prefix, as heap path; NULL: none. */
static char *entry_with(const char *dir, const char *prefix)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	if (dir_list(dir, &names, &ignored) < 0)
		return NULL;
	vec_foreach(n, &names)
		if (view_starts(view_of(*n), prefix))
			return path_join(dir, *n);
	return NULL;
}

static int use_image(const struct source_spec *spec, const char *root, struct source *ret,
		     struct err *err)
{
	AUTO_FREE char *boot = path_join(root, "boot"), *image = entry_with(boot, "vmlinuz-");
	AUTO_FREE char *all = path_join(root, "lib/modules"), *modules = entry_with(all, "");

	ret->how = "deb-image";
	ret->config = entry_with(boot, "config-");
	ret->system_map = entry_with(boot, "System.map-");
	return source_set_image(spec, image, modules, ret, err);
}

/* With the entry locked and unpacked. */
static int use(const struct source_spec *spec, const struct deb *d, struct source *ret,
	       struct err *err)
{
	AUTO_FREE char *root = path_join(ret->lock.dir, "root"), *boot = path_join(root, "boot");
	int r;

	ret->name = mem_printf("%s %s", d->package, d->version);
	ret->package_version = mem_strdup(d->version);
	/*
	 * Files of an older package keep their older time stamps, which would fool make: nothing
	 * is shared between packages.
	 */
	ret->key = mem_printf("deb:%s:%s", d->package, d->sha256);
	ret->content = mem_strdup(d->sha256);
	if (dir_exists(boot)) {
		r = use_image(spec, root, ret, err);
	} else {
		ret->kind = SOURCE_TREE;
		ret->how = "deb-source";
		ret->dir = path_join(ret->lock.dir, "root");
		r = kernel_tree_check(ret->dir, &ret->version, err);
	}
	return r < 0 ? err_context(err, "%s", ret->name) : cache_downgrade(&ret->lock, err);
}

static bool is_unpacked(const struct source *s)
{
	AUTO_FREE char *root = path_join(s->lock.dir, "root");

	return dir_exists(root);
}

/*
 * Shared when it is there already, so that runs do not wait for each other; else exclusive, to
 * unpack it.
 */
static int get_entry(const struct source_spec *spec, const struct deb *d, struct source *ret,
		     struct err *err)
{
	AUTO_FREE char *readable = mem_printf("%s-%s", d->package, d->version),
		       *name = cache_name(readable, d->sha256);
	int r = source_cache_get(spec, "src", name, CACHE_SHARED, &ret->lock, err);

	if (r < 0 || is_unpacked(ret))
		return r;
	cache_put(&ret->lock);
	return source_cache_get(spec, "src", name, CACHE_EXCLUSIVE, &ret->lock, err);
}

int source_open_deb(const struct source_spec *spec, const char *path, struct source *ret,
		    struct err *err)
{
	struct deb d = { .path = mem_strdup(path), .sha256 = mem_alloc(65) };
	int r = file_sha256(path, d.sha256, err);

	if (r == 0)
		r = deb_control(path, &d.package, &d.version, &d.arch, err);
	if (r == 0)
		r = get_entry(spec, &d, ret, err);
	if (r == 0 && !is_unpacked(ret))
		r = unpack(spec, path, path, ret->lock.dir, err);
	if (r == 0)
		r = use(spec, &d, ret, err);
	deb_release(&d);
	return r;
}

/* The package's file from the cache, or from apt into it; then unpacked. */
static int fetch(const struct source_spec *spec, struct deb *d, const char *to, struct err *err)
{
	AUTO_FREE char *name = cache_name(d->package, d->sha256),
		       *shown = mem_printf("deb:%s", d->package);
	AUTO_STR struct str what = STR_INIT;
	struct cache_entry entry = { .lock_fd = -1 };
	int r = source_cache_get(spec, "deb", name, CACHE_EXCLUSIVE, &entry, err);

	if (r < 0)
		return r;
	str_addf(&what, "downloading %s %s (", d->package, d->version);
	str_add_size(&what, d->size);
	str_addc(&what, ')');
	tell(spec, str_c(&what));
	r = apt_download(d, &entry, err);
	if (r == 0)
		r = unpack(spec, d->path, shown, to, err);
	cache_put(&entry);
	return r;
}

int source_open_apt(const struct source_spec *spec, const char *package, struct source *ret,
		    struct err *err)
{
	struct deb d = { 0 };
	int r = apt_resolve(package, &d, err);

	if (r == 0)
		r = get_entry(spec, &d, ret, err);
	if (r == 0 && !is_unpacked(ret))
		r = fetch(spec, &d, ret->lock.dir, err);
	if (r == 0)
		r = use(spec, &d, ret, err);
	deb_release(&d);
	return r;
}

int source_open_matching(const struct source *image, const struct source_spec *spec,
			 struct source *ret, struct err *err)
{
	struct view rest = view_of(image->version ? image->version : ""), major, minor;
	struct err why = { 0 };
	int r = -ERR_NOT_FOUND;

	if (!image->package_version || !view_split(&rest, '.', &major) ||
	    !view_split(&rest, '.', &minor))
		return err_set(err, ERR_NOT_FOUND,
			       "%s is no package: name the tree it was built from with --tree",
			       image->name);
	AUTO_FREE char *package = mem_printf("linux-source-" VIEW_FMT "." VIEW_FMT "=%s",
					     VIEW_ARG(major), VIEW_ARG(minor),
					     image->package_version);
	struct source s = { .lock.lock_fd = -1 };
	r = source_open_apt(spec, package, &s, &why);
	if (r < 0)
		source_release(&s);
	if (r == -ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND,
			       "apt has no %s, the source of %s: name a tree with --tree", package,
			       image->name);
	if (r < 0)
		*err = why;
	else
		*ret = s;
	return r;
}
