/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wishes against the .config that came out. */
#include "kernel/config.h"

#include "base/str.h"

const char *const config_preset_names[] = { "tiny", "guest", "distro", "tree", "defconfig", NULL };

void config_wants_text(const struct config_wants *wants, struct str *out)
{
	vec_foreach(w, wants) {
		if (!strcmp(w->value, "n"))
			str_addf(out, "# %s is not set\n", w->symbol);
		else
			str_addf(out, "%s=%s\n", w->symbol, w->value);
	}
}

bool config_want_met(const struct config_want *w)
{
	if (!w->got)
		return false;
	return !strcmp(w->got, w->value) || (!strcmp(w->value, "m") && !strcmp(w->got, "y"));
}

/* "CONFIG_X=y" or "# CONFIG_X is not set". */
static bool config_line(struct view line, struct view *ret_symbol, struct view *ret_value)
{
	ssize_t eq;

	if (view_skip(&line, "# ") && view_ends(line, " is not set")) {
		*ret_symbol = view_sub(line, 0, line.len - strlen(" is not set"));
		*ret_value = VIEW("n");
		return true;
	}
	eq = view_find_chr(line, '=');
	if (!view_starts(line, "CONFIG_") || eq < 0)
		return false;
	*ret_symbol = view_sub(line, 0, (size_t)eq);
	*ret_value = view_sub(line, (size_t)eq + 1, line.len);
	return true;
}

size_t config_check(struct arena *a, struct view config, struct config_wants *wants)
{
	AUTO_MAP struct map *by_symbol = map_new();
	struct view line, symbol, value;
	size_t unmet = 0;

	vec_foreach(w, wants) {
		w->got = "n";
		map_set(by_symbol, w->symbol, w);
	}
	while (view_line(&config, &line)) {
		struct config_want *w = NULL;

		if (config_line(line, &symbol, &value))
			w = map_getv(by_symbol, symbol);
		if (w)
			w->got = arena_strndup(a, value.p, value.len);
	}
	vec_foreach(w, wants)
		unmet += !w->optional && !config_want_met(w);
	return unmet;
}
