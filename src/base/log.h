/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kassay says to a person on stderr while it works. Results never go this way. The level, with
 * the progress line (base/progress.h) that is wiped before a message and drawn again after it, is
 * the program's only mutable global. Control characters in messages are shown as \xNN.
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_QUIET, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
enum log_level log_level(void);
/* One line each, prefixed "kassay: error: ", "kassay: warning: ", "kassay: ", "kassay: debug: ". */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * For base/progress.c: the stage whose line stands on the terminal (NULL: none), and all of @s to
 * stderr as it is. The line is part of the same global as the level.
 */
struct progress;
struct str;
void log_set_progress(struct progress *p);
struct progress *log_progress(void);
void log_write(const struct str *s);
/* Does @fd take colour: a terminal, NO_COLOR unset or empty, TERM not "dumb". */
bool log_colour(int fd);
