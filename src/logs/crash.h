/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads crash reports out of a console log: panic, oops, BUG, WARNING, KASAN and the other sanitizers, lockdep,
 * hung tasks, RCU stalls. One report is one finding: lines that belong to a report (its registers, its trace, the
 * panic that follows an oops of the same CPU) do not start another. With CONFIG_PRINTK_CALLER reports that two CPUs
 * print at the same time are kept apart; findings come in the order in which reports end.
 *
 * A finding has kind, severity (a "warning" is a warning, all else an error), title, signature (of the title), function,
 * line and line_end, excerpt (messages without prefixes) and one of these types:
 *   panic oops bug warning kasan kfence kmsan kcsan ubsan lockdep lock atomic stall hang leak memory
 *
 * What the kernel prints at the start of a message counts, so text of programs quoted inside messages does not.
 * Lines are looked at up to 1,024 bytes; a report up to 2,000 lines.
 */
#pragma once

#include "logs/dmesg.h"
#include "logs/record.h"

struct crash_reader;
struct crash_reader *crash_new(const struct log_sink *sink);
void crash_free(struct crash_reader *c);	/* accepts NULL */
/* One console line; @raw with prefixes. A finding is passed on when its report is over, or by crash_end(). */
void crash_line(struct crash_reader *c, struct view raw, size_t line_no);
void crash_end(struct crash_reader *c);
/*
 * A report has begun and is not over: its title as far as the first line tells (the function may be missing), NULL when
 * none; valid until the next call.
 */
const char *crash_open_title(struct crash_reader *c);
/* The kernel has said "Kernel panic - not syncing": nothing follows. */
bool crash_panicked(const struct crash_reader *c);
