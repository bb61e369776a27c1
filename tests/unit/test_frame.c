/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/mem.h"
#include "boot/frame.h"

static struct frame example(void)
{
	return (struct frame){
		.type = FRAME_END,
		.seq = 12,
		.n = 3,
		.field = { "0", "", "a%[b\tc\n" },
		.len = { 1, 0, 7 },
	};
}

static void the_form(void **state)
{
	struct frame f = example();
	char line[FRAME_LINE_MAX + 1];
	size_t n = frame_encode(&f, line, sizeof(line) - 1);

	(void)state;
	line[n] = '\0';
	/* The CRC is python's binascii.crc32(b"E 12 0\t\ta%25%5Bb%09c%0A"). */
	assert_string_equal(line, "\x01KE 12 4024e2d5 0\t\ta%25%5Bb%09c%0A\n");
}

/* Decode @text as a line without its introducer. */
static int decode(const char *text, struct frame *ret)
{
	static char line[FRAME_LINE_MAX + 1];
	size_t n = strlen(text);

	memcpy(line, text, n);
	return frame_decode(line, n, ret);
}

static void round_trip(void **state)
{
	struct frame f = example(), got;
	char line[FRAME_LINE_MAX + 1];
	size_t n = frame_encode(&f, line, FRAME_LINE_MAX);

	(void)state;
	assert_int_equal(frame_decode(line + 2, n - 3, &got), 0);
	assert_int_equal(got.type, FRAME_END);
	assert_int_equal(got.seq, 12);
	assert_int_equal(got.n, 3);
	assert_string_equal(frame_field(&got, 0), "0");
	assert_string_equal(frame_field(&got, 1), "");
	assert_string_equal(frame_field(&got, 2), "a%[b\tc\n");
	assert_int_equal(got.len[2], 7);
	assert_string_equal(frame_field(&got, 3), "");
}

static void every_byte(void **state)
{
	char bytes[256], line[FRAME_LINE_MAX + 1];
	struct frame f = { .type = FRAME_OUTPUT, .seq = UINT32_MAX, .n = 2 }, got;

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	f.field[0] = "7";
	f.len[0] = 1;
	f.field[1] = bytes;
	f.len[1] = sizeof(bytes);
	size_t n = frame_encode(&f, line, FRAME_LINE_MAX);
	for (size_t i = 2; i + 1 < n; i++)
		assert_true((line[i] >= 0x20 && line[i] <= 0x7e && line[i] != '[') ||
			    line[i] == '\t');
	assert_int_equal(frame_decode(line + 2, n - 3, &got), 0);
	assert_int_equal(got.seq, UINT32_MAX);
	assert_int_equal(got.len[1], sizeof(bytes));
	assert_memory_equal(got.field[1], bytes, sizeof(bytes));
}

static void limits(void **state)
{
	static char bytes[FRAME_PAYLOAD_MAX + 1], line[FRAME_LINE_MAX + 1];
	struct frame f = { .type = FRAME_OUTPUT, .seq = UINT32_MAX, .n = 1 }, got;

	(void)state;
	f.field[0] = bytes; /* all NUL: each takes three */
	f.len[0] = FRAME_PAYLOAD_MAX - 1;
	size_t n = frame_encode(&f, line, FRAME_LINE_MAX);
	assert_true(n > 3 * (FRAME_PAYLOAD_MAX - 1));
	assert_int_equal(frame_encode(&f, line, n), n);
	for (size_t cap = 0; cap < n; cap++)
		assert_int_equal(frame_encode(&f, line, cap), 0);
	assert_int_equal(frame_encode(&f, line, n), n);
	assert_int_equal(frame_decode(line + 2, n - 3, &got), 0);
	assert_int_equal(got.len[0], FRAME_PAYLOAD_MAX - 1);
	f.len[0] = FRAME_PAYLOAD_MAX + 1;
	assert_int_equal(frame_encode(&f, line, FRAME_LINE_MAX), 0);
	f = (struct frame){ .type = FRAME_DONE, .seq = 1, .n = FRAME_FIELDS_MAX + 1 };
	assert_int_equal(frame_encode(&f, line, FRAME_LINE_MAX), 0);
}

static void no_fields(void **state)
{
	struct frame f = { .type = FRAME_DONE, .seq = 3 }, got;
	char line[100];
	size_t n = frame_encode(&f, line, sizeof(line));

	(void)state;
	assert_int_equal(frame_decode(line + 2, n - 3, &got), 0);
	assert_int_equal(got.type, FRAME_DONE);
	assert_int_equal(got.n, 0);
}

/* CRCs are right where it is not the CRC that is wrong. */
static void not_frames(void **state)
{
	static const char *const lines[] = {
		"",
		"E",
		"E 12",
		"E 12 4024e2d5",		      /* no payload */
		"E 12 4024e2d6 0\t\ta%25%5Bb%09c%0A", /* CRC */
		"E 13 4024e2d5 0\t\ta%25%5Bb%09c%0A", /* CRC of another SEQ */
		"E 12 4024e2d5 0\t\ta%25%5Bb%09c%0B", /* CRC of another payload */
		"E 12 4024e2x5 0\t\ta%25%5Bb%09c%0A",
		"Q 12 6bf4efc1 0", /* type */
		"E  069e25fd 0",   /* no SEQ */
		"E 4294967296 aafa52ee 0",
		"E 12345678901 79a15523 0",
		"E 18446744073709551617 9ab3804d 0", /* 2^64 + 1 */
		"E 12 bb9a4338 %4",
		"E 12 a465345e %4x",
		"E 12 2bb2070f 1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13",
	};
	struct frame f;

	(void)state;
	assert_int_equal(decode("E 12 4024e2d5 0\t\ta%25%5Bb%09c%0A", &f), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!decode(lines[i], &f))
			fail_msg("a frame: %s", lines[i]);
	assert_int_equal(decode("E 12 7a7192b2 1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12", &f), 0);
	assert_int_equal(f.n, FRAME_FIELDS_MAX);
	assert_int_equal(decode("E 12 cd5cd87c 1\t", &f), 0);
	assert_int_equal(f.n, 2);
}

static void escapes(void **state)
{
	char text[20] = "a%41%6a%", out[9];

	(void)state;
	assert_int_equal(frame_unescape(text, 8), -1);
	memcpy(text, "a%41%6a%", 9);
	assert_int_equal(frame_unescape(text, 7), 3);
	assert_string_equal(text, "aAj");
	assert_int_equal(frame_escape("\x7f~\xff ", 4, out, sizeof(out)), 8);
	assert_memory_equal(out, "%7F~%FF ", 8);
	assert_int_equal(frame_escape("\x7f~\xff ", 4, out, 7), SIZE_MAX);
	assert_int_equal(frame_escape("\x7f~\xff ", 4, out, 6), SIZE_MAX);
}

RUN(T(the_form), T(round_trip), T(every_byte), T(limits), T(no_fields), T(not_frames), T(escapes))
