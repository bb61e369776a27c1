/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A problem of a build while the lines that belong to it come. */
#pragma once

#include "logs/buildlog.h"
#include "logs/buildlog_line.h"

struct buildlog_problem {
	bool open;
	bool source_next;		/* clang's source line is not indented */
	struct buildlog_token token;	/* its views are not valid any more */
	struct str tool, file, message, object, symbol, excerpt;
	size_t line, line_end;
};

void buildlog_problem_release(struct buildlog_problem *p);
bool buildlog_is_type(const struct buildlog_problem *p, const char *type);
void buildlog_set_message(struct buildlog_problem *p, const struct buildlog_token *t);
/* Pass it on as a finding. */
void buildlog_problem_tell(const struct buildlog_problem *p, const struct log_sink *sink);

/* Replace the contents of @s. */
void buildlog_set(struct str *s, struct view v);
/* The same without "." and "name/.." parts: objects in other folders are named so in some Makefiles. */
void buildlog_set_path(struct str *s, struct view v);
/* Append a line unless @s would be longer than @max. */
void buildlog_add_line(struct str *s, struct view line, size_t max);
