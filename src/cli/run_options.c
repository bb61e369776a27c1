/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run_options.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/defaults.h"
#include "sys/file.h"

const char *const fail_on_names[] = { "any", "new", NULL };

void run_cli_release(const struct opt_command *face, struct run_cli *c)
{
	if (face)
		opts_release(face, c);
	free(TAKE(c->o.default_plan));
	strv_release(&c->o.default_make);
}

static bool origin_ok(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

enum { MEMORY_MIN = 16 << 20 };

#define ZERO(member) \
	static bool no_##member(const struct job_options *o) \
	{ \
		return !(o->member > 0); \
	}
ZERO(memory)
ZERO(timeout)
ZERO(test_timeout)
ZERO(silence)
ZERO(console_limit)
/* Options in which nothing said is 0: nobody may say it. */
static const struct {
	const char *name;
	bool (*zero)(const struct job_options *o);
} positive[] = { { "memory", no_memory },
		 { "timeout", no_timeout },
		 { "test-timeout", no_test_timeout },
		 { "silence", no_silence },
		 { "console-limit", no_console_limit } };

/* Can a file be put there? Asked before an hour of tests; errno says why not. */
static bool writable(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *dir = slash ? mem_strndup(path, (size_t)(slash - path) + 1) :
				      mem_strdup(".");

	if (dir_exists(path)) {
		errno = EISDIR;
		return false;
	}
	return access(file_is_special(path) ? path : dir, W_OK) == 0;
}

int run_cli_parse(const struct opt_command *face, int argc, const char *const *argv,
		  struct run_cli *c, struct strv *args, struct strv *set)
{
	struct err err = { 0 };
	int r = cli_parse(face, argc, argv, c, &c->common, args, set);

	if (r != 0)
		return r;
	r = defaults_apply(c, args->len ? args->data[0] : ".", set, &err);
	if (r < 0)
		return -fail(&err);
	if (c->o.origin && !origin_ok(c->o.origin)) {
		log_error("--origin %s: lower case letters, digits and '_' only", c->o.origin);
		return -EXIT_USAGE;
	}
	if (args->len && !*args->data[0]) {
		log_error("the source is empty; name a kernel tree, an image or a package");
		return -EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(positive); i++) {
		if (strv_has(set, positive[i].name) && positive[i].zero(&c->o)) {
			log_error("--%s 0: give more than nothing", positive[i].name);
			return -EXIT_USAGE;
		}
	}
	if (c->o.memory && c->o.memory < MEMORY_MIN) {
		log_error("--memory: no kernel boots in less than %dM", MEMORY_MIN >> 20);
		return -EXIT_USAGE;
	}
	if (c->o.junit && !writable(c->o.junit)) {
		log_error("--junit %s: cannot be written: %s", c->o.junit, strerror(errno));
		return -EXIT_UNKNOWN;
	}
	if (c->o.json && c->o.events) {
		log_error("--json and --events exclude each other");
		return -EXIT_USAGE;
	}
	if (face == &face_build && c->o.bad_if &&
	    (strcmp(c->o.bad_if, "boot") == 0 || strncmp(c->o.bad_if, "test:", 5) == 0)) {
		log_error("--bad-if %s: kassay build boots nothing; kassay run does", c->o.bad_if);
		return -EXIT_USAGE;
	}
	if (c->o.base_build && !c->o.base) {
		log_error("--base-build needs --base REV");
		return -EXIT_USAGE;
	}
	return 0;
}
