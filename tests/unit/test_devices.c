/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of devices, how they are written, and QEMU's arguments for them. */
#include "test.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "boot/devices.h"
#include "sys/file.h"

static void parses(const char *text, const char *name, const char *params, uint64_t size,
		   long number, bool zoned)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct err err = { 0 };
	struct device d;

	if (device_parse(a, text, &d, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_string_equal(d.kind->name, name);
	assert_string_equal(d.params, params);
	assert_string_equal(d.text, text);
	assert_int_equal(d.size, size);
	assert_int_equal(d.number, number);
	assert_int_equal(d.zoned, zoned);
}

static void refused(const char *text, const char *want)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct err err = { 0 };
	struct device d;

	assert_int_equal(device_parse(a, text, &d, &err), -ERR_USAGE);
	if (!strstr(err.msg, want))
		fail_msg("%s: '%s' does not say '%s'", text, err.msg, want);
}

static void written(void **state)
{
	(void)state;
	parses("null_blk", "null_blk", "", 0, 0, false);
	parses("null_blk,nr_devices=2,zoned=1", "null_blk", "nr_devices=2 zoned=1", 0, 0, false);
	parses("nvme,size=1G,zoned", "nvme", "", 1 << 30, 0, true);
	parses("numa", "numa", "", 0, 2, false);
	parses("numa=4", "numa", "", 0, 4, false);
	parses("gpio-sim=16", "gpio-sim", "", 0, 16, false);
	refused("nul_blk", "unknown device 'nul_blk'; did you mean 'null_blk'?");
	refused("toaster", "there are null_blk, brd,");
	refused("", "unknown device ''");
	refused("nvme,zone", "nvme takes only size zoned, not 'zone'");
	refused("nvme,zoned=1", "write size=SIZE, 1M or more, or zoned");
	refused("virtio-blk,size=12", "write size=SIZE, 1M or more");
	refused("virtio-blk,size", "write size=SIZE");
	refused("virtio-rng,size=1G", "virtio-rng takes no parameters");
	refused("numa=1", "numa=N with 2 to 64 nodes");
	refused("numa=many", "numa=N with 2 to 64 nodes");
	refused("nvme=2", "nvme has no number");
	refused("null_blk,a b", "no blanks");
	refused("../x", "no blanks, slashes");
}

static void one_of_a_kind(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct devices list = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(devices_add(a, &list, "nvme", &err), 0);
	assert_int_equal(devices_add(a, &list, "brd", &err), 0);
	assert_int_equal(devices_add(a, &list, "nvme", &err), 0);
	assert_int_equal(list.len, 2);
	assert_int_equal(devices_add(a, &list, "nvme,zoned", &err), -ERR_USAGE);
	assert_string_equal(err.msg, "devices 'nvme' and 'nvme,zoned': a machine has one nvme");
	assert_int_equal(list.len, 2);
	vec_release(&list);
}

static void steps_of(const char *text, const char *want)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRV struct strv steps = { 0 };
	AUTO_STR struct str got = STR_INIT;
	struct err err = { 0 };
	struct device d;

	assert_int_equal(device_parse(a, text, &d, &err), 0);
	device_steps(&d, &steps);
	vec_foreach(s, &steps)
		str_addf(&got, "%s|", *s);
	assert_string_equal(str_c(&got), want);
}

static void steps(void **state)
{
	(void)state;
	steps_of("brd", "wait=/sys/block/ram*|");
	steps_of("numa=3", "wait=/sys/devices/system/node/node2|");
	steps_of("netdevsim=4", "write=/sys/bus/netdevsim/new_device:1 4|"
				"wait=/sys/bus/netdevsim/devices/netdevsim1/net|");
}

/* Every kind says what the kernel needs for it, and a kernel that is built gets it. */
static void whole(void **state)
{
	(void)state;
	for (const struct device_kind *k = device_kinds; k->name; k++) {
		AUTO_FREE char *path = mem_printf("%s/../../configs/device/%s.config",
						  getenv("KASSAY_TEST_DATA"), k->name);
		AUTO_FREE char *line = mem_printf("\nCONFIG_%s=y\n", k->symbol);
		AUTO_STR struct str text = STR_INIT;
		struct err err = { 0 };

		assert_non_null(k->steps);
		if (file_read(path, 64 << 10, &text, &err) < 0)
			fail_msg("%s", err.msg);
		if (!strstr(str_c(&text), line))
			fail_msg("%s does not set CONFIG_%s", path, k->symbol);
	}
}

static void args_of(struct machine_spec *m, const char *text, struct str *ret)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct err err = { 0 };
	struct device d;

	assert_int_equal(device_parse(a, text, &d, &err), 0);
	if (device_args(m, &d, &err) < 0)
		str_addf(ret, "error: %s", err.msg);
	vec_foreach(arg, &m->qemu_args)
		str_addf(ret, "%s ", *arg);
	strv_release(&m->qemu_args);
}

static void qemu_words(void **state)
{
	AUTO_STR struct str nvme = STR_INIT, blk = STR_INIT, numa = STR_INIT, few = STR_INIT,
			    net = STR_INIT;
	struct err err = { 0 };
	AUTO_FREE char *work = NULL;
	struct stat st;
	(void)state;

	assert_int_equal(dir_temp("devices", &work, &err), 0);
	struct machine_spec m = { .arch = arch_find("x86_64"), .work = work, .memory = 100 << 20 };
	AUTO_FREE char *image = path_join(work, "nvme.img");

	args_of(&m, "nvme,size=1G,zoned", &nvme);
	assert_non_null(strstr(str_c(&nvme), image));
	assert_non_null(strstr(str_c(&nvme),
			       "-device nvme,id=nvme,serial=kassay,bus=pcie.0 -device nvme-ns,"));
	assert_non_null(strstr(str_c(&nvme), "zoned=on"));
	assert_int_equal(stat(image, &st), 0);
	assert_int_equal(st.st_size, 1 << 30);
	assert_int_equal(st.st_blocks, 0);
	args_of(&m, "numa=3", &numa);
	assert_string_equal(
		str_c(&numa),
		"-object memory-backend-ram,id=node0,size=34M -numa node,nodeid=0,memdev=node0 "
		"-object memory-backend-ram,id=node1,size=33M -numa node,nodeid=1,memdev=node1 "
		"-object memory-backend-ram,id=node2,size=33M -numa node,nodeid=2,memdev=node2 ");
	args_of(&m, "numa=8", &few);
	assert_string_equal(str_c(&few),
			    "error: device numa=8: 100 MB of memory are not enough for 8 nodes");
	/* No network: nothing else is at the hub. */
	args_of(&m, "virtio-net", &net);
	assert_string_equal(
		str_c(&net),
		"-netdev hubport,id=net,hubid=0 -device virtio-net-pci,bus=pcie.0,netdev=net ");
	assert_false(m.tpm);
	m.arch = arch_find("arm64");
	args_of(&m, "virtio-blk", &blk);
	assert_non_null(strstr(str_c(&blk), "-device virtio-blk-device,drive=disk-virtio-blk,"));
	assert_int_equal(dir_remove(work, &err), 0);
}

static void what_qemu_has(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_FREE char *dir = NULL;
	AUTO_STR struct str nvme = STR_INIT, rng = STR_INIT, arm = STR_INIT;
	struct err err = { 0 };
	struct device d;
	(void)state;

	assert_int_equal(dir_temp("qemu", &dir, &err), 0);
	setenv("XDG_CACHE_HOME", dir, 1);
	AUTO_FREE char *qemu = path_join(dir, "qemu");
	struct machine_spec m = { .arch = arch_find("x86_64"), .qemu = qemu };
	assert_int_equal(
		file_write(
			qemu,
			VIEW("#!/bin/sh\necho 'name \"nvme\", bus PCI'\necho 'name \"virtio-rng-pci\", bus PCI'\n"),
			0755, &err),
		0);
	assert_int_equal(device_parse(a, "nvme", &d, &err), 0);
	assert_int_equal(device_lacks(&m, &d, &nvme, &err), 0);
	assert_string_equal(str_c(&nvme), "this QEMU has no nvme-ns");
	assert_int_equal(device_parse(a, "virtio-rng", &d, &err), 0);
	assert_int_equal(device_lacks(&m, &d, &rng, &err), 0);
	assert_string_equal(str_c(&rng), "");
	m.arch = arch_find("arm64");
	assert_int_equal(device_parse(a, "cxl", &d, &err), 0);
	assert_int_equal(device_lacks(&m, &d, &arm, &err), 0);
	assert_string_equal(str_c(&arm), "a machine of arm64 has no place for cxl");
	assert_int_equal(dir_remove(dir, &err), 0);
}

RUN(T(written), T(one_of_a_kind), T(steps), T(whole), T(qemu_words), T(what_qemu_has))
