/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "cli/defaults.h"
#include "sys/file.h"

struct config_cli {
	bool json;
	struct cli_common common;
};

static const struct opt options[] = { { "json", 0, OPT_FLAG, offsetof(struct config_cli, json),
					NULL, "as JSON" },
				      CLI_COMMON_OPTIONS(config_cli, common),
				      { 0 } };
const struct opt_command face_config = {
	.name = "config",
	.args = "show [TREE]",
	.summary = "show the defaults in force and which file says so",
	.opts = options,
	.min_args = 1,
	.max_args = 2,
	.examples = "  kassay config show",
};

int cmd_config(int argc, const char *const *argv)
{
	struct config_cli c = { 0 };
	AUTO_STRV struct strv args = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	int r = cli_parse(&face_config, argc, argv, &c, &c.common, &args, NULL);

	if (r != 0)
		return r > 0 ? EXIT_GOOD : -r;
	if (strcmp(args.data[0], "show") != 0) {
		log_error("config %s: there is only 'config show'", args.data[0]);
		return EXIT_USAGE;
	}
	if (args.len > 1 && !dir_exists(args.data[1])) {
		log_error("config show %s: there is no such folder", args.data[1]);
		return EXIT_USAGE;
	}
	r = defaults_show(args.len > 1 ? args.data[1] : ".", c.json, &out, &err);
	if (r == 0)
		r = print_out(str_view(&out), &err);
	return r < 0 ? fail(&err) : EXIT_GOOD;
}
