/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kassay boot: with suites the boot stage alone; without, a shell on the console for a person. */
#include "base/log.h"
#include "boot/guest_programs.h"
#include "boot/initramfs.h"
#include "cli/run_options.h"
#include "job/guest_load.h"
#include "job/guest_rootfs.h"
#include "job/pipeline.h"
#include "job/summary.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/workdir.h"

static const struct opt options[] = { { "gdb", 0, OPT_FLAG, RUN_AT(gdb), NULL,
					"wait for a debugger on port 1234" },
				      RUN_IMAGE_OPTIONS,
				      RUN_TREE_OPTION,
				      RUN_PLAN_OPTIONS,
				      RUN_MACHINE_OPTIONS,
				      RUN_VERDICT_OPTIONS,
				      RUN_OUTPUT_OPTIONS,
				      CLI_COMMON_OPTIONS(run_cli, common),
				      { 0 } };
const struct opt_command face_boot = {
	.name = "boot",
	.args = "IMAGE|RUN",
	.summary = "boot an image, or that of a run: a shell on its console, or --suite boot",
	.opts = options,
	.min_args = 1,
	.max_args = 1,
	.examples =
		"  kassay boot last\n  kassay boot arch/x86/boot/bzImage\n  kassay boot --gdb deb:linux-image-amd64\n"
		"  kassay boot --suite boot bzImage",
};

static int open_image(const struct run_cli *c, const char *text, struct source *ret,
		      struct err *err)
{
	struct source_spec spec = { .text = text, .modules = c->o.modules };
	int r = source_open(&spec, ret, err);

	if (r == 0 && ret->kind != SOURCE_IMAGE)
		r = err_set(
			err, ERR_USAGE,
			"%s is a kernel tree; kassay boot takes an image (kassay run builds one)",
			text);
	return r;
}

/* "12" and "last", when there is no such file: the image of that run. */
static bool names_run(const char *text)
{
	struct err ignored = { 0 };
	int64_t id;

	return !file_exists(text) && !dir_exists(text) && run_number(text, &id, &ignored) == 0;
}

/* A package has modules, too: it is taken again when its image is still the one that was tested. */
static bool open_package(const struct run_cli *c, const char *text, const char *sha256,
			 struct source *ret)
{
	struct err ignored = { 0 };
	char now[65];

	if (!text || !(view_starts(view_of(text), "deb:") || view_ends(view_of(text), ".deb")) ||
	    open_image(c, text, ret, &ignored) < 0)
		return false;
	if (file_sha256(ret->image, now, &ignored) == 0 && strcmp(now, sha256) == 0)
		return true;
	source_release(ret);
	*ret = (struct source){ .lock.lock_fd = -1 };
	return false;
}

/* The image of @run; one that was built is put at @path. */
static int open_run(const struct run_cli *c, const char *run, const char *path, struct source *ret,
		    struct err *err)
{
	struct recorder rec = { 0 };
	int64_t id = 0;
	int r = run_number(run, &id, err);

	if (r == 0)
		r = recorder_open(c->o.store, false, &rec, err);
	if (r < 0)
		return r;
	const char *sha256 = NULL;
	r = recorder_load(&rec, id, err);
	vec_foreach(b, &rec.builds)
		if (!sha256 && b->image_sha256 && !build_is_base(b))
			sha256 = b->image_sha256;
	if (r == 0 && !sha256)
		r = err_set(err, ERR_NOT_FOUND, "run %lld built no image", (long long)rec.run.id);
	if (r == 0 && !open_package(c, rec.run.source, sha256, ret)) {
		r = cas_extract(rec.cas, sha256, path, err);
		if (r == 0)
			r = open_image(c, path, ret, err);
	}
	recorder_release(&rec);
	return r;
}

static int with_work(const struct run_cli *c, const struct source *src, const char *work,
		     bool *ret_bad, struct err *err)
{
	AUTO_FREE char *share = NULL, *initrd = path_join(work, "initramfs.cpio");
	AUTO_FREE char *files = path_join(work, "modules");
	/* A person waits for the prompt, not for KUnit. */
	AUTO_FREE char *cmdline = mem_printf("kunit.enable=0 %s", c->o.cmdline ? c->o.cmdline : "");
	struct guest_spec guest = { .foreign = src->arch != arch_host(),
				    .shell = true,
				    .modules = c->o.modules ? src->modules : NULL };
	struct machine_spec m = {
		.arch = src->arch,
		.image = src->image,
		.initrd = initrd,
		.cmdline = cmdline,
		.memory = c->o.memory,
		.cpus = c->o.cpus,
		.disks = c->o.disks,
		.initrd_extra = c->o.initrd,
		.qemu_args = c->o.qemu_args,
		.accel = c->o.accel >= 0 ? (enum accel)c->o.accel : ACCEL_AUTO,
		.work = work,
		.gdb = c->o.gdb,
	};
	struct machine_end end = { 0 };
	struct guest_program init = { .lock.lock_fd = -1 }, busybox = { .lock.lock_fd = -1 };
	struct guest_rootfs rootfs = { 0 };
	int r = dirs_share(&share, err);
	struct guest_rootfs_spec root = { .share_dir = share,
					  .rootfs = c->o.rootfs,
					  .packages = &c->o.packages,
					  .modules = src->modules,
					  .system_map = src->system_map,
					  .work = files };

	if (r == 0)
		r = guest_init(share, src->arch, &init, err);
	if (r == 0)
		r = guest_rootfs(&root, &guest, &m, &rootfs, err);
	if (r == 0 && !guest.root)
		r = guest_busybox(src->arch, &busybox, err);
	guest.init = init.path;
	guest.busybox = busybox.path;
	if (r == 0 && src->modules)
		r = guest_load_channel(&guest, &m, src->modules, files, err);
	if (r == 0 && src->modules && m.disks.len)
		r = guest_load_disks(&guest, &m, src->modules, files, err);
	if (r == 0)
		r = initramfs_write(&guest, initrd, err);
	if (r == 0)
		r = machine_interactive(&m, &end, err);
	guest_spec_release(&guest);
	guest_program_release(&init);
	guest_program_release(&busybox);
	guest_rootfs_release(&rootfs);
	if (r == 0 && end.outcome == MACHINE_DIED)
		return err_set(err, ERR_INTERNAL, "the machine died: %s", end.detail);
	*ret_bad = end.outcome == MACHINE_PANICKED;
	if (r == 0) {
		bool why = end.detail[0] && end.outcome != MACHINE_POWERED_OFF;

		log_info("machine: %s%s%s%s", machine_outcome_words(end.outcome), why ? " (" : "",
			 why ? end.detail : "", why ? ")" : "");
	}
	return r;
}

static int interactive(const struct run_cli *c, const char *image)
{
	AUTO_FREE char *kept = NULL;
	struct workdir work = { 0 };
	struct source src = { .lock.lock_fd = -1 };
	struct err err = { 0 };
	bool bad = false;
	int r;

	interrupt_install();
	r = workdir_make("shell", &work, &err);
	if (r == 0 && names_run(image)) {
		kept = path_join(work.path, "image");
		r = open_run(c, image, kept, &src, &err);
	} else if (r == 0) {
		r = open_image(c, image, &src, &err);
	}
	if (r == 0)
		r = with_work(c, &src, work.path, &bad, &err);
	workdir_end(&work, c->o.keep);
	source_release(&src);
	return r < 0 ? fail(&err) : bad ? EXIT_BAD : EXIT_GOOD;
}

/* An option of tests, given with no test to run; NULL: there is none. */
static const char *without_suite(const struct strv *set)
{
	static const char *const of_tests[] = { "timeout", "test-timeout",  "silence", "shell",
						"fail-on", "console-limit", "bad-if",  "json",
						"list",	   "module",	    "events",  "junit",
						"device" };

	for (size_t i = 0; i < ARRAY_SIZE(of_tests); i++)
		if (strv_has(set, of_tests[i]))
			return of_tests[i];
	return NULL;
}

int cmd_boot(int argc, const char *const *argv)
{
	struct run_cli c;
	AUTO_STRV struct strv args = { 0 }, set = { 0 };
	int r;

	run_cli_init(&c);
	r = run_cli_parse(&face_boot, argc, argv, &c, &args, &set);
	if (r != 0) {
		r = r > 0 ? EXIT_GOOD : -r;
	} else if (!c.o.suites.len && !c.o.plan && without_suite(&set)) {
		log_error("--%s: without --suite there is only a shell, for a person",
			  without_suite(&set));
		r = EXIT_USAGE;
	} else if (!c.o.suites.len && !c.o.plan) {
		r = interactive(&c, args.data[0]);
	} else {
		r = run_stages(&c, "boot", argc, argv, &args, NULL);
	}
	run_cli_release(&face_boot, &c);
	return r;
}
