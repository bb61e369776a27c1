/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of one build on one platform: initramfs, machine, observer, records. */
#include <sys/stat.h>

#include "base/log.h"
#include "boot/guest_programs.h"
#include "boot/qemu.h"
#include "job/boot_internal.h"
#include "job/boots.h"
#include "job/guest_jobs_internal.h"
#include "job/guest_load.h"
#include "job/lacking.h"
#include "sys/file.h"

static const double BOOT_TIMEOUT = 600; /* seconds for the boot itself, KUnit included */
static const double SCALE_UNKNOWN = 20; /* allowance for the slowdown before it was measured */
static const double JOB_OVERHEAD = 5;	/* seconds to end what a test left behind */

enum { MEMORY_STEP = 128 << 20 }; /* bytes */

static void on_console(void *data, const char *p, size_t n)
{
	struct boot *x = data;
	struct err err = { 0 };

	boot_keep_error(x, cas_w_add(x->console, p, n, &err), &err);
	observer_console(x->observer, p, n);
}

static void on_frame(void *data, const struct frame *f)
{
	struct boot *x = data;

	if (f->type == FRAME_ERROR)
		log_warn("kassay-init: %s", frame_field(f, 0));
	observer_frame(x->observer, f);
}

static bool on_tick(void *data, double elapsed)
{
	struct boot *x = data;
	struct err err = { 0 };

	observer_tick(x->observer, elapsed);
	boot_keep_error(x, recorder_commit(&x->p->rec, &err), &err);
	progress_update(x->progress, observer_facts(x->observer)->jobs_ended, x->guest.jobs.len,
			observer_current(x->observer));
	progress_tick(x->progress);
	boots_check(x->p);
	return x->r < 0;
}

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
	bool any = false;

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

static int prepare(struct boot *x, const struct source *src, struct err *err)
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
	r = dir_temp("boot", &x->work, err);
	if (r < 0)
		return r;
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

static bool silent_death(const struct boot *x)
{
	return !x->end.console_bytes && !observer_facts(x->observer)->hello &&
	       x->end.outcome != MACHINE_KILLED && x->end.outcome != MACHINE_DIED;
}

static void on_end(void *data);

/* One try. */
static int start(struct boot *x, struct err *err)
{
	struct observe_spec spec = {
		.suites = &x->p->plan.suites,
		.jobs = x->jobs,
		.n_jobs = x->guest.jobs.len,
		.expect = { &x->p->shipped, &x->p->plan.expect },
		.build_id = x->b->build_id,
		.early = x->machine.earlyprintk,
	};
	struct observe_sink sink = { boot_on_test, boot_on_finding, x };
	struct machine_ops ops = { on_console, on_frame, on_tick, on_end, x };
	int r;

	x->observer = observer_new(&spec, &sink);
	x->start_ms = time_now_ms();
	r = cas_w_begin(x->p->rec.cas, &x->console, err);
	return r < 0 ? r :
		       machine_start(boots_loop(x->p->boots), &x->machine, &ops, &x->running, err);
}

/* Not one byte came: boot once more, with earlyprintk. False: it was that, or cannot be. */
static bool again(struct boot *x)
{
	struct err err = { 0 };

	if (!silent_death(x) || x->machine.earlyprintk || x->r < 0)
		return false;
	log_info("boot %s: not a byte on the console; booting again with an early console",
		 x->b->plan->name);
	boot_keep_error(x, boot_put_console(x, &err), &err);
	observer_free(TAKE(x->observer));
	x->machine.earlyprintk = true;
	boot_keep_error(x, start(x, &err), &err);
	return x->r == 0;
}

static void on_end(void *data)
{
	struct boot *x = data;

	machine_take(TAKE(x->running), &x->end);
	if (!again(x))
		boots_ended(x->p, x);
}

static void outcome_line(const struct boot *x, struct str *out)
{
	str_adds(out, machine_outcome_words(x->end.outcome));
	if (x->end.detail[0])
		str_addf(out, " (%s)", x->end.detail);
	str_adds(out, " after ");
	str_add_duration(out, x->end.duration);
	str_addf(out, ", %s", accel_names[x->end.accel]);
}

char *boot_expect_key(const struct pipeline *p, const struct source *src,
		      const struct plan_build *b, const struct plan_platform *f)
{
	return mem_printf("boot:%s:%s:%s:%s", src->key, b->name, f->name, p->plan.name);
}

static int begin(struct boot *x, const struct source *src, struct err *err)
{
	AUTO_FREE char *stage = mem_printf("boot %s %s%s", x->b->plan->name, x->f->name,
					   x->b->base ? " (base)" : "");
	double expected = 0;
	int r;

	x->expect_key = boot_expect_key(x->p, src, x->b->plan, x->f);
	r = store_expect_get(x->p->rec.store, x->expect_key, &expected, err);
	if (r < 0)
		return r;
	x->progress = progress_new(stage, expected);
	return start(x, err);
}

/* What the machine's end says, and the records that come of it. */
static int judge(struct boot *x, struct err *err)
{
	struct err log_err = { 0 };
	const struct observe_facts *facts = observer_facts(x->observer);
	int r = 0;

	if (x->end.outcome != MACHINE_KILLED) /* it was done before it could be called off */
		x->called_off = NULL;
	/* Ended by us or by our own error (disk full, --events closed), it says nothing of the kernel. */
	if (x->r == 0 && !x->cut && !x->called_off)
		observer_end(x->observer, &x->end);
	if (x->console) /* the second try began */
		boot_keep_error(x, boot_put_console(x, &log_err), &log_err);
	if (x->r < 0) {
		*err = x->err;
		return x->r;
	}
	if (x->cut)
		return 0;
	if (x->called_off)
		r = boot_put_missed(x, err);
	if (x->guest.calibration_host > 0 && facts->calibration > 0) {
		x->guest.scale = facts->scale;
		slowdown_save(x->identity, x->guest.scale);
	}
	if (r == 0)
		r = boot_put_machine(x, err);
	return r < 0 || x->called_off ?
		       r :
		       store_expect_put(x->p->rec.store, x->expect_key, x->end.duration, err);
}

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
static int open_shell(struct boot *x, struct err *err)
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

static void boot_release(struct boot *x)
{
	struct err ignored = { 0 };

	progress_end(x->progress, NULL);
	cas_w_abort(x->console);
	observer_free(x->observer);
	guest_spec_release(&x->guest);
	strv_release(&x->machine.disks);
	strv_release(&x->machine.initrd_extra);
	strv_release(&x->machine.qemu_args);
	if (x->work && x->p->opt->keep)
		log_info("machine files are kept in %s", x->work);
	else if (x->work)
		dir_remove(x->work, &ignored);
	free(x->jobs);
	boot_devices_release(&x->devices);
	map_free(x->lacking);
	free(x->work);
	free(x->initrd);
	free(x->cmdline);
	guest_program_release(&x->init);
	guest_program_release(&x->busybox);
	guest_rootfs_release(&x->rootfs);
	free(x->identity);
	free(x->expect_key);
	free(x);
}

/*
 * Is this the end of one boot only? Memory that is too small stays so; a missing program can be installed, and the run taken
 * up again, when there is nothing else to boot.
 */
static bool cannot_boot(const struct pipeline *p, int r)
{
	size_t pairs = 0;

	vec_foreach(b, &p->plan.builds)
		vec_foreach(f, &p->plan.platforms)
			pairs += plan_pair(b, f);
	return r == -ERR_LIMIT || (r == -ERR_NO_TOOL && pairs > 1);
}

int stage_boot(struct pipeline *p, struct source *src, struct pipe_build *b,
	       const struct plan_platform *f, struct boot **ret, struct err *err)
{
	struct boot *x;
	int r;

	*ret = NULL;
	if (boot_finished(&p->rec, b->id, f->name))
		return 0;
	x = NEW(struct boot);
	x->p = p;
	x->b = b;
	x->f = f;
	x->init.lock.lock_fd = x->busybox.lock.lock_fd = -1;
	r = prepare(x, src, err);
	if (cannot_boot(p, r)) {
		/* No QEMU for this architecture, too little memory: the others have theirs. */
		AUTO_FREE char *why = mem_strdup(err->msg);

		log_error("boot %s on %s: %s", b->plan->name, f->name, why);
		boot_release(x);
		return stage_missed(p, b, f, why, err);
	}
	if (r == 0)
		r = begin(x, src, err);
	if (r < 0) {
		boot_release(x);
		return err_context(err, "boot %s", b->plan->name);
	}
	*ret = x;
	return 0;
}

int boot_end(struct boot *x, struct err *err)
{
	struct pipeline *p = x->p;
	AUTO_STR struct str line = STR_INIT;
	struct err later = { 0 };
	int r = judge(x, err);

	outcome_line(x, &line);
	progress_end(TAKE(x->progress), r < 0 || x->cut ? NULL : str_c(&line));
	if (r == 0 && p->opt->shell && !x->cut)
		r = open_shell(x, err);
	if (r < 0)
		err_context(err, "boot %s", x->b->plan->name);
	boot_release(x);
	if (r < 0) {
		recorder_commit(&p->rec, &later);
		return r;
	}
	return recorder_commit(&p->rec, err);
}

int stage_missed(struct pipeline *p, struct pipe_build *b, const struct plan_platform *f,
		 const char *why, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->plan.suites.len; i++) {
		const struct suite *s = &p->plan.suites.data[i];

		if (s->kind == SUITE_TOOLS)
			continue;
		AUTO_FREE char *path = suite_path(s);
		struct store_test t = {
			.build_id = b->id,
			.platform = f->name,
			.path = path,
			.status = "MISS",
			.suite = s->text,
			.reason = why	     ? why :
				  b->problem ? b->problem :
					       "the kernel did not build",
			.start_ms = time_now_ms(),
		};

		r = recorder_test(&p->rec, &t, err);
	}
	return r < 0 ? r : recorder_commit(&p->rec, err);
}
