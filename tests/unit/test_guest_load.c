/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules a guest gets to load first of all, from a tree of modules made here. */
#include "test.h"

#include "boot/machine.h"
#include "job/guest_load.h"
#include "module_tree.h"

struct place {
	char *dir, *modules, *work;
	struct guest_spec guest;
	struct err err;
};

static int setup(void **state)
{
	struct place *p = NEW(struct place);

	*state = p;
	assert_int_equal(dir_temp("load", &p->dir, &p->err), 0);
	p->modules = path_join(p->dir, "6.12");
	p->work = path_join(p->dir, "work");
	MODULE(p->modules, "kernel/virtio_blk.ko", "depends=virtio\0");
	MODULE(p->modules, "kernel/ext4.ko", "depends=jbd2\0softdep=pre: crc32c\0");
	MODULE(p->modules, "kernel/jbd2.ko", "depends=\0");
	MODULE(p->modules, "kernel/crc32c.ko", "depends=\0");
	MODULE(p->modules, "kernel/virtio.ko", "depends=\0");
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	guest_spec_release(&p->guest);
	assert_int_equal(dir_remove(p->dir, &p->err), 0);
	free(p->dir);
	free(p->modules);
	free(p->work);
	free(p);
	return 0;
}

static void expect(struct place *p, const char *want)
{
	AUTO_STR struct str got = STR_INIT;

	vec_foreach(word, &p->guest.load)
		str_addf(&got, "%s%s", got.len ? " " : "", *word);
	assert_string_equal(str_c(&got), want);
	assert_int_equal(p->guest.files.len, p->guest.load.len);
	vec_foreach(file, &p->guest.files) {
		assert_true(file_exists(file->from));
		assert_int_equal(file->mode, 0644);
	}
}

#define AT "/kassay/modules/"

static void in_order(void **state)
{
	struct place *p = *state;

	assert_int_equal(guest_load(&p->guest, p->modules, "virtio-blk", p->work, &p->err), 0);
	assert_int_equal(guest_load(&p->guest, p->modules, "ext4", p->work, &p->err), 0);
	assert_int_equal(guest_load(&p->guest, p->modules, "virtio", p->work, &p->err), 0);
	expect(p, AT "virtio.ko " AT "virtio_blk.ko " AT "jbd2.ko ?" AT "crc32c.ko " AT "ext4.ko");
	assert_int_equal(guest_load(&p->guest, p->modules, "ext5", p->work, &p->err),
			 -ERR_NOT_FOUND);
	expect(p, AT "virtio.ko " AT "virtio_blk.ko " AT "jbd2.ko ?" AT "crc32c.ko " AT "ext4.ko");
}

/* What a kernel has of it as modules, by the bus of the architecture's port. */
static void channel(void **state)
{
	struct place *p = *state;
	struct machine_spec arm64 = { .arch = arch_find("arm64") },
			    x86 = { .arch = arch_find("x86_64") };

	assert_int_equal(guest_load_channel(&p->guest, &arm64, p->modules, p->work, &p->err), 0);
	expect(p, "");
	MODULE(p->modules, "kernel/virtio_mmio.ko", "depends=virtio\0");
	put_file(p->modules, "modules.builtin", VIEW("kernel/drivers/char/virtio_console.ko\n"));
	assert_int_equal(guest_load_channel(&p->guest, &x86, p->modules, p->work, &p->err), 0);
	expect(p, "");
	assert_int_equal(guest_load_channel(&p->guest, &arm64, p->modules, p->work, &p->err), 0);
	expect(p, AT "virtio.ko " AT "virtio_mmio.ko");
	/* A damaged one is left out: there are other channels. */
	put_file(p->modules, "kernel/virtio_console.ko",
		 VIEW("no ELF file, but long enough to be one"));
	assert_int_equal(guest_load_channel(&p->guest, &arm64, p->modules, p->work, &p->err), 0);
	expect(p, AT "virtio.ko " AT "virtio_mmio.ko");
}

#define P(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
RUN(P(in_order), P(channel))
