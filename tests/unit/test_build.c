/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds: what is made again, what is told. */
#include "test_build.h"

#include <fcntl.h>
#include <signal.h>

#include "base/sha256.h"
#include "kernel/artifacts_elf.h"

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
	AUTO_FREE char *target = mem_printf(" %s", arch_host()->target);
	assert_non_null(strstr(d->r.command, target));
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

RUN(DESK(builds_and_tells), DESK(nothing_changed_nothing_done), DESK(warnings_stay_until_fixed),
    DESK(a_header_warns_once), DESK(an_error_is_of_its_build_only),
    DESK(what_is_not_linked_is_not_listed), DESK(modules_come_and_go),
    DESK(equal_trees_give_equal_bits), DESK(a_killed_build_loses_no_warning),
    DESK(a_folder_without_state_is_emptied), DESK(this_machine_is_to_blame),
    DESK(modules_are_staged), DESK(progress_is_told))
