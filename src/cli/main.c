/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/cmd.h"

static void usage(struct str *out)
{
	str_adds(
		out,
		"kassay makes Linux kernel releases test-driven: builds a kernel, boots it, runs its tests,\n"
		"reads what happened and says so.\n\nUsage: kassay COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n");
	for (const struct command *c = commands; c->face; c++)
		str_addf(out, "  %-11s %s\n", c->face->name, c->face->summary);
	str_adds(
		out,
		"\nIn a kernel tree, \"kassay run\" is all it takes. \"kassay COMMAND --help\" and \"man kassay\" say more.\n");
}

static int print_text(void (*make)(struct str *out))
{
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };

	make(&text);
	return print_out(str_view(&text), &err) < 0 ? fail(&err) : EXIT_GOOD;
}

static void version(struct str *out)
{
	str_adds(out, "kassay " KASSAY_VERSION "\n");
}

static int unknown(const char *name)
{
	const char *names[32];
	size_t n = 0;
	const char *near;

	for (const struct command *c = commands; c->face && n < ARRAY_SIZE(names); c++)
		names[n++] = c->face->name;
	near = str_nearest(name, names, n);
	log_error("no command '%s'%s%s%s; see kassay --help", name, near ? "; did you mean '" : "",
		  near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *c;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		AUTO_STR struct str text = STR_INIT;

		usage(&text);
		fputs(str_c(&text), stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return print_text(version);
	if (strcmp(argv[1], "help") == 0 && argc > 2) {
		const char *const help[] = { argv[2], "--help" };

		c = command_find(argv[2]);
		return c ? c->run(2, help) : unknown(argv[2]);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_text(usage);
	c = command_find(argv[1]);
	return c ? c->run(argc - 1, (const char *const *)argv + 1) : unknown(argv[1]);
}
