/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests, configurations and the keys of builds. */
#include "test_build.h"

static void bad_requests(void **state)
{
	struct desk *d = *state;

	strv_add(&d->spec.make_vars, "O=/tmp/x");
	build_fails(d, ERR_USAGE, "--make O=");
	strv_release(&d->spec.make_vars);
	d->spec.config.preset = PRESET_DISTRO;
	build_fails(d, ERR_USAGE, "preset distro");
	d->spec.config.preset = PRESET_TREE;
	build_fails(d, ERR_USAGE, "preset tree");
	d->src.origin_dir = d->tree;
	build_fails(d, ERR_NOT_FOUND, ".config");
	d->src.origin_dir = NULL;
	d->spec.config.preset = PRESET_TINY;
	d->src.kind = SOURCE_IMAGE;
	build_fails(d, ERR_USAGE, "nothing to build");
	d->src.kind = SOURCE_TREE;
	strv_add(&d->spec.kselftests, "goot");
	build_fails(d, ERR_USAGE, "did you mean 'good'");
	strv_release(&d->spec.kselftests);
	AUTO_FREE char *spaced = below(d, "a cache");
	setenv("XDG_CACHE_HOME", spaced, 1);
	build_fails(d, ERR_USAGE, "XDG_CACHE_HOME");
}

static void configuration(void **state)
{
	struct desk *d = *state;
	AUTO_STR struct str text = STR_INIT;
	struct stat before, after;

	strv_add(&d->spec.config.inline_symbols, "NEVER=y");
	strv_add(&d->spec.config.inline_symbols, "64BIT=n");
	build(d);
	const char *config = artifact(d, "config");
	read_all(d, config, &text);
	assert_non_null(strstr(str_c(&text), "# CONFIG_LOCALVERSION_AUTO is not set\n"));
	assert_null(strstr(str_c(&text), "LOCALVERSION_AUTO=y"));
	assert_non_null(
		strstr(str_c(&text), "CONFIG_MODULE_SIG_KEY=\"certs/kassay_signing_key.pem\"\n"));
	assert_non_null(strstr(str_c(&text), "CONFIG_SYSTEM_TRUSTED_KEYS=\"\"\n"));
	assert_non_null(strstr(str_c(&text), "# CONFIG_64BIT is not set\n"));
	assert_null(strstr(str_c(&text), "CONFIG_64BIT=y"));
	const struct build_finding *f = finding(d, "CONFIG_NEVER");
	assert_non_null(f);
	assert_int_equal(f->f.kind, FINDING_CONFIG);
	assert_string_equal(f->f.title, "CONFIG_NEVER: wanted y, is n");
	assert_string_equal(f->f.symbol, "CONFIG_NEVER");
	assert_int_equal(d->r.wants.len, 2);
	AUTO_FREE char *key = path_join(d->r.dir, "o/certs/kassay_signing_key.pem");
	assert_true(file_exists(key));
	/* Told again although nothing is configured anew. */
	assert_int_equal(stat(config, &before), 0);
	build(d);
	assert_non_null(finding(d, "CONFIG_NEVER"));
	assert_int_equal(count(d, "olddefconfig.count"), 1);
	/* A Kconfig file changed: configured anew; the same came out, and keeps its time. */
	put(d, "Kconfig", "config 64BIT\n\n");
	build(d);
	assert_int_equal(count(d, "olddefconfig.count"), 2);
	assert_int_equal(stat(artifact(d, "config"), &after), 0);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	/* The user's wish is above ours. */
	strv_add(&d->spec.config.inline_symbols, "LOCALVERSION_AUTO=y");
	build(d);
	read_all(d, artifact(d, "config"), &text);
	assert_non_null(strstr(str_c(&text), "CONFIG_LOCALVERSION_AUTO=y\n"));
}

static void presets_from_files(void **state)
{
	struct desk *d = *state;
	AUTO_FREE char *file = below(d, "my.config"), *own = path_join(d->tree, ".config");
	AUTO_STR struct str text = STR_INIT;

	assert_int_equal(file_write(file, VIEW("CONFIG_MINE=y\nCONFIG_MODULE_SIG_KEY=\"\"\n"), 0644,
				    &d->err),
			 0);
	d->spec.config.preset = PRESET_DISTRO;
	d->spec.config.file = file;
	build(d);
	read_all(d, artifact(d, "config"), &text);
	assert_non_null(strstr(str_c(&text), "CONFIG_MINE=y\n"));
	assert_non_null(strstr(str_c(&text), "CONFIG_MODULE_SIG_KEY=\"\"\n"));
	/* Its content counts, not its name. */
	char key[65];
	memcpy(key, d->r.key, sizeof(key));
	assert_int_equal(file_write(file, VIEW("CONFIG_MINE=m\n"), 0644, &d->err), 0);
	build(d);
	assert_string_not_equal(d->r.key, key);
	d->spec.config.preset = PRESET_TREE;
	d->spec.config.file = NULL;
	d->src.origin_dir = d->tree;
	assert_int_equal(file_write(own, VIEW("CONFIG_OWN=y\n"), 0644, &d->err), 0);
	build(d);
	read_all(d, artifact(d, "config"), &text);
	assert_non_null(strstr(str_c(&text), "CONFIG_OWN=y\n"));
	d->spec.config.preset = PRESET_GUEST;
	build(d);
	read_all(d, artifact(d, "config"), &text);
	assert_non_null(strstr(str_c(&text), "CONFIG_GUEST=y\n"));
}

static void keys(void **state)
{
	struct desk *d = *state;
	char a[65], b[65];

	build(d);
	assert_int_equal(build_key(&d->src, &d->spec, a, &d->err), 0);
	assert_string_equal(a, d->r.key);
	build_result_release(&d->r);
	/* Another place with the same content: the same key. */
	copy_tree(d, "elsewhere");
	assert_int_equal(build_key(&d->src, &d->spec, b, &d->err), 0);
	assert_string_equal(a, b);
	d->src.content = (char *)"other";
	assert_int_equal(build_key(&d->src, &d->spec, b, &d->err), 0);
	assert_string_not_equal(a, b);
	d->src.content = (char *)"c0ffee";
	strv_add(&d->spec.config.inline_symbols, "X=y");
	assert_int_equal(build_key(&d->src, &d->spec, b, &d->err), 0);
	assert_string_not_equal(a, b);
	strv_release(&d->spec.config.inline_symbols);
	strv_add(&d->spec.make_vars, "KCFLAGS=-O3");
	assert_int_equal(build_key(&d->src, &d->spec, b, &d->err), 0);
	assert_string_not_equal(a, b);
	/* Another name is another folder, and the same kernel. */
	strv_release(&d->spec.make_vars);
	d->spec.name = "other";
	assert_int_equal(build_key(&d->src, &d->spec, b, &d->err), 0);
	assert_string_equal(a, b);
}

RUN(DESK(bad_requests), DESK(configuration), DESK(presets_from_files), DESK(keys))
