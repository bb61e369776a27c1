/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

const struct command commands[] = {
	{ &face_run, cmd_run },
	{ &face_build, cmd_build },
	{ &face_boot, cmd_boot },
	{ &face_test, cmd_test },
	{ &face_parse, cmd_parse },
	{ &face_results, cmd_results },
	{ &face_cache, cmd_cache },
	{ &face_config, cmd_config },
	{ &face_completion, cmd_completion },
	{ NULL, NULL },
};

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->face; c++)
		if (strcmp(c->face->name, name) == 0)
			return c;
	return NULL;
}
