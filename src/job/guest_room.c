/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/guest_room.h"

#include <stdlib.h>

struct guest_need guest_need(const struct job_options *o, const struct plan_platform *f)
{
	uint64_t memory = o->memory ? o->memory : f->memory;
	long cpus = o->cpus ? o->cpus : f->cpus;

	return (struct guest_need){ .cpus = cpus ? cpus : 1,
				    .memory = (memory ? memory : MACHINE_MEMORY) + GUEST_OVERHEAD };
}

bool guest_fits(const struct guest_room *room, const struct guest_use *use,
		const struct guest_need *need)
{
	uint64_t free = room->memory > use->owed ? room->memory - use->owed : 0;

	if (!use->guests)
		return true;
	if (room->guests ? use->guests >= (size_t)room->guests :
			   use->cpus + need->cpus > room->cores)
		return false;
	return need->memory <= free;
}

static bool is_written(const char *disk)
{
	return !view_ends(view_of(disk), ":ro");
}

/* "-cpu max" names nothing of this host, "file=a.img" and "hostfwd=tcp::2222-:22" do. */
static bool names_host(const char *qemu_arg)
{
	return strpbrk(qemu_arg, "./:") != NULL;
}

static bool any(const struct strv *list, bool (*is)(const char *))
{
	vec_foreach(s, list)
		if (is(*s))
			return true;
	return false;
}

static bool share(const struct strv *a, const struct strv *b, bool (*is)(const char *))
{
	vec_foreach(s, a)
		if (is(*s) && strv_has(b, *s))
			return true;
	return false;
}

bool guests_clash(const struct job_options *o, const struct plan_platform *a,
		  const struct plan_platform *b)
{
	return any(&o->disks, is_written) || any(&o->qemu_args, names_host) ||
	       share(&a->disks, &b->disks, is_written) ||
	       share(&a->qemu_args, &b->qemu_args, names_host);
}

int turn_compare(const struct turn *a, const struct turn *b)
{
	bool known = a->expected > 0;

	if (a->failed != b->failed)
		return a->failed ? -1 : 1;
	if (known != (b->expected > 0))
		return known ? -1 : 1;
	if (known && a->expected != b->expected)
		return a->expected < b->expected ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int compare(const void *a, const void *b)
{
	return turn_compare(a, b);
}

void turns_sort(struct turn *turns, size_t n)
{
	if (n)
		qsort(turns, n, sizeof(*turns), compare);
}
