/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A subcommand: its face, its work, its row in commands.c. */
#pragma once

#include "base/err.h"
#include "base/opt.h"
#include "base/vec.h"

enum exit_status {
	EXIT_GOOD = 0,
	EXIT_BAD = 1,	    /* the kernel is bad */
	EXIT_UNKNOWN = 125, /* could not tell */
	EXIT_USAGE = 129,
};

struct command {
	const struct opt_command *face;
	/* argv[0] is the command's name. Returns the exit status; prints its own error. */
	int (*run)(int argc, const char *const *argv);
};
extern const struct command commands[]; /* ends with face NULL */
const struct command *command_find(const char *name);

int cmd_run(int argc, const char *const *argv);
int cmd_build(int argc, const char *const *argv);
int cmd_boot(int argc, const char *const *argv);
int cmd_test(int argc, const char *const *argv);
int cmd_results(int argc, const char *const *argv);
int cmd_cache(int argc, const char *const *argv);
int cmd_config(int argc, const char *const *argv);
int cmd_parse(int argc, const char *const *argv);
int cmd_completion(int argc, const char *const *argv);
extern const struct opt_command face_run, face_build, face_boot, face_test, face_results,
	face_cache, face_config, face_parse, face_completion;

/* exit.c: which error is which exit status; and one line on stderr. */
int exit_status_of(const struct err *err);
int fail(const struct err *err);

/*
 * Parse a command's options: 0 go on; 1 done (--help was shown); negative: an error was printed. --quiet and --verbose,
 * which the table puts into @common, are honoured here.
 */
struct cli_common {
	bool quiet, verbose;
};
int cli_parse(const struct opt_command *face, int argc, const char *const *argv, void *target,
	      const struct cli_common *common, struct strv *args, struct strv *set);
/* "12", or 0 for "last"; ERR_USAGE. */
int run_number(const char *text, int64_t *ret, struct err *err);
/* Results to stdout; a closed pipe or a full disk is an error. */
int print_out(struct view text, struct err *err);

#define CLI_COMMON_OPTIONS(type, member) \
	{ NULL, 0, OPT_GROUP, 0, NULL, "Messages" }, \
		{ "quiet",  'q', \
		  OPT_FLAG, offsetof(struct type, member.quiet), \
		  NULL,	    "only errors on stderr" }, \
	{ \
		"verbose", 'v', OPT_FLAG, offsetof(struct type, member.verbose), NULL, \
			"say more, show every failure" \
	}
