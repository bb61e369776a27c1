/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/guest_load.h"

#include "base/log.h"
#include "boot/qemu.h"
#include "sys/file.h"

#define GUEST_MODULES "/kassay/modules"

static bool has_file(const struct guest_spec *g, const char *path)
{
	vec_foreach(f, &g->files)
		if (strcmp(f->path, path) == 0)
			return true;
	return false;
}

char *guest_add_module(struct guest_spec *g, const struct module_file *file)
{
	AUTO_FREE char *path = mem_printf(GUEST_MODULES "/%s", path_base(file->path));

	if (!has_file(g, path))
		*vec_add(&g->files) = (struct guest_file){ .path = mem_strdup(path),
							   .from = mem_strdup(file->path),
							   .mode = 0644 };
	return mem_printf("%s%s", file->optional ? "?" : "", path);
}

int guest_load(struct guest_spec *g, const char *modules, const char *name, const char *work,
	       struct err *err)
{
	struct module_files files = { 0 };
	AUTO_ARENA struct arena *a = arena_new();
	int r = module_built_in(modules, name) ? 0 :
						 module_files(a, modules, name, work, &files, err);

	for (size_t i = 0; r == 0 && i < files.len; i++) {
		AUTO_FREE char *word = guest_add_module(g, &files.data[i]);

		if (!strv_has(&g->load, word))
			strv_add(&g->load, word);
	}
	vec_release(&files);
	return r;
}

static int load_all(struct guest_spec *g, const char *const *names, const char *modules,
		    const char *work, struct err *err)
{
	int r = 0;

	for (const char *const *name = names; *name && r == 0; name++) {
		r = guest_load(g, modules, *name, work, err);
		if (r == -ERR_PARSE || r == -ERR_LIMIT) /* a damaged file */
			log_warn("%s; without it", err->msg);
		if (r == -ERR_NOT_FOUND || r == -ERR_PARSE || r == -ERR_LIMIT)
			r = 0;
	}
	return r;
}

int guest_load_channel(struct guest_spec *g, const struct machine_spec *spec, const char *modules,
		       const char *work, struct err *err)
{
	return load_all(g, qemu_port_modules(spec), modules, work, err);
}

int guest_load_disks(struct guest_spec *g, const struct machine_spec *spec, const char *modules,
		     const char *work, struct err *err)
{
	return load_all(g, qemu_disk_modules(spec), modules, work, err);
}
