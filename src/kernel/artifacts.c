/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a finished build leaves that is worth keeping. */
#include <sys/stat.h>

#include "base/sha256.h"
#include "kernel/artifacts_elf.h"
#include "kernel/build_internal.h"
#include "sys/file.h"

enum { RELEASE_MAX = 256 };

/* Files of o/ by role (store/store.h), where they are there and not empty. */
static const struct {
	const char *role, *path;
} files[] = {
	{ "config", ".config" },
	{ "system-map", "System.map" },
	{ "module-symvers", "Module.symvers" },
	{ "modules-builtin", "modules.builtin" },
	{ "modules-builtin-modinfo", "modules.builtin.modinfo" },
	{ "vmlinux", "vmlinux" },
};

static bool has_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0;
}

void build_add_artifact(struct build *b, const char *role, const char *path)
{
	if (has_bytes(path))
		*vec_add(&b->ret->artifacts) =
			(struct build_artifact){ role, arena_strdup(b->arena, path) };
}

static int read_release(struct build *b, struct err *err)
{
	AUTO_FREE char *path = path_join(b->objects, "include/config/kernel.release");
	AUTO_STR struct str text = STR_INIT;
	int r = file_read(path, RELEASE_MAX, &text, err);

	if (r < 0)
		return r;
	struct view release = view_trim(str_view(&text));
	if (!release.len || view_find_chr(release, '/') >= 0 || view_starts(release, "."))
		return err_set(err, ERR_PARSE, "%s: not the name of a release", path);
	b->ret->release = arena_strndup(b->arena, release.p, release.len);
	return 0;
}

struct hashes {
	const char *dir;
	struct str text;
};

static int hash_module(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct hashes *h = data;
	AUTO_FREE char *path = path_join(h->dir, rel);
	char sha[65];

	if (!S_ISREG(st->st_mode) || !strstr(path_base(rel), ".ko"))
		return 0;
	int r = file_sha256(path, sha, err);
	if (r == 0)
		str_addf(&h->text, "%s  %s\n", sha, rel);
	return r;
}

static int write_module_hashes(struct build *b, const char *out, struct err *err)
{
	struct hashes h = { .dir = b->ret->modules };
	int r = dir_walk(h.dir, hash_module, &h, err);

	if (r == 0)
		r = file_write(out, str_view(&h.text), 0644, err);
	str_release(&h.text);
	return r;
}

static int install_modules(struct build *b, const char *mods, bool *ret_ok, struct err *err)
{
	static const char *const sbin[] = { "/usr/sbin/depmod", "/sbin/depmod" };
	AUTO_FREE char *depmod = path_which("depmod");
	AUTO_FREE char *path = mem_printf("INSTALL_MOD_PATH=%s", mods);
	/* An ordinary user's PATH has no sbin. */
	for (size_t i = 0; !depmod && i < ARRAY_SIZE(sbin); i++)
		depmod = file_exists(sbin[i]) ? mem_strdup(sbin[i]) : NULL;
	if (!depmod)
		return tool_need("depmod", "kmod", &depmod, err);
	AUTO_FREE char *tool = mem_printf("DEPMOD=%s", depmod);
	const char *const targets[] = { path, "INSTALL_MOD_STRIP=1", tool, "modules_install",
					NULL };
	int r = dir_remove(mods, err);

	return r < 0 ? r : build_make(b, "modules", targets, ret_ok, err);
}

int build_modules(struct build *b, bool *ret_ok, struct err *err)
{
	static const char *const links[] = { "build", "source" };
	AUTO_FREE char *mods = path_join(b->dir, "mods"),
		       *hashes = path_join(b->dir, "module-hashes");
	bool ok = true;
	int r = read_release(b, err);

	if (r < 0)
		return r;
	const char *stamp = arena_printf(b->arena, "%s %s %s", b->ret->release,
					 b->ret->config_sha256, b->key_sha256);
	b->ret->modules = arena_printf(b->arena, "%s/lib/modules/%s", mods, b->ret->release);
	if (b->modules_made || !b->state.modules || strcmp(b->state.modules, stamp) != 0 ||
	    !dir_exists(b->ret->modules)) {
		b->state.modules = NULL;
		r = install_modules(b, mods, &ok, err);
		/* They lead into our folders. */
		for (size_t i = 0; r == 0 && ok && i < ARRAY_SIZE(links); i++) {
			AUTO_FREE char *link = path_join(b->ret->modules, links[i]);
			unlink(link);
		}
		if (r == 0 && ok)
			r = write_module_hashes(b, hashes, err);
		if (r == 0 && ok)
			b->state.modules = stamp;
	}
	if (r == 0 && ok)
		build_add_artifact(b, "module-hashes", hashes);
	else
		b->ret->modules = NULL;
	*ret_ok = ok;
	return r;
}

/* The section is read again only when vmlinux is newer than what was read. */
static int extract_btf(struct build *b, const char *vmlinux, struct err *err)
{
	AUTO_FREE char *btf = path_join(b->dir, "btf");
	struct stat of_btf, of_vmlinux;
	bool found = true;

	if (stat(vmlinux, &of_vmlinux) < 0)
		return err_sys(err, "%s", vmlinux);
	if (stat(btf, &of_btf) < 0 || of_btf.st_mtim.tv_sec <= of_vmlinux.st_mtim.tv_sec) {
		int r = artifact_section(vmlinux, ".BTF", btf, &found, err);
		if (r < 0)
			return r;
		if (!found)
			unlink(btf);
	}
	build_add_artifact(b, "btf", btf);
	return 0;
}

int build_artifacts(struct build *b, struct err *err)
{
	AUTO_FREE char *image = path_join(b->objects, b->arch->image),
		       *vmlinux = path_join(b->objects, "vmlinux");
	int r = b->ret->release ? 0 : read_release(b, err);

	if (r == 0)
		r = file_sha256(image, b->ret->image_sha256, err);
	if (r == 0)
		r = artifact_build_id(vmlinux, b->ret->build_id, err);
	if (r == 0)
		r = extract_btf(b, vmlinux, err);
	if (r < 0)
		return r;
	b->ret->image = arena_strdup(b->arena, image);
	build_add_artifact(b, "image", image);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO_FREE char *path = path_join(b->objects, files[i].path);
		build_add_artifact(b, files[i].role, path);
	}
	return 0;
}
