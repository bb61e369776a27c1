/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes to a reader in two pieces; then the same bytes as fields, which come out as they went in. */
#include <assert.h>

#include "base/mem.h"
#include "boot/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_frame(void *data, const struct frame *f)
{
	const struct frame *expected = data;

	assert(f->n <= FRAME_FIELDS_MAX);
	for (size_t i = 0; expected && i < f->n; i++)
		assert(f->len[i] == expected->len[i] &&
		       memcmp(f->field[i], expected->field[i], f->len[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f = { .type = FRAME_OUTPUT, .seq = 1 };
	struct channel_reader *c = channel_new(on_frame, NULL, NULL);
	const char *p = (const char *)data;
	size_t cut = size > 0 ? data[0] % size : 0;
	char line[FRAME_LINE_MAX];

	channel_feed(c, p, cut);
	channel_feed(c, p + cut, size - cut);
	channel_free(c);
	c = channel_new(on_frame, NULL, &f);
	for (size_t at = 0; at < size && f.n < FRAME_FIELDS_MAX; at += f.len[f.n++] + 1) {
		f.field[f.n] = p + at;
		f.len[f.n] = strnlen(p + at, size - at);
	}
	size_t n = frame_encode(&f, line, sizeof(line));
	channel_feed(c, line, n);
	assert(channel_damaged(c) == 0);
	channel_free(c);
	return 0;
}
