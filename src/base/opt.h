/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options: one static table per command. From it come the parser (libpopt), --help, shell
 * completion, and the test that compares it with the man page ("kassay COMMAND --help=table").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

enum opt_type {
	OPT_FLAG,    /* bool */
	OPT_STRING,  /* char *, heap, freed by opts_release() */
	OPT_STRINGS, /* struct strv, may be given more than once */
	OPT_LONG,    /* long, min..max */
	OPT_SECONDS, /* double */
	OPT_SIZE,    /* uint64_t */
	OPT_ENUM,    /* int, index into values[] */
	OPT_GROUP,   /* a heading in --help: only help is used */
};

struct opt {
	const char *name; /* long name without "--" */
	char letter;	  /* 0: none */
	enum opt_type type;
	size_t offset; /* of the member in the command's option struct */
	/*
	 * "FILE"; NULL for a flag; an enum's NULL shows its values. Names starting with FILE or DIR
	 * complete as paths.
	 */
	const char *arg;
	const char *help; /* one line, no full stop */
	long min, max;
	const char *const *values; /* OPT_ENUM, NULL-terminated */
};

/* A command's face: everything --help, completion and the man page test need. */
struct opt_command {
	const char *name;	/* "run" */
	const char *args;	/* "[SOURCE]" */
	const char *summary;	/* one line */
	const struct opt *opts; /* ends with name and help NULL */
	int min_args, max_args; /* max -1: any number */
	const char *examples;	/* a few lines for --help, or NULL */
};

/*
 * Parse argv (argv[0] is the command's name) into @target and @args. ERR_USAGE names the option and
 * the nearest valid one. *ret_help is set when --help was asked for, and nothing else is checked
 * then. "--opt=value", "--opt value", "-o value" and "-ovalue" are one; options may follow
 * arguments; behind "--" all are arguments. @target may be partly filled on failure: it is for
 * opts_release() always. @set, when not NULL, gets the names of the options that were given (so a
 * plan can tell a default from a wish).
 */
int opts_parse(const struct opt_command *cmd, int argc, const char *const *argv, void *target,
	       struct strv *args, struct strv *set, bool *ret_help, struct err *err);
void opts_release(const struct opt_command *cmd, void *target);
/* For people: 80 columns. */
void opts_help(const struct opt_command *cmd, struct str *out);
/* For programs: lines "--name\tletter\targ\thelp", --help too. */
void opts_table(const struct opt_command *cmd, struct str *out);
