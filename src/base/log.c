/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"

/* The one mutable global: how much is said on stderr, and the progress line that stands there. */
static struct {
	enum log_level level;
	struct progress *progress;
} says = { .level = LOG_INFO };

void log_set_level(enum log_level level)
{
	says.level = level;
}

enum log_level log_level(void)
{
	return says.level;
}

void log_set_progress(struct progress *p)
{
	says.progress = p;
}

struct progress *log_progress(void)
{
	return says.progress;
}

bool log_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no_colour && no_colour[0] != '\0') && term &&
	       strcmp(term, "dumb") != 0;
}

void log_write(const struct str *s)
{
	for (size_t done = 0; done < s->len;) {
		ssize_t n = write(STDERR_FILENO, s->data + done, s->len - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void say(enum log_level level, const char *word, const char *colour, const char *fmt,
		va_list ap)
{
	AUTO_STR struct str text = STR_INIT, line = STR_INIT;

	if (says.level < level)
		return;
	bool coloured = word[0] != '\0' && log_colour(STDERR_FILENO);

	str_vaddf(&text, fmt, ap);
	str_addf(&line, "kassay: %s%s%s", coloured ? colour : "", word, coloured ? "\033[0m" : "");
	str_add_printable(&line, view_trim(str_view(&text)));
	str_addc(&line, '\n');
	progress_wipe(says.progress);
	log_write(&line);
	progress_draw(says.progress);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERROR, "error: ", "\033[31m", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARN, "warning: ", "\033[33m", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_INFO, "", "", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_DEBUG, "debug: ", "\033[2m", fmt, ap);
	va_end(ap);
}
