/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/pipeline.h"

#include <sys/random.h>

#include "base/log.h"
#include "job/boots.h"
#include "job/plan_fit.h"
#include "job/plan_list.h"
#include "job/stage.h"
#include "sys/file.h"

enum { UNTRACKED_NAMED = 3 }; /* names of untracked files in the warning */

/* What a run that is taken up again kept of the way it began. */
struct began {
	const char *plan, *tree, *base;
	const struct jnode *changed;
};

static int read_spec(struct pipeline *p, const struct store_run *run, struct began *ret,
		     struct err *err)
{
	struct jnode *spec;
	int r = jt_parse(p->a, "run", view_of(run->spec), &spec, err);

	if (r < 0)
		return err_context(err, "--resume");
	*ret = (struct began){ jt_get_str(spec, "plan"), jt_get_str(spec, "tree"),
			       jt_get_str(spec, "base"), jt_get(spec, "changed") };
	return 0;
}

static int load_plan(struct pipeline *p, const struct began *began, const char *name,
		     struct err *err)
{
	int r = began->plan ? plan_parse(p->a, name, view_of(began->plan), &p->plan, err) :
			      plan_load(p->a, p->share_dir, name, &p->plan, err);

	return r < 0 ? r : plan_override(p->a, p->opt, &p->plan, err);
}

static void source_misc(const struct source *s, struct str *out)
{
	struct jwriter w;

	misc_begin(&w, out);
	jw_kstr(&w, "source", s->name);
	jw_kstr(&w, "kind", s->how);
	jw_kstr_opt(&w, "content", s->content);
	jw_kstr_opt(&w, "version", s->version);
	if (s->kind == SOURCE_TREE)
		jw_kbool(&w, "dirty", s->git.dirty);
	if (s->git.untracked.len)
		jw_kstrv(&w, "untracked", &s->git.untracked);
	misc_end(&w);
}

static int put_checkout(struct pipeline *p, const struct source *s, bool resumed,
			const char **ret_id, struct err *err)
{
	AUTO_STR struct str misc = STR_INIT;
	AUTO_STR struct str name = STR_INIT;
	struct store_checkout c = { .start_ms = time_now_ms(), .tree_name = s->name };
	struct err none = { 0 };

	*ret_id = arena_printf(p->a, "%s:%s", p->rec.run.origin, s->content);
	/* A run that is taken up again knows the tree by its id only: commit and branch are stored. */
	if (resumed && store_checkout_get(p->rec.store, p->a, *ret_id, &c, &none) == 0)
		return recorder_checkout(&p->rec, &c, err);
	source_misc(s, &misc);
	c.id = *ret_id;
	c.git_commit_hash = s->git.commit;
	c.git_repository_branch = s->git.branch;
	str_adds(&name, s->git.describe ? s->git.describe : s->version ? s->version : s->content);
	if (s->git.describe && s->git.dirty)
		str_adds(&name, "-dirty");
	c.git_commit_name = str_c(&name);
	c.misc = str_c(&misc);
	return recorder_checkout(&p->rec, &c, err);
}

static int open_source(struct pipeline *p, const struct pipeline_request *req, const char *rev,
		       bool resume, struct source *ret, struct err *err)
{
	struct source_spec spec = {
		.text = req->source,
		.rev = rev,
		.resume = resume,
		.modules = p->opt->modules,
		.untracked = p->opt->untracked,
		.waiting = stage_waiting,
	};

	return source_open(&spec, ret, err);
}

/* Which commit is the base, and what differs from it; before anything is built. */
static int look_at_base(struct pipeline *p, const struct began *began, struct err *err)
{
	const struct source *src = &p->source;
	AUTO_FREE char *commit = NULL;
	AUTO_STRV struct strv changed = { 0 };
	int r;

	p->base_commit = began->base;
	for (const struct jnode *j = began->changed ? began->changed->child : NULL; j; j = j->next)
		strv_add(&p->changed, j->text);
	if (began->plan || src->kind != SOURCE_TREE)
		return 0;
	if (!p->opt->base) {
		strv_add_all(&p->changed, &src->changed);
		return 0;
	}
	if (strcmp(src->how, "git-url") == 0) {
		p->base_commit = p->opt->base; /* resolved when it is fetched */
		return git_ref_check(p->opt->base, err);
	}
	if (strcmp(src->how, "git") != 0)
		return err_set(err, ERR_USAGE, "--base %s: %s is no git tree, it has no revisions",
			       p->opt->base, src->name);
	r = git_resolve(src->origin_dir, src->work, p->opt->base, &commit, err);
	if (r == 0)
		r = git_changed(src->origin_dir, src->work, commit, src->content, &changed, err);
	if (r == 0)
		source_own_files(src, &changed, &p->changed);
	p->base_commit = arena_strdup(p->a, commit);
	return r < 0 ? err_context(err, "--base") : 0;
}

/* What --resume needs: the arguments, the plan as it was, the tree under test, its base and what differs. */
static void run_spec_json(const struct pipeline *p, const struct pipeline_request *req,
			  struct str *out)
{
	struct jwriter w;

	jw_init(&w, out, 0);
	jw_obj(&w);
	jw_kstr(&w, "command", req->name);
	jw_kstrv(&w, "argv", req->argv);
	jw_kstr(&w, "plan", p->plan.text);
	if (p->source.work)
		jw_kstr(&w, "tree", p->source.content);
	jw_kstr_opt(&w, "base", p->base_commit);
	jw_kstrv(&w, "changed", &p->changed);
	jw_obj_end(&w);
}

/* With the run go the order of its plan, where its records may have another, and changed files that no build compiled. */
static const char *run_misc(struct pipeline *p)
{
	bool many = p->plan.builds.len > 1 || p->plan.platforms.len > 1;
	AUTO_STR struct str text = STR_INIT;
	AUTO_STRV struct strv builds = { 0 }, platforms = { 0 };
	struct jwriter w;

	if (!many && !p->not_compiled.len)
		return NULL;
	vec_foreach(b, &p->plan.builds)
		strv_add(&builds, b->name);
	vec_foreach(f, &p->plan.platforms)
		strv_add(&platforms, f->name);
	misc_begin(&w, &text);
	if (many) {
		jw_kstrv(&w, "builds", &builds);
		jw_kstrv(&w, "platforms", &platforms);
	}
	if (p->not_compiled.len) {
		jw_key(&w, "not_compiled");
		jw_arr(&w);
		vec_foreach(n, &p->not_compiled) {
			jw_obj(&w);
			jw_kstr(&w, "file", n->file);
			jw_kstr_opt(&w, "symbol", n->symbol);
			jw_obj_end(&w);
		}
		jw_arr_end(&w);
	}
	misc_end(&w);
	return arena_strdup(p->a, str_c(&text));
}

static int begin_run(struct pipeline *p, const struct pipeline_request *req, struct err *err)
{
	struct store_run run = {
		.origin = p->opt->origin ? p->opt->origin : "kassay",
		.command = req->command,
		.source = req->source && *req->source ? req->source : ".",
		.plan = p->plan.name,
		.start_ms = time_now_ms(),
		.state = RUN_RUNNING,
		.exit_status = -1,
	};
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	AUTO_STR struct str spec = STR_INIT;

	run_spec_json(p, req, &spec);
	run.spec = str_c(&spec);
	run.directory = cwd;
	run.misc = run_misc(p);
	if (req->resume)
		return recorder_resume(&p->rec, req->resume, err);
	return recorder_begin(&p->rec, &run, err);
}

static const char *random_hex(struct arena *a)
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		bits = (uint64_t)time_now_ms() << 16 ^ (uint64_t)getpid();
	return arena_printf(a, "%016llx", (unsigned long long)bits);
}

static int run_images(struct pipeline *p, const struct pipeline_request *req, struct err *err)
{
	struct pipe_build *b = vec_add(&p->builds);
	int r;

	b->plan = &p->plan.builds.data[0];
	r = stage_import(p, b, err);
	if (r == 0 && p->tests.dir)
		r = stage_tests(p, b, err);
	return r < 0 || !(req->stages & STAGE_TEST) ? r : boots_add(p, &p->source, b, err);
}

static int run_base(struct pipeline *p, const struct pipeline_request *req, struct err *err)
{
	int r = open_source(p, req, p->base_commit, false, &p->base_source, err);

	if (r < 0)
		return err_context(err, "--base");
	r = put_checkout(p, &p->base_source, false, &p->base_checkout, err);
	if (r == 0)
		r = stage_side(p, &p->base_source, req->stages, true, err);
	return r;
}

/* Files that may be meant to be tested and are not: forgotten with git add. */
static void tell_untracked(const struct pipeline *p)
{
	const struct strv *files = &p->source.git.untracked;
	AUTO_STR struct str names = STR_INIT;

	if (!files->len || p->opt->untracked)
		return;
	for (size_t i = 0; i < files->len && i < UNTRACKED_NAMED; i++)
		str_addf(&names, "%s%s", i ? ", " : "", files->data[i]);
	log_warn("not tested (--untracked takes them in): %zu untracked file%s, %s%s", files->len,
		 files->len == 1 ? "" : "s", str_c(&names),
		 files->len > UNTRACKED_NAMED ? ", ..." : "");
}

static int run_all(struct pipeline *p, const struct pipeline_request *req, struct err *err)
{
	int r = put_checkout(p, &p->source, req->resume, &p->checkout, err);

	if (r < 0)
		return r;
	tell_untracked(p);
	r = p->source.kind == SOURCE_IMAGE ? run_images(p, req, err) :
					     stage_side(p, &p->source, req->stages, false, err);
	p->rec.run.misc = run_misc(p);
	if (r == 0 && p->opt->base && boots_stopped(p))
		log_info("the base was %s", boots_stopped(p));
	else if (r == 0 && p->opt->base)
		r = run_base(p, req, err);
	if (r == 0)
		r = boots_run(p, true, err);
	else
		boots_cut(p);
	return r;
}

/* The tests of an image come from a tree: the one named, or that of its package. */
static int open_tests(struct pipeline *p, struct err *err)
{
	struct source_spec spec = { .text = p->opt->tree, .waiting = stage_waiting };
	int r;

	if (p->source.kind != SOURCE_IMAGE || !suites_have(&p->plan.suites, SUITE_KSELFTEST))
		return 0;
	if (!p->opt->tree) {
		r = source_open_matching(&p->source, &spec, &p->tests, err);
		return r < 0 ? err_context(err, "kselftests") : 0;
	}
	r = source_open(&spec, &p->tests, err);
	if (r == 0 && p->tests.kind != SOURCE_TREE)
		r = err_set(err, ERR_USAGE, "%s is no kernel tree", p->tests.name);
	return r < 0 ? err_context(err, "--tree") : 0;
}

/* All that can be wrong without a look at the source. */
static int check_request(struct pipeline *p, const struct pipeline_request *req,
			 struct began *began, struct err *err)
{
	int r = req->opt->bad_if ? bad_if_check(req->opt->bad_if, err) : 0;

	if (r == 0)
		r = dirs_share(&p->share_dir, err);
	if (r == 0)
		r = expects_load(p->a, p->share_dir, &p->shipped, err);
	if (r == 0 && req->resume)
		r = read_spec(p, req->resume, began, err);
	if (r == 0 && p->opt->plan)
		return load_plan(p, began, p->opt->plan, err);
	for (size_t i = 0; r == 0 && i < p->opt->suites.len; i++) {
		struct suite ignored;

		r = suite_parse(p->a, p->opt->suites.data[i], &ignored, err);
	}
	return r;
}

/* The plan that nobody named. */
static const char *default_plan(const struct pipeline *p)
{
	return p->source.kind == SOURCE_IMAGE ? "distro" :
	       p->opt->default_plan	      ? p->opt->default_plan :
						"quick";
}

static void trim_cache(const struct pipeline *p)
{
	struct err err = { 0 };
	uint64_t freed;
	size_t busy;

	if (p->opt->cache_limit && cache_trim(p->opt->cache_limit, &freed, &busy, &err) < 0)
		log_warn("cache-limit: %s", err.msg);
}

/* Everything before the run begins: source, store, plan. */
static int prepare(struct pipeline *p, const struct pipeline_request *req, struct began *began,
		   struct err *err)
{
	int r;

	*p = (struct pipeline){ .opt = req->opt, .a = arena_new(), .boots = boots_new() };
	p->source.lock.lock_fd = p->base_source.lock.lock_fd = p->tests.lock.lock_fd = -1;
	p->uid = random_hex(p->a);
	r = check_request(p, req, began, err);
	if (r == 0)
		r = recorder_open(p->opt->store, true, &p->rec, err);
	if (r == 0 && p->opt->events)
		p->rec.events = stdout;
	if (r == 0)
		r = open_source(p, req, began->tree, began->tree, &p->source, err);
	if (r == 0 && !p->opt->plan)
		r = load_plan(p, began, default_plan(p), err);
	if (r == 0)
		r = plan_fit(p->a, &p->plan, p->opt, &p->source, p->share_dir, req->name,
			     req->stages, err);
	if (r == 0)
		p->host_only = (req->stages & STAGE_TEST) && !suites_boot(&p->plan.suites);
	return r < 0 ? r : open_tests(p, err);
}

int pipeline_list(const struct pipeline_request *req, struct str *out, struct err *err)
{
	struct pipeline p;
	struct began began = { 0 };
	int r = prepare(&p, req, &began, err);

	if (r == 0)
		r = plan_list(&p, req->stages, req->opt->json, out, err);
	pipeline_release(&p);
	return r;
}

int pipeline_run(const struct pipeline_request *req, struct pipeline *ret, struct err *err)
{
	struct pipeline *p = ret;
	struct began began = { 0 };
	struct err later = { 0 };
	int r = prepare(p, req, &began, err);

	if (r == 0)
		r = look_at_base(p, &began, err);
	if (r == 0)
		r = begin_run(p, req, err);
	if (r < 0)
		return r;
	r = run_all(p, req, err);
	if (r == 0)
		r = recorder_end(&p->rec, RUN_DONE, pipeline_exit_status(p), err);
	else if (err->code == ERR_USAGE || err->code == ERR_PARSE || err->code == ERR_NOT_FOUND)
		/* It would end in the same way again: nothing for --resume. */
		recorder_end(&p->rec, RUN_DONE, OUTCOME_UNKNOWN, &later);
	else
		recorder_end(&p->rec, RUN_INTERRUPTED, -1, &later);
	if (r == 0)
		trim_cache(p);
	return r;
}

void pipeline_release(struct pipeline *p)
{
	vec_foreach(b, &p->builds)
		build_result_release(&b->result);
	vec_foreach(b, &p->base_builds)
		build_result_release(&b->result);
	vec_release(&p->builds);
	vec_release(&p->base_builds);
	vec_release(&p->not_compiled);
	strv_release(&p->changed);
	boots_free(p->boots);
	source_release(&p->source);
	source_release(&p->base_source);
	source_release(&p->tests);
	plan_release(&p->plan);
	vec_release(&p->shipped);
	if (p->rec.store)
		recorder_release(&p->rec);
	free(p->share_dir);
	arena_free(p->a);
}
