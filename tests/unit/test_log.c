/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/log.h"
#include "stderr_tap.h"

static void say_all(void)
{
	log_error("e %d", 1);
	log_warn("w");
	log_info("i");
	log_debug("d");
}

static void levels(void **state)
{
	static const char *const want[] = {
		[LOG_QUIET] = "",
		[LOG_ERROR] = "kassay: error: e 1\n",
		[LOG_WARN] = "kassay: error: e 1\nkassay: warning: w\n",
		[LOG_INFO] = "kassay: error: e 1\nkassay: warning: w\nkassay: i\n",
		[LOG_DEBUG] = ("kassay: error: e 1\nkassay: warning: w\nkassay: i\n"
			       "kassay: debug: d\n"),
	};
	AUTO_STR struct str got = STR_INIT;
	(void)state;

	assert_int_equal(log_level(), LOG_INFO);
	for (enum log_level l = LOG_QUIET; l <= LOG_DEBUG; l++) {
		struct stderr_tap tap = tap_start(0);

		log_set_level(l);
		assert_int_equal(log_level(), l);
		say_all();
		tap_read(&tap, &got);
		tap_stop(&tap);
		assert_string_equal(str_c(&got), want[l]);
	}
	log_set_level(LOG_INFO);
}

static void one_safe_line(void **state)
{
	struct stderr_tap tap = tap_start(0);
	AUTO_STR struct str got = STR_INIT;
	(void)state;

	log_info("a\033[2Jb\nc\n");
	tap_read(&tap, &got);
	tap_stop(&tap);
	assert_string_equal(str_c(&got), "kassay: a\\x1b[2Jb\\x0ac\n");
}

static void colours(void **state)
{
	struct stderr_tap tap = tap_start(80);
	AUTO_STR struct str coloured = STR_INIT, plain = STR_INIT, dumb = STR_INIT;
	(void)state;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	say_all();
	tap_read(&tap, &coloured);
	setenv("NO_COLOR", "1", 1);
	say_all();
	tap_read(&tap, &plain);
	setenv("NO_COLOR", "", 1);
	setenv("TERM", "dumb", 1);
	say_all();
	tap_read(&tap, &dumb);
	unsetenv("TERM");
	bool without_term = log_colour(STDERR_FILENO);

	tap_stop(&tap);
	assert_string_equal(str_c(&coloured), "kassay: \033[31merror: \033[0me 1\n"
					      "kassay: \033[33mwarning: \033[0mw\nkassay: i\n");
	assert_string_equal(str_c(&plain), "kassay: error: e 1\nkassay: warning: w\nkassay: i\n");
	assert_string_equal(str_c(&dumb), str_c(&plain));
	assert_false(without_term);
}

static void closed_stderr_is_no_trouble(void **state)
{
	int saved = dup(STDERR_FILENO);
	(void)state;

	close(STDERR_FILENO);
	log_error("nobody hears");
	dup2(saved, STDERR_FILENO);
	close(saved);
}

RUN(T(levels), T(one_safe_line), T(colours), T(closed_stderr_is_no_trouble))
