/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { SHA256_LEN = SHA256_HEX_LEN / 2 };

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* Fails only without memory or with a broken libcrypto: neither leaves anything to go on with. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = NEW(struct sha256);

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, p, n));
}

void sha256_hex(struct sha256 *h, char ret[SHA256_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA256_LEN];

	must(EVP_DigestFinal_ex(h->ctx, sum, NULL));
	for (size_t i = 0; i < SHA256_LEN; i++) {
		ret[2 * i] = digits[sum[i] >> 4];
		ret[2 * i + 1] = digits[sum[i] & 15];
	}
	ret[SHA256_HEX_LEN] = '\0';
}

void sha256_bytes_hex(const void *p, size_t n, char ret[SHA256_HEX_LEN + 1])
{
	AUTO_SHA256 struct sha256 *h = sha256_new();

	sha256_add(h, p, n);
	sha256_hex(h, ret);
}
