/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_files.h"

#include "kernel/config.h"
#include "sys/loop.h"

static const struct config_want *find(const struct config_wants *w, const char *symbol)
{
	vec_foreach(one, w)
		if (!strcmp(one->symbol, symbol))
			return one;
	return NULL;
}

static void expect(const struct config_wants *w, const char *symbol, const char *value,
		   const char *from)
{
	const struct config_want *one = find(w, symbol);

	assert_non_null(one);
	assert_string_equal(one->value, value);
	assert_string_equal(one->from, from);
}

/* config_wants() of one fragment. */
static int want(struct files *f, const char *fragment, struct config_wants *ret)
{
	struct config_spec spec = { 0 };

	strv_add(&spec.fragments, fragment);
	int r = config_wants(f->a, &spec, f->dir, NULL, ret, &f->err);
	strv_release(&spec.fragments);
	return r;
}

static void put_shipped(struct files *f)
{
	put(f, "configs/base.config",
	    "# about it\n\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=115200\n");
	put(f, "configs/more.config",
	    "# include base\nCONFIG_B=y \nCONFIG_S=\"a \\\"b\\\" \\\\ c\"\r\nCONFIG_H=0x1f\nCONFIG_M=m\n"
	    "# optional\nCONFIG_O=y\nCONFIG_A=m\n");
}

static void fragments(void **state)
{
	struct files *f = *state;
	struct config_wants w = { 0 };

	put_shipped(f);
	assert_int_equal(want(f, "more", &w), 0);
	assert_int_equal(w.len, 7);
	expect(&w, "CONFIG_A", "m", "fragment more");
	expect(&w, "CONFIG_B", "y", "fragment more");
	expect(&w, "CONFIG_N", "115200", "fragment base");
	expect(&w, "CONFIG_S", "\"a \\\"b\\\" \\\\ c\"", "fragment more");
	expect(&w, "CONFIG_H", "0x1f", "fragment more");
	expect(&w, "CONFIG_M", "m", "fragment more");
	assert_true(find(&w, "CONFIG_O")->optional);
	assert_false(find(&w, "CONFIG_A")->optional); /* base wants it outright */
	assert_false(find(&w, "CONFIG_M")->optional);
	vec_release(&w);
}

static void files_and_order(void **state)
{
	struct files *f = *state;
	struct config_spec spec = { 0 };
	struct config_wants w = { 0 };

	put_shipped(f);
	put(f, "mine/one.config",
	    "# include ./two.config\n# include base\nCONFIG_A=y\nCONFIG_N=2\n");
	put(f, "mine/two.config", "CONFIG_A=n\nCONFIG_Z=y\nCONFIG_N=1\n");
	strv_add(&spec.fragments, at(f, "mine/one.config"));
	strv_add(&spec.fragments,
		 "base"); /* was taken in already: not again, or it would undo what came after */
	strv_add(&spec.inline_symbols, "A=n");
	strv_add(&spec.inline_symbols, "CONFIG_LOCALVERSION=-mine \"x\"");
	strv_add(&spec.inline_symbols, "CONFIG_EMPTY=");
	assert_int_equal(config_wants(f->a, &spec, f->dir, NULL, &w, &f->err), 0);
	expect(&w, "CONFIG_A", "n", "--config");
	expect(&w, "CONFIG_LOCALVERSION", "\"-mine \\\"x\\\"\"", "--config");
	expect(&w, "CONFIG_EMPTY", "\"\"", "--config");
	expect(&w, "CONFIG_Z", "y", "fragment ./two.config");
	assert_string_equal(find(&w, "CONFIG_N")->value, "2");
	vec_release(&w);
	strv_release(&spec.fragments);
	strv_release(&spec.inline_symbols);
}

static void bad_fragments(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "CONFIG_A=y\nCONFIG_A\n", "bad.config:2: 'CONFIG_A' is neither" },
		{ "CONFIG_A=yes\n", "bad.config:1: 'CONFIG_A=yes'" },
		{ "CONFIG_A-B=y\n", "bad.config:1:" },
		{ "\n\nfoo\n", "bad.config:3: 'foo'" },
		{ "CONFIG_=y\n", "bad.config:1:" },
		{ "CONFIG_A=\"x\n", "bad.config:1:" },
		{ "CONFIG_A=\"x\\\"\n", "bad.config:1:" },
		{ "CONFIG_A=\"x\"y\"\n", "bad.config:1:" },
		{ "# CONFIG_A B is not set\n", "bad.config:1:" },
		{ "# include bse\n", "bad.config:1: unknown fragment 'bse'; did you mean 'base'?" },
		{ "# include bad\n", "leads back to" },
		{ "# include ./nothing.config\n",
		  "nothing.config: there is no such fragment file" },
	};
	struct files *f = *state;
	struct config_wants w = { 0 };

	put_shipped(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(f, "configs/bad.config", bad[i].text);
		expect_error(f, want(f, "bad", &w), ERR_USAGE, bad[i].error);
	}
	expect_error(f, want(f, "mor", &w), ERR_USAGE,
		     "unknown fragment 'mor'; did you mean 'more'?");
	expect_error(f, want(f, "something", &w), ERR_USAGE,
		     "shipped are bad base more; a file is named with its path");
	expect_error(f, want(f, "./none", &w), ERR_USAGE, "./none: there is no such fragment file");
	put(f, "configs/a.config", "# include b\n");
	put(f, "configs/b.config", "# include a\n");
	expect_error(f, want(f, "a", &w), ERR_USAGE, "b.config:1: '# include a' leads back to");
	for (int i = 0; i < 20; i++) {
		AUTO_FREE char *name = mem_printf("configs/deep%d.config", i),
			       *text = mem_printf("# include deep%d\n", i + 1);
		put(f, name, text);
	}
	put(f, "configs/deep20.config", "");
	expect_error(f, want(f, "deep0", &w), ERR_LIMIT, "more than 16 deep");
	assert_int_equal(want(f, "deep10", &w), 0);
	assert_null(w.data);
}

static void bad_inline(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "CONFIG_A", "give it a value, as CONFIG_A=y" },
		{ "A-B=y", "'A-B' is not a name" },
		{ "=y", "not a name" },
		{ "A=x\ny", "control characters" },
	};
	struct files *f = *state;
	struct config_wants w = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct config_spec spec = { 0 };
		strv_add(&spec.inline_symbols, bad[i].text);
		expect_error(f, config_wants(f->a, &spec, f->dir, NULL, &w, &f->err), ERR_USAGE,
			     bad[i].error);
		strv_release(&spec.inline_symbols);
	}
}

static void collections(void **state)
{
	struct files *f = *state;
	struct config_spec spec = { 0 };
	struct config_wants w = { 0 };

	put(f, "tools/testing/selftests/pidfd/config",
	    "CONFIG_UTS_NS=y\n# include nonsense\nCONFIG_BAD=maybe\n# CONFIG_X is not set\n");
	put(f, "tools/testing/selftests/size/Makefile", "");
	strv_add(&spec.kselftests, "pidfd:pidfd_wait");
	strv_add(&spec.kselftests, "size,get_size");
	assert_int_equal(config_wants(f->a, &spec, f->dir, f->dir, &w, &f->err), 0);
	assert_int_equal(w.len, 2);
	expect(&w, "CONFIG_UTS_NS", "y", "kselftest pidfd");
	expect(&w, "CONFIG_X", "n", "kselftest pidfd");
	vec_release(&w);
	strv_add(&spec.kselftests, "sice");
	expect_error(f, config_wants(f->a, &spec, f->dir, f->dir, &w, &f->err), ERR_USAGE,
		     "no kselftest collection 'sice'; did you mean 'size'?");
	assert_int_equal(config_wants(f->a, &spec, f->dir, NULL, &w, &f->err), 0);
	strv_release(&spec.kselftests);
	strv_add(&spec.kselftests, "../../..");
	expect_error(f, config_wants(f->a, &spec, f->dir, f->dir, &w, &f->err), ERR_USAGE,
		     "see tools/testing/selftests");
	strv_release(&spec.kselftests);
}

/* y, m, n and text against what a .config says. */
static void checked(void **state)
{
	static const char config[] =
		"CONFIG_A=y\nCONFIG_M=y\nCONFIG_B=m\n# CONFIG_D is not set\nCONFIG_S=\"x=y\"\nCONFIG_AA=n\n";
	static const struct {
		const char *symbol, *value, *got;
		bool optional, met;
	} cases[] = {
		{ "CONFIG_A", "y", "y", false, true },
		{ "CONFIG_M", "m", "y", false, true },
		{ "CONFIG_B", "y", "m", false, false },
		{ "CONFIG_C", "n", "n", false, true },
		{ "CONFIG_D", "n", "n", false, true },
		{ "CONFIG_E", "y", "n", true, false },
		{ "CONFIG_S", "\"x=y\"", "\"x=y\"", false, true },
		{ "CONFIG_A2", "y", "n", false, false },
	};
	struct files *f = *state;
	struct config_wants w = { 0 };
	AUTO_STR struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		*vec_add(&w) = (struct config_want){ .symbol = cases[i].symbol,
						     .value = cases[i].value,
						     .optional = cases[i].optional };
	assert_false(config_want_met(&w.data[0])); /* not checked yet */
	assert_int_equal(config_check(f->a, view_of(config), &w), 2);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(w.data[i].got, cases[i].got);
		assert_int_equal(config_want_met(&w.data[i]), cases[i].met);
	}
	w.len = 4;
	config_wants_text(&w, &text);
	assert_string_equal(str_c(&text),
			    "CONFIG_A=y\nCONFIG_M=m\nCONFIG_B=y\n# CONFIG_C is not set\n");
	vec_release(&w);
}

/* What kassay ships can be read, and every part can be had on its own. */
static void shipped(void **state)
{
	const char *data = getenv("KASSAY_TEST_DATA");
	struct files *f = *state;
	AUTO_STRV struct strv names = { 0 };
	AUTO_FREE char *share = data ? mem_printf("%s/../..", data) : NULL;

	if (!share)
		skip();
	AUTO_FREE char *dir = path_join(share, "configs");
	assert_int_equal(dir_list(dir, &names, &f->err), 0);
	vec_foreach(n, &names) {
		struct config_spec spec = { 0 };
		struct config_wants w = { 0 };
		if (!view_ends(view_of(*n), ".config"))
			continue;
		strv_addf(&spec.fragments, "%.*s", (int)(strlen(*n) - strlen(".config")), *n);
		assert_int_equal(config_wants(f->a, &spec, share, NULL, &w, &f->err), 0);
		assert_true(w.len > 1);
		vec_release(&w);
		strv_release(&spec.fragments);
	}
}

/* A stand-in for make: what it is asked goes to "asked", what is in "answer" comes back. */
static const char fake_make[] =
	"[ \"$1\" = O=x ] && [ \"$EXTRA\" = yes ] || exit 3\n"
	"case \"$*\" in *KBUILD_KCONFIG=*/configs/kconfig/Kconfig\\ listnewconfig) ;; *) exit 4 ;; esac\n"
	"cat \"$KASSAY_QUERY_IN\" >asked; echo \"$KASSAY_QUERY_WHAT\" >>asked; cat answer >\"$KASSAY_QUERY_OUT\"\n";

static void explained(void **state)
{
	struct files *f = *state;
	struct config_want all[] = {
		{ .symbol = "CONFIG_A", .value = "y", .got = "y" },
		{ .symbol = "CONFIG_B", .value = "y", .got = "n" },
		{ .symbol = "CONFIG_C", .value = "m", .got = "n" },
		{ .symbol = "CONFIG_D", .value = "n", .got = "y" },
	};
	struct config_wants w = { .data = all, .len = ARRAY_SIZE(all) };
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	struct config_make make = { &argv, &env };
	AUTO_STR struct str asked = STR_INIT;

	put(f, "make.sh", fake_make);
	put(f, "answer",
	    "noise\nB\tlib/Kconfig:7\tdepends on X [=n]\nC\t\tno such symbol in this kernel\nD\tinit/Kconfig:1\t\nA\ta:1\twrong\n");
	strv_add(&argv, "sh");
	strv_addf(&argv, "-c");
	strv_addf(&argv, "cd '%s' && . ./make.sh", f->dir);
	strv_add(&argv, "sh");
	strv_add(&argv, "O=x");
	strv_add(&env, "EXTRA=yes");
	assert_int_equal(config_explain(f->a, f->dir, f->dir, &make, &w, &f->err), 0);
	assert_string_equal(all[1].unmet, "depends on X [=n]");
	assert_string_equal(all[1].where, "lib/Kconfig:7");
	assert_string_equal(all[2].unmet, "no such symbol in this kernel");
	assert_null(all[2].where);
	assert_null(all[3].unmet);
	assert_string_equal(all[3].where, "init/Kconfig:1");
	assert_null(all[0].unmet);
	assert_int_equal(file_read(at(f, "asked"), 1000, &asked, &f->err), 0);
	assert_string_equal(str_c(&asked), "B=y\nC=m\nD=n\nexplain\n");
}

/* Whatever goes wrong on the way, there is no explanation, and that is all. */
static void not_explained(void **state)
{
	struct files *f = *state;
	struct config_want one = { .symbol = "CONFIG_B", .value = "y", .got = "n" };
	struct config_wants w = { .data = &one, .len = 1 };
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	struct config_make make = { &argv, &env };

	strv_add(&argv, "false");
	assert_int_equal(config_explain(f->a, f->dir, f->dir, &make, &w, &f->err), 0);
	assert_null(one.unmet);
	one.got = "y";
	assert_int_equal(config_explain(f->a, f->dir, f->dir, &make, &w, &f->err), 0);
	expect_error(f, config_explain(f->a, f->dir, at(f, "none"), &make, &w, &f->err),
		     ERR_NOT_FOUND, "none");
}

RUN(F(fragments), F(files_and_order), F(bad_fragments), F(bad_inline), F(collections), F(checked),
    F(shipped), F(explained), F(not_explained))
