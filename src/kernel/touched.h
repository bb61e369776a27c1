/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Was a changed file compiled at all? Reads the ".foo.o.cmd" files of objects that are really part
 * of the build (linked into vmlinux or a module), and for files that no object used the Makefiles
 * that would compile them.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"

struct touched {
	const char *file;	/* relative to the source tree */
	bool matters;		/* .c .S .h .rs .dts ...; not documentation, scripts, tools/ */
	bool compiled;		/* some object of the build has it among its dependencies */
	const char *symbol;	/* CONFIG_X that would compile it, NULL: not found; "obj-y" files have none */
	/* All that are not set, nearest first: "CONFIG_E1000E CONFIG_NET_VENDOR_INTEL"; NULL: none. */
	const char *symbols;
};
struct touched_list { struct touched *data; size_t len, cap; };

/* @objects: the O= folder of a finished build. */
int touched_files(struct arena *a, const char *source, const char *objects,
		  const struct strv *files, struct touched_list *ret, struct err *err);
/*
 * Symbols to set so that @symbol can be enabled: itself and what it depends on, "CONFIG_X=y" each
 * (and "=n" for what excludes it). @symbol may be several names with spaces between them, as in
 * touched.symbols. Needs the tree's own kconfig (built in @objects) and dirs_share(). Adds nothing
 * and returns 0 when it cannot tell, or when nothing has to be changed.
 */
int config_enable(const char *objects, const char *symbol,
		  struct strv *ret, struct err *err);
