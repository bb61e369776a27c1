/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configuration: preset, fragments (which include others), inline symbols; then what survived is checked.
 *
 *   preset ─► fragments in order, includes first ─► kselftest collections' config ─► inline ─► olddefconfig ─► check
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "logs/record.h"

enum config_preset { PRESET_TINY, PRESET_GUEST, PRESET_DISTRO, PRESET_TREE, PRESET_DEFCONFIG, PRESET_COUNT };
extern const char *const config_preset_names[];		/* NULL-terminated: "tiny" "guest" "distro" "tree" "defconfig" */

struct config_spec {
	enum config_preset preset;
	const char *file;		/* PRESET_DISTRO: the config file; PRESET_TREE: the user's .config */
	struct strv fragments;		/* names of shipped fragments or paths of files */
	struct strv inline_symbols;	/* "CONFIG_X=y", "CONFIG_X=n", "CONFIG_X=\"text\"" ("X=y" is understood) */
	struct strv kselftests;		/* collections whose tools/testing/selftests/COLL/config comes in */
};

/* One requested symbol, where it was asked for, and what it became. */
struct config_want {
	const char *symbol;	/* "CONFIG_KASAN" */
	const char *value;	/* "y" "m" "n" or text as in .config */
	const char *from;	/* "fragment kasan", "--config", "kselftest size" */
	const char *got;	/* NULL until checked */
	const char *unmet;	/* why it did not survive: "depends on HAVE_X [=n] && ...", or NULL */
};
struct config_wants { struct config_want *data; size_t len, cap; };

/*
 * Read fragments (configs/NAME.config below the shipped folder, or a file) into @ret, a later wish for a symbol
 * replacing an earlier one. A fragment is a kernel config file; the line "# include NAME" takes another in first.
 * ERR_USAGE names the unknown fragment, the nearest one, or FILE:LINE of a bad line.
 */
int config_wants(struct arena *a, const struct config_spec *spec, const char *share_dir, const char *source_dir,
		 struct config_wants *ret, struct err *err);
