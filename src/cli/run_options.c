/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run_options.h"

#include "base/log.h"
#include "cli/defaults.h"

const char *const fail_on_names[] = { "any", "new", NULL };

void run_cli_release(const struct opt_command *face, struct run_cli *c)
{
	opts_release(face, c);
	free(TAKE(c->o.default_plan));
}

static bool origin_ok(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

int run_cli_parse(const struct opt_command *face, int argc, const char *const *argv,
		  struct run_cli *c, struct strv *args, struct strv *set)
{
	struct err err = { 0 };
	int r = cli_parse(face, argc, argv, c, &c->common, args, set);

	if (r != 0)
		return r;
	r = defaults_apply(c, args->len ? args->data[0] : ".", set, &err);
	if (r < 0)
		return -fail(&err);
	if (c->o.origin && !origin_ok(c->o.origin)) {
		log_error("--origin %s: lower case letters, digits and '_' only", c->o.origin);
		return -EXIT_USAGE;
	}
	if (c->o.json && c->o.events) {
		log_error("--json and --events exclude each other");
		return -EXIT_USAGE;
	}
	if (c->o.base_build && !c->o.base) {
		log_error("--base-build needs --base REV");
		return -EXIT_USAGE;
	}
	return 0;
}
