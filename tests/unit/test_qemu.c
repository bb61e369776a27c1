/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/mem.h"
#include "boot/qemu.h"
#include "boot/qemu_process.h"
#include "sys/file.h"

enum { GOLDEN_MAX = 64 << 10 };

static void args_of(const struct machine_spec *spec, enum accel accel, struct strv *ret)
{
	qemu_args(spec, accel, ret);
}

/* One argument a line. KASSAY_UPDATE=1 writes the files anew. */
static void golden(const struct machine_spec *spec, enum accel accel, const char *name)
{
	AUTO_STRV struct strv args = { 0 };
	AUTO_STR struct str actual = STR_INIT, expected = STR_INIT;
	AUTO_FREE char *path = mem_printf("%s/qemu/%s.args", getenv("KASSAY_TEST_DATA"), name);
	struct err err = { 0 };

	args_of(spec, accel, &args);
	vec_foreach(arg, &args)
		str_addf(&actual, "%s\n", *arg);
	if (getenv("KASSAY_UPDATE"))
		assert_int_equal(file_write(path, str_view(&actual), 0644, &err), 0);
	if (file_read(path, GOLDEN_MAX, &expected, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(str_c(&actual), str_c(&expected));
}

static struct machine_spec plain(void)
{
	return (struct machine_spec){ .arch = &arches[0],
				      .image = "bzImage",
				      .initrd = "initrd.cpio",
				      .work = "work" };
}

static void golden_files(void **state)
{
	struct machine_spec full = plain();
	(void)state;

	struct machine_spec s = plain();
	golden(&s, ACCEL_KVM, "kvm");
	golden(&s, ACCEL_TCG, "tcg");
	full.qemu = "/opt/qemu/qemu-system-x86_64";
	full.memory = (1ull << 30) + 512;
	full.cpus = 4;
	full.cmdline = "kunit.filter_glob=list* panic=0";
	full.gdb = full.earlyprintk = true;
	strv_add(&full.initrd_extra, "modules.cpio");
	full.root = "debian,12.qcow2";
	full.root_modules = "modules.ext4";
	full.root_tests = "kselftest.ext4";
	strv_add(&full.disks, "root.img");
	strv_add(&full.disks, "a,b=c.qcow2:ro");
	strv_add(&full.qemu_args, "-device");
	strv_add(&full.qemu_args, "virtio-rng-pci");
	golden(&full, ACCEL_TCG, "full");
	for (const struct arch *a = arches + 1; a->name; a++) {
		s = plain();
		s.arch = a;
		s.earlyprintk = true;
		golden(&s, ACCEL_TCG, a->name);
	}
	strv_release(&full.initrd_extra);
	strv_release(&full.disks);
	strv_release(&full.qemu_args);
}

/* Most users have KVM, and where this was written it does not run: so the difference is a small one. */
static void kvm_and_tcg_differ_in_two_words(void **state)
{
	AUTO_STRV struct strv kvm = { 0 }, tcg = { 0 };
	struct machine_spec s = plain();
	size_t different = 0;
	(void)state;

	args_of(&s, ACCEL_KVM, &kvm);
	args_of(&s, ACCEL_TCG, &tcg);
	assert_int_equal(kvm.len, tcg.len);
	for (size_t i = 0; i < kvm.len; i++)
		if (strcmp(kvm.data[i], tcg.data[i])) {
			different++;
			assert_true(!strcmp(kvm.data[i - 1], "-accel") ||
				    !strcmp(kvm.data[i - 1], "-cpu"));
		}
	assert_int_equal(different, 2);
}

static void refusals(void **state)
{
	AUTO_FREE char *program = NULL;
	struct machine_spec s = plain();
	struct err err = { 0 };
	(void)state;

	s.qemu = "qemu-not-there";
	assert_int_equal(qemu_program(&s, &program, &err), -ERR_NO_TOOL);
	assert_non_null(strstr(err.msg, "qemu-system-x86)"));
	s.qemu = "/nowhere/qemu";
	assert_int_equal(qemu_program(&s, &program, &err), -ERR_NO_TOOL);
	assert_non_null(strstr(err.msg, "/nowhere/qemu"));
	s.qemu = "/bin/sh";
	assert_int_equal(qemu_program(&s, &program, &err), 0);
	assert_string_equal(program, "/bin/sh");
}

static void accelerators(void **state)
{
	struct machine_spec s = plain();
	struct kvm_probe kvm;
	enum accel accel = ACCEL_AUTO;
	char why[256];
	struct err err = { 0 };
	(void)state;

	s.accel = ACCEL_TCG;
	assert_int_equal(qemu_accel(&s, &accel, why, sizeof(why), &err), 0);
	assert_int_equal(accel, ACCEL_TCG);
	assert_non_null(strstr(why, "asked for"));
	kvm_probe(&kvm);
	s.accel = ACCEL_AUTO;
	assert_int_equal(qemu_accel(&s, &accel, why, sizeof(why), &err), 0);
	assert_int_equal(accel, kvm.state == KVM_WORKS ? ACCEL_KVM : ACCEL_TCG);
	assert_true(kvm.state == KVM_WORKS || !strcmp(why, kvm.why));
	s.accel = ACCEL_KVM;
	int r = qemu_accel(&s, &accel, why, sizeof(why), &err);
	assert_int_equal(r, kvm.state == KVM_WORKS ? 0 : -ERR_NOT_FOUND);
	assert_true(!r || strstr(err.msg, kvm.why));
}

static void complains(const char *text, const char *expected)
{
	struct qemu_complaint whole = { 0 }, bytes = { 0 };

	qemu_complaint_feed(&whole, text, strlen(text));
	for (const char *p = text; *p; p++)
		qemu_complaint_feed(&bytes, p, 1);
	assert_string_equal(whole.text, expected);
	assert_string_equal(bytes.text, expected);
}

static void complaints(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	(void)state;

	complains("", "");
	complains("qemu: -foo: invalid option\n", "qemu: -foo: invalid option");
	complains("qemu: no newline", "qemu: no newline");
	complains(
		"\nqemu: warning: slow\n(process:1): GLib-WARNING **: x\nKVM internal error. Suberror: 1\nRAX=0\n",
		"KVM internal error. Suberror: 1");
	complains("a\033[2Jb\n", "a?[2Jb");
	for (int i = 0; i < 1000; i++)
		str_addc(&s, 'x');
	str_addc(&s, '\n');
	struct qemu_complaint c = { 0 };
	qemu_complaint_feed(&c, s.data, s.len);
	assert_int_equal(strlen(c.text), QEMU_COMPLAINT_MAX - 1);
	assert_true(c.done);
}

static void identity(void **state)
{
	struct machine_spec s = plain();
	AUTO_FREE char *id = NULL, *other = NULL;
	struct err err = { 0 };
	int major, minor;
	(void)state;

	assert_int_equal(machine_identity(&s, ACCEL_TCG, &id, &err), 0);
	assert_int_equal(sscanf(id, "qemu-%d.%d", &major, &minor), 2);
	assert_non_null(strstr(id, " tcg "));
	assert_null(strchr(id, '\n'));
	s.qemu = "/bin/false";
	assert_int_equal(machine_identity(&s, ACCEL_TCG, &other, &err), -ERR_INTERNAL);
	s.qemu = "/nowhere/qemu";
	assert_int_equal(machine_identity(&s, ACCEL_TCG, &other, &err), -ERR_NO_TOOL);
	s.qemu = "/bin/true";
	assert_int_equal(machine_identity(&s, ACCEL_KVM, &other, &err), 0);
	assert_non_null(strstr(other, " kvm "));
}

static int set_cache(void **state)
{
	char *dir = NULL;
	struct err err = { 0 };
	int r = dir_temp("test-qemu", &dir, &err);

	*state = dir;
	if (!r)
		setenv("XDG_CACHE_HOME", dir, 1);
	return r;
}

static int remove_cache(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(*state, &err);

	free(*state);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(golden_files), T(kvm_and_tcg_differ_in_two_words),
		T(refusals),	 T(accelerators),
		T(complaints),	 T(identity),
	};

	return cmocka_run_group_tests_name(NULL, tests, set_cache, remove_cache);
}
