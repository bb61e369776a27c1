/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A completion script for bash, made from the option tables. */
#include "base/log.h"
#include "cli/cmd.h"

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

/* "--preset) words="tiny guest";;" and "--plan) files=1;;" for options that take a value. */
static void value_cases(const struct opt_command *face, struct str *out)
{
	for (const struct opt *o = face->opts; o->name || o->help; o++) {
		if (o->type == OPT_GROUP || (!o->arg && !o->values))
			continue;
		str_addf(out, "\t%s:--%s) ", face->name, o->name);
		if (o->values) {
			str_adds(out, "words='");
			for (const char *const *v = o->values; *v; v++)
				str_addf(out, "%s%s", v == o->values ? "" : " ", *v);
			str_adds(out, "' ;;\n");
		} else {
			bool path = strncmp(o->arg, "FILE", 4) == 0 ||
				    strncmp(o->arg, "DIR", 3) == 0;

			str_adds(out, path ? "files=1 ;;\n" : "words='' ;;\n");
		}
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
	str_adds(
		out,
		"\t\tesac\n\t\t[ \"${cur#-}\" = \"$cur\" ] && files=1 && words= ;;\n\tesac\n\tfi\n"
		"\tif [ -n \"$files\" ]; then\n\t\tcompopt -o filenames 2>/dev/null\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		"\telse\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n\tfi\n}\n"
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
