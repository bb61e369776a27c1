/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a build is a function of, as one hash; and the key that modules are signed with, which is part of it: made once
 * per cache, so that two builds with MODULE_SIG are equal bit for bit (RSA signatures with PKCS#1 v1.5 have no random part).
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/sha256.h"
#include "kernel/build_internal.h"
#include "sys/file.h"

enum {
	KEY_BITS = 2048, /* it protects nothing: throw-away kernels on the desk */
	KEY_FILE_MAX = 64 << 10,
};
#define KEY_SECONDS (100L * 365 * 24 * 3600)

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free)
DEFINE_AUTO(X509 *, X509_free)
DEFINE_AUTO(BIO *, BIO_free_all)

static int crypto_err(struct err *err)
{
	return err_set(err, ERR_INTERNAL, "cannot make a module signing key: OpenSSL failed");
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = ext && X509_add_ext(cert, ext, -1);

	X509_EXTENSION_free(ext);
	return ok;
}

/* The certificate the kernel's certs/default_x509.genkey asks for. */
static bool fill_certificate(X509 *cert, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, 2) &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), (uint64_t)time_now_ms()) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -24L * 3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), KEY_SECONDS) &&
	       X509_set_pubkey(cert, key) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"kassay module signing key", -1,
					  -1, 0) &&
	       X509_set_issuer_name(cert, name) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_key_usage, "digitalSignature") &&
	       add_extension(cert, NID_subject_key_identifier, "hash") &&
	       add_extension(cert, NID_authority_key_identifier, "keyid") &&
	       X509_sign(cert, key, EVP_sha256());
}

static int make_key(const char *path, struct err *err)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
	AUTO(X509_free) X509 *cert = X509_new();
	AUTO(BIO_free_all) BIO *out = BIO_new(BIO_s_mem());
	char *text;

	if (!key || !cert || !out || !fill_certificate(cert, key) ||
	    !PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) ||
	    !PEM_write_bio_X509(out, cert))
		return crypto_err(err);
	long n = BIO_get_mem_data(out, &text);
	return file_write(path, (struct view){ text, (size_t)n }, 0600, err);
}

int build_signing_key(struct arena *a, const char **ret_path, char ret_sha256[65], struct err *err)
{
	struct cache_entry entry = { .lock_fd = -1 };
	AUTO_STR struct str text = STR_INIT;
	int r = cache_get("keys", "module-signing", CACHE_EXCLUSIVE, NULL, NULL, &entry, err);

	if (r < 0)
		return r;
	AUTO_FREE char *path = path_join(entry.dir, "key.pem");
	if (!file_exists(path))
		r = make_key(path, err);
	if (r == 0)
		r = file_read(path, KEY_FILE_MAX, &text, err);
	cache_put(&entry);
	if (r < 0)
		return r;
	sha256_bytes_hex(str_c(&text), text.len, ret_sha256);
	*ret_path = arena_strdup(a, path);
	return 0;
}

void build_key_hash(const struct source *src, const struct build_spec *spec, const struct strv *vars,
		    const char *identity, const char *key_sha256, struct view request, char ret[65])
{
	AUTO_STR struct str text = STR_INIT;

	str_addf(&text, "recipe %d\nsource %s\narch %s\nmodules %d\ntoolchain %s\nkey %s\n",
		 BUILD_RECIPE, src->content ? src->content : "", spec->arch->name, spec->modules,
		 identity, key_sha256);
	vec_foreach(var, vars)
		str_addf(&text, "%s\n", *var);
	str_addv(&text, request);
	sha256_bytes_hex(str_c(&text), text.len, ret);
}

int build_key(const struct source *src, const struct build_spec *spec, char ret[65],
	      struct err *err)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STR struct str request = STR_INIT;
	struct toolchain tool = { 0 };
	struct config_wants wants = { 0 };
	const char *path;
	char sha[65];
	AUTO_STRV struct strv vars = { 0 };
	int r = build_toolchain(src, spec, &vars, &tool, err);

	if (r == 0)
		r = build_signing_key(a, &path, sha, err);
	if (r == 0)
		r = build_config_request(src, spec, a, &wants, &request, err);
	if (r == 0)
		build_key_hash(src, spec, &vars, tool.identity, sha, str_view(&request), ret);
	vec_release(&wants);
	toolchain_release(&tool);
	return r;
}
