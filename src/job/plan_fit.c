/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan held against the source. */
#include "job/plan_fit.h"

#include <unistd.h>

#include "boot/guest_programs.h"
#include "boot/qemu.h"
#include "boot/rootfs.h"
#include "job/boot_devices.h"
#include "kernel/artifacts_elf.h"
#include "kernel/toolchain.h"
#include "kernel/tooltest.h"
#include "sys/file.h"

/* Suites that need no machine need no kernel: one build stands for the side, and nothing is booted. */
static void fit_host(struct plan *plan)
{
	struct plan_build host = { .name = PLATFORM_HOST, .arch = arch_host() };

	if (plan->builds.data[0].arch == host.arch)
		host.toolchain = plan->builds.data[0].toolchain;
	vec_foreach(b, &plan->builds) {
		strv_release(&b->fragments);
		strv_release(&b->config);
		strv_release(&b->make);
	}
	plan->builds.data[0] = host;
	plan->builds.len = 1;
	vec_foreach(f, &plan->platforms)
		f->idle = true;
}

static int check_tools(const struct plan *plan, const struct job_options *o,
		       const struct source *src, struct err *err)
{
	vec_foreach(s, &plan->suites) {
		if (s->kind != SUITE_TOOLS)
			continue;
		if (src->kind != SOURCE_TREE)
			return err_set(err, ERR_USAGE,
				       "suite %s is built from a kernel tree, %s is an image",
				       s->text, src->name);
		if (!o->bad_if &&
		    !tooltest_has(src->dir, s->name)) /* a bisection comes by older trees */
			return err_set(err, ERR_USAGE,
				       "suite %s: this kernel has no tests tools/testing/%s",
				       s->text, s->name);
	}
	return 0;
}

static void add_fragment(struct plan_build *b, const char *name)
{
	if (!strv_has(&b->fragments, name))
		strv_add(&b->fragments, name);
}

/* What a build's fragments lack for the suites it is to run, and where. */
static void add_suite_fragments(struct plan *plan)
{
	bool rootfs = false;

	vec_foreach(f, &plan->platforms)
		rootfs |= f->rootfs != NULL;
	vec_foreach(b, &plan->builds) {
		if (b->preset == PRESET_TREE)
			continue;
		if (rootfs)
			add_fragment(b, "rootfs");
		if (suites_have(&plan->suites, SUITE_KUNIT))
			add_fragment(b, "kunit");
		if (suites_have(&plan->suites, SUITE_KSELFTEST))
			add_fragment(b, "kselftest");
		if (suites_have(&plan->suites, SUITE_MODULE) ||
		    suites_have(&plan->suites, SUITE_TORTURE)) {
			b->modules = true;
			add_fragment(b, "modules");
		}
		if (suites_have(&plan->suites, SUITE_TORTURE))
			add_fragment(b, "torture");
		vec_foreach(s, &plan->suites) {
			if (s->kind == SUITE_KSELFTEST && strcmp(s->collection, "lkdtm") == 0)
				add_fragment(b, "lkdtm");
			if (s->kind == SUITE_KUNIT && strcmp(s->text, "kprobes") == 0)
				add_fragment(b, "kprobes");
		}
	}
}

/* Devices are known and fit together; a kernel that is built gets their drivers. */
static int fit_devices(struct arena *a, struct plan *plan, const struct job_options *o,
		       bool fragments, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->platforms.len; i++) {
		const struct plan_platform *f = &plan->platforms.data[i];
		struct devices list = { 0 };

		r = devices_wanted(a, plan, f, o, &list, err);
		vec_foreach(b, &plan->builds) {
			if (r < 0 || !fragments || b->preset == PRESET_TREE || !plan_pair(b, f))
				continue;
			vec_foreach(d, &list) {
				AUTO_FREE char *name = mem_printf("device/%s", d->kind->name);

				add_fragment(b, name);
			}
		}
		vec_release(&list);
	}
	return r;
}

/* What is asked for that an image, being built already, cannot give; NULL: nothing. */
static const char *only_for_trees(const struct job_options *o)
{
	return o->base		? "--base" :
	       o->touch		? "--touch" :
	       o->toolchain	? "--toolchain" :
	       o->preset >= 0	? "--preset" :
	       o->config_file	? "--config-file" :
	       o->fragments.len ? "--fragment" :
	       o->config.len	? "--config" :
				  NULL;
}

static int check_files(const char *what, const struct strv *files, struct err *err)
{
	vec_foreach(f, files) {
		struct view path = view_of(*f);

		if (view_ends(path, ":ro")) /* a disk */
			path.len -= 3;
		AUTO_FREE char *name = mem_strndup(path.p, path.len);
		if (access(name, R_OK) < 0)
			return err_sys(err, "%s %s", what, name);
	}
	return 0;
}

/* A program of one's own runs where no loader is, unless an initrd brings one. */
static int check_commands(const struct plan *plan, const struct job_options *o, struct err *err)
{
	struct err ignored = { 0 };
	bool initrd = o->initrd.len > 0;

	vec_foreach(f, &plan->platforms)
		initrd |= f->initrd.len > 0 || f->rootfs;
	for (size_t i = 0; i < plan->suites.len && !initrd; i++) {
		const struct suite *s = &plan->suites.data[i];
		AUTO_STR struct str loader = STR_INIT;

		if (s->file && artifact_is_elf(s->command) &&
		    artifact_interp(s->command, &loader, &ignored) == 0 && loader.len)
			return err_set(
				err, ERR_USAGE,
				"%s: dynamically linked, and the machine has no libraries: link it with -static",
				s->command);
	}
	return 0;
}

static bool needs_shell(const struct plan *plan)
{
	vec_foreach(s, &plan->suites)
		if (s->kind == SUITE_CMD || suite_foreign_name(s->kind))
			return true;
	return false;
}

static int check_packages(const struct plan *plan, const struct job_options *o, struct err *err)
{
	bool debian = o->packages.len == 0;

	vec_foreach(f, &plan->platforms)
		debian |= rootfs_is_debian(f->rootfs);
	return debian ? 0 :
			err_set(err, ERR_USAGE,
				"--package %s: only --rootfs debian is made of packages",
				o->packages.data[0]);
}

static int check_roots(const struct plan *plan, const struct plan_build *b, struct err *err)
{
	int r = 0;

	vec_foreach(f, &plan->platforms)
		if (r == 0 && plan_pair(b, f))
			r = rootfs_check(f->rootfs, b->arch, err);
	return r;
}

/* The program of the machine, and what runs in it. */
static int check_machine(const struct plan *plan, const struct plan_build *b, const char *share_dir,
			 struct err *err)
{
	struct machine_spec m = { .arch = b->arch };
	struct guest_program init = { 0 }, busybox = { 0 };
	AUTO_FREE char *qemu = NULL;
	int r = qemu_program(&m, &qemu, err);

	if (r == 0)
		r = check_roots(plan, b, err);
	if (r == 0)
		r = guest_init(share_dir, b->arch, &init, err);
	if (r == 0 && needs_shell(plan))
		r = guest_busybox(b->arch, &busybox, err);
	guest_program_release(&init);
	guest_program_release(&busybox);
	return r;
}

/* What a boot needs is looked at before the build, which may take an hour: one build's machine must be there. */
static int check_machines(const struct plan *plan, const struct job_options *o,
			  const char *share_dir, struct err *err)
{
	int r = check_commands(plan, o, err);

	if (r == 0)
		r = check_packages(plan, o, err);
	if (r == 0)
		r = check_files("--initrd", &o->initrd, err);
	if (r == 0)
		r = check_files("--disk", &o->disks, err);
	vec_foreach(f, &plan->platforms) {
		if (r == 0)
			r = check_files("initrd", &f->initrd, err);
		if (r == 0)
			r = check_files("disk", &f->disks, err);
	}
	vec_foreach(b, &plan->builds) {
		if (r == 0)
			r = check_roots(plan, b, err);
		r = r == -ERR_NO_TOOL ? 0 : r;
	}
	if (r < 0)
		return r;
	vec_foreach(b, &plan->builds) {
		r = check_machine(plan, b, share_dir, err);
		if (r != -ERR_NO_TOOL)
			break;
	}
	return r;
}

/* A compiler that nobody knows is said before the first of many builds. */
static int check_toolchains(const struct plan *plan, struct err *err)
{
	int r = 0;

	vec_foreach(b, &plan->builds) {
		AUTO_STRV struct strv ignored = { 0 };

		if (r == 0)
			r = toolchain_vars(b->toolchain, b->arch, &b->make, &ignored, err);
		if (r < 0)
			return err_context(err, "build %s", b->name);
	}
	return r;
}

bool plan_pair(const struct plan_build *b, const struct plan_platform *f)
{
	return !f->idle && (!f->arch || f->arch == b->arch);
}

/* Every build gets its architecture: that of the image, the plan's, or this host's. */
static int fit_arches(struct plan *plan, const struct job_options *o, const struct source *src,
		      struct err *err)
{
	const struct arch *asked = NULL;
	int r = o->arch ? arch_need("--arch", o->arch, &asked, err) : 0;

	if (r == 0 && asked && src->arch && asked != src->arch)
		return err_set(err, ERR_USAGE, "--arch %s: %s is an image for %s", o->arch,
			       src->name, src->arch->name);
	vec_foreach(b, &plan->builds)
		b->arch = src->arch ? src->arch : asked ? asked : b->arch ? b->arch : arch_host();
	return r;
}

static const struct plan_platform *platform_named(const struct plan *plan, const char *name)
{
	vec_foreach(f, &plan->platforms)
		if (f->name && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* A platform without a name becomes one for each architecture of the builds. */
static int fit_platforms(struct arena *a, struct plan *plan, bool tests, struct err *err)
{
	size_t n = plan->platforms.len;

	for (size_t i = 0; i < n; i++) {
		if (plan->platforms.data[i].name)
			continue;
		const struct plan_platform from = plan->platforms.data[i];
		size_t made = 0;

		vec_foreach(b, &plan->builds) {
			struct plan_platform f = from;

			f.name = arena_printf(a, PLATFORM_QEMU "%s", b->arch->name);
			const struct plan_platform *old = platform_named(plan, f.name);
			if (!plan_pair(b, &from) || (old && old->made_of == i + 1))
				continue;
			if (old)
				return err_set(err, ERR_USAGE,
					       "two platforms of the plan are %s: give them names",
					       f.name);
			f.arch = b->arch;
			f.made_of = i + 1;
			if (made++ == 0) {
				plan->platforms.data[i] = f;
				continue;
			}
			f.packages = f.disks = f.initrd = f.qemu_args = f.devices =
				(struct strv){ 0 };
			strv_add_all(&f.packages, &from.packages);
			strv_add_all(&f.disks, &from.disks);
			strv_add_all(&f.initrd, &from.initrd);
			strv_add_all(&f.qemu_args, &from.qemu_args);
			strv_add_all(&f.devices, &from.devices);
			*vec_add(&plan->platforms) = f;
		}
		if (made == 0) { /* it fits no build */
			plan->platforms.data[i].name = arena_printf(a, PLATFORM_QEMU "none%zu", i);
			plan->platforms.data[i].idle = true;
		}
	}
	for (size_t i = 0; tests && i < plan->builds.len; i++) {
		const struct plan_build *b = &plan->builds.data[i];
		bool any = false;

		vec_foreach(f, &plan->platforms)
			any |= plan_pair(b, f);
		if (!any)
			return err_set(err, ERR_USAGE,
				       "build %s is for %s, and no platform of the plan is",
				       b->name, b->arch->name);
	}
	return 0;
}

/* Does the plan fit the source? */
int plan_fit(struct arena *a, struct plan *plan, const struct job_options *o,
	     const struct source *src, const char *share_dir, const char *command, unsigned stages,
	     struct err *err)
{
	const char *option = only_for_trees(o);
	bool tests = (stages & STAGE_TEST) && suites_boot(&plan->suites);
	int r = fit_arches(plan, o, src, err);

	if (r == 0)
		r = check_tools(plan, o, src, err);
	if (r == 0)
		r = fit_platforms(a, plan, tests, err);
	if (r < 0)
		return r;
	if (!tests && (stages & STAGE_TEST))
		fit_host(plan);
	if (src->kind == SOURCE_TREE && !(stages & STAGE_BUILD))
		return err_set(
			err, ERR_USAGE,
			"%s is a kernel tree; kassay %s takes an image (kassay run builds one)",
			src->name, command);
	if (src->kind == SOURCE_TREE && o->tree)
		return err_set(err, ERR_USAGE,
			       "--tree %s: %s is a kernel tree and has its own tests", o->tree,
			       src->name);
	if (src->kind == SOURCE_IMAGE) {
		if (!(stages & STAGE_TEST))
			return err_set(err, ERR_USAGE, "%s is an image: nothing to build",
				       src->name);
		if (option)
			return err_set(err, ERR_USAGE, "%s needs a kernel tree, %s is an image",
				       option, src->name);
	}
	vec_foreach(b, &plan->builds)
		if (src->kind == SOURCE_TREE && b->preset == PRESET_DISTRO && !b->config_file)
			return err_set(
				err, ERR_USAGE,
				"build %s: preset distro needs a configuration: --config-file FILE (for instance /boot/config-$(uname -r))",
				b->name);
	if (src->kind == SOURCE_TREE)
		add_suite_fragments(plan);
	if (tests)
		r = fit_devices(a, plan, o, src->kind == SOURCE_TREE, err);
	if (r == 0 && src->kind == SOURCE_TREE)
		r = check_toolchains(plan, err);
	return r == 0 && tests && !o->list ? check_machines(plan, o, share_dir, err) : r;
}
