/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kassay run, build, test: the pipeline and its options. "boot" is in cmd_boot.c. */
#include "cli/run_options.h"

#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "sys/file.h"
#include "interop/junit.h"
#include "job/pipeline.h"
#include "job/summary.h"
#include "sys/loop.h"

static const struct opt run_options[] = { RUN_SOURCE_OPTIONS,
					  RUN_TREE_OPTION,
					  RUN_BASE_OPTIONS,
					  RUN_PLAN_OPTIONS,
					  RUN_BUILD_OPTIONS,
					  RUN_MACHINE_OPTIONS,
					  RUN_VERDICT_OPTIONS,
					  RUN_OUTPUT_OPTIONS,
					  RUN_RESUME_OPTIONS,
					  CLI_COMMON_OPTIONS(run_cli, common),
					  { 0 } };
const struct opt_command face_run = {
	.name = "run",
	.args = "[SOURCE]",
	.summary = "build a kernel, boot it, run its tests, say what happened",
	.opts = run_options,
	.max_args = 1,
	.examples = "  kassay run                        the tree you are in, plan quick\n"
		    "  kassay run --base HEAD            only what the change did\n"
		    "  kassay run deb:linux-image-amd64 --suite boot\n"
		    "  kassay run --suite kselftest:timers --suite 'kunit:list*'\n"
		    "  git bisect run kassay run --bad-if boot",
};

static const struct opt build_options[] = { RUN_SOURCE_OPTIONS,
					    RUN_BASE_OPTIONS,
					    RUN_PLAN_OPTIONS,
					    RUN_BUILD_OPTIONS,
					    RUN_VERDICT_OPTIONS,
					    RUN_OUTPUT_OPTIONS,
					    CLI_COMMON_OPTIONS(run_cli, common),
					    { 0 } };
const struct opt_command face_build = {
	.name = "build",
	.args = "[SOURCE]",
	.summary = "only build: configuration, errors, warnings",
	.opts = build_options,
	.max_args = 1,
	.examples = "  kassay build --preset guest --fragment kasan\n"
		    "  kassay build --make LLVM=1 --base HEAD~1",
};

static const struct opt test_options[] = { RUN_IMAGE_OPTIONS,
					   RUN_TREE_OPTION,
					   RUN_PLAN_OPTIONS,
					   RUN_MACHINE_OPTIONS,
					   RUN_VERDICT_OPTIONS,
					   RUN_OUTPUT_OPTIONS,
					   CLI_COMMON_OPTIONS(run_cli, common),
					   { 0 } };
const struct opt_command face_test = {
	.name = "test",
	.args = "IMAGE",
	.summary = "run suites on an image that is built already",
	.opts = test_options,
	.min_args = 1,
	.max_args = 1,
	.examples = "  kassay test arch/x86/boot/bzImage --suite boot --suite cmd:uname='uname -r'",
};

void run_cli_init(struct run_cli *c)
{
	*c = (struct run_cli){ .o = { .preset = -1, .accel = -1, .fail_on = -1 } };
}

/* The commands whose runs are stored, and can be taken up again. */
static const struct stage_command {
	const struct opt_command *face;
	unsigned stages;
} stage_commands[] = {
	{ &face_run, STAGE_BUILD | STAGE_TEST },
	{ &face_build, STAGE_BUILD },
	{ &face_test, STAGE_TEST },
	{ &face_boot, STAGE_TEST },
};

static const struct stage_command *stage_command(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(stage_commands); i++)
		if (strcmp(stage_commands[i].face->name, name) == 0)
			return &stage_commands[i];
	return NULL;
}

/* A run that was cut off: its command, options and place come from the store. */
struct resume {
	struct arena *a;
	struct store_run run;
	const struct stage_command *command;
	struct strv argv;
	const char *url; /* of the store */
};

/* The run that was named, or the newest that was cut off. */
static int find_run(struct store *s, struct arena *a, const char *name, struct store_run *ret,
		    struct err *err)
{
	int64_t id = 0;
	int r = name ? run_number(name, &id, err) : 0;

	if (r < 0 || !id)
		return r < 0 ? r : store_run_unfinished(s, a, ret, err);
	r = store_run_get(s, a, id, ret, err);
	if (r == 0 && ret->state == RUN_DONE)
		r = err_set(err, ERR_USAGE, "run %lld is done", (long long)id);
	if (r == 0 && ret->state == RUN_RUNNING && store_run_alive(ret))
		r = err_set(err, ERR_USAGE, "run %lld is running", (long long)id);
	return r;
}

static int resume_load(const char *url, const char *name, struct resume *r, struct err *err)
{
	struct recorder rec = { 0 };
	struct jnode *spec = NULL;
	const struct jnode *argv;
	int rc = recorder_open(url, false, &rec, err);

	if (rc < 0)
		return rc;
	rc = find_run(rec.store, r->a, name, &r->run, err);
	r->url = arena_strdup(r->a, store_url(rec.store));
	if (rc == 0)
		rc = jt_parse(r->a, "run", view_of(r->run.spec), &spec, err);
	recorder_release(&rec);
	if (rc < 0)
		return err_context(err, "--resume");
	r->command = stage_command(jt_get_str(spec, "command"));
	if (!r->command)
		return err_set(err, ERR_PARSE, "--resume: run %lld does not say how it began",
			       (long long)r->run.id);
	argv = jt_get(spec, "argv");
	for (const struct jnode *j = argv ? argv->child : NULL; j; j = j->next)
		strv_add(&r->argv, j->text);
	if (chdir(r->run.directory) < 0)
		return err_sys(err, "--resume: %s", r->run.directory);
	log_info("going on with run %lld: %s", (long long)r->run.id,
		 r->run.command ? r->run.command : "");
	return 0;
}

static void command_text(int argc, const char *const *argv, struct str *out)
{
	str_adds(out, "kassay");
	for (int i = 0; i < argc; i++) {
		str_addc(out, ' ');
		str_add_shell_word(out, argv[i]);
	}
}

static int print_result(const struct run_cli *c, const struct pipeline *p, struct err *err)
{
	AUTO_STR struct str text = STR_INIT;

	if (c->o.events)
		return 0;
	if (c->o.json)
		recorder_json(&p->rec, &text);
	else
		summary_text(&p->rec, log_colour(1), c->common.verbose, &text);
	return print_out(str_view(&text), err);
}

/* Tests of the base are there to compare with. */
static int write_junit(const char *path, const struct recorder *rec, struct err *err)
{
	struct store_tests ours = { 0 };
	AUTO_MAP struct map *base = map_new();
	int r;

	vec_foreach(b, &rec->builds)
		if (build_is_base(b))
			map_set(base, b->id, NULL);
	vec_foreach(t, &rec->tests)
		if (!map_has(base, t->build_id))
			*vec_add(&ours) = *t;
	r = junit_write(path, &ours, err);
	vec_release(&ours);
	return r;
}

/* Run the pipeline, print what it found, and answer with the exit status. */
static int run_and_print(struct run_cli *c, const struct pipeline_request *req)
{
	struct pipeline p;
	struct err err = { 0 }, later = { 0 };
	int status, r = pipeline_run(req, &p, &err);

	if (c->o.junit && p.rec.run.id && write_junit(c->o.junit, &p.rec, &later) < 0 && r == 0) {
		err = later;
		r = -1;
	}
	if ((r == 0 || p.rec.builds.len) && print_result(c, &p, &later) < 0) {
		if (r == 0)
			err = later;
		r = -1;
	}
	status = r == 0 ? p.rec.run.exit_status : 0;
	if (r < 0) {
		status = fail(&err);
		if (err.code == ERR_CANCELLED && p.rec.run.id)
			log_info(
				"what is known is stored as run %lld; kassay run --resume %lld goes on from here",
				(long long)p.rec.run.id, (long long)p.rec.run.id);
	}
	pipeline_release(&p);
	return status;
}

static int list_and_print(const struct pipeline_request *req)
{
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };
	int r = pipeline_list(req, &text, &err);

	if (r == 0)
		r = print_out(str_view(&text), &err);
	return r < 0 ? fail(&err) : EXIT_GOOD;
}

/* What it is to test was said then; NULL: only how to show it was said now. */
static const char *said_anew(const struct strv *set)
{
	static const char *const may[] = { "resume", "store", "json",	"events",
					   "junit",  "quiet", "verbose" };

	vec_foreach(name, set) {
		bool ok = false;

		for (size_t i = 0; i < ARRAY_SIZE(may); i++)
			ok |= strcmp(*name, may[i]) == 0;
		if (!ok)
			return *name;
	}
	return NULL;
}

/* Options, place and store of the run that is taken up again, in the place of what was typed, but for the output. */
static int take_up(struct run_cli *c, struct resume *resume, struct strv *args,
		   const struct strv *typed, struct err *err)
{
	AUTO_STRV struct strv set = { 0 };
	AUTO_FREE char *junit = c->o.junit ? path_absolute(c->o.junit) : NULL;
	bool json = c->o.json, events = c->o.events;
	struct cli_common common = c->common;
	int r;

	if (said_anew(typed)) {
		log_error("--resume goes on with what was asked for then: no --%s",
			  said_anew(typed));
		return -EXIT_USAGE;
	}
	r = resume_load(c->o.store, args->len ? args->data[0] : NULL, resume, err);
	if (r < 0)
		return -fail(err);
	run_cli_release(&face_run, c);
	strv_release(args);
	run_cli_init(c);
	r = run_cli_parse(resume->command->face, (int)resume->argv.len,
			  (const char *const *)strv_argv(&resume->argv), c, args, &set);
	free(c->o.store);
	c->o.store = mem_strdup(resume->url);
	if (junit) {
		free(c->o.junit);
		c->o.junit = TAKE(junit);
	}
	if (json || events) {
		c->o.json = json;
		c->o.events = events;
	}
	c->common.quiet |= common.quiet;
	c->common.verbose |= common.verbose;
	return r;
}

int run_stages(struct run_cli *c, const char *name, int argc, const char *const *argv,
	       const struct strv *args, const struct store_run *resume)
{
	AUTO_STRV struct strv kept = { 0 };
	AUTO_STR struct str command = STR_INIT;
	struct pipeline_request req = {
		.opt = &c->o,
		.name = name,
		.stages = stage_command(name)->stages,
		.argv = &kept,
		.source = args->len ? args->data[0] : ".",
		.resume = resume,
	};

	interrupt_install();
	for (int i = 0; i < argc; i++)
		strv_add(&kept, argv[i]);
	command_text(argc, argv, &command);
	req.command = str_c(&command);
	return c->o.list ? list_and_print(&req) : run_and_print(c, &req);
}

static int run_command(const struct opt_command *face, int argc, const char *const *argv)
{
	struct run_cli c;
	AUTO_STRV struct strv args = { 0 }, set = { 0 };
	AUTO_ARENA struct arena *a = arena_new();
	struct resume resume = { .a = a };
	struct err err = { 0 };
	int r;

	run_cli_init(&c);
	r = run_cli_parse(face, argc, argv, &c, &args, &set);
	if (r == 0 && c.o.resume) {
		r = take_up(&c, &resume, &args, &set, &err);
		if (r == 0)
			r = run_stages(&c, resume.command->face->name, (int)resume.argv.len,
				       (const char *const *)strv_argv(&resume.argv), &args,
				       &resume.run);
		else
			r = r > 0 ? EXIT_GOOD : -r;
	} else {
		r = r == 0 ? run_stages(&c, face->name, argc, argv, &args, NULL) :
		    r > 0  ? EXIT_GOOD :
			     -r;
	}
	run_cli_release(resume.command ? resume.command->face : face, &c);
	strv_release(&resume.argv);
	return r;
}

int cmd_run(int argc, const char *const *argv)
{
	return run_command(&face_run, argc, argv);
}

int cmd_build(int argc, const char *const *argv)
{
	return run_command(&face_build, argc, argv);
}

int cmd_test(int argc, const char *const *argv)
{
	return run_command(&face_test, argc, argv);
}
