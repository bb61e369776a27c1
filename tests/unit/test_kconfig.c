/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shipped fragments, and configs/kconfig/query.c, on a real kernel tree: $KASSAY_TEST_TREE, else the one that the end-to-end
 * tests keep. */
#include "kernel_files.h"

#include "kernel/config.h"
#include "kernel/touched.h"
#include "sys/loop.h"

static const char *share_dir(struct files *f)
{
	const char *data = getenv("KASSAY_TEST_DATA");

	return data ? arena_printf(f->a, "%s/../..", data) : NULL;
}

/* NULL: none here. */
static const char *find_tree(struct files *f)
{
	const char *tree = getenv("KASSAY_TEST_TREE"), *cache = getenv("KASSAY_TEST_CACHE"),
		   *home = getenv("HOME");

	if (!tree && (cache || home))
		tree = arena_printf(f->a, "%s%s/trees/origin", cache ? cache : home,
				    cache ? "" : "/.cache/kassay-check");
	return tree && share_dir(f) && file_exists(arena_printf(f->a, "%s/Kbuild", tree)) ? tree :
											    NULL;
}

struct kernel {
	struct files *f;
	const char *tree, *objects;
	struct strv argv, env;
	struct config_make make;
};

static void kernel_release(struct kernel *k)
{
	strv_release(&k->argv);
	strv_release(&k->env);
}
#define AUTO_KERNEL __attribute__((cleanup(kernel_release)))

static void make(struct kernel *k, const char *target)
{
	strv_add(&k->argv, target);
	struct run_spec spec = { .argv = strv_argv(&k->argv), .env_add = strv_argv(&k->env) };
	if (run_ok(&spec, &k->f->err) < 0)
		fail_msg("make %s: %s", target, k->f->err.msg);
	free(k->argv.data[--k->argv.len]);
}

static void kernel_init(struct kernel *k, struct files *f, const char *tree)
{
	*k = (struct kernel){ .f = f, .tree = tree, .objects = at(f, "o") };
	k->make = (struct config_make){ &k->argv, &k->env };
	strv_add(&k->argv, "make");
	strv_add(&k->argv, "-s");
	strv_addf(&k->argv, "ARCH=%s", arch_host()->kbuild);
	strv_add(&k->argv, "-C");
	strv_add(&k->argv, tree);
	strv_addf(&k->argv, "O=%s", k->objects);
	strv_add(&k->env, "MAKEFLAGS=");
	strv_add(&k->env, "MAKELEVEL=");
	assert_int_equal(dir_make(k->objects, &f->err), 0);
	make(k, "tinyconfig");
	assert_int_equal(file_copy(at(f, "o/.config"), at(f, "tiny"), &f->err), 0);
}

/* tinyconfig and these wishes, then what came of them. */
static void configure(struct kernel *k, const struct config_spec *spec, struct config_wants *ret)
{
	AUTO_STR struct str text = STR_INIT;
	struct files *f = k->f;

	assert_int_equal(config_wants(f->a, spec, share_dir(f), k->tree, ret, &f->err), 0);
	assert_int_equal(file_read(at(f, "tiny"), 1 << 24, &text, &f->err), 0);
	config_wants_text(ret, &text);
	put_bytes(f, "o/.config", str_view(&text));
	make(k, "olddefconfig");
	str_clear(&text);
	assert_int_equal(file_read(at(f, "o/.config"), 1 << 24, &text, &f->err), 0);
	config_check(f->a, str_view(&text), ret);
	assert_int_equal(config_explain(f->a, share_dir(f), k->objects, &k->make, ret, &f->err), 0);
}

static void add_fragments(struct config_spec *spec, const char *names)
{
	struct view rest = view_of(names), name;

	while (view_split(&rest, ' ', &name))
		strv_addf(&spec->fragments, VIEW_FMT, VIEW_ARG(name));
}

/* Everything that a shipped fragment asks for survives. */
static void expect_fragments(const struct config_wants *w)
{
	vec_foreach(one, w)
		if (view_starts(view_of(one->from), "fragment") && !one->optional &&
		    !config_want_met(one))
			fail_msg("%s: %s=%s is %s: %s", one->from, one->symbol, one->value,
				 one->got, one->unmet ? one->unmet : "not explained");
}

static void expect_why(const struct config_wants *w, const char *symbol, const char *why,
		       const char *where)
{
	vec_foreach(one, w) {
		if (strcmp(one->symbol, symbol) != 0)
			continue;
		if (!one->unmet || !strstr(one->unmet, why) ||
		    (where && (!one->where || !strstr(one->where, where))))
			fail_msg("%s: \"%s\" at %s", symbol, one->unmet ? one->unmet : "(none)",
				 one->where ? one->where : "(none)");
		return;
	}
	fail_msg("%s is not there", symbol);
}

static void with_a_network(struct kernel *k)
{
	struct config_spec spec = { 0 };
	struct config_wants w = { 0 };

	add_fragments(&spec, "kunit-all kselftest-net virtio modules kasan ubsan");
	configure(k, &spec, &w);
	expect_fragments(&w);
	vec_release(&w);
	strv_release(&spec.fragments);
}

static const char small[] = "boot kunit kselftest lockdep";

static void explanations(struct kernel *k)
{
	static const char *const wishes[] = {
		"POSIX_MQUEUE=y", "KASAN=y",	     "NO_SUCH_SYMBOL=y", "PREEMPT_NONE=y",
		"PREEMPT=y",	  "LINEAR_RANGES=y", "EXPERT=y",	 "LOG_BUF_SHIFT=99",
		"SLUB_TINY=y",	  "PRINTK=y",	     "CRC32=n",
	};
	struct config_spec spec = { 0 };
	struct config_wants w = { 0 };

	add_fragments(&spec, small);
	AUTO_FREE char *pahole = path_which("pahole");
	if (pahole)
		strv_add(&spec.fragments, "btf");
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
		strv_add(&spec.inline_symbols, wishes[i]);
	configure(k, &spec, &w);
	expect_fragments(&w);
	expect_why(&w, "CONFIG_POSIX_MQUEUE", "depends on NET [=n]", "init/Kconfig:");
	expect_why(&w, "CONFIG_KASAN", "SLUB", "lib/Kconfig.kasan:");
	expect_why(&w, "CONFIG_NO_SUCH_SYMBOL", "no such symbol in this kernel", NULL);
	expect_why(&w, "CONFIG_PREEMPT_NONE", "another member of its choice is set: PREEMPT [=y]",
		   "kernel/Kconfig.preempt:");
	expect_why(&w, "CONFIG_LOG_BUF_SHIFT", "99 is not a value or out of range",
		   "init/Kconfig:");
	vec_foreach(one, &w)
		if (!strcmp(one->symbol, "CONFIG_PRINTK") || !strcmp(one->symbol, "CONFIG_EXPERT"))
			assert_true(config_want_met(one) && !one->unmet);
	vec_release(&w);
	strv_release(&spec.fragments);
	strv_release(&spec.inline_symbols);
}

/* What config_enable() answers does enable it: all of these together. */
static void enabling(struct kernel *k)
{
	static const char symbols[] =
		"CONFIG_E1000E CONFIG_NET_VENDOR_INTEL CONFIG_ETHERNET CONFIG_KASAN "
		"CONFIG_SLUB_KUNIT_TEST CONFIG_DEBUG_INFO_DWARF5 CONFIG_XFS_FS CONFIG_PREEMPT_NONE";
	struct files *f = k->f;
	struct config_spec spec = { 0 };
	struct config_wants w = { 0 };
	AUTO_STR struct str config = STR_INIT;
	AUTO_STRV struct strv none = { 0 };
	struct view rest = view_of(symbols), name;

	assert_int_equal(config_enable(k->objects, symbols, &spec.inline_symbols,
				       &f->err),
			 0);
	/* What cannot be had. */
	assert_int_equal(config_enable(k->objects, "CONFIG_BROKEN", &none, &f->err),
			 0);
	assert_int_equal(none.len, 0);
	add_fragments(&spec, small);
	configure(k, &spec, &w);
	vec_foreach(one, &w)
		if (!one->optional && !config_want_met(one))
			fail_msg("%s=%s is %s", one->symbol, one->value, one->got);
	assert_int_equal(file_read(at(f, "o/.config"), 1 << 24, &config, &f->err), 0);
	while (view_split(&rest, ' ', &name))
		if (view_find(str_view(&config),
			      arena_printf(f->a, "\n" VIEW_FMT "=y\n", VIEW_ARG(name))) < 0)
			fail_msg(VIEW_FMT " is not set", VIEW_ARG(name));
	vec_release(&w);
	strv_release(&spec.fragments);
	strv_release(&spec.inline_symbols);
}

static void on_a_tree(void **state)
{
	struct files *f = *state;
	const char *tree = find_tree(f);
	AUTO_KERNEL struct kernel k = { 0 };

	if (!tree)
		skip();
	setenv("KASSAY_SHARE", share_dir(f), 1);
	kernel_init(&k, f, tree);
	with_a_network(&k);
	explanations(&k);
	enabling(&k);
	unsetenv("KASSAY_SHARE");
}

RUN(F(on_a_tree))
