/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames between kassay-init and the host: one line of ASCII each, so that one code serves the
 * virtio port, the second UART and, as a fallback, the console between kernel messages:
 *
 *   "\x01K" TYPE " " SEQ " " CRC " " PAYLOAD "\n"         \x01KE 12 5f3c09aa 0<TAB>exit<TAB>0 ...
 *
 * SEQ: decimal, counts up from 1. CRC: eight lower case hex digits, CRC-32 (IEEE 802.3) of
 * TYPE " " SEQ " " PAYLOAD. PAYLOAD: fields joined by tabs; bytes below 0x20 and above 0x7e, '%'
 * and '[' as %XX. So neither 0x01 nor '[' is ever inside a frame: a new one can be told from the
 * middle of a broken one, and a kernel message ("[    1.0] ...") that landed in one can be cut out.
 *
 * Lost and damaged frames: all but BEAT, OUTPUT and KMSG (on the console all but BEAT) are sent
 * twice in a row under one SEQ; the reader (boot/channel.h) passes on the first good copy. What is
 * still missing is seen by the gap in SEQ.
 *
 * Compiled into kassay and, without any other file of src/, into kassay-init: nothing but libc.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Payload fields in order; numbers are decimal text, times are seconds with a fraction. */
enum frame_type {
	/* FRAME_VERSION, GNU build id in hex ("": not known), release, taint ("": not known),
	 * uptime, channel ("virtio", "ttyS1", "console"), CPUs online, memory in kB */
	FRAME_HELLO = 'H',
	FRAME_BEAT = 'B',   /* heartbeat: uptime */
	FRAME_START = 'S',  /* job index, name */
	FRAME_OUTPUT = 'O', /* job index, bytes of its stdout and stderr, cut anywhere */
	/*
	 * job index, how it ended, number or text, seconds, output bytes, limit in seconds after
	 * scaling, scale. How, and the third field:
	 *   exit N | signal N | timeout "" | output-cap "" | missing PROGRAM | error TEXT
	 * After timeout and output-cap the text says so if the process could not be killed.
	 */
	FRAME_END = 'E',
	FRAME_CALIBRATION =
		'C',	   /* guest seconds for the fixed piece of work, scale used from now on */
	FRAME_TAINT = 'T', /* taint at the end ("": not known) */
	/* emerg, alert or crit message: level 0..2, text, microseconds since boot, name of the job that ran then or "" */
	FRAME_KMSG = 'M',
	FRAME_DONE = 'D',  /* everything ran and was synced; the machine switches off now */
	/* kassay-init could not do something: text; "root" when it is the root file system, and nothing runs */
	FRAME_ERROR = 'X',
};

/*
 * What both ends know beside frames: serial numbers of the disks for /, /lib/modules and /opt/kselftest, where libraries of
 * test programs lie that another root file system may not have, and how the line ends that says that a script's interpreter is
 * missing.
 */
#define GUEST_NO_INTERPRETER " to run it"
#define GUEST_DISK_ROOT "kassay-root"
#define GUEST_DISK_MODULES "kassay-modules"
#define GUEST_DISK_TESTS "kassay-kselftest"
#define GUEST_LIBRARIES "/kassay/root"

enum {
	FRAME_VERSION = 1,
	FRAME_FIELDS_MAX = 12,
	FRAME_PAYLOAD_MAX = 4096, /* fields and tabs, before escaping */
	FRAME_LINE_MAX = 3 * FRAME_PAYLOAD_MAX + 64,
};

struct frame {
	enum frame_type type;
	uint32_t seq;
	size_t n; /* fields */
	/* Received: decoded, NUL-terminated (may hold NUL bytes too), valid during the callback. */
	const char *field[FRAME_FIELDS_MAX];
	size_t len[FRAME_FIELDS_MAX];
};

/* Field @i, or "" when the frame has fewer. */
static inline const char *frame_field(const struct frame *f, size_t i)
{
	return i < f->n ? f->field[i] : "";
}

/*
 * The whole line, introducer and "\n" included, into @ret. Returns its length, or 0 when the
 * payload is longer than FRAME_PAYLOAD_MAX or the line than @cap (FRAME_LINE_MAX is enough).
 */
size_t frame_encode(const struct frame *f, char *ret, size_t cap);

/*
 * @line: @n bytes without introducer and line end, with room for one more; it is changed, and @ret
 * points into it. -1: not a frame (form, type, CRC, escape, fields); @ret is undefined then.
 */
int frame_decode(char *line, size_t n, struct frame *ret);

/* One field as it stands in a payload, into @ret; its length, or SIZE_MAX if @cap is too small. */
size_t frame_escape(const char *p, size_t n, char *ret, size_t cap);

/* Decode in place and NUL-terminate (p[n] is written). The new length, or -1 for a bad escape. */
ssize_t frame_unescape(char *p, size_t n);
