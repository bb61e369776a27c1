/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/cmd.h"

int exit_status_of(const struct err *err)
{
	switch (err->code) {
	case ERR_USAGE: return EXIT_USAGE;
	default: return EXIT_UNKNOWN;
	}
}

int fail(const struct err *err)
{
	if (err->code == ERR_CANCELLED) /* whatever it was that a person interrupted */
		log_error("interrupted");
	else
		log_error("%s", err->msg);
	return exit_status_of(err);
}

int run_number(const char *text, int64_t *ret, struct err *err)
{
	uint64_t id = 0;

	if (strcmp(text, "last") != 0 &&
	    (view_u64(view_of(text), 10, &id) < 0 || id == 0 || id > INT64_MAX))
		return err_set(err, ERR_USAGE, "run '%s': write its number, or 'last'", text);
	*ret = (int64_t)id;
	return 0;
}

int print_out(struct view text, struct err *err)
{
	if (fwrite(text.p, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
		return 0;
	if (errno == EPIPE) { /* "| head" has seen enough: end as every command does */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return err_sys(err, "stdout");
}

int cli_parse(const struct opt_command *face, int argc, const char *const *argv, void *target,
	      const struct cli_common *common, struct strv *args, struct strv *set)
{
	struct err err = { 0 };
	bool help = false;
	int r;

	/* For the test that compares options with man pages, and for completion. */
	if (argc == 2 && strcmp(argv[1], "--help=table") == 0) {
		AUTO_STR struct str table = STR_INIT;

		opts_table(face, &table);
		return print_out(str_view(&table), &err) < 0 ? -fail(&err) : 1;
	}
	r = opts_parse(face, argc, argv, target, args, set, &help, &err);
	if (r < 0) {
		log_error("%s", err.msg);
		return -EXIT_USAGE;
	}
	if (help) {
		AUTO_STR struct str text = STR_INIT;

		opts_help(face, &text);
		return print_out(str_view(&text), &err) < 0 ? -fail(&err) : 1;
	}
	log_set_level(common->quiet ? LOG_ERROR : common->verbose ? LOG_DEBUG : LOG_INFO);
	return 0;
}
