/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a running machine's console tells about its end, without any I/O: the few lines after which a kernel does
 * nothing more, and a guest that prints without end. Reading logs in earnest is logs/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum console_said {
	CONSOLE_NOTHING,
	CONSOLE_PANIC,	 /* "Kernel panic - not syncing: ..." */
	CONSOLE_RESTART, /* "reboot: Restarting system": a program asked for a reboot */
	CONSOLE_OFF, /* "reboot: Power down", "reboot: System halted": without ACPI the machine goes on */
};

enum {
	CONSOLE_TAIL = 64, /* longer than what is looked for and its surroundings */
	CONSOLE_TEXT_MAX = 160,
};

/* Zeroed to begin with; nothing to release. */
struct console_watch {
	enum console_said said;	     /* the first, but a panic wins */
	char text[CONSOLE_TEXT_MAX]; /* its line from there on, printable */
	bool text_done;		     /* the line is over */
	size_t tail_len;
	char tail[CONSOLE_TAIL]; /* the end of what came before */
};

/*
 * The next bytes. Only a kernel's line counts: at the start of a line, or after the "] " that ends a time stamp. Time
 * is linear, memory constant, whatever the guest prints.
 */
void console_watch_feed(struct console_watch *w, const char *p, size_t n);

/*
 * A flood is FLOOD_RATE bytes or more in every second of @max_seconds seconds in a row. A UART under TCG passes 250,000
 * bytes a second, a chatty boot makes 20,000.
 */
enum { FLOOD_RATE = 64 << 10 };
struct flood {
	double since;	/* start of the present second */
	uint64_t bytes; /* in it */
	double seconds; /* of flood before it */
};
/* @n more bytes (0 is allowed) at time @now: seconds the flood has lasted. */
double flood_add(struct flood *f, size_t n, double now);
