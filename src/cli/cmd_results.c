/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "base/log.h"
#include "cli/defaults.h"
#include "cli/cmd.h"
#include "job/summary.h"
#include "sys/cas.h"

enum { LOG_MAX = 1 << 30 };

struct results_cli {
	char *store, *log;
	bool json;
	long limit;
	struct cli_common common;
};

static const struct opt options[] = {
	{ "json", 0, OPT_FLAG, offsetof(struct results_cli, json), NULL, "everything, as JSON" },
	{ "log", 0, OPT_STRING, offsetof(struct results_cli, log), "WHICH",
	  "print a log: console, build, a test's path; or a role: machine, config; base:console is the base's" },
	{ "limit", 0, OPT_LONG, offsetof(struct results_cli, limit), "N",
	  "runs listed (default 20)", .min = 1, .max = 1000000 },
	{ "store", 0, OPT_STRING, offsetof(struct results_cli, store), "URL", "results database" },
	CLI_COMMON_OPTIONS(results_cli, common),
	{ 0 }
};
const struct opt_command face_results = {
	.name = "results",
	.args = "[RUN]",
	.summary = "list the runs, or show one ('last': the newest)",
	.opts = options,
	.max_args = 1,
	.examples = "  kassay results\n  kassay results last\n  kassay results 12 --log console\n"
		    "  kassay results --json | jq '.tests[] | select(.status == \"FAIL\")'",
};

static const char *run_word(const struct store_run *r)
{
	if (r->state == RUN_RUNNING && store_run_alive(r))
		return "running";
	if (r->state != RUN_DONE)
		return "cut off";
	return r->exit_status == 0 ? "good" : r->exit_status == 1 ? "BAD" : "unknown";
}

static int list_runs(struct recorder *rec, const struct results_cli *c, struct str *out,
		     struct err *err)
{
	struct store_runs runs = { 0 };
	int r = store_runs(rec->store, rec->arena, c->limit ? (size_t)c->limit : 20, &runs, err);

	if (r == 0 && !runs.len)
		log_info("no runs yet: kassay run makes one");
	else if (r == 0)
		str_adds(out, "  run  started               took  result   plan       source\n");
	vec_foreach(run, &runs) {
		AUTO_STR struct str when = STR_INIT, took = STR_INIT, plan = STR_INIT;

		str_add_time(&when, run->start_ms);
		if (run->end_ms)
			str_add_duration(&took, (double)(run->end_ms - run->start_ms) / 1000);
		str_add_printable(&plan, view_of(run->plan ? run->plan : ""));
		str_addf(out, "%5lld  %.16s  %8s  %-8s %-10s ", (long long)run->id, str_c(&when),
			 str_c(&took), run_word(run), str_c(&plan));
		/* "." is somewhere. */
		str_add_printable(out, view_of(strcmp(run->source, ".") == 0 && run->directory ?
						       run->directory :
						       run->source));
		str_addc(out, '\n');
	}
	vec_release(&runs);
	return r;
}

/* Does this artifact hold the log that was asked for? */
static bool is_log(const struct store_artifact *a, const char *which)
{
	size_t n = strlen(which), m;

	if (strcmp(which, "console") == 0 || strcmp(which, "build") == 0)
		return strcmp(a->role, strcmp(which, "build") == 0 ? "build-log" : "console-log") ==
		       0;
	if (strcmp(a->role, which) == 0)
		return true;
	/* "cmd:mine", as the suite was written, is test cmd.mine. */
	AUTO_FREE char *path = strncmp(which, "cmd:", 4) == 0 ? mem_printf("cmd.%s", which + 4) :
								mem_strdup(which);
	m = a->test_id ? strlen(a->test_id) : 0;
	return strcmp(a->role, "test-log") == 0 && m > n && a->test_id[m - n - 1] == ':' &&
	       strcmp(a->test_id + m - n, path) == 0;
}

/* What a guest printed does nothing to a terminal; a file or a pipe gets its bytes. */
static int print_log(struct view text, struct err *err)
{
	AUTO_STR struct str out = STR_INIT;
	struct view line;

	if (!isatty(STDOUT_FILENO))
		return print_out(text, err);
	while (view_line(&text, &line)) {
		while (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		str_add_printable(&out, line);
		str_addc(&out, '\n');
	}
	return print_out(str_view(&out), err);
}

static const struct store_build *build_of(const struct recorder *rec,
					  const struct store_artifact *a)
{
	vec_foreach(b, &rec->builds)
		if (a->build_id && strcmp(b->id, a->build_id) == 0)
			return b;
	return NULL;
}

/* Which of several logs follows: as head(1) says it. */
static int print_title(const struct recorder *rec, const struct store_artifact *a, struct err *err)
{
	const struct store_build *b = build_of(rec, a);
	AUTO_FREE char *title = mem_printf("==> %s%s%s, %s <==\n", b && b->name ? b->name : "",
					   a->platform && *a->platform ? " on " : "",
					   a->platform ? a->platform : "", a->name);

	return print_out(view_of(title), err);
}

/* "base:console" is the base's. */
static bool is_asked_for(const struct recorder *rec, const struct store_artifact *a,
			 const char *which)
{
	struct view rest = view_of(which);
	bool base = view_skip(&rest, "base:");
	const struct store_build *b = build_of(rec, a);

	return is_log(a, rest.p) && base == (b && build_is_base(b));
}

static int print_logs(struct recorder *rec, const char *which, struct err *err)
{
	size_t found = 0, several = 0;
	int r = 0;

	vec_foreach(a, &rec->artifacts)
		several += is_asked_for(rec, a, which);
	vec_foreach(a, &rec->artifacts) {
		AUTO_STR struct str text = STR_INIT;

		if (r < 0 || !is_asked_for(rec, a, which))
			continue;
		found++;
		if (several > 1)
			r = print_title(rec, a, err);
		if (r == 0)
			r = cas_read(rec->cas, a->sha256, LOG_MAX, &text, err);
		if (r == 0)
			r = print_log(str_view(&text), err);
	}
	if (r == 0 && !found)
		return err_set(
			err, ERR_NOT_FOUND,
			"run %lld has no log '%s'; there are 'console', 'build', roles of artifacts ('machine', 'config') and paths of tests that printed something",
			(long long)rec->run.id, which);
	return r;
}

static int show_run(struct recorder *rec, const char *name, const struct results_cli *c,
		    struct str *out, struct err *err)
{
	int64_t id = 0;
	int r = name ? run_number(name, &id, err) : 0;

	if (r == 0)
		r = recorder_load(rec, id, err);
	if (r < 0)
		return r;
	if (c->log)
		return print_logs(rec, c->log, err);
	if (c->json)
		recorder_json(rec, out);
	else
		summary_text(rec, log_colour(1), c->common.verbose, out);
	return 0;
}

int cmd_results(int argc, const char *const *argv)
{
	struct results_cli c = { 0 };
	struct recorder rec = { 0 };
	AUTO_STRV struct strv args = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	int r = cli_parse(&face_results, argc, argv, &c, &c.common, &args, NULL);

	if (r != 0) {
		opts_release(&face_results, &c);
		return r > 0 ? EXIT_GOOD : -r;
	}
	r = defaults_store(&c.store, &err);
	if (r == 0)
		r = recorder_open(c.store, false, &rec, &err);
	if (r == 0 && (args.len || c.json || c.log))
		r = show_run(&rec, args.len ? args.data[0] : NULL, &c, &out, &err);
	else if (r == 0)
		r = list_runs(&rec, &c, &out, &err);
	if (r == 0 && out.len)
		r = print_out(str_view(&out), &err);
	if (rec.store)
		recorder_release(&rec);
	opts_release(&face_results, &c);
	return r < 0 ? fail(&err) : EXIT_GOOD;
}
