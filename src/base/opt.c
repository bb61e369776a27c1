/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/opt.h"

#include <popt.h>

#include "base/yaml.h"

/* popt's value of an option is its index in the table plus 1; --help has one of its own. */
enum { HELP = 1 << 20 };

static bool at_end(const struct opt *o)
{
	return !o->name && !o->help;
}

static bool letter_taken(const struct opt_command *cmd, char letter)
{
	for (const struct opt *o = cmd->opts; !at_end(o); o++)
		if (o->type != OPT_GROUP && o->letter == letter)
			return true;
	return false;
}

static void *member(const struct opt *o, void *target)
{
	return (char *)target + o->offset;
}

void opts_release(const struct opt_command *cmd, void *target)
{
	for (const struct opt *o = cmd->opts; !at_end(o); o++) {
		if (o->type == OPT_STRING) {
			free(*(char **)member(o, target));
			*(char **)member(o, target) = NULL;
		} else if (o->type == OPT_STRINGS) {
			strv_release(member(o, target));
		}
	}
}

static int set_long(const struct opt *o, const char *arg, long *ret, struct err *err)
{
	int64_t v;
	bool ranged = o->max > o->min;

	if (view_i64(view_of(arg), &v) == 0 && (!ranged || (v >= o->min && v <= o->max))) {
		*ret = (long)v;
		return 0;
	}
	if (!ranged)
		return err_set(err, ERR_USAGE, "--%s: '%s' is not a whole number", o->name, arg);
	return err_set(err, ERR_USAGE, "--%s: '%s' is not a whole number from %ld to %ld", o->name,
		       arg, o->min, o->max);
}

static int set_enum(const struct opt *o, const char *arg, int *ret, struct err *err)
{
	AUTO_STR struct str names = STR_INIT;
	size_t n = 0;

	for (; o->values[n]; n++) {
		if (strcmp(o->values[n], arg) == 0) {
			*ret = (int)n;
			return 0;
		}
		str_addf(&names, "%s%s", n > 0 ? ", " : "", o->values[n]);
	}
	const char *near = str_nearest(arg, o->values, n);

	if (near)
		return err_set(err, ERR_USAGE, "--%s: '%s' is not one of %s; did you mean '%s'?",
			       o->name, arg, str_c(&names), near);
	return err_set(err, ERR_USAGE, "--%s: '%s' is not one of %s", o->name, arg, str_c(&names));
}

static int set_value(const struct opt *o, const char *arg, void *at, struct err *err)
{
	switch (o->type) {
	case OPT_FLAG: *(bool *)at = true; return 0;
	case OPT_STRING:
		free(*(char **)at);
		*(char **)at = mem_strdup(arg);
		return 0;
	case OPT_STRINGS: strv_add(at, arg); return 0;
	case OPT_LONG: return set_long(o, arg, at, err);
	case OPT_ENUM: return set_enum(o, arg, at, err);
	case OPT_SECONDS:
		if (parse_seconds(arg, at) < 0)
			return err_set(err, ERR_USAGE,
				       "--%s: '%s' is not a time like 90s, 2m or 1h", o->name, arg);
		return 0;
	case OPT_SIZE:
		if (parse_size(arg, at) < 0)
			return err_set(err, ERR_USAGE, "--%s: '%s' is not a size like 512M or 2G",
				       o->name, arg);
		return 0;
	case OPT_GROUP: break;
	}
	return 0;
}

/* popt could not place @word, an option as it was given. */
static int unknown_option(const struct opt_command *cmd, const char *word, struct err *err)
{
	AUTO_FREE char *name = mem_strndup(word, strcspn(word, "="));
	VEC(const char *) names = { 0 };
	const char *near = NULL;

	for (const struct opt *o = cmd->opts; !at_end(o); o++)
		if (o->type != OPT_GROUP)
			*vec_add(&names) = o->name;
	*vec_add(&names) = "help";
	if (name[0] == '-' && name[1] == '-')
		near = str_nearest(name + 2, names.data, names.len);
	vec_release(&names);
	if (near)
		return err_set(err, ERR_USAGE, "unknown option '%s'; did you mean '--%s'?", name,
			       near);
	return err_set(err, ERR_USAGE, "unknown option '%s'; 'kassay %s --help' lists them", name,
		       cmd->name);
}

static int popt_failed(const struct opt_command *cmd, poptContext ctx, int rc, struct err *err)
{
	const char *word = poptBadOption(ctx, POPT_BADOPTION_NOALIAS);

	if (!word)
		word = "";
	if (rc == POPT_ERROR_BADOPT)
		return unknown_option(cmd, word, err);
	if (rc == POPT_ERROR_NOARG)
		return err_set(err, ERR_USAGE, "option '%s' needs a value", word);
	if (rc == POPT_ERROR_UNWANTEDARG)
		return err_set(err, ERR_USAGE, "option '%.*s' takes no value",
			       (int)strcspn(word, "="), word);
	return err_set(err, ERR_USAGE, "option '%s': %s", word, poptStrerror(rc));
}

static struct poptOption *popt_table(const struct opt_command *cmd)
{
	VEC(struct poptOption) table = { 0 };

	for (const struct opt *o = cmd->opts; !at_end(o); o++) {
		if (o->type == OPT_GROUP)
			continue;
		*vec_add(&table) = (struct poptOption){
			.longName = o->name,
			.shortName = o->letter,
			.argInfo = o->type == OPT_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
			.val = (int)(o - cmd->opts) + 1,
		};
	}
	*vec_add(&table) = (struct poptOption){
		.longName = "help",
		.shortName = letter_taken(cmd, 'h') ? '\0' : 'h',
		.argInfo = POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL,
		.val = HELP,
	};
	vec_add(&table);
	return table.data;
}

static int take_args(const struct opt_command *cmd, poptContext ctx, struct strv *args,
		     struct err *err)
{
	AUTO_STRV struct strv read = { 0 };
	const char **left = poptGetArgs(ctx);

	for (; left && *left; left++)
		strv_add(&read, *left);
	if (cmd->max_args >= 0 && read.len > (size_t)cmd->max_args)
		return err_set(err, ERR_USAGE, "unexpected argument '%s'",
			       read.data[cmd->max_args]);
	if (read.len < (size_t)cmd->min_args)
		return err_set(err, ERR_USAGE, "an argument is missing: kassay %s %s", cmd->name,
			       cmd->args);
	strv_add_all(args, &read);
	return 0;
}

/* The whole of it but for what is wrong beside --help. */
static int parse(const struct opt_command *cmd, poptContext ctx, void *target, struct strv *args,
		 struct strv *set, bool *ret_help, struct err *err)
{
	int val;

	while ((val = poptGetNextOpt(ctx)) > 0) {
		if (val == HELP) {
			*ret_help = true;
			return 0;
		}
		const struct opt *o = &cmd->opts[val - 1];
		AUTO_FREE char *arg = poptGetOptArg(ctx);
		int rc = set_value(o, arg ? arg : "", member(o, target), err);

		if (rc < 0)
			return rc;
		if (set && !strv_has(set, o->name))
			strv_add(set, o->name);
	}
	if (val < -1)
		return popt_failed(cmd, ctx, val, err);
	return take_args(cmd, ctx, args, err);
}

/* Is there a --help that only the failure before it kept from being seen. */
static bool asks_help(const struct opt_command *cmd, int argc, const char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    (strcmp(argv[i], "-h") == 0 && !letter_taken(cmd, 'h')))
			return true;
	return false;
}

/* libpopt would put the next argument in the place of these, wherever they are. */
static int refuse_substitution(int argc, const char *const *argv, struct err *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strstr(argv[i], "!#:+"))
			return err_set(err, ERR_USAGE, "'!#:+' cannot be used in '%s'", argv[i]);
	return 0;
}

int opts_parse(const struct opt_command *cmd, int argc, const char *const *argv, void *target,
	       struct strv *args, struct strv *set, bool *ret_help, struct err *err)
{
	AUTO_FREE struct poptOption *table = popt_table(cmd);
	AUTO_FREE const char **copy = mem_alloc((size_t)(argc + 1) * sizeof(*copy));

	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	int rc = refuse_substitution(argc, argv, err);

	if (rc < 0)
		return rc;
	poptContext ctx = poptGetContext("kassay", argc, copy, table, 0);

	if (!ctx)
		return err_set(err, ERR_INTERNAL, "libpopt does not start");
	*ret_help = false;
	rc = parse(cmd, ctx, target, args, set, ret_help, err);

	poptFreeContext(ctx);
	if (rc < 0 && asks_help(cmd, argc, argv)) {
		*ret_help = true;
		return 0;
	}
	return rc;
}
