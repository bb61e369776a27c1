/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configuration: preset, fragments (which include others), inline symbols; then what
 * survived is checked.
 *
 *   preset ─► fragments in order, includes first ─► kselftest collections' config
 *          ─► inline ─► olddefconfig ─► check
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "logs/record.h"
#include "sys/arch.h"

enum config_preset {
	PRESET_TINY,
	PRESET_GUEST,
	PRESET_DISTRO,
	PRESET_TREE,
	PRESET_DEFCONFIG,
	PRESET_COUNT,
};
extern const char *const config_preset_names[]; /* "tiny" "guest" ..., NULL-terminated */

struct config_spec {
	enum config_preset preset;
	const struct arch *arch;	/* NULL: of this host */
	const char *file;		/* PRESET_DISTRO: the config file; PRESET_TREE: the user's .config */
	struct strv fragments;		/* names of shipped fragments or paths of files */
	struct strv inline_symbols;	/* "CONFIG_X=y", "X=n", "CONFIG_X=\"text\"", "X=text" */
	struct strv kselftests;		/* collections whose tools/testing/selftests/COLL/config comes in */
};

/* One requested symbol, where it was asked for, and what it became. */
struct config_want {
	const char *symbol;	/* "CONFIG_KASAN" */
	const char *value;	/* "y" "m" "n" or text as in .config */
	const char *from;	/* "fragment kasan", "--config", "kselftest size" */
	const char *got;	/* NULL until checked */
	const char *unmet;	/* why it did not survive: "depends on HAVE_X [=n] && ...", or NULL */
	const char *where;	/* with unmet: the definition, "lib/Kconfig.kasan:38", or NULL */
	bool optional;		/* of a fragment's "# optional" part: no finding when it did not survive */
};
struct config_wants { struct config_want *data; size_t len, cap; };

/*
 * Read fragments (configs/NAME.config below the shipped folder and what configs/FOLDER/NAME.config adds for the
 * architecture, or a file) into @ret, a later wish for a symbol replacing an earlier one. A fragment is a kernel config file; the line "# include
 * NAME" takes another in first (once), and below a line "# optional" are wishes that not every
 * kernel can grant. @source_dir NULL: kselftest collections are passed over. ERR_USAGE names the
 * unknown fragment or collection and the nearest one, or FILE:LINE of a bad line.
 */
int config_wants(struct arena *a, const struct config_spec *spec, const char *share_dir,
		 const char *source_dir, struct config_wants *ret, struct err *err);
/* The wishes as lines of a .config: with olddefconfig after, they override what is before them. */
void config_wants_text(const struct config_wants *wants, struct str *out);

/*
 * Fill .got from the text of the final .config: "n" when a symbol is not in it. Returns how many
 * that are not optional are unmet.
 */
size_t config_check(struct arena *a, struct view config, struct config_wants *wants);
/* After config_check(). "n" is met by absence, "m" also by "y". */
bool config_want_met(const struct config_want *w);

/* How make is called for a build folder: both end up in it, for config_enable(). */
struct config_make {
	const struct strv *argv;	/* "make" "-C" SOURCE "O=..." "LLVM=1" ..., without a target */
	const struct strv *env;		/* "NAME=value", as struct run_spec has them */
};
/*
 * Fill .unmet and .where of the wishes that are not met, by asking the tree's own kconfig
 * (share_dir/configs/kconfig), whose objects "make olddefconfig" has left in @objects. Two
 * seconds; nothing unmet: at once. Call it after every olddefconfig, with the same @make. Where
 * the tree's kconfig cannot be asked, .unmet stays NULL and the return is 0.
 */
int config_explain(struct arena *a, const char *share_dir, const char *objects,
		   const struct config_make *make, struct config_wants *wants, struct err *err);
