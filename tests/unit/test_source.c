/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_files.h"

#include <sys/wait.h>
#include <unistd.h>

#include "kernel/source.h"
#include "sys/loop.h"

struct told {
	struct str text;
};

static void told(const char *what, void *data)
{
	str_addf(data, "%s\n", what);
}

static int source_setup(void **state)
{
	int r = files_setup(state);
	struct files *f = *state;

	setenv("XDG_CACHE_HOME", at(f, "cache"), 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	return r;
}
#define S(fn) cmocka_unit_test_setup_teardown(fn, source_setup, files_teardown)

static void shell(struct files *f, const char *script)
{
	char *argv[] = { (char *)"sh", (char *)"-ec", (char *)script, NULL };
	struct run_spec spec = { .argv = argv, .cwd = f->dir };

	if (run_ok(&spec, &f->err) < 0)
		fail_msg("%s: %s", script, f->err.msg);
}

static int source(struct files *f, const char *text, struct source *ret)
{
	struct source_spec spec = { .text = text };

	return source_open(&spec, ret, &f->err);
}

static void put_tree(struct files *f, const char *dir)
{
	static const char *const parts[] = { "Kbuild", "Kconfig", "arch/x86/Kbuild", "scripts/x",
					     "lib/a.c" };

	put(f, arena_printf(f->a, "%s/Makefile", dir),
	    "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION = -rc1\nNAME = Baby\nVERSION = 9\n");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		put(f, arena_printf(f->a, "%s/%s", dir, parts[i]), "\n");
}

static void put_image(struct files *f, const char *name)
{
	char b[1024] = { [0x1f1] = 1, [0x1fe] = 0x55, [0x1ff] = (char)0xaa, [0x206] = 0x0f,
			 [0x207] = 2, [0x20f] = 1,    [0x236] = 1 };

	memcpy(b + 0x202, "HdrS", 4);
	memcpy(b + 0x300, "6.12.117 (x)", 12);
	put_bytes(f, name, (struct view){ b, sizeof(b) });
}

/* ---- what is none ---- */

static void no_source(void **state)
{
	struct files *f = *state;
	struct source s;

	expect_error(f, source(f, "/nothing/there", &s), ERR_NOT_FOUND,
		     "/nothing/there: there is no such file or folder (a source is");
	expect_error(f, source(f, "linux-image-6.1-amd64", &s), ERR_NOT_FOUND,
		     "the package is deb:linux-image-6.1-amd64");
	put(f, "empty/x", "");
	unlink(at(f, "empty/x"));
	expect_error(f, source(f, at(f, "empty"), &s), ERR_PARSE,
		     "empty: empty folder, not a kernel tree");
	put(f, "some/Kconfig", "");
	put(f, "some/Makefile", "all:\n");
	expect_error(f, source(f, at(f, "some"), &s), ERR_PARSE,
		     "some: not a kernel tree (no Kbuild, arch, scripts)");
	put_tree(f, "other");
	put(f, "other/Makefile", "VERSION = 1.2\nPATCHLEVEL = 3\n");
	expect_error(f, source(f, at(f, "other"), &s), ERR_PARSE, "no VERSION and PATCHLEVEL");
	put(f, "text", "hello\n");
	expect_error(f, source(f, at(f, "text"), &s), ERR_PARSE, "text: not a kernel image");
	put(f, "x.deb", "!<arch>\ndebian-binary");
	expect_error(f, source(f, at(f, "x.deb"), &s), ERR_PARSE,
		     "x.deb: truncated or not a Debian package");
	expect_error(f, source(f, "/dev/null", &s), ERR_PARSE,
		     "/dev/null: neither a file nor a folder");
	expect_error(f, source(f, "git:", &s), ERR_USAGE, "write it as git:URL#REF");
	expect_error(f, source(f, "git:--upload-pack=x#y", &s), ERR_USAGE,
		     "write it as git:URL#REF");
}

/* ---- images ---- */

static void images(void **state)
{
	struct files *f = *state;
	struct source_spec spec = { .text = at(f, "bzImage") };
	struct source s;

	put_image(f, "bzImage");
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_int_equal(s.kind, SOURCE_IMAGE);
	assert_string_equal(s.how, "image");
	assert_string_equal(s.version, "6.12.117");
	assert_string_equal(s.image, spec.text);
	assert_int_equal(strlen(s.content), 64);
	assert_null(s.modules);
	source_release(&s);
	put(f, "m/lib/modules/6.12.117/modules.order", "");
	for (int i = 0; i < 3; i++) {
		spec.modules = at(f, i == 0 ? "m" :
				     i == 1 ? "m/lib/modules" :
					      "m/lib/modules/6.12.117");
		assert_int_equal(source_open(&spec, &s, &f->err), 0);
		assert_true(view_ends(view_of(s.modules), "6.12.117"));
		source_release(&s);
	}
	spec.modules = at(f, "m/lib");
	expect_error(f, source_open(&spec, &s, &f->err), ERR_NOT_FOUND,
		     "no modules of 6.12.117 in it");
	spec.modules = at(f, "none");
	expect_error(f, source_open(&spec, &s, &f->err), ERR_NOT_FOUND,
		     "none: there is no such folder");
	spec.modules = NULL;
	spec.rev = "HEAD";
	expect_error(f, source_open(&spec, &s, &f->err), ERR_USAGE,
		     "only a git tree has revisions");
	/* A compressed EFI image of another machine. */
	char other[4096] = "MZ\0\0zimg";
	other[0x3c] = 0x40;
	memcpy(other + 0x40, "PE\0\0\x64\x62", 6);
	put_bytes(f, "Image", (struct view){ other, sizeof(other) });
	expect_error(f, source(f, at(f, "Image"), &s), ERR_PARSE,
		     "Image: a loongarch64 kernel image, which kassay has no machine for");
}

static void path_of_home(void **state)
{
	struct files *f = *state;
	AUTO_FREE char *home = mem_strdup(getenv("HOME") ? getenv("HOME") : "");
	struct source s;

	put_image(f, "bzImage");
	setenv("HOME", f->dir, 1);
	assert_int_equal(source(f, at(f, "bzImage"), &s), 0);
	assert_string_equal(s.name, "~/bzImage");
	source_release(&s);
	setenv("HOME", home, 1);
}

/* ---- trees ---- */

static void expect_text(struct files *f, const char *dir, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO_STR struct str got = STR_INIT;

	assert_int_equal(file_read(path, 1000, &got, &f->err), 0);
	assert_string_equal(str_c(&got), text);
}

static void plain_tree(void **state)
{
	struct files *f = *state;
	struct source_spec spec = { .text = at(f, "tree/lib") }; /* a folder in it is as good */
	struct source s;

	put_tree(f, "tree");
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_int_equal(s.kind, SOURCE_TREE);
	assert_string_equal(s.how, "plain");
	assert_string_equal(s.version, "6.12.117-rc1");
	assert_string_equal(s.key, s.origin_dir);
	assert_true(view_ends(view_of(s.origin_dir), "/tree"));
	assert_int_equal(strlen(s.content), 40);
	expect_text(f, s.dir, "lib/a.c", "\n");
	source_release(&s);
	spec.rev = "HEAD~1";
	expect_error(f, source_open(&spec, &s, &f->err), ERR_USAGE,
		     "a plain folder, not a git tree: it has no revision HEAD~1");
	spec.rev = NULL;
	spec.modules = f->dir;
	expect_error(f, source_open(&spec, &s, &f->err), ERR_USAGE,
		     "is a kernel tree, which brings its own");
}

static void git_tree(void **state)
{
	struct files *f = *state;
	struct source_spec spec = { .text = at(f, "tree") };
	struct source s, base;

	put_tree(f, "tree");
	shell(f,
	      "cd tree; git init -q -b main .; git add -A; git -c user.name=t -c user.email=t@t commit -qm one; git -c user.name=t -c user.email=t@t tag -am v1 v1");
	put(f, "tree/lib/a.c", "changed\n");
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_string_equal(s.how, "git");
	assert_string_equal(s.git.describe, "v1");
	assert_string_equal(s.git.branch, "main");
	assert_true(s.git.dirty);
	assert_int_equal(s.changed.len, 1);
	assert_string_equal(s.changed.data[0], "lib/a.c");
	expect_text(f, s.dir, "lib/a.c", "changed\n");
	AUTO_FREE char *tree = mem_strdup(s.content), *dir = mem_strdup(s.dir);
	/* The base lies in a folder of its own: both can be held at once. */
	spec.rev = "v1";
	assert_int_equal(source_open(&spec, &base, &f->err), 0);
	assert_true(view_ends(view_of(base.key), "@base"));
	assert_true(view_ends(view_of(base.name), "tree at v1"));
	expect_text(f, base.dir, "lib/a.c", "\n");
	assert_string_not_equal(base.dir, s.dir);
	source_release(&base);
	source_release(&s);
	/* What was tested comes back, although the tree went on. */
	put(f, "tree/lib/a.c", "later\n");
	spec.rev = tree;
	spec.resume = true;
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_string_equal(s.dir, dir);
	expect_text(f, s.dir, "lib/a.c", "changed\n");
	source_release(&s);
	spec.resume = false;
	spec.rev = "nonsense";
	expect_error(f, source_open(&spec, &s, &f->err), ERR_NOT_FOUND, "nonsense");
}

/* The kernel is one folder of somebody's repository. */
static void part_of_a_repository(void **state)
{
	struct files *f = *state;
	struct source s;

	put_tree(f, "repo/linux");
	put(f, "repo/README", "mine\n");
	shell(f,
	      "cd repo; git init -q -b main .; git add -A; git -c user.name=t -c user.email=t@t commit -qm one");
	put(f, "repo/README", "changed\n");
	put(f, "repo/linux/lib/a.c", "changed\n");
	assert_int_equal(source(f, at(f, "repo/linux"), &s), 0);
	expect_text(f, s.dir, "lib/a.c", "changed\n");
	assert_int_equal(s.changed.len, 1);
	assert_string_equal(s.changed.data[0], "lib/a.c");
	source_release(&s);
}

static void git_url(void **state)
{
	struct files *f = *state;
	const char *url = arena_printf(f->a, "git:%s", at(f, "up.git"));
	struct source s;

	put_tree(f, "tree");
	shell(f,
	      "cd tree; git init -q -b main .; git add -A; git -c user.name=t -c user.email=t@t commit -qm one; git tag v1; "
	      "echo two >lib/a.c; git -c user.name=t -c user.email=t@t commit -qam two; cd ..; git clone -q --bare tree up.git");
	assert_int_equal(source(f, arena_printf(f->a, "%s#v1", url), &s), 0);
	assert_string_equal(s.how, "git-url");
	assert_null(s.origin_dir);
	assert_int_equal(strlen(s.git.commit), 40);
	expect_text(f, s.dir, "lib/a.c", "\n");
	source_release(&s);
	assert_int_equal(source(f, url, &s), 0);
	expect_text(f, s.dir, "lib/a.c", "two\n");
	AUTO_FREE char *tree = mem_strdup(s.content);
	source_release(&s);
	struct source_spec spec = { .text = arena_printf(f->a, "%s#main", url), .rev = "v1" };
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	expect_text(f, s.dir, "lib/a.c", "\n");
	source_release(&s);
	shell(f, "rm -rf up.git");
	spec.rev = tree;
	spec.resume = true;
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	expect_text(f, s.dir, "lib/a.c", "two\n");
	source_release(&s);
	assert_true(source(f, arena_printf(f->a, "%s#nowhere", url), &s) < 0);
	assert_non_null(strstr(f->err.msg, "up.git#nowhere"));
}

/* ---- packages ---- */

static const char make_deb[] =
	"name=$1 version=$2 dir=$3; rm -rf d; mkdir d; cd d; echo 2.0 >debian-binary; "
	"printf 'Package: %s\\nVersion: %s\\nArchitecture: amd64\\nDescription: x\\n' $name $version >control; tar czf control.tar.gz ./control; "
	"tar czf data.tar.gz -C ../$dir .; ar rc ../$name.deb debian-binary control.tar.gz data.tar.gz";

static void put_deb(struct files *f, const char *name, const char *version, const char *dir)
{
	put(f, "make-deb.sh", make_deb);
	shell(f, arena_printf(f->a, "sh -e make-deb.sh %s %s %s", name, version, dir));
}

static void put_image_deb(struct files *f, const char *name)
{
	put_image(f, "img/boot/vmlinuz-6.12.117");
	put(f, "img/boot/config-6.12.117", "CONFIG_X=y\n");
	put(f, "img/boot/System.map-6.12.117", "0 T x\n");
	put(f, "img/usr/lib/modules/6.12.117/kernel/m.ko", "m");
	put(f, "img/usr/share/doc/x", "not needed");
	put_deb(f, name, "6.12.117-1", "img");
}

static void image_package(void **state)
{
	struct files *f = *state;
	struct told t = { 0 };
	struct source_spec spec = { .text = at(f, "linux-image-x.deb"),
				    .waiting = told,
				    .data = &t.text };
	struct source s, second;

	put_image_deb(f, "linux-image-x");
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_int_equal(s.kind, SOURCE_IMAGE);
	assert_string_equal(s.how, "deb-image");
	assert_string_equal(s.name, "linux-image-x 6.12.117-1");
	assert_string_equal(s.version, "6.12.117");
	expect_text(f, s.modules, "kernel/m.ko", "m");
	assert_true(file_exists(s.image) && file_exists(s.config) && file_exists(s.system_map));
	assert_string_equal(str_c(&t.text), "unpacking the package\n");
	/* Once unpacked it is shared, and nothing is done again. */
	assert_int_equal(source_open(&spec, &second, &f->err), 0);
	assert_string_equal(second.image, s.image);
	assert_string_equal(str_c(&t.text), "unpacking the package\n");
	source_release(&second);
	source_release(&s);
	str_release(&t.text);
}

/* While somebody else has it exclusively, we wait, and say so. */
static void busy_package(void **state)
{
	struct files *f = *state;
	struct told t = { 0 };
	struct source_spec spec = { .text = at(f, "linux-image-x.deb"),
				    .waiting = told,
				    .data = &t.text };
	struct source s;
	int ready[2];
	char byte;

	put_image_deb(f, "linux-image-x");
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	AUTO_FREE char *name = mem_strndup(s.lock.dir, strlen(s.lock.dir));
	source_release(&s);
	str_clear(&t.text);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct cache_entry e = { .lock_fd = -1 };
		int r = cache_get("src", path_base(name), CACHE_EXCLUSIVE, NULL, NULL, &e, &f->err);
		if (write(ready[1], "x", 1) == 1)
			usleep(300000);
		_exit(-r);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_int_equal(strncmp(str_c(&t.text), "waiting for another run that uses /", 35), 0);
	source_release(&s);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ready[0]);
	close(ready[1]);
	str_release(&t.text);
}

static void other_packages(void **state)
{
	struct files *f = *state;
	struct source s;

	put(f, "no/usr/bin/x", "x");
	put_deb(f, "coreutils", "9.1", "no");
	expect_error(f, source(f, at(f, "coreutils.deb"), &s), ERR_PARSE,
		     "coreutils.deb: a package without a kernel");
	AUTO_STR struct str whole = STR_INIT;
	put_image_deb(f, "linux-image-x");
	assert_int_equal(file_read(at(f, "linux-image-x.deb"), 1 << 20, &whole, &f->err), 0);
	for (size_t n = 10; n < whole.len; n += 97) {
		put_bytes(f, "cut.deb", view_sub(str_view(&whole), 0, n));
		expect_error(f, source(f, at(f, "cut.deb"), &s), ERR_PARSE,
			     "cut.deb: truncated or not a Debian package");
	}
}

/* A kill while it was unpacked leaves "new"; a kill while it was downloaded leaves part of a file. */
static void source_package(void **state)
{
	struct files *f = *state;
	struct source s;

	put_tree(f, "t/linux-source-6.12");
	shell(f,
	      "mkdir -p src/usr/src; tar cJf src/usr/src/linux-source-6.12.tar.xz -C t linux-source-6.12");
	put_deb(f, "linux-source-6.12", "6.12.117-1", "src");
	assert_int_equal(source(f, at(f, "linux-source-6.12.deb"), &s), 0);
	assert_int_equal(s.kind, SOURCE_TREE);
	assert_string_equal(s.how, "deb-source");
	assert_string_equal(s.version, "6.12.117-rc1");
	assert_null(s.origin_dir);
	expect_text(f, s.dir, "lib/a.c", "\n");
	AUTO_FREE char *dir = mem_strdup(s.dir);
	source_release(&s);
	shell(f,
	      arena_printf(
		      f->a,
		      "cd '%s'/..; rm -r root; mkdir -p new/tree; echo x >new/tree/stale; echo x >new/source.tar",
		      dir));
	assert_int_equal(source(f, at(f, "linux-source-6.12.deb"), &s), 0);
	expect_text(f, s.dir, "lib/a.c", "\n");
	shell(f, arena_printf(f->a, "cd '%s'/..; [ ! -e new ] && [ ! -e root/stale ]", dir));
	source_release(&s);
}

/* ---- apt ---- */

/* Stand-ins for apt-cache and apt-get that know one kernel and a meta package. */
static void put_apt(struct files *f)
{
	put_image_deb(f, "linux-image-x");
	put_script(
		f, "bin/apt-cache",
		"#!/bin/sh\ncd \"${0%/*}/..\"; [ \"$1 $2\" = 'show --no-all-versions' ] || exit 9\n"
		"case $3 in\n"
		"linux-image-x|linux-image-x=6.12.117-1) printf 'Package: linux-image-x\\nVersion: 6.12.117-1\\nArchitecture: amd64\\n"
		"Depends: kmod, x | y\\nSize: 12345\\nSHA256: %s\\n\\nPackage: older\\n' $(cat sum) ;;\n"
		"linux-image-meta) printf 'Package: linux-image-meta\\nVersion: 5\\nDepends: a, linux-image-x (= 6.12.117-1)\\nSHA256: 00\\n' ;;\n"
		"linux-image-loop) printf 'Package: linux-image-loop\\nVersion: 5\\nDepends: linux-image-loop\\nSHA256: 00\\n' ;;\n"
		"*) echo E: No packages found >&2; exit 100 ;;\nesac\n");
	put_script(
		f, "bin/apt-get",
		"#!/bin/sh\n[ \"$1 $2 $3\" = '-q download linux-image-x=6.12.117-1' ] || exit 9\ntop=${0%/*}/..\n"
		"[ ! -e $top/offline ] || { echo 'E: no network' >&2; exit 100; }\n"
		"echo download >>$top/log; cp $top/linux-image-x.deb linux-image-x_6.12.117-1_amd64.deb\n");
	shell(f, "sha256sum linux-image-x.deb | cut -d' ' -f1 >sum");
	setenv("PATH", arena_printf(f->a, "%s:%s", at(f, "bin"), getenv("PATH")), 1);
}

static void apt_package(void **state)
{
	struct files *f = *state;
	AUTO_FREE char *path = mem_strdup(getenv("PATH"));
	struct told t = { 0 };
	struct source_spec spec = { .text = "deb:linux-image-x", .waiting = told, .data = &t.text };
	struct source s;

	put_apt(f);
	put(f, "offline", "");
	expect_error(f, source_open(&spec, &s, &f->err), ERR_INTERNAL,
		     "deb:linux-image-x=6.12.117-1: apt-get");
	unlink(at(f, "offline"));
	str_clear(&t.text);
	assert_int_equal(source_open(&spec, &s, &f->err), 0);
	assert_string_equal(s.name, "linux-image-x 6.12.117-1");
	assert_string_equal(
		str_c(&t.text),
		"downloading linux-image-x 6.12.117-1 (12 kB)\nunpacking the package\n");
	source_release(&s);
	/* Without network: what was unpacked is used; what was downloaded is unpacked again. */
	put(f, "offline", "");
	assert_int_equal(source(f, "deb:linux-image-x=6.12.117-1", &s), 0);
	source_release(&s);
	shell(f, "rm -rf cache/kassay/src");
	assert_int_equal(source(f, "deb:linux-image-meta", &s), 0);
	assert_string_equal(s.name, "linux-image-x 6.12.117-1");
	source_release(&s);
	/* Half a file is no file. */
	shell(f,
	      "rm -rf cache/kassay/src offline; for x in cache/kassay/deb/*/download/*.deb; do echo x >$x; echo x >${x%/*}/old.deb; done");
	assert_int_equal(source(f, "deb:linux-image-x", &s), 0);
	source_release(&s);
	shell(f, "[ $(ls cache/kassay/deb/*/download | wc -l) = 1 ]");
	AUTO_STR struct str log = STR_INIT;
	assert_int_equal(file_read(at(f, "log"), 1000, &log, &f->err), 0);
	assert_string_equal(str_c(&log), "download\ndownload\n");
	setenv("PATH", path, 1);
	str_release(&t.text);
}

static void apt_errors(void **state)
{
	struct files *f = *state;
	AUTO_FREE char *path = mem_strdup(getenv("PATH"));
	struct source_spec spec = { .text = "deb:linux-image-x", .rev = "v1" };
	struct source s;

	put_apt(f);
	expect_error(
		f, source(f, "deb:linux-image-9.9-amd64", &s), ERR_NOT_FOUND,
		"deb:linux-image-9.9-amd64: apt knows no such package; run 'apt-get update', or see 'apt-cache search --names-only linux-image-'");
	expect_error(f, source(f, "deb:linux-image-x=7", &s), ERR_NOT_FOUND,
		     "apt has no such version to download; see 'apt-cache policy linux-image-x'");
	expect_error(f, source(f, "deb:linux-image-loop", &s), ERR_PARSE,
		     "prints no package, version and SHA256");
	expect_error(f, source(f, "deb:", &s), ERR_USAGE, "write it as deb:PACKAGE");
	expect_error(f, source(f, "deb:--foo", &s), ERR_USAGE, "write it as deb:PACKAGE");
	expect_error(f, source(f, "deb:a;b", &s), ERR_USAGE, "write it as deb:PACKAGE");
	expect_error(f, source(f, "deb:a=$(x)", &s), ERR_USAGE, "write it as deb:PACKAGE");
	expect_error(f, source(f, "deb:a=", &s), ERR_USAGE, "write it as deb:PACKAGE");
	expect_error(f, source_open(&spec, &s, &f->err), ERR_USAGE,
		     "only a git tree has revisions");
	shell(f, "echo 0000000000000000000000000000000000000000000000000000000000000000 >sum");
	expect_error(f, source(f, "deb:linux-image-x", &s), ERR_PARSE,
		     "not what its list promises");
	setenv("PATH", at(f, "none"), 1);
	expect_error(f, source(f, "deb:linux-image-other", &s), ERR_NO_TOOL,
		     "apt-cache is not installed");
	setenv("PATH", path, 1);
}

RUN(S(no_source), S(images), S(path_of_home), S(plain_tree), S(git_tree), S(part_of_a_repository),
    S(git_url), S(image_package), S(busy_package), S(other_packages), S(source_package),
    S(apt_package), S(apt_errors))
