/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --base: what an earlier run stored of the same bits and the same boots needs no second build and boot. */
#include <sys/stat.h>

#include "base/log.h"
#include "base/sha256.h"
#include "boot/busybox.h"
#include "boot/guest_programs.h"
#include "boot/qemu.h"
#include "job/guest_rootfs.h"
#include "job/stage.h"
#include "sys/file.h"

enum { MACHINE_MAX = 1 << 20 }; /* bytes of a machine.json */

/* A file by what changes when somebody writes to it. */
static void add_file(struct str *out, const char *path)
{
	struct view file = view_of(path);
	struct stat st;

	if (view_ends(file, ":ro")) /* a disk that is only read */
		file.len -= 3;
	AUTO_FREE char *name = mem_strndup(file.p, file.len);
	str_addf(out, "file %s", path);
	if (stat(name, &st) == 0)
		str_addf(out, " %lld %lld.%09ld", (long long)st.st_size,
			 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	str_addc(out, '\n');
}

static void add_files(struct str *out, const char *what, const struct strv *list)
{
	str_addf(out, "%s\n", what);
	vec_foreach(path, list)
		add_file(out, *path);
}

static void add_expects(struct str *out, const struct expects *list)
{
	vec_foreach(e, list)
		str_addf(out, "expect %s %s\n", e->test, e->title);
}

static int add_path_file(const char *rel, const struct stat *st, void *data, struct err *err)
{
	(void)err;
	str_addf(data, "in %s %o %lld %lld.%09ld\n", rel, st->st_mode, (long long)st->st_size,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	return 0;
}

static void add_suites(struct str *out, const struct plan *plan)
{
	struct err ignored = { 0 };

	vec_foreach(s, &plan->suites) {
		str_addf(out, "suite %s %g %s\n", s->text, s->timeout,
			 s->command ? s->command : "");
		for (size_t i = 0; s->devices && s->devices[i]; i++)
			str_addf(out, "device %s\n", s->devices[i]);
		if (s->file)
			add_file(out, s->command);
		if (s->path)
			dir_walk(s->path, add_path_file, out, &ignored);
	}
}

int boot_request(const struct pipeline *p, const struct pipe_build *b,
		 const struct plan_platform *f, char ret[65], struct err *err)
{
	const struct job_options *o = p->opt;
	AUTO_FREE char *busybox = NULL, *root = NULL;
	struct guest_program init = { 0 };
	const struct arch *arch = b->plan->arch;
	struct guest_rootfs_spec rootfs = { .share_dir = p->share_dir,
					    .rootfs = f->rootfs,
					    .packages = &f->packages };
	AUTO_STR struct str text = STR_INIT;
	char init_sha[65];
	int r = guest_init(p->share_dir, arch, &init, err);

	if (r == 0)
		r = file_sha256(init.path, init_sha, err);
	guest_program_release(&init);
	if (r == 0)
		r = guest_rootfs_identity(&rootfs, arch, &root, err);
	if (r < 0)
		return r;
	str_addf(&text, "init %s\nmemory %llu\ncpus %ld\naccel %d\n", init_sha,
		 (unsigned long long)(o->memory ? o->memory : f->memory),
		 o->cpus ? o->cpus : f->cpus, o->accel >= 0 ? o->accel : f->accel);
	str_addf(&text, "cmdline %s %s\n", f->cmdline ? f->cmdline : "",
		 o->cmdline ? o->cmdline : "");
	str_addf(&text, "limits %g %g %g %llu\n", p->plan.timeout, p->plan.test_timeout,
		 p->plan.silence, (unsigned long long)p->plan.console_limit);
	/* For another architecture it is a package's, and fetched only when a test asks for a shell. */
	if (arch == arch_host()) {
		busybox = busybox_find();
		add_file(&text, busybox);
	}
	str_addf(&text, "root %s\n", root);
	add_files(&text, "disks", &f->disks);
	add_files(&text, "disks", &o->disks);
	add_files(&text, "initrd", &f->initrd);
	add_files(&text, "initrd", &o->initrd);
	add_files(&text, "qemu", &f->qemu_args);
	add_files(&text, "qemu", &o->qemu_args);
	vec_foreach(d, &f->devices)
		str_addf(&text, "device %s\n", *d);
	vec_foreach(d, &o->devices)
		str_addf(&text, "device %s\n", *d);
	add_suites(&text, &p->plan);
	add_expects(&text, &p->shipped);
	add_expects(&text, &p->plan.expect);
	sha256_bytes_hex(str_c(&text), text.len, ret);
	return 0;
}

/* What is in the store about one build. */
struct stored {
	struct store_build build;
	struct store_tests tests;
	struct store_findings findings;
	struct store_artifacts artifacts;
};

static void stored_release(struct stored *s)
{
	vec_release(&s->tests);
	vec_release(&s->findings);
	vec_release(&s->artifacts);
}

static int load(struct pipeline *p, struct stored *s, struct err *err)
{
	struct store_filter filter = { .build_id = s->build.id };
	int r = store_tests(p->rec.store, p->a, &filter, &s->tests, err);

	if (r == 0)
		r = store_findings(p->rec.store, p->a, &filter, &s->findings, err);
	return r < 0 ? r : store_artifacts(p->rec.store, p->a, &filter, &s->artifacts, err);
}

/* Did that machine, of the same kind, answer @request? One that died of itself answered nothing. */
static bool answers(struct pipeline *p, const struct store_artifact *machine, const char *request,
		    const char *identity)
{
	AUTO_STR struct str text = STR_INIT;
	struct jnode *root;
	struct err err = { 0 };

	if (cas_read(p->rec.cas, machine->sha256, MACHINE_MAX, &text, &err) < 0 ||
	    jt_parse(p->a, "machine.json", str_view(&text), &root, &err) < 0)
		return false;
	const char *old = jt_get_str(root, "request"), *outcome = jt_get_str(root, "outcome");
	const char *kind = jt_get_str(root, "identity");
	return old && strcmp(old, request) == 0 && kind && strcmp(kind, identity) == 0 && outcome &&
	       strcmp(outcome, machine_outcome_words(MACHINE_DIED)) != 0 &&
	       strcmp(outcome, machine_outcome_words(MACHINE_KILLED)) != 0;
}

/* machine_identity() of what the platform would be booted on now. */
static int kind_now(const struct pipeline *p, const struct pipe_build *b,
		    const struct plan_platform *f, char **ret, struct err *err)
{
	struct machine_spec m = { .arch = b->plan->arch,
				  .accel = (enum accel)(p->opt->accel >= 0 ? p->opt->accel :
									     f->accel) };
	enum accel accel;
	char why[256];
	int r = qemu_accel(&m, &accel, why, sizeof(why), err);

	return r < 0 ? r : machine_identity(&m, accel, ret, err);
}

/* Was every platform of the plan booted then, in the way it would be now? */
static bool boots_match(struct pipeline *p, const struct pipe_build *b, const struct stored *s)
{
	vec_foreach(f, &p->plan.platforms) {
		AUTO_FREE char *identity = NULL;
		char request[65];
		struct err err = { 0 };
		bool found = false;

		if (!plan_pair(b->plan, f))
			continue;
		if (boot_request(p, b, f, request, &err) < 0 ||
		    kind_now(p, b, f, &identity, &err) < 0)
			return false;
		vec_foreach(a, &s->artifacts)
			if (!found && strcmp(a->role, "machine") == 0 && a->platform &&
			    strcmp(a->platform, f->name) == 0)
				found = answers(p, a, request, identity);
		if (!found)
			return false;
	}
	return true;
}

/* @id, which begins with the old build's, with the new one's; anything else as it is. */
static const char *renamed(struct pipeline *p, const char *id, const char *from, const char *to)
{
	size_t n = strlen(from);

	return id && strncmp(id, from, n) == 0 ? arena_printf(p->a, "%s%s", to, id + n) : id;
}

static char *inherited_misc(const struct stored *s)
{
	AUTO_STR struct str text = STR_INIT;
	struct jwriter w;

	misc_begin(&w, &text);
	jw_kbool(&w, "base", true);
	jw_kstr(&w, "inherited_from", s->build.id);
	jw_kint(&w, "inherited_run", s->build.run);
	jw_kint(&w, "compiled", 0);
	misc_end(&w);
	return str_take(&text);
}

/* @tests false (--base-build): what the boots left stays out. */
static int copy_records(struct pipeline *p, const struct pipe_build *b, struct stored *s,
			bool tests, struct err *err)
{
	const char *from = s->build.id;
	AUTO_FREE char *misc = inherited_misc(s);
	int r;

	s->build.id = b->id;
	s->build.name = b->plan->name;
	s->build.checkout_id = p->base_checkout;
	s->build.misc = misc;
	r = recorder_build(&p->rec, &s->build, err);
	for (size_t i = 0; r == 0 && i < s->tests.len; i++) {
		struct store_test *t = &s->tests.data[i];

		if (!tests && t->platform && *t->platform)
			continue;
		t->build_id = b->id;
		r = recorder_test(&p->rec, t, err);
	}
	for (size_t i = 0; r == 0 && i < s->findings.len; i++) {
		struct store_finding *f = &s->findings.data[i];

		if (!tests && f->test_id)
			continue;
		f->id = renamed(p, f->id, from, b->id);
		f->test_id = renamed(p, f->test_id, from, b->id);
		f->build_id = b->id;
		r = recorder_finding(&p->rec, f, err);
	}
	for (size_t i = 0; r == 0 && i < s->artifacts.len; i++) {
		struct store_artifact *a = &s->artifacts.data[i];

		if (!tests && a->platform && *a->platform)
			continue;
		a->test_id = renamed(p, a->test_id, from, b->id);
		a->build_id = b->id;
		r = recorder_artifact(&p->rec, a, err);
	}
	return r < 0 ? r : recorder_commit(&p->rec, err);
}

int stage_reuse(struct pipeline *p, const struct source *src, struct pipe_build *b, bool tests,
		struct err *err)
{
	AUTO_BUILD_WISH struct build_wish wish = { 0 };
	struct store_builds builds = { 0 };
	struct err why = { 0 };
	char key[65];
	int r = 0;

	build_wish(p, b, src, &wish);
	b->id = stage_build_id(p, b);
	if (build_key(src, &wish.spec, key, &why) < 0)
		return 0; /* the build itself will say it */
	struct store_filter filter = { .key = key, .status = "PASS" };

	r = store_builds(p->rec.store, p->a, &filter, &builds, err);
	for (size_t i = builds.len; r == 0 && i-- > 0;) {
		struct stored s = { .build = builds.data[i] };

		if (strcmp(s.build.id, b->id) == 0)
			continue;
		r = load(p, &s, err);
		if (r == 0 && (!tests || boots_match(p, b, &s))) {
			log_info("base: run %lld has its results: not built%s again",
				 (long long)s.build.run, tests ? " and booted" : "");
			b->status = STATUS_PASS;
			b->key = arena_strdup(p->a, key);
			r = copy_records(p, b, &s, tests, err);
			r = r < 0 ? r : 1;
		}
		stored_release(&s);
	}
	vec_release(&builds);
	return r;
}
