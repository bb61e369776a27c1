/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules of a kernel: what has to be loaded for one, in which order, as files that the kernel takes. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"

enum { MODULE_DEPENDS_MAX = 1000 };

struct module_file {
	const char *path; /* a .ko in the work folder, not compressed */
	bool optional;	  /* a soft dependency: it need not load */
};
struct module_files {
	struct module_file *data; /* dependencies first */
	size_t len, cap;
};

/* Is @name built in, by the modules.builtin in @dir: that of the modules, or a build folder? */
bool module_built_in(const char *dir, const char *name);
/* Names of all modules in @dir, with '_', sorted. */
int modules_list(const char *dir, struct strv *ret, struct err *err);
/*
 * What loading @name ("loop", "snd-hda-intel": '-' is '_') takes, from @dir, a folder lib/modules/RELEASE. Dependencies
 * are read from the modules themselves ("depends=", and "softdep=... pre:" where there is such a module), as a package
 * has no modules.dep; what only a modules.alias tells counts where there is one. Files are unpacked to @work, each once; one that is built in takes none. ERR_NOT_FOUND: there is
 * no such module; names the nearest. ERR_PARSE: a damaged file. Paths live in @a.
 */
int module_files(struct arena *a, const char *dir, const char *name, const char *work, struct module_files *ret,
		 struct err *err);
