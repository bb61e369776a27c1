/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/mem.h"
#include "boot/channel.h"

/* What came out of a reader: frames as "TYPE SEQ field|field;", the rest as it is. */
struct result {
	struct str frames, rest;
};

static void on_frame(void *data, const struct frame *f)
{
	struct result *r = data;

	str_addf(&r->frames, "%c%u", f->type, f->seq);
	for (size_t i = 0; i < f->n; i++) {
		str_addc(&r->frames, i == 0 ? ' ' : '|');
		str_add(&r->frames, f->field[i], f->len[i]);
	}
	str_addc(&r->frames, ';');
}

static void on_rest(void *data, const char *p, size_t n)
{
	str_add(&((struct result *)data)->rest, p, n);
}

static void result_release(struct result *r)
{
	str_release(&r->frames);
	str_release(&r->rest);
}
#define AUTO_RESULT __attribute__((cleanup(result_release)))

static void add_frame(struct str *s, enum frame_type type, uint32_t seq, const char *text)
{
	struct frame f = {
		.type = type, .seq = seq, .n = 1, .field = { text }, .len = { strlen(text) }
	};
	char line[FRAME_LINE_MAX];

	str_add(s, line, frame_encode(&f, line, sizeof(line)));
}

/* @s to a new reader, in pieces of @step bytes. */
static void feed(const struct str *s, size_t step, struct result *ret, uint64_t *ret_damaged,
		 uint64_t *ret_lost)
{
	struct channel_reader *c = channel_new(on_frame, on_rest, ret);

	for (size_t i = 0; i < s->len; i += step)
		channel_feed(c, s->data + i, s->len - i < step ? s->len - i : step);
	if (ret_damaged)
		*ret_damaged = channel_damaged(c);
	if (ret_lost)
		*ret_lost = channel_lost(c);
	channel_free(c);
}

static void assert_feed(const struct str *s, const char *frames, const char *rest, uint64_t damaged,
			uint64_t lost)
{
	AUTO_RESULT struct result r = { 0 };
	uint64_t got_damaged, got_lost;

	feed(s, 1000, &r, &got_damaged, &got_lost);
	assert_string_equal(str_c(&r.frames), frames);
	assert_string_equal(str_c(&r.rest), rest);
	assert_int_equal(got_damaged, damaged);
	assert_int_equal(got_lost, lost);
}

static void every_split(void **state)
{
	AUTO_STR struct str s = STR_INIT;

	(void)state;
	str_adds(&s, "boot\r\n");
	add_frame(&s, FRAME_BEAT, 1, "1.5");
	str_adds(&s, "no newline yet");
	add_frame(&s, FRAME_OUTPUT, 2, "a\n\x01K[b]");
	str_adds(&s, "\x01 alone, \x01\x01 too\n");
	add_frame(&s, FRAME_DONE, 3, "");
	s.data[s.len - 1] = '\r'; /* as a console prints it */
	str_adds(&s, "\nend");
	for (size_t step = 1; step <= s.len; step++) {
		AUTO_RESULT struct result r = { 0 };
		uint64_t damaged, lost;

		feed(&s, step, &r, &damaged, &lost);
		assert_string_equal(str_c(&r.frames), "B1 1.5;O2 a\n\x01K[b];D3;");
		assert_string_equal(str_c(&r.rest),
				    "boot\r\nno newline yet\x01 alone, \x01\x01 too\nend");
		assert_int_equal(damaged + lost, 0);
	}
}

/* Whatever one byte becomes, the frame comes as it was or not at all, and the next one comes. */
static void any_byte_changed(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	static const char with[] = { '\0', '\x01', '\n', '0', 'K', '[', '%', (char)0xff };

	(void)state;
	add_frame(&s, FRAME_END, 1, "0\texit");
	size_t first = s.len;
	add_frame(&s, FRAME_BEAT, 2, "2");
	for (size_t i = 0; i < first; i++) {
		for (size_t k = 0; k < sizeof(with); k++) {
			AUTO_RESULT struct result r = { 0 };
			uint64_t damaged, lost;
			char was = s.data[i];

			if (was == with[k])
				continue;
			s.data[i] = with[k];
			feed(&s, s.len, &r, &damaged, &lost);
			s.data[i] = was;
			assert_string_equal(str_c(&r.frames), "B2 2;");
			assert_int_equal(lost, 1);
			assert_int_equal(damaged, i < 2 ? 0 : 1);
		}
	}
}

static void second_copies(void **state)
{
	AUTO_STR struct str s = STR_INIT;

	(void)state;
	add_frame(&s, FRAME_START, 1, "x");
	add_frame(&s, FRAME_START, 1, "x");
	size_t damaged = s.len + 5;
	add_frame(&s, FRAME_END, 2, "y");
	add_frame(&s, FRAME_END, 2, "y");
	s.data[damaged] ^= 1;
	add_frame(&s, FRAME_BEAT, 3, "1");
	add_frame(&s, FRAME_START, 1, "x"); /* printed again by somebody */
	add_frame(&s, FRAME_BEAT, 6, "2");
	s.data[s.len - 1] = '\0';
	str_addc(&s, '\n');
	add_frame(&s, FRAME_BEAT, 7, "3");
	AUTO_RESULT struct result r = { 0 };
	uint64_t n_damaged, lost;
	feed(&s, 3, &r, &n_damaged, &lost);
	assert_string_equal(str_c(&r.frames), "S1 x;E2 y;B3 1;B7 3;");
	assert_int_equal(n_damaged, 2);
	assert_int_equal(lost, 3);
}

static void seq_wraps(void **state)
{
	AUTO_STR struct str s = STR_INIT;

	(void)state;
	add_frame(&s, FRAME_BEAT, UINT32_MAX / 2, "");
	add_frame(&s, FRAME_BEAT, UINT32_MAX - 1, "");
	add_frame(&s, FRAME_BEAT, 1, "");
	add_frame(&s, FRAME_BEAT, UINT32_MAX - 1, "");
	assert_feed(&s, "B2147483647;B4294967294;B1;", "", 0, (uint64_t)UINT32_MAX - 3 + 2);
}

/* A message of the kernel in the middle of a frame, on a console, is not lost with it. */
static void kernel_message_inside(void **state)
{
	AUTO_STR struct str s = STR_INIT;

	(void)state;
	add_frame(&s, FRAME_OUTPUT, 1, "some text");
	str_clear(&s);
	str_adds(&s, "\x01KO 1 12345678 some[    1.234567] BUG: oops\r\n text\n");
	add_frame(&s, FRAME_OUTPUT, 1, "some text");
	str_adds(&s, "\x01KO 2 1234no time stamp\n\x01KO 3");
	add_frame(&s, FRAME_OUTPUT, 2, "cut off by the next");
	assert_feed(&s, "O1 some text;O2 cut off by the next;",
		    "[    1.234567] BUG: oops\r\n text\nO 2 1234no time stamp\nO 3\n", 3, 0);
}

static void without_end(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	AUTO_RESULT struct result r = { 0 };
	uint64_t damaged;

	(void)state;
	str_adds(&s, "\x01K");
	for (int i = 0; i < 3 * FRAME_LINE_MAX; i++)
		str_addc(&s, 'x');
	str_addc(&s, '\n');
	add_frame(&s, FRAME_BEAT, 1, "");
	feed(&s, 777, &r, &damaged, NULL);
	assert_string_equal(str_c(&r.frames), "B1;");
	assert_int_equal(damaged, 1);
	/* One line end more than came in: behind what was taken for a frame. */
	assert_int_equal(r.rest.len, 3 * FRAME_LINE_MAX + 2);
}

static void functions_are_optional(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	struct channel_reader *c = channel_new(NULL, NULL, NULL);

	(void)state;
	str_adds(&s, "rest");
	add_frame(&s, FRAME_BEAT, 2, "");
	channel_feed(c, s.data, s.len);
	assert_int_equal(channel_lost(c), 1);
	channel_free(c);
	channel_free(NULL);
}

RUN(T(every_split), T(any_byte_changed), T(second_copies), T(seq_wraps), T(kernel_message_inside),
    T(without_end), T(functions_are_optional))
