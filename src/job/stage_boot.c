/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of one build on one platform: initramfs, machine, observer, records. */
#include "base/log.h"
#include "job/boot_internal.h"
#include "job/boots.h"
#include "sys/file.h"

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

static void boot_release(struct boot *x)
{
	progress_end(x->progress, NULL);
	cas_w_abort(x->console);
	observer_free(x->observer);
	guest_spec_release(&x->guest);
	strv_release(&x->machine.disks);
	strv_release(&x->machine.initrd_extra);
	strv_release(&x->machine.qemu_args);
	if (x->work && x->p->opt->keep)
		log_info("machine files are kept in %s", x->work);
	workdir_end(&x->place, x->p->opt->keep);
	free(x->jobs);
	boot_devices_release(&x->devices);
	map_free(x->lacking);
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
	r = boot_prepare(x, src, err);
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
		r = boot_shell(x, err);
	if (r < 0)
		err_context(err, "boot %s", x->b->plan->name);
	boot_release(x);
	if (r < 0) {
		recorder_commit(&p->rec, &later);
		return r;
	}
	return recorder_commit(&p->rec, err);
}

int stage_put_test(struct pipeline *p, const struct pipe_build *b, const char *platform,
		   const struct suite *s, const char *path, const char *status, const char *reason,
		   const char *excerpt, struct err *err)
{
	struct store_test t = {
		.build_id = b->id,
		.platform = platform,
		.path = path,
		.status = status,
		.suite = s->text,
		.reason = reason,
		.log_excerpt = excerpt,
		.start_ms = time_now_ms(),
	};

	return recorder_test(&p->rec, &t, err);
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
		r = stage_put_test(p, b, f->name, s, path, "MISS",
				   why	      ? why :
				   b->problem ? b->problem :
						"the kernel did not build",
				   NULL, err);
	}
	return r < 0 ? r : recorder_commit(&p->rec, err);
}
