/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/mem.h"

enum { SHA256_HEX_LEN = 64 };

/* Streaming SHA-256 over libcrypto. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
/* Lower-case hex and NUL into @ret; the state may not be used after but for sha256_free(). */
void sha256_hex(struct sha256 *h, char ret[SHA256_HEX_LEN + 1]);
void sha256_bytes_hex(const void *p, size_t n, char ret[SHA256_HEX_LEN + 1]);
DEFINE_AUTO(struct sha256 *, sha256_free)
#define AUTO_SHA256 AUTO(sha256_free)
