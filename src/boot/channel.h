/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames between kassay-init and the host: one line of ASCII each, so that one code serves the virtio port, the
 * second UART and, as a fallback, the console between kernel messages:
 *
 *   "\x01K" TYPE " " SEQ " " CRC32(8 hex of TYPE..PAYLOAD) " " PAYLOAD "\n"
 *
 * PAYLOAD: fields joined by '\t'; bytes below 0x20, 0x7f, '%', and above 0x7e as %XX. A line whose CRC is wrong is dropped
 * and counted; a gap in SEQ is counted. The same header is used by guest/ (no dependencies but libc).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_type {
	FRAME_HELLO = 'H',	/* protocol version, kernel build id hex, release, taint, uptime s, channel name, cpus, memory kB */
	FRAME_BEAT = 'B',	/* heartbeat: uptime s */
	FRAME_START = 'S',	/* job index, name */
	FRAME_OUTPUT = 'O',	/* job index, bytes of stdout+stderr */
	FRAME_END = 'E',	/* job index, "exit" N | "signal" N | "timeout" | "output-cap" | "missing" | "error" text; seconds; output bytes; limit s; scale */
	FRAME_CALIBRATION = 'C',	/* guest seconds for the fixed piece of work */
	FRAME_TAINT = 'T',	/* taint value at the end */
	FRAME_KMSG = 'M',	/* an emerg, alert or crit message of the kernel log: level, text */
	FRAME_DONE = 'D',	/* everything ran */
	FRAME_ERROR = 'X',	/* kassay-init could not do something: text */
};
enum {
	FRAME_VERSION = 1,
	FRAME_FIELDS_MAX = 12,
	FRAME_PAYLOAD_MAX = 4096,	/* before escaping */
	FRAME_LINE_MAX = 3 * FRAME_PAYLOAD_MAX + 64,
};

struct frame {
	enum frame_type type;
	uint32_t seq;
	size_t n;			/* fields */
	const char *field[FRAME_FIELDS_MAX];	/* decoded, NUL-terminated, valid during the callback */
	size_t len[FRAME_FIELDS_MAX];
};

/* Host side: bytes in, frames and everything else out. */
struct channel_reader;
typedef void (*frame_fn)(void *data, const struct frame *f);
typedef void (*rest_fn)(void *data, const char *p, size_t n);	/* bytes that are not frames (console fallback) */
struct channel_reader *channel_new(frame_fn fn, rest_fn rest, void *data);
void channel_free(struct channel_reader *c);
void channel_feed(struct channel_reader *c, const char *p, size_t n);
uint64_t channel_damaged(const struct channel_reader *c);	/* frames dropped: CRC, gaps */

/*
 * What kassay-init is to do: a text file in the initramfs, /kassay/jobs, same escaping as frames, one job a line:
 *   set KEY VALUE ...         heartbeat seconds, calibration host seconds, scale, shell-on-fail, output caps
 *   job NAME TIMEOUT SCALED CWD ARGV...
 */
