/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything of a boot before it begins: jobs, root file system, initramfs, machine, limits. */
#include <sys/stat.h>

#include "boot/guest_programs.h"
#include "boot/qemu.h"
#include "job/boot_internal.h"
#include "job/guest_jobs_internal.h"
#include "job/guest_load.h"
#include "job/lacking.h"
#include "sys/file.h"

static const double BOOT_TIMEOUT = 600; /* seconds for the boot itself, KUnit included */
static const double SCALE_UNKNOWN = 20; /* allowance for the slowdown before it was measured */
static const double JOB_OVERHEAD = 5;	/* seconds to end what a test left behind */

enum { MEMORY_STEP = 128 << 20 }; /* bytes */

/* The command line: KUnit's switches, the platform's words, the user's. */
static char *command_line(const struct pipeline *p, const struct plan_platform *f)
{
	AUTO_STR struct str line = STR_INIT;

	vec_foreach(s, &p->plan.suites)
		if (s->kind == SUITE_KUNIT && s->glob)
			str_addf(&line, "kunit.filter_glob=%s ", s->glob);
	/* A kernel without KUnit ignores it: nobody answers for an unknown "module.parameter". */
	if (!suites_have(&p->plan.suites, SUITE_KUNIT))
		str_adds(&line, "kunit.enable=0 ");
	if (f->cmdline && *f->cmdline)
		str_addf(&line, "%s ", f->cmdline);
	if (p->opt->cmdline)
		str_adds(&line, p->opt->cmdline);
	return str_take(&line);
}

static double boot_limit(const struct boot *x)
{
	double sum = BOOT_TIMEOUT;

	if (x->p->plan.timeout > 0)
		return x->p->plan.timeout;
	vec_foreach(j, &x->guest.jobs) {
		double limit = j->timeout > 0 ? j->timeout : GUEST_TIMEOUT_CAP;

		sum += limit * (!j->scaled	   ? 1 :
				x->guest.scale > 0 ? x->guest.scale :
						     SCALE_UNKNOWN) +
		       JOB_OVERHEAD;
	}
	return sum;
}

static void prepare_machine(struct boot *x)
{
	const struct job_options *o = x->p->opt;
	struct machine_spec *m = &x->machine;

	*m = (struct machine_spec){
		.arch = x->b->plan->arch,
		.image = x->b->image,
		.initrd = x->initrd,
		.cmdline = x->cmdline,
		.work = x->work,
		.memory = o->memory ? o->memory : x->f->memory,
		.cpus = o->cpus ? o->cpus : x->f->cpus,
		.accel = (enum accel)(o->accel >= 0 ? o->accel : x->f->accel),
		.silence = x->p->plan.silence,
		.console_max = x->p->plan.console_limit,
		.gdb = o->gdb,
	};
	strv_add_all(&m->disks, &x->f->disks);
	strv_add_all(&m->disks, &o->disks);
	strv_add_all(&m->initrd_extra, &x->f->initrd);
	strv_add_all(&m->initrd_extra, &o->initrd);
}

/* Of each collection, for reasons of tests that skip. */
static void find_lacking(struct boot *x, const char *source, const char *config)
{
	x->lacking = map_new();
	vec_foreach(s, &x->p->plan.suites) {
		if (s->kind != SUITE_KSELFTEST || !source)
			continue;
		AUTO_FREE char *symbols = lacking_symbols(source, s->collection, config);
		if (symbols)
			map_set(x->lacking, s->collection, arena_strdup(x->p->a, symbols));
	}
}

static int prepare_root(struct boot *x, const struct source *src, const struct guest_place *at,
			struct err *err)
{
	struct guest_rootfs_spec root = { .share_dir = x->p->share_dir,
					  .rootfs = x->f->rootfs,
					  .packages = &x->f->packages,
					  .modules = at->modules,
					  .system_map = src->system_map,
					  .work = at->work };

	return guest_rootfs(&root, &x->guest, &x->machine, &x->rootfs, err);
}

/* Jobs: devices first, then the suites. QEMU's arguments of the devices come before the user's. */
static int prepare_jobs(struct boot *x, const struct source *src, struct err *err)
{
	const char *dir = x->b->imported ? NULL : x->b->result.dir;
	AUTO_FREE char *files = path_join(x->work, "modules");
	AUTO_FREE char *objects = dir ? path_join(dir, "o") : NULL;
	AUTO_FREE char *config = objects     ? path_join(objects, ".config") :
				 src->config ? mem_strdup(src->config) :
					       NULL;
	struct guest_place at = { .modules = x->b->result.modules ? x->b->result.modules :
								    src->modules,
				  .objects = objects,
				  .config = config,
				  .work = files };
	struct jobs_of jobs = { .p = x->p, .b = x->b, .f = x->f, .at = &at, .g = &x->guest };
	AUTO_STR struct str words = STR_INIT;
	find_lacking(x, x->b->imported ? x->p->tests.dir : src->dir, config);
	int r = boot_devices(&jobs, &x->machine, &words, &x->devices, err);

	if (r == 0)
		r = guest_jobs(&jobs, &x->devices, err);
	x->jobs = jobs.jobs.data;
	if (r == 0)
		r = prepare_root(x, src, &at, err);
	if (r == 0 && at.modules)
		r = guest_load_channel(&x->guest, &x->machine, at.modules, files, err);
	if (r == 0 && at.modules && x->machine.disks.len)
		r = guest_load_disks(&x->guest, &x->machine, at.modules, files, err);
	strv_add_all(&x->machine.qemu_args, &x->f->qemu_args);
	strv_add_all(&x->machine.qemu_args, &x->p->opt->qemu_args);
	str_adds(&words, x->cmdline); /* of a word given twice the kernel takes the last */
	free(x->cmdline);
	x->machine.cmdline = x->cmdline = str_take(&words);
	return r;
}

/* Limits written for real hardware are scaled by a slowdown that is known, or measured in this boot. */
static int prepare_slowdown(struct boot *x, struct err *err)
{
	bool any = suites_have(&x->p->plan.suites, SUITE_LTP);

	vec_foreach(j, &x->guest.jobs)
		any |= j->scaled;
	if (!any)
		return 0;
	x->guest.scale = slowdown_load(x->identity);
	AUTO_FREE char *ours = path_join(x->p->share_dir, GUEST_INIT);
	return x->guest.scale > 0 ? 0 : calibration_host(ours, &x->guest.calibration_host, err);
}

/*
 * With less it dies before it can say why, and that would be the kernel's fault. Where nobody said how much, it gets what it
 * takes.
 */
static int fit_memory(struct boot *x, struct err *err)
{
	uint64_t have = x->machine.memory ? x->machine.memory : MACHINE_MEMORY;
	AUTO_STR struct str text = STR_INIT;
	struct image_info image;
	struct err ignored = { 0 };
	struct stat initrd;

	if (strv_has(&x->machine.qemu_args, "-m") || /* the last one counts */
	    image_identify(x->b->image, &image, &ignored) < 0 || !image.memory ||
	    stat(x->initrd, &initrd) < 0)
		return 0;
	uint64_t least = image.memory + 2 * (uint64_t)initrd.st_size;
	if (have >= least)
		return 0;
	if (!x->machine.memory) {
		x->machine.memory = (least / MEMORY_STEP + 1) * MEMORY_STEP;
		return 0;
	}
	str_add_size(&text, have);
	str_adds(&text, " of memory is too small for this kernel and what is run in it: at least ");
	str_add_size(&text, least);
	return err_set(err, ERR_LIMIT, "%s", str_c(&text));
}

int boot_prepare(struct boot *x, const struct source *src, struct err *err)
{
	enum accel accel;
	char why[sizeof(x->end.accel_why)];
	int r;

	x->guest.report_kmsg = true;
	/* A package's modules are thousands: they go in when they were asked for. */
	x->guest.modules = x->b->result.modules ? x->b->result.modules :
			   x->p->opt->modules	? src->modules :
						  NULL;
	x->cmdline = command_line(x->p, x->f);
	r = workdir_make("boot", &x->place, err);
	if (r < 0)
		return r;
	x->work = x->place.path;
	x->initrd = path_join(x->work, "initramfs.cpio");
	prepare_machine(x);
	r = prepare_jobs(x, src, err);
	x->guest.foreign = x->b->plan->arch != arch_host();
	if (r == 0 && x->guest.needs_busybox)
		r = guest_busybox(x->b->plan->arch, &x->busybox, err);
	x->guest.busybox = x->busybox.path;
	if (r < 0)
		return r;
	r = qemu_accel(&x->machine, &accel, why, sizeof(why), err);
	if (r == 0)
		r = machine_identity(&x->machine, accel, &x->identity, err);
	if (r == 0)
		r = boot_request(x->p, x->b, x->f, x->request, err);
	if (r == 0)
		r = guest_init(x->p->share_dir, x->b->plan->arch, &x->init, err);
	x->guest.init = x->init.path;
	if (r == 0)
		r = prepare_slowdown(x, err);
	x->machine.timeout = boot_limit(x);
	if (r == 0)
		r = initramfs_write(&x->guest, x->initrd, err);
	return r < 0 ? r : fit_memory(x, err);
}
