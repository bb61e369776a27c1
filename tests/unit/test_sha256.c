/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/sha256.h"

/* Vectors of FIPS 180-2, appendix B. */
static void known_sums(void **state)
{
	char hex[SHA256_HEX_LEN + 1];
	(void)state;

	sha256_bytes_hex("", 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_bytes_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void in_pieces(void **state)
{
	AUTO_SHA256 struct sha256 *h = sha256_new();
	char hex[SHA256_HEX_LEN + 1], block[1000];
	(void)state;

	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 1000; i++)
		sha256_add(h, block, sizeof(block));
	sha256_hex(h, hex);
	assert_string_equal(hex,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	sha256_free(NULL);
}

RUN(T(known_sums), T(in_pieces))
