/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress of one stage ("build tiny", "boot qemu-x86_64"): on a terminal one line that is redrawn
 * at most ten times a second, with elapsed and expected time; elsewhere one plain line when the
 * stage starts, one per minute while it lasts, and one when it ends. Nothing with --quiet
 * (a level below LOG_INFO). Of several stages at once each has its line, in the order they began;
 * when the terminal has too few lines, the last that began have one, below a line that counts the
 * others.
 *
 *   build tiny       1m12s of about 2m04s   612/1043  lib/list_sort.o
 *   boot old a       3s of about 8s   4/12  cmd.stress
 */
#pragma once

struct progress;
/* @expected: seconds, learned from earlier runs; 0: not known. */
struct progress *progress_new(const char *stage, double expected);
/*
 * @done of @total (0: not known), @detail: what is at work now (copied; NULL: none). Cheap to call
 * often.
 */
void progress_update(struct progress *p, unsigned long done, unsigned long total,
		     const char *detail);
/* Redraw the clock; call from a timer. */
void progress_tick(struct progress *p);
/*
 * End the stage with one line ("build tiny: built in 2m04s, ..."), and free. @outcome NULL: wiped
 * silently. Accepts NULL @p.
 */
void progress_end(struct progress *p, const char *outcome);

/*
 * For base/log.c, around a message: take the lines of @p, the last that began, and of those before it
 * off the terminal, and draw them. Accept NULL.
 */
void progress_wipe(struct progress *p);
void progress_draw(struct progress *p);
