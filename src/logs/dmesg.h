/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One console line taken apart: printk's prefixes away (kernel/printk/printk.c, print_prefix). */
#pragma once

#include "base/str.h"

struct dmesg_line {
	struct view text;	/* message without prefixes, without '\r', ANSI escapes at the start removed */
	double time;		/* seconds of "[    1.234567]"; -1: no time stamp */
	int level;		/* of "<3>"; -1: not there */
	struct view caller;	/* "T12", "C0" of CONFIG_PRINTK_CALLER; empty: not there */
	bool from_kernel;	/* it had a time stamp or level */
};
void dmesg_split(struct view line, struct dmesg_line *ret);
/*
 * Offset of a "[   12.345678]" at or after @at, where a second message was glued onto a line; -1: none.
 */
ssize_t dmesg_find_time(struct view text, size_t at);
