/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot as the observer hears of it: console lines and frames in, words for its tests and findings out. */
#pragma once

#include "test.h"

#include "base/vec.h"
#include "job/observe.h"

struct world {
	struct arena *a;
	struct suites suites;
	struct expects expects;
	struct observer *o;
	struct strv tests;	/* "STATUS path reason" */
	struct strv findings;	/* "path: title", "(expected)" behind it */
	struct str output;	/* of all jobs */
	double now;
};

static const struct observe_job jobs[] = {
	{ "kselftest.size.get_size", "kselftest:size", SUITE_KSELFTEST },
	{ "cmd.ktap", "cmd:ktap=x", SUITE_CMD },
	{ "cmd.last", "cmd:last=x", SUITE_CMD },
};

static inline void on_test(void *data, const struct observed_test *t)
{
	struct world *w = data;

	strv_addf(&w->tests, "%s %s%s%s", status_name(t->rec.status), t->rec.path, t->reason ? " " : "",
		  t->reason ? t->reason : "");
	str_add(&w->output, t->output, t->output_len);
}

static inline void on_finding(void *data, const struct observed_finding *f)
{
	struct world *w = data;

	strv_addf(&w->findings, "%s: %s%s", f->test, f->f->title, f->expected ? " (expected)" : "");
}

static inline struct world *world_of(const char *suites, const struct observe_job *list, size_t n_jobs, const char *build_id)
{
	struct world *w = NEW(struct world);
	struct view rest = view_of(suites), one;
	struct observe_sink sink = { on_test, on_finding, w };
	struct err err = { 0 };

	w->a = arena_new();
	while (view_split(&rest, ' ', &one))
		assert_int_equal(suite_parse(w->a, arena_strndup(w->a, one.p, one.len), vec_add(&w->suites), &err), 0);
	*vec_add(&w->expects) = (struct expect){ "kunit.fault*", "*NULL pointer*", "on purpose" };

	struct observe_spec spec = {
		.suites = &w->suites, .jobs = list, .n_jobs = n_jobs, .expect = { &w->expects, NULL }, .build_id = build_id,
	};

	w->o = observer_new(&spec, &sink);
	return w;
}

static inline struct world *world(const char *suites, size_t n_jobs, const char *build_id)
{
	return world_of(suites, jobs, n_jobs, build_id);
}

static inline void done(struct world *w)
{
	observer_free(w->o);
	strv_release(&w->tests);
	strv_release(&w->findings);
	str_release(&w->output);
	vec_release(&w->suites);
	vec_release(&w->expects);
	arena_free(w->a);
	free(w);
}

static inline void con(struct world *w, const char *text)
{
	observer_console(w->o, text, strlen(text));
}

static inline void frame(struct world *w, enum frame_type type, const char *fields)
{
	struct frame f = { .type = type };
	AUTO_FREE char *copy = mem_strdup(fields);

	for (char *p = copy; p && f.n < FRAME_FIELDS_MAX;) {
		char *bar = strchr(p, '|');

		if (bar)
			*bar = '\0';
		f.field[f.n] = p;
		f.len[f.n++] = strlen(p);
		p = bar ? bar + 1 : NULL;
	}
	observer_frame(w->o, &f);
}

static inline void hello(struct world *w, const char *build_id, const char *taint)
{
	AUTO_FREE char *text = mem_printf("1|%s|6.12.0|%s|0.9|ttyS1|1|500000", build_id, taint);

	frame(w, FRAME_HELLO, text);
	observer_tick(w->o, w->now += 0.1);
}

static inline void end(struct world *w, enum machine_outcome outcome, const char *detail)
{
	struct machine_end e = { .outcome = outcome, .duration = 3, .console_bytes = 1, .hello = 1 };

	snprintf(e.detail, sizeof(e.detail), "%s", detail);
	observer_end(w->o, &e);
}

static inline void has(const struct strv *list, const char *text)
{
	if (strv_has(list, text))
		return;
	print_message("# wanted: %s\n", text);
	vec_foreach(s, list)
		print_message("# have: %s\n", *s);
	fail();
}

static const char oops[] =
	"BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	"#PF: supervisor write access in kernel mode\n"
	"Oops: Oops: 0002 [#1] SMP\n"
	"CPU: 0 PID: 30 Comm: kunit_try_catch Tainted: G                 N 6.12.0 #1\n"
	"RIP: 0010:fault_here+0x5/0x10\n"
	"Call Trace:\n <TASK>\n kunit_try_run_case+0x60/0x90\n </TASK>\n"
	"---[ end trace 0000000000000000 ]---\n";
