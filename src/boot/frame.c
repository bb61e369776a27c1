/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/frame.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	CRC_HEX = 8,
	HEAD_MAX = 32, /* "\x01K" TYPE SEQ CRC and blanks */
	SEQ_DIGITS_MAX = 10,
};

static const char types[] = {
	FRAME_HELLO,	   FRAME_BEAT,	FRAME_START, FRAME_OUTPUT, FRAME_END,
	FRAME_CALIBRATION, FRAME_TAINT, FRAME_KMSG,  FRAME_DONE,   FRAME_ERROR
};

/* CRC-32 of IEEE 802.3, reflected, four bits a step: start and end with all bits turned. */
static uint32_t crc_add(uint32_t crc, const char *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

size_t frame_escape(const char *p, size_t n, char *ret, size_t cap)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		bool plain = c >= 0x20 && c <= 0x7e && c != '%' && c != '[';

		if (cap - len < (plain ? 1 : 3))
			return SIZE_MAX;
		if (plain) {
			ret[len++] = (char)c;
			continue;
		}
		ret[len++] = '%';
		ret[len++] = hex[c >> 4];
		ret[len++] = hex[c & 15];
	}
	return len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

ssize_t frame_unescape(char *p, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '%') {
			p[len++] = p[i];
			continue;
		}
		if (n - i < 3)
			return -1;
		int high = hex_digit(p[i + 1]), low = hex_digit(p[i + 2]);

		if (high < 0 || low < 0)
			return -1;
		p[len++] = (char)(high << 4 | low);
		i += 2;
	}
	p[len] = '\0';
	return (ssize_t)len;
}

size_t frame_encode(const struct frame *f, char *ret, size_t cap)
{
	size_t raw = f->n;

	if (f->n > FRAME_FIELDS_MAX || cap < HEAD_MAX)
		return 0;
	for (size_t i = 0; i < f->n; i++)
		raw += f->len[i];
	if (raw > FRAME_PAYLOAD_MAX)
		return 0;
	/* The CRC's place is filled in last. */
	size_t head =
		(size_t)snprintf(ret, HEAD_MAX, "\x01K%c %lu ", f->type, (unsigned long)f->seq);
	size_t payload = head + CRC_HEX + 1, len = payload;

	for (size_t i = 0; i < f->n; i++) {
		if (i > 0 && len < cap)
			ret[len++] = '\t';
		size_t n = frame_escape(f->field[i], f->len[i], ret + len, cap - len);

		if (n == SIZE_MAX)
			return 0;
		len += n;
	}
	if (len >= cap)
		return 0;
	ret[len] = '\n';
	uint32_t crc = crc_add(crc_add(~0u, ret + 2, head - 2), ret + payload, len - payload);
	char hex[CRC_HEX + 1];

	snprintf(hex, sizeof(hex), "%08lx", (unsigned long)~crc);
	memcpy(ret + head, hex, CRC_HEX);
	ret[head + CRC_HEX] = ' ';
	return len + 1;
}

/* "O 12 89abcdef PAYLOAD": the length of what stands before the CRC, or 0. */
static size_t decode_head(const char *line, size_t n, struct frame *ret)
{
	uint64_t seq = 0;
	size_t i = 2;

	if (n < 2 || !memchr(types, line[0], sizeof(types)) || line[1] != ' ')
		return 0;
	while (i < n && i < 2 + SEQ_DIGITS_MAX && line[i] >= '0' && line[i] <= '9')
		seq = seq * 10 + (uint64_t)(line[i++] - '0');
	if (i == 2 || seq > UINT32_MAX || n - i < 1 + CRC_HEX + 1 || line[i] != ' ' ||
	    line[i + 1 + CRC_HEX] != ' ')
		return 0;
	ret->type = (enum frame_type)line[0];
	ret->seq = (uint32_t)seq;
	return i + 1;
}

int frame_decode(char *line, size_t n, struct frame *ret)
{
	size_t head = decode_head(line, n, ret);

	if (head == 0)
		return -1;
	uint32_t told = 0;

	for (size_t i = head; i < head + CRC_HEX; i++) {
		int digit = hex_digit(line[i]);

		if (digit < 0)
			return -1;
		told = told << 4 | (uint32_t)digit;
	}
	char *payload = line + head + CRC_HEX + 1, *end = line + n;

	if (~crc_add(crc_add(~0u, line, head), payload, (size_t)(end - payload)) != told)
		return -1;
	ret->n = 0;
	for (bool more = payload < end; more;) {
		char *tab = memchr(payload, '\t', (size_t)(end - payload));
		char *stop = tab ? tab : end;
		ssize_t len = ret->n < FRAME_FIELDS_MAX ?
				      frame_unescape(payload, (size_t)(stop - payload)) :
				      -1;

		if (len < 0)
			return -1;
		ret->field[ret->n] = payload;
		ret->len[ret->n++] = (size_t)len;
		payload = stop + 1;
		more = tab != NULL;
	}
	return 0;
}
