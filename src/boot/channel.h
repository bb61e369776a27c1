/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's end of the channel: bytes in, frames (boot/frame.h) and everything else out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/frame.h"

/* A good frame; a second copy of the same one is not passed on. */
typedef void (*frame_fn)(void *data, const struct frame *f);
/* Bytes that are not frames, in order and as soon as they are known not to be one. */
typedef void (*rest_fn)(void *data, const char *p, size_t n);

/*
 * A reader of one byte stream: virtio port, UART, or a console with kernel messages between the
 * frames. Its memory is bounded (one line). A line that begins as a frame and is none is dropped
 * and counted; what a kernel wrote into its middle (from the first '[' on; all of it if there is
 * none) goes to @rest. Either function may be NULL.
 */
struct channel_reader;
struct channel_reader *channel_new(frame_fn fn, rest_fn rest, void *data);
void channel_free(struct channel_reader *c); /* accepts NULL */
void channel_feed(struct channel_reader *c, const char *p, size_t n);
uint64_t channel_damaged(
	const struct channel_reader *c); /* lines dropped; another copy may have been good */
uint64_t channel_lost(const struct channel_reader *c); /* frames that never came: gaps in SEQ */
