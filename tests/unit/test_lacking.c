/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a kselftest may have skipped. */
#include "test.h"

#include "job/lacking.h"
#include "sys/file.h"

static void put(const char *dir, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO_FREE char *parent = mem_strndup(path, (size_t)(path_base(path) - path));
	struct err err = { 0 };

	assert_int_equal(dir_make(parent, &err), 0);
	assert_int_equal(file_write(path, view_of(text), 0644, &err), 0);
}

static void symbols(void **state)
{
	AUTO_FREE char *dir = NULL;
	struct err err = { 0 };
	(void)state;

	assert_int_equal(dir_temp("lacking", &dir, &err), 0);
	put(dir, "tools/testing/selftests/net/config",
	    "CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=n\n# CONFIG_D is not set\nCONFIG_AB=y\nCONFIG_TEXT=\"x\"\n");
	put(dir, "tools/testing/selftests/many/config",
	    "CONFIG_1=y\nCONFIG_2=y\nCONFIG_3=y\nCONFIG_4=y\nCONFIG_5=y\nCONFIG_6=y\n");
	put(dir, "config", "# CONFIG_B is not set\nCONFIG_A=m\nCONFIG_TEXT=\"\"\n");
	AUTO_FREE char *config = path_join(dir, "config");
	AUTO_FREE char *net = lacking_symbols(dir, "net", config);
	AUTO_FREE char *many = lacking_symbols(dir, "many", config);
	assert_string_equal(net ? net : "", "CONFIG_B, CONFIG_AB");
	assert_string_equal(many ? many : "", "CONFIG_1, CONFIG_2, CONFIG_3, CONFIG_4 and 2 more");
	assert_null(lacking_symbols(dir, "nothing", config));
	assert_null(lacking_symbols(dir, "net", NULL));
	assert_null(lacking_symbols(dir, "net", "/nowhere/config"));
	dir_remove(dir, &err);
}

static void is(const char *output, const char *package)
{
	const char *got = lacking_package(view_of(output));

	assert_string_equal(got ? got : "(none)", package ? package : "(none)");
}

static void packages(void **state)
{
	(void)state;
	is("./x.sh: line 3: jq: command not found\n", "jq");
	is("# SKIP: Could not run test without ip tool\n", "iproute2");
	is("ModuleNotFoundError: No module named 'yaml'", "python3-yaml");
	is("test starts\nSKIP: nft not installed\nbye", "nftables");
	is("jq is there\nno such file\n", NULL);
	is("skip: /sys/class/ip-x/tc_y not found", NULL);
	is("", NULL);
}

RUN(T(symbols), T(packages))
