/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A completion script for bash, made from the option tables. */
#include "base/log.h"
#include "cli/cmd.h"
#include "sys/dirs.h"
#include "sys/file.h"

struct completion_cli {
	struct cli_common common;
};

static const struct opt options[] = { CLI_COMMON_OPTIONS(completion_cli, common), { 0 } };
const struct opt_command face_completion = {
	.name = "completion",
	.args = "bash",
	.summary = "print a completion script for the shell",
	.opts = options,
	.min_args = 1,
	.max_args = 1,
	.examples = "  kassay completion bash > ~/.local/share/bash-completion/completions/kassay",
};

/* Names of what we ship in configs/@folder, without @ending. */
static void add_shipped(const char *folder, const char *ending, struct str *out)
{
	AUTO_FREE char *share = NULL, *dir = NULL;
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	if (dirs_share(&share, &ignored) < 0)
		return;
	dir = mem_printf("%s/configs/%s", share, folder);
	dir_list(dir, &names, &ignored);
	vec_foreach(n, &names)
		if (view_ends(view_of(*n), ending))
			str_addf(out, "%.*s ", (int)(strlen(*n) - strlen(ending)), *n);
}

/* What is known of an option's values, beside files. */
static void add_words(const struct opt *o, struct str *out)
{
	for (const char *const *v = o->values; v && *v; v++)
		str_addf(out, "%s ", *v);
	if (strcmp(o->name, "plan") == 0)
		add_shipped("plans", ".yaml", out);
	else if (strcmp(o->name, "fragment") == 0)
		add_shipped(".", ".config", out);
	else if (strcmp(o->name, "suite") == 0)
		str_adds(out, "boot kunit kselftest: cmd:");
	else if (strcmp(o->name, "bad-if") == 0)
		str_adds(out, "build boot test: finding:");
	else if (strcmp(o->name, "log") == 0)
		str_adds(out, "console build machine config image");
}

/* What the first argument may be, beside a file; NULL: nothing else. */
static const char *argument_words(const char *command)
{
	static const char *const words[][2] = { { "cache", "clean" },
						{ "config", "show" },
						{ "completion", "bash" },
						{ "results", "last" },
						{ "boot", "last" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i][0], command) == 0)
			return words[i][1];
	return NULL;
}

/* "--preset) words="tiny guest";;" and "--plan) files=1;;" for options that take a value. */
static void value_cases(const struct opt_command *face, struct str *out)
{
	for (const struct opt *o = face->opts; o->name || o->help; o++) {
		if (o->type == OPT_GROUP || (!o->arg && !o->values))
			continue;
		bool path = o->arg &&
			    (strncmp(o->arg, "FILE", 4) == 0 || strncmp(o->arg, "DIR", 3) == 0);

		str_addf(out, "\t%s:--%s) words='", face->name, o->name);
		add_words(o, out);
		str_addf(out, "'%s ;;\n", path ? " files=1" : "");
	}
}

static void bash(struct str *out)
{
	str_adds(
		out,
		"# bash completion for kassay; made by: kassay completion bash\n"
		"_kassay()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
		"cmd=${COMP_WORDS[1]} words= files=\n"
		"\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\twords='--help --version");
	for (const struct command *c = commands; c->face; c++)
		str_addf(out, " %s", c->face->name);
	str_adds(out, "'\n\telse\n\tcase \"$cmd:$prev\" in\n");
	for (const struct command *c = commands; c->face; c++)
		value_cases(c->face, out);
	str_adds(out, "\t*)\n\t\tcase \"$cmd\" in\n");
	for (const struct command *c = commands; c->face; c++) {
		str_addf(out, "\t\t%s) words='--help", c->face->name);
		for (const struct opt *o = c->face->opts; o->name || o->help; o++)
			if (o->type != OPT_GROUP)
				str_addf(out, " --%s", o->name);
		str_adds(out, "' ;;\n");
	}
	str_adds(out, "\t\tesac\n\t\tif [ \"${cur#-}\" = \"$cur\" ]; then\n\t\t\tfiles=1 words=\n"
		      "\t\t\tcase \"$cmd\" in\n");
	for (const struct command *c = commands; c->face; c++)
		if (argument_words(c->face->name))
			str_addf(out, "\t\t\t%s) words=%s ;;\n", c->face->name,
				 argument_words(c->face->name));
	str_adds(out, "\t\t\tesac\n\t\tfi ;;\n\tesac\n\tfi\n"
		      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\";"
		      " [ -z \"$files\" ] || compgen -f -- \"$cur\")\n"
		      "\t[ -z \"$files\" ] || compopt -o filenames 2>/dev/null\n}\n"
		      "complete -F _kassay kassay\n");
}

int cmd_completion(int argc, const char *const *argv)
{
	struct completion_cli c = { 0 };
	AUTO_STRV struct strv args = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	int r = cli_parse(&face_completion, argc, argv, &c, &c.common, &args, NULL);

	if (r != 0)
		return r > 0 ? EXIT_GOOD : -r;
	if (strcmp(args.data[0], "bash") != 0) {
		log_error("completion %s: only bash is known", args.data[0]);
		return EXIT_USAGE;
	}
	bash(&out);
	return print_out(str_view(&out), &err) < 0 ? fail(&err) : EXIT_GOOD;
}
