/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --shell: the first failing test once more in a fresh machine, with a person at its console. */
#include <unistd.h>

#include "base/log.h"
#include "boot/guest_programs.h"
#include "job/boot_internal.h"
#include "sys/file.h"

/* The first job that failed in this boot, or the number of jobs. */
static size_t first_failed(const struct boot *x)
{
	size_t i = 0;

	for (; i < x->guest.jobs.len; i++) {
		const struct store_test *t =
			recorder_find_test(&x->p->rec, x->b->id, x->f->name, x->jobs[i].path);

		if (t && strcmp(t->status, "FAIL") == 0)
			break;
	}
	return i;
}

/* --shell: a person gets a console where the first failing test has just run once more. */
int boot_shell(struct boot *x, struct err *err)
{
	size_t i = first_failed(x);
	AUTO_FREE char *initrd = path_join(x->work, "shell.cpio");
	struct guest_spec g = x->guest;
	struct machine_spec m = x->machine;
	struct machine_end end = { 0 };
	int r;

	if (i == x->guest.jobs.len)
		return 0;
	if (!isatty(STDIN_FILENO)) {
		log_warn("--shell: standard input is no terminal");
		return 0;
	}
	log_info("%s failed: it runs again in a fresh machine, then there is a shell",
		 x->jobs[i].path);
	struct guest_job *jobs = mem_alloc((x->devices.jobs + 1) * sizeof(*jobs));
	memcpy(jobs, g.jobs.data, x->devices.jobs * sizeof(*jobs));
	jobs[x->devices.jobs] = g.jobs.data[i];
	g.jobs.data = jobs;
	g.jobs.len = x->devices.jobs + (i >= x->devices.jobs);
	g.shell = true;
	m.initrd = initrd;
	r = x->busybox.path || x->rootfs.root.image ?
		    0 :
		    guest_busybox(x->b->plan->arch, &x->busybox, err);
	g.busybox = x->busybox.path;
	if (r == 0)
		r = initramfs_write(&g, initrd, err);
	free(jobs);
	return r < 0 ? r : machine_interactive(&m, &end, err);
}
