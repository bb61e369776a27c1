/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites tools:NAME: the tree's tests that are ordinary programs, run on this host and confined. */
#include "base/log.h"
#include "job/boot_internal.h"
#include "job/boots.h"
#include "kernel/tooltest.h"
#include "logs/ktap.h"
#include "sys/confine.h"
#include "sys/loop.h"

enum {
	KSFT_SKIP = 4,		    /* tools/testing/selftests/kselftest.h */
	SIGNAL_STATUS = 128,	    /* confine.h */
	TOOLS_CPUS = 8,		    /* as many may be busy for the whole time */
	TOOLS_OUTPUT_MAX = 1 << 20, /* bytes kept of what a program prints */
	TOOLS_RSS_MB = 4096, /* with AddressSanitizer, which goes beyond all limits of addresses */
};
static const double TOOLS_TIMEOUT = 1800; /* seconds */
static const uint64_t TOOLS_MEMORY = 8ULL << 30, TOOLS_FILE = 1ULL << 30;

/* Arguments with which a program tells its cases. */
static const struct {
	const char *name, *argument;
} arguments[] = { { "memblock", "-v" } };

/* One program while it runs. */
struct tool {
	struct boot x; /* only what boot_on_test() looks at */
	const struct suite *suite;
	const char *path;
	struct ktap *ktap;
	struct str output;
	size_t lines;
	bool has_subtests;
	struct progress *progress;
};

static void on_case(void *data, const struct test_rec *t)
{
	struct tool *tool = data;
	struct observed_test test = { .rec = *t,
				      .suite = tool->suite->text,
				      .reason = t->reason ? t->reason : t->directive };

	tool->has_subtests = true;
	boot_on_test(&tool->x, &test);
}

/* "ok 3 : memblock_add: simple_check: passed" is how memblock tells it. */
static struct view plain_result(struct view line, struct str *scratch)
{
	static const char *const verdicts[] = { ": passed", ": failed" };
	ssize_t colon = view_find(line, " : ");

	if (colon < 0 || !(view_starts(line, "ok ") || view_starts(line, "not ok ")))
		return line;
	str_clear(scratch);
	str_addv(scratch, view_sub(line, 0, (size_t)colon + 1));
	line = view_sub(line, (size_t)colon + 3, line.len);
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (view_ends(line, verdicts[i]))
			line.len -= strlen(verdicts[i]);
	str_addv(scratch, line);
	return str_view(scratch);
}

static void on_line(struct view line, bool from_stderr, void *data)
{
	struct tool *tool = data;
	AUTO_STR struct str scratch = STR_INIT;

	(void)from_stderr;
	if (tool->output.len + line.len < TOOLS_OUTPUT_MAX) {
		str_addv(&tool->output, line);
		str_addc(&tool->output, '\n');
	}
	ktap_line(tool->ktap, plain_result(line, &scratch), ++tool->lines);
}

static void on_tick(void *data)
{
	struct tool *tool = data;

	progress_update(tool->progress, 0, 0, ktap_current(tool->ktap));
	progress_tick(tool->progress);
}

static double limit_of(const struct pipeline *p, const struct suite *s)
{
	return s->timeout > 0		? s->timeout :
	       p->plan.test_timeout > 0 ? p->plan.test_timeout :
					  TOOLS_TIMEOUT;
}

/* How it ended, in KCIDB's words; as of a command in a machine. */
static void judge(struct tool *tool, const struct child_end *end, bool confined,
		  struct observed_test *t)
{
	struct pipeline *p = tool->x.p;
	const char *why;
	enum status printed = ktap_outcome(tool->ktap, &why);
	bool by_signal = end->signalled || (confined && end->code > SIGNAL_STATUS);

	t->rec.status = STATUS_FAIL;
	if (by_signal) {
		t->reason = arena_printf(p->a, "signal %d",
					 end->signalled ? end->code : end->code - SIGNAL_STATUS);
	} else if (end->code == KSFT_SKIP) {
		t->rec.status = STATUS_SKIP;
		t->reason = why;
	} else if (end->code) {
		t->reason = arena_printf(p->a, "exit %d", end->code);
	} else {
		t->rec.status = printed == STATUS_NONE ? STATUS_PASS : printed;
		t->reason = why				? why :
			    t->rec.status < STATUS_PASS ? "a subtest did not pass" :
							  NULL;
	}
}

/* What @r of its run means; negative: nothing was learned. */
static int ended(struct tool *tool, int r, const struct child_end *end, bool confined,
		 struct observed_test *t, struct err *err)
{
	struct pipeline *p = tool->x.p;

	if (r == 0) {
		judge(tool, end, confined, t);
	} else if (r == -ERR_TIMEOUT) {
		t->rec.status = STATUS_FAIL;
		t->reason = "timeout";
		r = 0;
	} else if (r == -ERR_CANCELLED) {
		r = boots_cancelled(p, r, err);
		t->rec.status = STATUS_MISS;
		t->reason = boots_stopped(p);
	}
	return r;
}

static int run_confined(struct tool *tool, const struct tooltest *built,
			const struct tooltest_prog *prog, bool spaces, struct child_end *end,
			struct err *err)
{
	double limit = limit_of(tool->x.p, tool->suite);
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	struct confine c = {
		.dir = built->run,
		.spaces = spaces,
		.cpu_seconds = (uint64_t)limit * TOOLS_CPUS + 1,
		.address_space = prog->sanitized ? 0 : TOOLS_MEMORY,
		.file_size = TOOLS_FILE,
	};
	int keep[] = { built->lock.lock_fd, -1 };

	strv_add(&argv, prog->path);
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		if (strcmp(arguments[i].name, tool->suite->name) == 0)
			strv_add(&argv, arguments[i].argument);
	strv_addf(&env, "TMPDIR=%s", built->run);
	strv_addf(&env, "HOME=%s", built->run);
	strv_addf(&env, "ASAN_OPTIONS=hard_rss_limit_mb=%d", TOOLS_RSS_MB);
	strv_add(&env, "LC_ALL=C");
	struct run_spec spec = {
		.loop = boots_loop(tool->x.p->boots),
		.argv = strv_argv(&argv),
		.cwd = built->run,
		.env_add = strv_argv(&env),
		.timeout = limit,
		.line = on_line,
		.tick = on_tick,
		.data = tool,
		.keep = keep,
		.confine = &c,
	};
	boots_building(tool->x.p, true);
	int r = run(&spec, end, err);
	boots_building(tool->x.p, false);
	return r;
}

static int run_program(struct tool *tool, const struct tooltest *built,
		       const struct tooltest_prog *prog, bool spaces, struct err *err)
{
	struct observed_test t = { .rec = { .path = tool->path, .name = prog->name },
				   .suite = tool->suite->text,
				   .limit = limit_of(tool->x.p, tool->suite),
				   .scale = 1 };
	struct log_sink sink = { .test = on_case, .data = tool };
	struct child_end end = { 0 };
	double start = time_mono();
	int r = tooltest_clean(built, err);

	if (r < 0)
		return r;
	tool->ktap = ktap_new(tool->path, &sink);
	tool->progress = progress_new(tool->path, 0);
	tool->x.start_ms = time_now_ms();
	r = run_confined(tool, built, prog, spaces, &end, err);
	t.rec.duration = time_mono() - start;
	if (r == -ERR_CANCELLED)
		ktap_end(tool->ktap, true, STATUS_MISS, "called off");
	else
		ktap_end(tool->ktap, r < 0 || end.signalled, STATUS_FAIL,
			 r < 0 ? "timeout" : "signal");
	r = ended(tool, r, &end, spaces, &t, err);
	t.rec.parent = tool->has_subtests;
	t.output = str_c(&tool->output);
	t.output_len = tool->output.len;
	progress_end(tool->progress, r < 0 ? NULL : status_name(t.rec.status));
	if (r == 0)
		boot_on_test(&tool->x, &t);
	ktap_free(tool->ktap);
	str_release(&tool->output);
	if (r == 0 && tool->x.r < 0) {
		*err = tool->x.err;
		r = tool->x.r;
	}
	return r;
}

static int put(struct pipeline *p, const struct pipe_build *b, const struct suite *s,
	       const char *path, const char *status, const char *reason, const char *excerpt,
	       struct err *err)
{
	return stage_put_test(p, b, PLATFORM_HOST, s, path, status, reason, excerpt, err);
}

/* "tools.memblock", when there is one program; else "tools.radix-tree.xarray". */
static char *program_path(const struct suite *s, const struct tooltest *built, size_t i)
{
	AUTO_STR struct str path = STR_INIT;

	str_addf(&path, "tools.%s", s->name);
	if (built->programs.len > 1) {
		str_addc(&path, '.');
		path_part_add(&path, view_of(built->programs.data[i].name));
	}
	return str_take(&path);
}

static int run_all(struct pipeline *p, struct pipe_build *b, const struct suite *s,
		   const struct tooltest *built, struct err *err)
{
	const struct plan_platform host = { .name = PLATFORM_HOST };
	const char *why;
	bool spaces = confine_possible(built->run, &why);
	int r = 0;

	if (!spaces)
		log_debug("%s: no name spaces here (%s): only limits hold its programs", s->text,
			  why);
	for (size_t i = 0; r == 0 && i < built->programs.len; i++) {
		const struct tooltest_prog *prog = &built->programs.data[i];
		AUTO_FREE char *path = program_path(s, built, i);
		struct tool tool = { .x = { .p = p, .b = b, .f = &host },
				     .suite = s,
				     .path = path };

		if (recorder_find_test(&p->rec, b->id, PLATFORM_HOST, path))
			continue; /* a resumed run */
		if (boots_stopped(p)) {
			r = put(p, b, s, path, "MISS", boots_stopped(p), NULL, err);
		} else if (prog->path) {
			r = run_program(&tool, built, prog, spaces, err);
			boots_check(p);
		} else {
			AUTO_FREE char *reason = mem_printf("does not compile: %s", prog->error);

			r = put(p, b, s, path, "ERROR", reason,
				prog->diagnostic ? prog->diagnostic : prog->error, err);
		}
		if (r == 0)
			r = recorder_commit(&p->rec, err);
	}
	return r;
}

static void while_making(void *data)
{
	progress_tick(data);
}

/* Guests run on meanwhile, and may end it. */
static int build_suite(struct pipeline *p, struct source *src, const struct tooltest_spec *spec,
		       struct tooltest *ret, struct err *err)
{
	boots_building(p, true);
	int r = boots_cancelled(p, tooltest_build(src, spec, ret, err), err);
	boots_building(p, false);
	return r;
}

static int run_suite(struct pipeline *p, struct source *src, struct pipe_build *b,
		     const struct suite *s, struct err *err)
{
	AUTO_FREE char *path = suite_path(s);
	AUTO_FREE char *stage =
		mem_printf("build tools/testing/%s%s", s->name, b->base ? " (base)" : "");
	struct tooltest built = { .lock.lock_fd = -1 };
	struct tooltest_spec spec = {
		.name = s->name,
		.toolchain = b->plan->arch == arch_host() ? b->plan->toolchain : NULL,
		.jobs = p->opt->jobs,
		.loop = boots_loop(p->boots),
		.waiting = stage_busy,
		.tick = while_making,
	};
	struct store_artifact log = { .build_id = b->id,
				      .platform = PLATFORM_HOST,
				      .role = "tools-log" };
	size_t broken = 0;
	int r;

	if (!tooltest_has(src->dir, s->name)) /* a base, or a commit of a bisection */
		return put(p, b, s, path, "MISS", "this kernel has no such tests", NULL, err);
	spec.data = progress_new(stage, 0);
	r = build_suite(p, src, &spec, &built, err);
	vec_foreach(prog, &built.programs)
		broken += !prog->path;
	AUTO_FREE char *end =
		broken ? mem_printf("%zu of %zu did not compile", broken, built.programs.len) :
			 mem_strdup("built");
	progress_end(spec.data, r < 0 || !built.programs.len ? NULL : end);
	if (r == 0 && !built.programs.len) /* --fail-fast ended make */
		return put(p, b, s, path, "MISS", boots_stopped(p), NULL, err);
	if (r == -ERR_NOT_FOUND)
		return put(p, b, s, path, "ERROR", err->msg, NULL, err);
	if (r == 0 && built.log) {
		log.name = arena_printf(p->a, "%s.log", s->name);
		r = recorder_file(&p->rec, &log, built.log, err);
	}
	if (r == 0)
		r = run_all(p, b, s, &built, err);
	tooltest_release(&built);
	return r;
}

int stage_tools(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->plan.suites.len; i++) {
		const struct suite *s = &p->plan.suites.data[i];

		if (s->kind != SUITE_TOOLS)
			continue;
		if (boots_stopped(p)) {
			AUTO_FREE char *path = suite_path(s);

			r = put(p, b, s, path, "MISS", boots_stopped(p), NULL, err);
		} else {
			r = run_suite(p, src, b, s, err);
		}
	}
	return r < 0 ? r : recorder_commit(&p->rec, err);
}
