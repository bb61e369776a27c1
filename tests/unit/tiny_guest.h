/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests of a few instructions, written by the tests themselves: a multiboot image (Multiboot Specification 0.6.96) that
 * QEMU loads with -kernel, in 32-bit protected mode. Each ends real QEMU in another way.
 */
#pragma once

#include "test.h"

#include "base/mem.h"
#include "boot/frame.h"
#include "sys/file.h"

enum {
	TINY_BASE = 0x100000,
	TINY_COM1 = 0x3f8,
	TINY_COM2 = 0x2f8,
	TINY_HEADERS = 52 + 32, /* ELF header, one program header */
	TINY_MULTIBOOT = 12,
};

#define TINY(s, ...) \
	str_add((s), (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static inline void tiny_byte(struct str *s, unsigned port, uint8_t byte)
{
	TINY(s, 0x66, 0xba, port & 0xff, port >> 8); /* mov $port, %dx */
	TINY(s, 0xb0, byte, 0xee);		     /* mov $byte, %al; out %al, %dx */
}

static inline void tiny_print(struct str *s, unsigned port, const char *text)
{
	while (*text)
		tiny_byte(s, port, (uint8_t)*text++);
}

static inline void tiny_frame(struct str *s, unsigned port, enum frame_type type, uint32_t seq,
			      const char *field)
{
	struct frame f = {
		.type = type, .seq = seq, .n = 1, .field = { field }, .len = { strlen(field) }
	};
	char line[FRAME_LINE_MAX];
	size_t n = frame_encode(&f, line, sizeof(line));

	assert_true(n > 0);
	for (size_t i = 0; i < n; i++)
		tiny_byte(s, port, (uint8_t)line[i]);
}

/* About @n million instructions. */
static inline void tiny_wait(struct str *s, uint32_t n)
{
	n *= 1000000;
	TINY(s, 0xb9, n & 0xff, n >> 8 & 0xff, n >> 16 & 0xff, n >> 24); /* mov $n, %ecx */
	TINY(s, 0xe2, 0xfe);						 /* loop to itself */
}

static inline void tiny_hang(struct str *s)
{
	TINY(s, 0xeb, 0xfe);
}

static inline void tiny_again_from(struct str *s, size_t start)
{
	uint32_t back = (uint32_t)start - (uint32_t)(s->len + 5);

	TINY(s, 0xe9, back & 0xff, back >> 8 & 0xff, back >> 16 & 0xff, back >> 24); /* jmp */
}

static inline void tiny_reset(struct str *s)
{
	tiny_byte(s, 0xcf9, 6);
	tiny_hang(s);
}

static inline void tiny_power_off(struct str *s)
{
	TINY(s, 0x66, 0xba, 0x04, 0x06); /* mov $0x604, %dx: ACPI's PM1a control block */
	TINY(s, 0x66, 0xb8, 0x00, 0x20); /* mov $0x2000, %ax: S5 */
	TINY(s, 0x66, 0xef);		 /* out %ax, %dx */
	tiny_hang(s);
}

/* What is typed on the console comes back; Ctrl-D goes on after this. */
static inline void tiny_echo(struct str *s)
{
	size_t start = s->len;

	TINY(s, 0x66, 0xba, 0xfd, 0x03, 0xec); /* line status */
	TINY(s, 0xa8, 0x01, 0x74, 0xf7);       /* test $1, %al; jz start */
	TINY(s, 0x66, 0xba, 0xf8, 0x03, 0xec); /* the byte */
	TINY(s, 0x3c, 0x04, 0x74, 0x06);       /* cmp $4, %al; je end */
	TINY(s, 0xee);
	tiny_again_from(s, start);
}

static inline void tiny_u32(struct str *s, uint32_t v)
{
	TINY(s, v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24);
}

/* The image with @code into the file @path. */
static inline void tiny_write(const char *path, const struct str *code)
{
	AUTO_STR struct str s = STR_INIT;
	uint32_t size = (uint32_t)(TINY_HEADERS + TINY_MULTIBOOT + code->len);
	struct err err = { 0 };

	TINY(&s, 0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	TINY(&s, 2, 0, 3, 0); /* executable, i386 */
	tiny_u32(&s, 1);
	tiny_u32(&s, TINY_BASE + TINY_HEADERS + TINY_MULTIBOOT); /* entry */
	tiny_u32(&s, 52);
	tiny_u32(&s, 0);
	tiny_u32(&s, 0);
	TINY(&s, 52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0);
	const uint32_t load[] = { 1, 0, TINY_BASE, TINY_BASE, size, size, 7, 0x1000 };
	for (size_t i = 0; i < ARRAY_SIZE(load); i++)
		tiny_u32(&s, load[i]);
	tiny_u32(&s, 0x1badb002); /* multiboot: magic, flags, sum is 0 */
	tiny_u32(&s, 0);
	tiny_u32(&s, -0x1badb002u);
	str_addv(&s, str_view(code));
	assert_int_equal(file_write(path, str_view(&s), 0600, &err), 0);
}
