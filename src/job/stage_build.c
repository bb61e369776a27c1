/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/stat.h>

#include "base/log.h"
#include "base/progress.h"
#include "job/boots.h"
#include "job/stage.h"
#include "job/summary.h"
#include "sys/file.h"

enum { EXCERPT_FINDINGS = 3 };

void stage_waiting(const char *what, void *data)
{
	(void)data;
	log_info("%s", what);
}

void stage_busy(const char *dir, void *data)
{
	(void)data;
	log_info("waiting for another run that uses %s", dir);
}

static void on_progress(void *data, const char *phase, size_t done, size_t expected,
			const char *what)
{
	AUTO_STR struct str detail = STR_INIT;

	str_adds(&detail, what ? what : phase);
	progress_update(data, done, expected, str_c(&detail));
}

/*
 * A base is older, and so are the commits of a bisection: what they have not is missed. Elsewhere it is a mistake in
 * what was typed.
 */
static bool may_lack(const struct pipeline *p, const struct pipe_build *b)
{
	return b->base || p->opt->bad_if;
}

static bool lacks(const struct pipeline *p, const struct pipe_build *b, const struct source *src,
		  const struct suite *s)
{
	return s->kind != SUITE_KSELFTEST ||
	       (may_lack(p, b) && !kselftest_has(src->dir, s->collection));
}

/* The plan's kselftest suites as build.h wants them. */
static void kselftest_wants(const struct pipeline *p, const struct pipe_build *b,
			    const struct source *src, struct strv *ret)
{
	vec_foreach(s, &p->plan.suites) {
		if (lacks(p, b, src, s))
			continue;
		for (size_t i = 0; s->tests && s->tests[i]; i++)
			strv_addf(ret, "%s:%s", s->collection, s->tests[i]);
		if (!s->tests)
			strv_add(ret, s->collection);
	}
}

static void collections(const struct pipeline *p, const struct pipe_build *b,
			const struct source *src, struct strv *ret)
{
	vec_foreach(s, &p->plan.suites)
		if (!lacks(p, b, src, s) && !strv_has(ret, s->collection))
			strv_add(ret, s->collection);
}

static int put_findings(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->result.findings.len; i++) {
		const struct finding *f = &b->result.findings.data[i].f;
		/* Named by its place, so that a resumed run replaces it. */
		AUTO_FREE char *id = mem_printf("%s:b%zu", b->id, i);
		struct store_finding s = {
			.id = id,
			.build_id = b->id,
			.kind = finding_kind_name(f->kind),
			.severity = severity_name(f->severity),
			.title = f->title,
			.signature = f->signature,
			.type = f->type,
			.function = f->function,
			.file = f->file,
			.message = f->message,
			.object = f->object,
			.symbol = f->symbol,
			.excerpt = f->excerpt,
			.line_in_file = f->line_in_file,
			.column = f->column,
			.line = (int64_t)f->line,
			.misc = b->result.findings.data[i].old ?
					"{\"kassay\":{\"from_earlier_build\":true}}" :
					NULL,
		};

		r = recorder_finding(&p->rec, &s, err);
	}
	return r;
}

static int put_artifacts(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->result.artifacts.len; i++) {
		const struct build_artifact *f = &b->result.artifacts.data[i];
		struct store_artifact s = { .build_id = b->id, .role = f->role };

		if (strcmp(f->role, "vmlinux") == 0 && !p->opt->keep_vmlinux)
			continue;
		r = recorder_file(&p->rec, &s, f->path, err);
	}
	return r;
}

/* The size of the image, as a measurement beside the build. */
static int put_size(struct pipeline *p, const struct pipe_build *b, struct err *err)
{
	struct stat st;
	struct store_test t = { .build_id = b->id,
				.path = "size.image",
				.status = "DONE",
				.has_number = true,
				.unit = "B" };

	if (!b->image || stat(b->image, &st) < 0)
		return 0;
	t.number = (double)st.st_size;
	return recorder_test(&p->rec, &t, err);
}

static char *build_misc(const struct pipe_build *b)
{
	AUTO_STR struct str text = STR_INIT;
	struct jwriter w;

	misc_begin(&w, &text);
	jw_kbool(&w, "base", b->base);
	jw_kbool(&w, "imported", b->imported);
	jw_kint(&w, "compiled", (int64_t)b->result.compiled);
	jw_kstr_opt(&w, "release", b->result.release);
	jw_kstr_opt(&w, "config_sha256", b->result.config_sha256);
	misc_end(&w);
	return str_take(&text);
}

static void excerpt(const struct pipe_build *b, struct str *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < b->result.findings.len && shown < EXCERPT_FINDINGS; i++) {
		const struct finding *f = &b->result.findings.data[i].f;

		if (f->severity != SEVERITY_ERROR)
			continue;
		if (f->file)
			str_addf(out, "%s:%u:%u: ", f->file, f->line_in_file, f->column);
		str_addf(out, "%s\n", f->message ? f->message : f->title);
		shown++;
	}
}

const char *stage_build_id(struct pipeline *p, const struct pipe_build *b)
{
	vec_foreach(old, &p->rec.builds)
		if (old->name && strcmp(old->name, b->plan->name) == 0 &&
		    build_is_base(old) == b->base &&
		    strcmp(old->checkout_id, b->base ? p->base_checkout : p->checkout) == 0)
			return old->id;
	return arena_printf(p->a, "%s:%s-%s%s", p->rec.run.origin, p->uid, b->base ? "base-" : "",
			    b->plan->name);
}

static int put_build(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	AUTO_FREE char *misc = build_misc(b);
	AUTO_STR struct str text = STR_INIT;
	struct store_build s = {
		.id = b->id,
		.checkout_id = b->base ? p->base_checkout : p->checkout,
		.name = b->plan->name,
		.architecture = b->plan->arch->name,
		.command = b->result.command,
		.compiler = b->result.compiler,
		.config_name = b->imported || p->host_only ? NULL :
							     config_preset_names[b->plan->preset],
		.status = b->imported || p->host_only ? NULL : status_name(b->status),
		.start_ms = b->start_ms,
		.duration = b->result.duration,
		.key = b->key,
		.image_sha256 = b->image_sha256,
		.build_id = b->build_id,
		.misc = misc,
		.comment = b->imported	? "built elsewhere" :
			   p->host_only ? "no kernel is needed" :
					  b->problem,
	};

	excerpt(b, &text);
	if (text.len)
		s.log_excerpt = str_c(&text);
	return recorder_build(&p->rec, &s, err);
}

static void end_line(const struct pipe_build *b, struct str *out)
{
	str_addf(out, "%s in ", b->status == STATUS_PASS ? "built" : "did not build,");
	str_add_duration(out, b->result.duration);
	str_addf(out, ", %zu compiled", b->result.compiled);
}

void build_wish(const struct pipeline *p, const struct pipe_build *b, const struct source *src,
		struct build_wish *ret)
{
	const struct plan_build *plan = b->plan;

	*ret = (struct build_wish){ 0 };
	kselftest_wants(p, b, src, &ret->selftests);
	collections(p, b, src, &ret->collections);
	ret->spec = (struct build_spec){
		.name = plan->name,
		.arch = plan->arch,
		.toolchain = plan->toolchain,
		.make_vars = plan->make,
		.jobs = p->opt->jobs,
		.modules = plan->modules,
		.share_dir = p->share_dir,
		.loop = boots_loop(p->boots),
		.kselftests = ret->selftests,
		.may_lack = may_lack(p, b),
		.config = { .arch = plan->arch,
			    .preset = (enum config_preset)plan->preset,
			    .file = plan->config_file,
			    .fragments = plan->fragments,
			    .inline_symbols = plan->config,
			    .kselftests = ret->collections },
	};
}

void build_wish_release(struct build_wish *w)
{
	strv_release(&w->selftests);
	strv_release(&w->collections);
}

char *build_expect_key(const struct source *src, const struct plan_build *b, bool base)
{
	return mem_printf("build:%s:%s:%s:%s", src->key, b->arch->name, b->name,
			  base ? "base" : "");
}

/* What this machine has not for one build is no reason to leave the others out. */
static int others_go_on(const struct pipeline *p, struct pipe_build *b, int r,
			const struct err *err)
{
	if (r != -ERR_NO_TOOL || p->plan.builds.len == 1)
		return r;
	log_error("%s", err->msg);
	b->status = STATUS_ERROR;
	b->problem = arena_strdup(p->a, err->msg);
	return 0;
}

int stage_build(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err)
{
	const struct plan_build *plan = b->plan;
	AUTO_FREE char *stage = mem_printf("build %s%s", plan->name, b->base ? " (base)" : "");
	AUTO_STR struct str line = STR_INIT;
	AUTO_BUILD_WISH struct build_wish wish = { 0 };
	AUTO_FREE char *expect_key = build_expect_key(src, plan, b->base);
	double expected = 0;
	struct progress *progress;
	int r;

	if (p->host_only) {
		b->id = stage_build_id(p, b);
		b->start_ms = time_now_ms();
		b->status = STATUS_PASS;
		return 0;
	}
	build_wish(p, b, src, &wish);
	wish.spec.progress = on_progress;
	wish.spec.waiting = stage_busy;
	r = store_expect_get(p->rec.store, expect_key, &expected, err);
	if (r < 0)
		return r;
	b->id = stage_build_id(p, b);
	b->start_ms = time_now_ms();
	progress = progress_new(stage, expected);
	wish.spec.data = progress;
	r = build_run(src, &wish.spec, &b->result, err);
	if (r < 0) {
		progress_end(progress, NULL);
		return others_go_on(p, b, err_context(err, "build %s", plan->name), err);
	}
	b->status = b->result.status;
	b->image = b->result.image;
	b->build_id = b->result.build_id;
	b->image_sha256 = b->result.image_sha256;
	b->key = b->result.key;
	end_line(b, &line);
	progress_end(progress, str_c(&line));
	return store_expect_put(p->rec.store, expect_key, b->result.duration, err);
}

int stage_build_put(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	int r = put_build(p, b, err);

	if (r == 0)
		r = put_findings(p, b, err);
	if (r == 0)
		r = put_artifacts(p, b, err);
	if (r == 0)
		r = put_size(p, b, err);
	return r < 0 ? r : recorder_commit(&p->rec, err);
}

int stage_tests(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	AUTO_BUILD_WISH struct build_wish wish = { 0 };
	AUTO_FREE char *stage = mem_printf("tests of %s", p->tests.name);
	AUTO_STR struct str line = STR_INIT;
	struct progress *progress = progress_new(stage, 0);

	build_wish(p, b, &p->tests, &wish);
	wish.spec.name = "tests";
	wish.spec.tests_only = true;
	wish.spec.progress = on_progress;
	wish.spec.waiting = stage_busy;
	wish.spec.data = progress;
	wish.spec.config = (struct config_spec){ .arch = b->plan->arch };
	int r = build_run(&p->tests, &wish.spec, &b->result, err);
	str_addf(&line, "%zu programs in ", b->result.programs.len);
	str_add_duration(&line, b->result.duration);
	progress_end(progress, r == 0 ? str_c(&line) : NULL);
	if (r == 0 && b->result.status != STATUS_PASS)
		r = err_set(err, ERR_INTERNAL, "%s: its headers cannot be made", p->tests.name);
	return r < 0 ? err_context(err, "kselftests") : put_artifacts(p, b, err);
}

int stage_import(struct pipeline *p, struct pipe_build *b, struct err *err)
{
	struct store_artifact image = { .role = "image" };
	struct store_artifact config = { .role = "config" }, map = { .role = "system-map" };
	struct cas_ref ref;
	int r;

	b->id = stage_build_id(p, b);
	b->imported = true;
	b->start_ms = time_now_ms();
	b->status = STATUS_PASS;
	b->image = p->source.image;
	image.build_id = config.build_id = map.build_id = b->id;
	r = cas_put_file(p->rec.cas, b->image, &ref, err);
	if (r < 0)
		return r;
	b->image_sha256 = b->key = arena_strdup(p->a, ref.sha256);
	image.sha256 = b->image_sha256;
	image.size = (int64_t)ref.size;
	image.name = path_base(b->image);
	r = recorder_artifact(&p->rec, &image, err);
	if (r == 0 && p->source.config)
		r = recorder_file(&p->rec, &config, p->source.config, err);
	if (r == 0 && p->source.system_map)
		r = recorder_file(&p->rec, &map, p->source.system_map, err);
	if (r == 0)
		r = put_build(p, b, err);
	if (r == 0)
		r = put_size(p, b, err);
	return r < 0 ? r : recorder_commit(&p->rec, err);
}
