/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/busybox.h"
#include "boot/initramfs.h"
#include "sys/file.h"

#define BUSYBOX "/bin/busybox"

struct fixture {
	char *dir, *init, *path;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = NEW(struct fixture);

	*state = f;
	if (dir_temp("initramfs", &f->dir, &f->err))
		return -1;
	setenv("XDG_CACHE_HOME", f->dir, 1);
	f->init = path_join(f->dir, "kassay-init");
	f->path = path_join(f->dir, "initramfs");
	return file_write(f->init, VIEW("the init"), 0755, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r = dir_remove(f->dir, &f->err);

	unsetenv("XDG_CACHE_HOME");
	free(f->dir);
	free(f->init);
	free(f->path);
	free(f);
	return r;
}

/* One line per entry: mode, name, and where it points to or how large it is. */
static void list(const struct fixture *f, struct str *ret)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, f->path, 10240), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		str_addf(ret, "%o %s", archive_entry_mode(e), archive_entry_pathname(e));
		if (archive_entry_symlink(e))
			str_addf(ret, " -> %s", archive_entry_symlink(e));
		str_addc(ret, '\n');
	}
	archive_read_free(a);
}

/* What @name in the archive holds. */
static void content(const struct fixture *f, const char *name, struct str *ret)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char buf[8192];

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, f->path, 10240), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		if (strcmp(archive_entry_pathname(e), name) == 0)
			for (la_ssize_t n; (n = archive_read_data(a, buf, sizeof(buf))) > 0;)
				str_add(ret, buf, (size_t)n);
	archive_read_free(a);
}

static void only_init(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str names = STR_INIT, init = STR_INIT, jobs = STR_INIT;

	assert_int_equal(initramfs_write(&(struct guest_spec){ .init = f->init }, f->path, &f->err),
			 0);
	list(f, &names);
	assert_string_equal(str_c(&names), "40755 bin\n"
					   "40755 dev\n"
					   "40755 etc\n"
					   "40755 kassay\n"
					   "40755 proc\n"
					   "40755 root\n"
					   "40755 run\n"
					   "40755 sys\n"
					   "40755 tmp\n"
					   "20600 dev/console\n"
					   "20666 dev/null\n"
					   "120777 sbin -> bin\n"
					   "40755 usr\n"
					   "120777 usr/bin -> ../bin\n"
					   "120777 usr/sbin -> ../bin\n"
					   "100644 etc/passwd\n"
					   "100644 etc/group\n"
					   "100644 etc/hosts\n"
					   "100644 kassay/jobs\n"
					   "100755 kassay/init\n"
					   "120777 init -> kassay/init\n");
	content(f, "kassay/init", &init);
	assert_string_equal(str_c(&init), "the init");
	content(f, "kassay/jobs", &jobs);
	AUTO_FREE char *expected = mem_printf("set\toutput-max\t%d\n", GUEST_OUTPUT_MAX);
	assert_string_equal(str_c(&jobs), expected);
}

static void jobs(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str text = STR_INIT;
	struct guest_spec g = { .init = f->init,
				.calibration_host = 0.03,
				.output_max = 1000,
				.shell = true,
				.report_kmsg = true };
	struct guest_job *job = vec_add(&g.jobs);

	strv_add(&g.load, "/kassay/modules/virtio.ko");
	strv_add(&g.load, "?/kassay/modules/a b.ko");
	job->name = mem_strdup("kselftest.size.get_size");
	job->cwd = mem_strdup("/opt/kselftest/size");
	job->timeout = 45;
	job->scaled = true;
	strv_add(&job->argv, "./get_size");
	strv_add(&job->argv, "100%\tof [it]\n");
	strv_add(&job->argv, "");
	strv_add(&job->env, "A=b");
	strv_add(&job->env, "C=\xc3\xa4");
	job = vec_add(&g.jobs);
	job->name = mem_strdup("no.limit");
	job->scaled = true;
	strv_add(&job->argv, "true");
	assert_int_equal(initramfs_write(&g, f->path, &f->err), 0);
	content(f, "kassay/jobs", &text);
	assert_string_equal(str_c(&text),
			    "set\tload\t/kassay/modules/virtio.ko\n"
			    "set\tload\t?/kassay/modules/a b.ko\n"
			    "set\toutput-max\t1000\n"
			    "set\tcalibration-host\t0.030000\n"
			    "set\treport-kmsg\n"
			    "set\tshell\n"
			    "job\tkselftest.size.get_size\t45.000\t1\t/opt/kselftest/size\t"
			    "./get_size\t100%25%09of %5Bit]%0A\t\n"
			    "env\tA=b\tC=%C3%A4\n"
			    "job\tno.limit\t1800.000\t0\t/\ttrue\n");
	str_clear(&text);
	g.scale = 7.5;
	g.root = "ext4";
	g.tests_disk = true;
	assert_int_equal(initramfs_write(&g, f->path, &f->err), 0);
	content(f, "kassay/jobs", &text);
	assert_non_null(strstr(str_c(&text), "set\tscale\t7.500000\n"));
	assert_non_null(strstr(str_c(&text), "set\troot\text4\nset\tkselftest-disk\n"));
	assert_null(strstr(str_c(&text), "calibration"));
	guest_spec_release(&g);
}

static void add_guest_file(struct guest_spec *g, const char *path, const char *from, unsigned mode)
{
	struct guest_file *file = vec_add(&g->files);

	file->path = mem_strdup(path);
	file->from = mem_strdup(from);
	file->mode = mode;
}

static void files_and_folders(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str names = STR_INIT;
	AUTO_FREE char *tree = path_join(f->dir, "tree/size"),
		       *modules = path_join(f->dir, "6.12/kernel");
	AUTO_FREE char *test = path_join(tree, "get_size"), *ko = path_join(modules, "a.ko");
	AUTO_FREE char *build = path_join(f->dir, "6.12/build");
	AUTO_FREE char *tree_top = path_join(f->dir, "tree"),
		       *modules_top = path_join(f->dir, "6.12");
	struct guest_spec g = { .init = f->init, .tree = tree_top, .modules = modules_top };

	assert_int_equal(dir_make(tree, &f->err), 0);
	assert_int_equal(dir_make(modules, &f->err), 0);
	assert_int_equal(file_write(test, VIEW("x"), 0700, &f->err), 0);
	assert_int_equal(file_write(ko, VIEW("y"), 0600, &f->err), 0);
	assert_int_equal(symlink(f->dir, build), 0);
	add_guest_file(&g, "/usr/bin/mine", f->init, 0);
	add_guest_file(&g, "//sbin/other", f->init, 0700);
	add_guest_file(&g, "data/set", f->init, 0644);
	assert_int_equal(initramfs_write(&g, f->path, &f->err), 0);
	list(f, &names);
	assert_non_null(strstr(str_c(&names), "init\n"
					      "100755 bin/mine\n"
					      "100700 bin/other\n"
					      "40755 data\n"
					      "100644 data/set\n"
					      "40755 opt\n"
					      "40755 opt/kselftest\n"
					      "40755 opt/kselftest/size\n"
					      "100700 opt/kselftest/size/get_size\n"
					      "40755 lib\n"
					      "40755 lib/modules\n"
					      "40755 lib/modules/6.12\n"
					      "40755 lib/modules/6.12/kernel\n"
					      "100644 lib/modules/6.12/kernel/a.ko\n"));
	/* The link "build" tells of the host. */
	assert_null(strstr(str_c(&names), "build"));
	guest_spec_release(&g);
}

static void busybox(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str names = STR_INIT;
	struct guest_spec g = { .init = f->init, .busybox = BUSYBOX };

	if (!file_exists(BUSYBOX))
		skip();
	add_guest_file(&g, "/bin/sh", f->init, 0);
	assert_int_equal(initramfs_write(&g, f->path, &f->err), 0);
	list(f, &names);
	assert_non_null(strstr(str_c(&names), "100755 bin/busybox\n"));
	assert_non_null(strstr(str_c(&names), "120777 bin/timeout -> busybox\n"));
	assert_non_null(strstr(str_c(&names), "120777 bin/env -> busybox\n"));
	assert_non_null(strstr(str_c(&names), "100755 bin/sh\n"));
	assert_null(strstr(str_c(&names), "120777 bin/sh "));
	guest_spec_release(&g);
}

/* One that this host cannot ask links its applets in the guest. */
static void foreign_busybox(void **state)
{
	struct fixture *f = *state;
	AUTO_STR struct str names = STR_INIT, text = STR_INIT;
	struct guest_spec g = { .init = f->init, .busybox = f->init, .foreign = true };

	assert_int_equal(initramfs_write(&g, f->path, &f->err), 0);
	list(f, &names);
	assert_non_null(strstr(str_c(&names), "100755 bin/busybox\n"));
	assert_null(strstr(str_c(&names), "-> busybox"));
	content(f, "kassay/jobs", &text);
	assert_non_null(strstr(str_c(&text), "set\tapplets\n"));
	guest_spec_release(&g);
}

static void expect_no_busybox(const struct fixture *f, const char *path, const char *message)
{
	AUTO_STRV struct strv applets = { 0 };
	struct err err = { 0 };
	struct guest_spec g = { .init = f->init, .busybox = path };

	assert_int_equal(busybox_applets(path, &applets, &err), -ERR_NO_TOOL);
	assert_non_null(strstr(err.msg, message));
	assert_non_null(strstr(err.msg, "busybox-static"));
	assert_int_equal(applets.len, 0);
	assert_int_equal(initramfs_write(&g, f->path, &err), -ERR_NO_TOOL);
	assert_false(file_exists(f->path));
}

static void no_busybox(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *cut = path_join(f->dir, "cut"), *none = path_join(f->dir, "none");
	AUTO_STR struct str elf = STR_INIT;

	expect_no_busybox(f, none, "is not there");
	expect_no_busybox(f, "/proc/self/exe", "not a static program"); /* this test */
	expect_no_busybox(f, f->init, "not a static program");
	assert_int_equal(file_read("/proc/self/exe", 1 << 30, &elf, &f->err), 0);
	for (size_t n = 0; n < 300; n += 20) {
		assert_int_equal(file_write(cut, view_sub(str_view(&elf), 0, n), 0755, &f->err), 0);
		expect_no_busybox(f, cut, "not a static program");
	}
	elf.data[4] = 1; /* ELFCLASS32: then the headers are elsewhere */
	assert_int_equal(file_write(cut, str_view(&elf), 0755, &f->err), 0);
	expect_no_busybox(f, cut, "not a static program");
}

static void what_is_missing_is_named(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *none = path_join(f->dir, "none");

	assert_int_equal(initramfs_write(&(struct guest_spec){ .init = none }, f->path, &f->err),
			 -ERR_NOT_FOUND);
	assert_non_null(strstr(f->err.msg, none));
	assert_true(initramfs_write(&(struct guest_spec){ .init = f->init, .tree = none }, f->path,
				    &f->err) < 0);
	assert_true(initramfs_write(&(struct guest_spec){ .init = f->init, .modules = none },
				    f->path, &f->err) < 0);
	assert_int_equal(initramfs_write(&(struct guest_spec){ .init = f->init }, none, &f->err),
			 0);
	assert_false(file_exists(f->path));
}

static void calibrate(struct fixture *f, const char *script)
{
	assert_int_equal(file_write(f->init, view_of(script), 0755, &f->err), 0);
}

static void calibration(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *count = path_join(f->dir, "count");
	AUTO_FREE char *script = mem_printf(
		"#!/bin/sh\n[ $1 = --calibrate ] && echo x >> %s && echo 0.0312\n", count);
	AUTO_STR struct str runs = STR_INIT;
	double seconds = 0;

	calibrate(f, script);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(calibration_host(f->init, &seconds, &f->err), 0);
		assert_true(seconds == 0.0312);
	}
	assert_int_equal(file_read(count, 100, &runs, &f->err), 0);
	assert_string_equal(str_c(&runs), "x\n");
	calibrate(f, "#!/bin/sh\necho fast\n");
	seconds = 1;
	assert_int_equal(calibration_host(f->init, &seconds, &f->err), -ERR_PARSE);
	assert_non_null(strstr(f->err.msg, "fast"));
	calibrate(f, "#!/bin/sh\necho 0\n");
	assert_int_equal(calibration_host(f->init, &seconds, &f->err), -ERR_PARSE);
	calibrate(f, "#!/bin/sh\nexit 3\n");
	assert_int_equal(calibration_host(f->init, &seconds, &f->err), -ERR_INTERNAL);
	assert_int_equal(unlink(f->init), 0);
	assert_int_equal(calibration_host(f->init, &seconds, &f->err), -ERR_NOT_FOUND);
	assert_true(seconds == 1);
}

#define F(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
RUN(F(only_init), F(jobs), F(files_and_folders), F(busybox), F(foreign_busybox), F(no_busybox),
    F(what_is_missing_is_named), F(calibration))
