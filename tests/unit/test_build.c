/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds of a small tree that behaves as kbuild does (tests/data/fake-kernel). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "kernel/artifacts_elf.h"
#include "kernel/build.h"
#include "sys/file.h"
#include "sys/loop.h"

struct desk {
	char *dir; /* temporary: cache/ and trees */
	char *tree;
	struct source src;
	struct build_spec spec;
	struct build_result r;
	struct err err;
};

static char *below(const struct desk *d, const char *name)
{
	return path_join(d->dir, name);
}

static void copy_tree(struct desk *d, const char *name)
{
	AUTO_FREE char *from = mem_printf("%s/fake-kernel", getenv("KASSAY_TEST_DATA"));
	char *argv[] = { (char *)"cp", (char *)"-r", from, NULL, NULL };

	free(d->tree);
	d->tree = argv[3] = below(d, name);
	assert_int_equal(run_ok(&(struct run_spec){ .argv = argv }, &d->err), 0);
	d->src.dir = d->tree;
	d->src.key = d->tree;
}

static int setup(void **state)
{
	struct desk *d = NEW(struct desk);

	assert_int_equal(dir_temp("build", &d->dir, &d->err), 0);
	AUTO_FREE char *cache = below(d, "cache");
	setenv("XDG_CACHE_HOME", cache, 1);
	setenv("CCACHE_DISABLE", "1", 1);
	d->src = (struct source){
		.kind = SOURCE_TREE,
		.how = "plain",
		.name = (char *)"fake",
		.content = (char *)"c0ffee",
		.version = (char *)"6.12.0",
		.lock = { .lock_fd = -1 },
	};
	d->spec = (struct build_spec){ .name = "tiny",
				       .arch = "x86_64",
				       .modules = true,
				       .share_dir = "/nonexistent",
				       .jobs = 2 };
	copy_tree(d, "tree");
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct desk *d = *state;

	build_result_release(&d->r);
	strv_release(&d->spec.config.inline_symbols);
	strv_release(&d->spec.make_vars);
	strv_release(&d->spec.kselftests);
	assert_int_equal(dir_remove(d->dir, &d->err), 0);
	free(d->dir);
	free(d->tree);
	free(d);
	return 0;
}

/* Time stamps of files written one after the other can be equal: a change must be newer than what was built. */
static void put(struct desk *d, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(d->tree, name);

	usleep(20000);
	assert_int_equal(file_write(path, view_of(text), 0644, &d->err), 0);
}

static void build(struct desk *d)
{
	build_result_release(&d->r);
	d->err = (struct err){ 0 };
	if (build_run(&d->src, &d->spec, &d->r, &d->err) < 0)
		fail_msg("build: %s", d->err.msg);
}

static void build_fails(struct desk *d, enum err_code code, const char *text)
{
	build_result_release(&d->r);
	d->err = (struct err){ 0 };
	assert_int_equal(build_run(&d->src, &d->spec, &d->r, &d->err), -(int)code);
	if (!strstr(d->err.msg, text))
		fail_msg("'%s' is not in '%s'", text, d->err.msg);
}

static const struct build_finding *finding(const struct desk *d, const char *title)
{
	vec_foreach(f, &d->r.findings)
		if (strstr(f->f.title, title))
			return f;
	return NULL;
}

static const char *artifact(const struct desk *d, const char *role)
{
	vec_foreach(a, &d->r.artifacts)
		if (strcmp(a->role, role) == 0)
			return a->path;
	return NULL;
}

static void read_all(struct desk *d, const char *path, struct str *ret)
{
	str_clear(ret);
	if (file_read(path, 1 << 20, ret, &d->err) < 0)
		fail_msg("%s", d->err.msg);
}

/* Lines of o/NAME: how often a recipe of the fake ran. */
static size_t count(struct desk *d, const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/o/%s", d->r.dir, name);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	size_t n = 0;

	file_read(path, 1 << 20, &text, &ignored);
	rest = str_view(&text);
	while (view_line(&rest, &line))
		n++;
	return n;
}

static const char warns[] =
	"#include \"shared.h\"\nconst char *file_of_a = __FILE__;\nstatic int a_unused;\n";
static const char clean[] = "#include \"shared.h\"\nconst char *file_of_a = __FILE__;\n";

static void builds_and_tells(void **state)
{
	struct desk *d = *state;
	AUTO_STR struct str text = STR_INIT;
	char sha[65], id[65];

	build(d);
	assert_int_equal(d->r.status, STATUS_PASS);
	assert_int_equal(d->r.findings.len, 0);
	assert_int_equal(d->r.compiled, 2);
	assert_string_equal(d->r.release, "6.12.0");
	assert_int_equal(file_sha256(d->r.image, sha, &d->err), 0);
	assert_string_equal(d->r.image_sha256, sha);
	AUTO_FREE char *vmlinux = path_join(d->r.dir, "o/vmlinux");
	assert_int_equal(artifact_build_id(vmlinux, id, &d->err), 0);
	assert_int_equal(strlen(id), 40);
	assert_string_equal(d->r.build_id, id);
	assert_string_equal(artifact(d, "image"), d->r.image);
	assert_string_equal(artifact(d, "vmlinux"), vmlinux);
	assert_non_null(artifact(d, "system-map"));
	assert_null(artifact(d, "btf"));
	assert_null(d->r.modules);
	read_all(d, artifact(d, "config"), &text);
	sha256_bytes_hex(str_c(&text), text.len, sha);
	assert_string_equal(d->r.config_sha256, sha);
	read_all(d, artifact(d, "build-log"), &text);
	assert_non_null(strstr(str_c(&text), "  CC      lib/a.o\n"));
	assert_non_null(strstr(d->r.command, "KBUILD_BUILD_USER=kassay"));
	assert_non_null(strstr(d->r.command, " bzImage"));
	assert_non_null(strstr(d->r.compiler, "gcc"));
}

static void nothing_changed_nothing_done(void **state)
{
	struct desk *d = *state;
	char image[65], key[65];

	build(d);
	memcpy(image, d->r.image_sha256, sizeof(image));
	memcpy(key, d->r.key, sizeof(key));
	build(d);
	assert_int_equal(d->r.compiled, 0);
	assert_string_equal(d->r.image_sha256, image);
	assert_string_equal(d->r.key, key);
	assert_int_equal(count(d, "olddefconfig.count"), 1);
	/* One file, one object. */
	put(d, "lib/b.c", "#include \"shared.h\"\nconst char *file_of_b = \"other\";\n");
	build(d);
	assert_int_equal(d->r.compiled, 1);
	assert_string_not_equal(d->r.image_sha256, image);
	assert_int_equal(count(d, "olddefconfig.count"), 1);
}

static void warnings_stay_until_fixed(void **state)
{
	struct desk *d = *state;

	put(d, "lib/a.c", warns);
	build(d);
	const struct build_finding *f = finding(d, "a_unused");
	assert_non_null(f);
	assert_false(f->old);
	assert_int_equal(f->f.severity, SEVERITY_WARNING);
	assert_string_equal(f->f.file, "lib/a.c");
	assert_int_equal(f->f.line_in_file, 3);
	assert_string_equal(f->f.object, "lib/a.o");
	assert_int_equal(d->r.status, STATUS_PASS);
	/* In the next run, and after an edit elsewhere, and in the run after that. */
	for (int i = 0; i < 3; i++) {
		if (i == 1)
			put(d, "lib/b.c", "const char *file_of_b = \"x\";\n");
		build(d);
		assert_int_equal(d->r.findings.len, 1);
		assert_true(finding(d, "a_unused")->old);
	}
	put(d, "lib/a.c", clean);
	build(d);
	assert_int_equal(d->r.findings.len, 0);
}

static void a_header_warns_once(void **state)
{
	struct desk *d = *state;

	put(d, "lib/shared.h",
	    "extern const char *file_of_a, *file_of_b;\nstatic int in_header;\n");
	build(d);
	assert_int_equal(d->r.findings.len, 1);
	assert_string_equal(d->r.findings.data[0].f.file, "lib/shared.h");
	/* Now one of the two objects is new: the finding is not old. */
	put(d, "lib/b.c", "#include \"shared.h\"\nconst char *file_of_b;\n");
	build(d);
	assert_int_equal(d->r.findings.len, 1);
	assert_false(d->r.findings.data[0].old);
}

static void an_error_is_of_its_build_only(void **state)
{
	struct desk *d = *state;

	put(d, "lib/b.c", "#include \"shared.h\"\nconst char *file_of_b;\nstatic int b_unused;\n");
	build(d);
	put(d, "lib/a.c", "#include \"shared.h\"\n\nint f(void) { return 1 }\n");
	build(d);
	assert_int_equal(d->r.status, STATUS_FAIL);
	assert_null(d->r.image);
	assert_string_equal(d->r.image_sha256, "");
	const struct build_finding *f = finding(d, "expected ‘;’");
	if (!f)
		f = finding(d, "expected ';'");
	assert_non_null(f);
	assert_int_equal(f->f.severity, SEVERITY_ERROR);
	assert_string_equal(f->f.file, "lib/a.c");
	assert_int_equal(f->f.line_in_file, 3);
	assert_int_equal(f->f.column, 23);
	assert_non_null(strstr(f->f.excerpt, "return 1 }"));
	assert_null(strstr(f->f.excerpt, d->dir));
	assert_true(finding(d, "b_unused")->old);
	assert_non_null(artifact(d, "build-log"));
	assert_non_null(artifact(d, "config"));
	put(d, "lib/a.c", clean);
	build(d);
	assert_int_equal(d->r.status, STATUS_PASS);
	assert_int_equal(d->r.findings.len, 1);
	assert_true(finding(d, "b_unused")->old);
}

static void what_is_not_linked_is_not_listed(void **state)
{
	struct desk *d = *state;

	strv_add(&d->spec.config.inline_symbols, "EXTRA=y");
	build(d);
	assert_int_equal(d->r.findings.len, 1);
	assert_non_null(finding(d, "extra_unused"));
	strv_release(&d->spec.config.inline_symbols);
	build(d);
	assert_int_equal(d->r.findings.len, 0);
	/* make has nothing to compile when it comes back, and its warning is known. */
	strv_add(&d->spec.config.inline_symbols, "CONFIG_EXTRA=y");
	build(d);
	assert_int_equal(d->r.compiled, 0);
	assert_true(finding(d, "extra_unused")->old);
}

static void modules_come_and_go(void **state)
{
	struct desk *d = *state;

	put(d, "lib/mod.c", "const char mod_name[] = NAME;\nstatic int mod_unused;\n");
	strv_add(&d->spec.config.inline_symbols, "CONFIG_MOD=m");
	build(d);
	assert_non_null(finding(d, "mod_unused"));
	build(d);
	assert_true(finding(d, "mod_unused")->old);
	d->spec.modules = false;
	build(d);
	assert_null(finding(d, "mod_unused"));
	d->spec.modules = true;
	build(d);
	assert_true(finding(d, "mod_unused")->old);
}

static void equal_trees_give_equal_bits(void **state)
{
	struct desk *d = *state;
	char image[65], id[65];

	/* __FILE__, debug info, the folder: nothing of it may show. */
	build(d);
	AUTO_FREE char *first = mem_strdup(d->r.dir);
	memcpy(image, d->r.image_sha256, sizeof(image));
	memcpy(id, d->r.build_id, sizeof(id));
	copy_tree(d, "a-tree-with-a-longer-name");
	build(d);
	assert_string_not_equal(d->r.dir, first);
	assert_string_equal(d->r.image_sha256, image);
	assert_string_equal(d->r.build_id, id);
	AUTO_FREE char *object = path_join(d->r.dir, "o/lib/a.o");
	AUTO_STR struct str text = STR_INIT;
	read_all(d, object, &text);
	assert_null(memmem(text.data, text.len, d->dir, strlen(d->dir)));
	/* Flags of the user come behind ours. */
	strv_add(&d->spec.make_vars, "KCFLAGS=-DNAME2");
	build(d);
	assert_non_null(strstr(d->r.command, "=. -DNAME2"));
	assert_string_equal(d->r.image_sha256, image);
}

/* What a kill in the middle of make leaves: a log without its end, and objects nobody heard of. */
static void killed(struct desk *d, const char *log)
{
	AUTO_FREE char *part = path_join(d->r.dir, "build.log.part"),
		       *done = path_join(d->r.dir, "build.log");

	build_result_release(&d->r);
	unlink(done);
	assert_int_equal(file_write(part, view_of(log), 0644, &d->err), 0);
}

static void a_killed_build_loses_no_warning(void **state)
{
	struct desk *d = *state;

	put(d, "lib/a.c", warns);
	put(d, "lib/b.c", "const char *file_of_b;\nstatic int b_unused;\n");
	build(d);
	assert_int_equal(d->r.findings.len, 2);
	/* The state is of before the warnings: as if the kill had come while make ran. */
	AUTO_FREE char *state_path = path_join(d->r.dir, "kassay.json");
	AUTO_STR struct str text = STR_INIT, cut = STR_INIT;
	read_all(d, state_path, &text);
	const char *at = strstr(str_c(&text), "\"warnings\"");
	assert_non_null(at);
	str_add(&cut, text.data, (size_t)(at - text.data));
	str_adds(&cut, "\"warnings\": []\n}\n");
	assert_int_equal(file_write(state_path, str_view(&cut), 0644, &d->err), 0);
	/* a.o was told of in full, b.o not at all. */
	killed(d,
	       "  CC      lib/a.o\nlib/a.c:3:12: warning: ‘a_unused’ defined but not used [-Wunused-variable]\n"
	       "  CC      lib/other.o\n");
	build(d);
	assert_int_equal(d->r.findings.len, 2);
	assert_true(finding(d, "a_unused")->old);
	assert_false(finding(d, "b_unused")->old);
	assert_int_equal(d->r.compiled, 1);
	/* The last one of the log may have been cut: it is made again. */
	killed(d, "  CC      lib/b.o\n  CC      lib/a.o\n");
	build(d);
	assert_false(finding(d, "a_unused")->old);
}

static void a_folder_without_state_is_emptied(void **state)
{
	struct desk *d = *state;

	build(d);
	AUTO_FREE char *path = path_join(d->r.dir, "kassay.json");
	assert_int_equal(file_write(path, VIEW("{\"version\": 1, \"sour"), 0644, &d->err), 0);
	build(d);
	assert_int_equal(d->r.compiled, 2);
}

static void this_machine_is_to_blame(void **state)
{
	static const struct {
		const char *say;
		enum err_code code;
		const char *text;
	} cases[] = {
		{ "/bin/sh: 1: flex: not found\n", ERR_NO_TOOL,
		  "flex is not installed (Debian package: flex)" },
		{ "tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory\n",
		  ERR_NO_TOOL, "libelf-dev" },
		{ "/tmp/x.s: Fatal error: can't write 12 bytes: No space left on device\n",
		  ERR_NO_SPACE, "disk is full" },
		{ "gcc: fatal error: Killed signal terminated program cc1\n", ERR_LIMIT, "memory" },
		{ "ccache: error: Failed to create directory /x: Permission denied\n", ERR_IO,
		  "ccache" },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put(d, "say", cases[i].say);
		build_fails(d, cases[i].code, cases[i].text);
	}
	/* A step may go on without a program: then it is not what made the build fail. */
	put(d, "say", "/bin/sh: 1: pahole: not found\nlib/a.c:1:1: error: expected expression\n");
	build(d);
	assert_int_equal(d->r.status, STATUS_FAIL);
	/* Anything else is the kernel's fault, and never without a finding. */
	put(d, "say", "something odd\n");
	build(d);
	assert_int_equal(d->r.status, STATUS_FAIL);
	assert_int_equal(d->r.findings.len, 1);
	assert_int_equal(d->r.findings.data[0].f.severity, SEVERITY_ERROR);
}

static void bad_requests(void **state)
{
	struct desk *d = *state;

	d->spec.arch = "vax";
	build_fails(d, ERR_USAGE, "vax");
	d->spec.arch = "x86_64";
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

static void modules_are_staged(void **state)
{
	struct desk *d = *state;
	AUTO_STR struct str text = STR_INIT;
	char sha[65];

	strv_add(&d->spec.config.inline_symbols, "CONFIG_MOD=m");
	build(d);
	assert_non_null(d->r.modules);
	assert_string_equal(path_base(d->r.modules), "6.12.0");
	AUTO_FREE char *ko = path_join(d->r.modules, "kernel/lib/mod.ko"),
		       *link = path_join(d->r.modules, "build");
	assert_int_equal(file_sha256(ko, sha, &d->err), 0);
	assert_int_equal(access(link, F_OK), -1);
	AUTO_FREE char *want = mem_printf("%s  kernel/lib/mod.ko\n", sha);
	read_all(d, artifact(d, "module-hashes"), &text);
	assert_string_equal(str_c(&text), want);
	build(d);
	assert_int_equal(count(d, "modules_install.count"), 1);
	assert_non_null(artifact(d, "module-hashes"));
	put(d, "lib/mod.c", "const char mod_name[] = NAME \"2\";\n");
	build(d);
	assert_int_equal(count(d, "modules_install.count"), 2);
	assert_int_equal(file_sha256(ko, sha, &d->err), 0);
	assert_true(strncmp(want, sha, 64) != 0);
	d->spec.modules = false;
	build(d);
	assert_null(d->r.modules);
	assert_null(artifact(d, "module-hashes"));
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

static void progress(void *data, const char *phase, size_t done, size_t expected, const char *what)
{
	struct str *text = data;

	(void)done, (void)expected, (void)what;
	str_addf(text, "%s\n", phase);
}

static void progress_is_told(void **state)
{
	struct desk *d = *state;
	AUTO_STR struct str text = STR_INIT;

	d->spec.progress = progress;
	d->spec.data = &text;
	build(d);
	assert_non_null(strstr(str_c(&text), "configure\n"));
	assert_non_null(strstr(str_c(&text), "compile\n"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(builds_and_tells),
		TEST(nothing_changed_nothing_done),
		TEST(warnings_stay_until_fixed),
		TEST(a_header_warns_once),
		TEST(an_error_is_of_its_build_only),
		TEST(what_is_not_linked_is_not_listed),
		TEST(modules_come_and_go),
		TEST(equal_trees_give_equal_bits),
		TEST(a_killed_build_loses_no_warning),
		TEST(a_folder_without_state_is_emptied),
		TEST(this_machine_is_to_blame),
		TEST(bad_requests),
		TEST(configuration),
		TEST(presets_from_files),
		TEST(modules_are_staged),
		TEST(keys),
		TEST(progress_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
