/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "job/guest_room.h"

enum { MB = 1 << 20 };

static bool fits(long guests, long cores, uint64_t mb, size_t run, long cpus, uint64_t owed_mb,
		 long need_cpus, uint64_t need_mb)
{
	struct guest_room room = { guests, cores, mb * MB };
	struct guest_use use = { run, cpus, owed_mb * MB };
	struct guest_need need = { need_cpus, need_mb * MB };

	return guest_fits(&room, &use, &need);
}

static void how_many(void **state)
{
	(void)state;
	/* cores */
	assert_true(fits(0, 2, 9999, 1, 1, 0, 1, 500));
	assert_false(fits(0, 2, 9999, 2, 2, 0, 1, 500));
	assert_false(fits(0, 4, 9999, 1, 1, 0, 4, 500));
	assert_true(fits(0, 4, 9999, 2, 2, 0, 2, 500));
	/* memory: what was promised and not taken yet is not free */
	assert_true(fits(0, 8, 1000, 1, 1, 500, 1, 500));
	assert_false(fits(0, 8, 1000, 1, 1, 501, 1, 500));
	assert_false(fits(0, 8, 1000, 1, 1, 2000, 1, 500));
	/* one always does */
	assert_true(fits(0, 1, 100, 0, 0, 0, 16, 4000));
	assert_true(fits(1, 1, 0, 0, 0, 0, 1, 500));
	/* a number that was asked for stands above cores, not above memory */
	assert_true(fits(4, 2, 9999, 3, 3, 0, 1, 500));
	assert_false(fits(4, 2, 9999, 4, 4, 0, 1, 500));
	assert_false(fits(1, 8, 9999, 1, 1, 0, 1, 500));
	assert_false(fits(4, 2, 499, 1, 1, 0, 1, 500));
}

static void needs(void **state)
{
	struct job_options o = { 0 };
	struct plan_platform f = { 0 };
	struct guest_need n = guest_need(&o, &f);

	(void)state;
	assert_int_equal(n.cpus, 1);
	assert_int_equal(n.memory, MACHINE_MEMORY + GUEST_OVERHEAD);
	f.cpus = 4;
	f.memory = 100 * MB;
	n = guest_need(&o, &f);
	assert_int_equal(n.cpus, 4);
	assert_int_equal(n.memory, 100 * MB + GUEST_OVERHEAD);
	o.cpus = 2;
	o.memory = 300 * MB;
	n = guest_need(&o, &f);
	assert_int_equal(n.cpus, 2);
	assert_int_equal(n.memory, 300 * MB + GUEST_OVERHEAD);
}

/* @a and @b: a disk or QEMU argument of one platform each, of @o when both are to have it. */
static bool clash(bool disk, const char *a, const char *b, const char *both)
{
	struct job_options o = { 0 };
	struct plan_platform x = { 0 }, y = { 0 };

	if (a)
		strv_add(disk ? &x.disks : &x.qemu_args, a);
	if (b)
		strv_add(disk ? &y.disks : &y.qemu_args, b);
	if (both)
		strv_add(disk ? &o.disks : &o.qemu_args, both);
	bool r = guests_clash(&o, &x, &y);

	strv_release(&x.disks);
	strv_release(&x.qemu_args);
	strv_release(&y.disks);
	strv_release(&y.qemu_args);
	strv_release(&o.disks);
	strv_release(&o.qemu_args);
	return r;
}

static void what_only_one_can_have(void **state)
{
	(void)state;
	assert_false(clash(true, NULL, NULL, NULL));
	assert_false(clash(true, "a.img", "b.img", NULL));
	assert_true(clash(true, "a.img", "a.img", NULL));
	assert_false(clash(true, "a.img:ro", "a.img:ro", NULL));
	assert_true(clash(true, NULL, NULL, "a.img"));
	assert_false(clash(true, NULL, NULL, "a.img:ro"));
	assert_false(clash(false, "-S", "-S", NULL));
	assert_true(clash(false, "file=a.img", "file=a.img", NULL));
	assert_true(clash(false, NULL, NULL, "user,hostfwd=tcp::2222-:22"));
	assert_false(clash(false, NULL, NULL, "max"));
}

static void order(void **state)
{
	struct turn t[] = {
		{ 0, false, 0 }, { 1, false, 9 }, { 2, true, 0 },  { 3, false, 2 },
		{ 4, false, 0 }, { 5, true, 30 }, { 6, false, 2 },
	};
	static const size_t want[] = { 5, 2, 3, 6, 1, 0, 4 };

	(void)state;
	turns_sort(t, sizeof(t) / sizeof(t[0]));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(t[i].at, want[i]);
	turns_sort(NULL, 0);
}

RUN(T(how_many), T(needs), T(what_only_one_can_have), T(order))
