/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the option table says to people and to programs. */
#include "base/opt.h"

enum { HELP_WIDTH = 80, HELP_COLUMN_MAX = 30, HELP_GAP = 2 };

static bool at_end(const struct opt *o)
{
	return !o->name && !o->help;
}

/* "auto|kvm|tcg" for an enum that names no argument, "" for a flag. */
static void add_arg(struct str *out, const struct opt *o)
{
	if (o->type == OPT_ENUM && !o->arg) {
		for (size_t i = 0; o->values[i]; i++)
			str_addf(out, "%s%s", i > 0 ? "|" : "", o->values[i]);
	} else if (o->arg) {
		str_adds(out, o->arg);
	}
}

/* "  -j, --jobs N", the left column. */
static void add_face(struct str *out, const struct opt *o)
{
	AUTO_STR struct str arg = STR_INIT;

	if (o->letter)
		str_addf(out, "  -%c, --%s", o->letter, o->name);
	else
		str_addf(out, "      --%s", o->name);
	add_arg(&arg, o);
	if (arg.len > 0)
		str_addf(out, " %s", str_c(&arg));
}

/* @text in lines of at most HELP_WIDTH, from @column on; the cursor is there already. */
static void add_wrapped(struct str *out, const char *text, size_t column)
{
	struct view rest = view_of(text), word;
	size_t at = column;

	while (view_split(&rest, ' ', &word)) {
		if (at > column && at + 1 + word.len > HELP_WIDTH) {
			str_addf(out, "\n%*s", (int)column, "");
			at = column;
		}
		if (at > column) {
			str_addc(out, ' ');
			at++;
		}
		str_addv(out, word);
		at += word.len;
	}
	str_addc(out, '\n');
}

static void add_row(struct str *out, const struct opt *o, size_t column)
{
	AUTO_STR struct str face = STR_INIT;

	if (o->type == OPT_GROUP) {
		str_addf(out, "\n%s:\n", o->help);
		return;
	}
	add_face(&face, o);
	if (face.len + HELP_GAP <= column)
		str_addf(out, "%-*s", (int)column, str_c(&face));
	else
		str_addf(out, "%s\n%*s", str_c(&face), (int)column, "");
	str_clear(&face);
	str_adds(&face, o->help);
	if (o->type == OPT_LONG && o->max > o->min)
		str_addf(&face, " (%ld to %ld)", o->min, o->max);
	add_wrapped(out, str_c(&face), column);
}

/* Where the help texts begin: behind the widest left column that is not too wide. */
static size_t help_column(const struct opt_command *cmd, const struct opt *help)
{
	size_t widest = 0;

	for (const struct opt *o = cmd->opts;; o++) {
		bool last = at_end(o);
		AUTO_STR struct str face = STR_INIT;

		if (last || o->type != OPT_GROUP)
			add_face(&face, last ? help : o);
		if (face.len + HELP_GAP <= HELP_COLUMN_MAX && face.len > widest)
			widest = face.len;
		if (last)
			return widest + HELP_GAP;
	}
}

static struct opt help_option(const struct opt_command *cmd)
{
	struct opt help = { .name = "help", .letter = 'h', .help = "show this text" };

	for (const struct opt *o = cmd->opts; !at_end(o); o++)
		if (o->type != OPT_GROUP && o->letter == 'h')
			help.letter = '\0';
	return help;
}

void opts_help(const struct opt_command *cmd, struct str *out)
{
	const struct opt help = help_option(cmd);
	size_t column = help_column(cmd, &help);
	bool grouped = cmd->opts[0].type == OPT_GROUP;

	str_addf(out, "Usage: kassay %s [OPTION]...%s%s\n\n", cmd->name,
		 cmd->args && cmd->args[0] ? " " : "", cmd->args ? cmd->args : "");
	add_wrapped(out, cmd->summary, 0);
	if (!grouped)
		str_adds(out, "\nOptions:\n");
	for (const struct opt *o = cmd->opts; !at_end(o); o++)
		add_row(out, o, column);
	if (grouped)
		str_addc(out, '\n');
	add_row(out, &help, column);
	if (cmd->examples) {
		struct view rest = view_of(cmd->examples), line;

		str_adds(out, "\nExamples:\n");
		while (view_line(&rest, &line))
			str_addf(out, "  " VIEW_FMT "\n", VIEW_ARG(line));
	}
}

static void add_table_line(struct str *out, const struct opt *o)
{
	str_addf(out, "--%s\t%s\t", o->name, o->letter ? (char[]){ o->letter, '\0' } : "");
	add_arg(out, o);
	str_addf(out, "\t%s\n", o->help);
}

void opts_table(const struct opt_command *cmd, struct str *out)
{
	const struct opt help = help_option(cmd);

	for (const struct opt *o = cmd->opts; !at_end(o); o++)
		if (o->type != OPT_GROUP)
			add_table_line(out, o);
	add_table_line(out, &help);
}
