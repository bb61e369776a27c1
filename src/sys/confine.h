/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that is not to be trusted, run on this machine: limits of what it uses, and, where the machine permits it, name
 * spaces of its own in which there is no network, nothing can be written but below one folder, and what it started ends
 * with it (user_namespaces(7), mount_setattr(2) since Linux 5.12).
 *
 *   child ── waits ──► first of the new process ids ── reaps ──► the program
 *
 * Its exit status is the program's; 128 + N when signal N ended that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct confine {
	const char *dir; /* all that can be written to; working folder */
	bool spaces;	 /* false: limits only */
	/* 0: none. */
	uint64_t cpu_seconds, address_space, file_size;
};
/* What child_main() does with it, in the child: async-signal-safe. @report is closed in the processes that only wait. */
int confine_enter(const struct confine *c, int report);
/*
 * Can name spaces be had here? Asked by running a program in them, once. False: @ret_why (static or valid until the next
 * call) says what is refused.
 */
bool confine_possible(const char *dir, const char **ret_why);
