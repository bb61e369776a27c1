/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by buildlog_line.c and buildlog_tools.c. */
#pragma once

#include "logs/buildlog_line.h"

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline struct view from(struct view v, size_t i)
{
	return view_sub(v, i, v.len);
}

static inline bool has(struct view v, const char *text)
{
	return view_find(v, text) >= 0;
}

/* The last part of a path. */
struct view buildlog_base_name(struct view v);
/* "file:line:column" into @ret. */
void buildlog_take_place(struct view v, struct buildlog_token *ret);
bool buildlog_is_linker(struct view name);
/* Step over "aarch64-linux-gnu-ld: ". */
bool buildlog_skip_linker(struct view *v);

/* Each fills @ret and returns true when the line is its tool's. */
bool buildlog_take_make(struct view v, struct buildlog_token *ret);
bool buildlog_take_modpost(struct view v, struct buildlog_token *ret);
bool buildlog_take_link(struct view v, struct buildlog_token *ret);
bool buildlog_take_kconfig(struct view v, struct buildlog_token *ret);
bool buildlog_take_special(struct view v, struct buildlog_token *ret);
bool buildlog_take_missing_tool(struct view v, struct buildlog_token *ret);
