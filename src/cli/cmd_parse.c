/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log readers alone, over a file somebody has. */
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "cli/cmd.h"
#include "logs/buildlog.h"
#include "logs/crash.h"
#include "logs/dmesg.h"
#include "logs/ktap.h"
#include "sys/file.h"

enum { INPUT_MAX = 1 << 30 };
enum what { WHAT_CONSOLE, WHAT_KTAP, WHAT_BUILD };
static const char *const what_names[] = { "console", "ktap", "build", NULL };

struct parse_cli {
	int as;
	bool json;
	struct cli_common common;
};

static const struct opt options[] = {
	{ "as", 0, OPT_ENUM, offsetof(struct parse_cli, as), NULL,
	  "console: tests and crashes (the default); ktap: test output; build: output of make",
	  .values = what_names },
	{ "json", 0, OPT_FLAG, offsetof(struct parse_cli, json), NULL,
	  "as one JSON object: tests, findings" },
	CLI_COMMON_OPTIONS(parse_cli, common),
	{ 0 }
};
const struct opt_command face_parse = {
	.name = "parse",
	.args = "FILE",
	.summary = "read a log: tests, crashes, build errors ('-': standard input)",
	.opts = options,
	.min_args = 1,
	.max_args = 1,
	.examples = "  kassay parse console.log\n  make 2>&1 | kassay parse --as build -",
};

struct parsed {
	struct str tests, findings; /* JSON items or text lines */
	struct jwriter wt, wf;
	bool json;
};

static void on_test(void *data, const struct test_rec *t)
{
	struct parsed *p = data;

	if (!p->json) {
		str_addf(&p->tests, "%-5s %s%s", status_name(t->status), t->path,
			 t->reason ? "   " : "");
		str_add_printable(&p->tests, view_of(t->reason ? t->reason : ""));
		str_addc(&p->tests, '\n');
		return;
	}
	jw_obj(&p->wt);
	jw_kstr(&p->wt, "path", t->path);
	jw_kstr_opt(&p->wt, "status", status_name(t->status));
	jw_kstr_opt(&p->wt, "name", t->name);
	jw_kstr_opt(&p->wt, "directive", t->directive);
	jw_kstr_opt(&p->wt, "reason", t->reason);
	jw_kstr_opt(&p->wt, "diagnostic", t->diagnostic);
	if (t->line)
		jw_kint(&p->wt, "line", (int64_t)t->line);
	jw_obj_end(&p->wt);
}

static void on_finding(void *data, const struct finding *f)
{
	struct parsed *p = data;

	if (!p->json) {
		str_addf(&p->findings, "%-7s ", severity_name(f->severity));
		str_add_printable(&p->findings, view_of(f->title));
		str_addf(&p->findings, " (line %zu)\n", f->line);
		return;
	}
	jw_obj(&p->wf);
	jw_kstr(&p->wf, "kind", finding_kind_name(f->kind));
	jw_kstr(&p->wf, "severity", severity_name(f->severity));
	jw_kstr(&p->wf, "title", f->title);
	jw_kstr(&p->wf, "signature", f->signature);
	jw_kstr_opt(&p->wf, "type", f->type);
	jw_kstr_opt(&p->wf, "function", f->function);
	jw_kstr_opt(&p->wf, "file", f->file);
	if (f->line_in_file)
		jw_kint(&p->wf, "line_in_file", f->line_in_file);
	if (f->column)
		jw_kint(&p->wf, "column", f->column);
	jw_kstr_opt(&p->wf, "message", f->message);
	jw_kstr_opt(&p->wf, "object", f->object);
	jw_kint(&p->wf, "line", (int64_t)f->line);
	jw_kstr_opt(&p->wf, "excerpt", f->excerpt);
	jw_obj_end(&p->wf);
}

static void read_log(enum what as, struct view text, const struct log_sink *sink)
{
	struct ktap *ktap = as == WHAT_BUILD ? NULL : ktap_new(NULL, sink);
	struct crash_reader *crash = as == WHAT_CONSOLE ? crash_new(sink) : NULL;
	struct buildlog *build = as == WHAT_BUILD ? buildlog_new(NULL, NULL, sink) : NULL;
	struct view line;
	size_t n = 0;

	while (view_line(&text, &line)) {
		struct dmesg_line d;

		n++;
		if (build) {
			buildlog_line(build, line, n);
			continue;
		}
		dmesg_split(line, &d);
		if (crash)
			crash_line(crash, line, n);
		ktap_line(ktap, d.text, n);
	}
	if (crash)
		crash_end(crash);
	if (ktap)
		ktap_end(ktap, false, STATUS_FAIL, NULL);
	if (build)
		buildlog_end(build);
	crash_free(crash);
	ktap_free(ktap);
	buildlog_free(build);
}

static void print_json(struct parsed *p, struct str *out)
{
	struct jwriter w;

	jw_init(&w, out, 0);
	jw_obj(&w);
	jw_key(&w, "tests");
	jw_raw(&w, str_view(&p->tests));
	jw_key(&w, "findings");
	jw_raw(&w, str_view(&p->findings));
	jw_obj_end(&w);
	str_addc(out, '\n');
}

int cmd_parse(int argc, const char *const *argv)
{
	struct parse_cli c = { 0 };
	AUTO_STRV struct strv args = { 0 };
	AUTO_STR struct str text = STR_INIT, out = STR_INIT;
	struct parsed p = { 0 };
	struct log_sink sink = { on_test, on_finding, &p };
	struct err err = { 0 };
	int r = cli_parse(&face_parse, argc, argv, &c, &c.common, &args, NULL);

	if (r != 0)
		return r > 0 ? EXIT_GOOD : -r;
	r = file_read(strcmp(args.data[0], "-") == 0 ? "/dev/stdin" : args.data[0], INPUT_MAX,
		      &text, &err);
	if (r == 0) {
		p.json = c.json;
		jw_init(&p.wt, &p.tests, 0);
		jw_init(&p.wf, &p.findings, 0);
		if (c.json) {
			jw_arr(&p.wt);
			jw_arr(&p.wf);
		}
		read_log((enum what)c.as, str_view(&text), &sink);
		if (c.json) {
			jw_arr_end(&p.wt);
			jw_arr_end(&p.wf);
			print_json(&p, &out);
		} else {
			str_addv(&out, str_view(&p.tests));
			str_addv(&out, str_view(&p.findings));
		}
		r = print_out(str_view(&out), &err);
	}
	str_release(&p.tests);
	str_release(&p.findings);
	return r < 0 ? fail(&err) : EXIT_GOOD;
}
