/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parser_cases.h"

#include "logs/buildlog.h"

static void write_finding(void *data, const struct finding *f)
{
	struct jwriter *w = data;

	assert_int_equal(f->kind, FINDING_BUILD);
	jw_obj(w);
	jw_kstr(w, "title", f->title);
	jw_kstr(w, "type", f->type);
	jw_kstr(w, "severity", severity_name(f->severity));
	jw_kstr_opt(w, "file", f->file);
	jw_kstr_opt_count(w, "line_in_file", f->line_in_file);
	jw_kstr_opt_count(w, "column", f->column);
	jw_kstr_opt(w, "object", f->object);
	jw_kstr_opt(w, "symbol", f->symbol);
	jw_kstr(w, "message", f->message);
	jw_kstr(w, "excerpt", f->excerpt);
	jw_kint(w, "line", (int64_t)f->line);
	jw_kint(w, "line_end", (int64_t)f->line_end);
	jw_obj_end(w);
}

static void add_target(void *data, struct view tool, struct view target)
{
	struct str *targets = data;

	str_addf(targets, "%s" VIEW_FMT ": " VIEW_FMT, targets->len ? "; " : "", VIEW_ARG(tool),
		 VIEW_ARG(target));
}

static void parse_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	AUTO_STR struct str targets = STR_INIT;
	struct log_sink sink = { .finding = write_finding, .data = w };
	struct buildlog *b =
		buildlog_new(jt_get_str(options, "source"), jt_get_str(options, "objects"), &sink);
	struct view line;

	buildlog_on_target(b, add_target, &targets);
	jw_key(w, "findings");
	jw_arr(w);
	for (size_t no = 1; view_line(&log, &line); no++)
		buildlog_line(b, line, no);
	buildlog_end(b);
	jw_arr_end(w);
	jw_kint(w, "count", (int64_t)buildlog_targets(b));
	jw_kstr(w, "targets", str_c(&targets));
	buildlog_free(b);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("buildlog", parse_case);
}

static void keep_signature(void *data, const struct finding *f)
{
	memcpy(data, f->signature, sizeof(f->signature));
}

static const char *signature(const char *line, char ret[33])
{
	struct log_sink sink = { .finding = keep_signature, .data = ret };
	struct buildlog *b = buildlog_new("/src", NULL, &sink);

	ret[0] = '\0';
	buildlog_line(b, view_of(line), 1);
	buildlog_end(b);
	buildlog_free(b);
	return ret;
}

static void signatures(void **state)
{
	static const char *const same[] = {
		"lib/a.c:5:7: warning: unused variable ‘x’ [-Wunused-variable]",
		"/src/lib/a.c:99:1: warning: unused variable 'x' [-Wunused-variable]",
		"./lib/a.c:5:7: error: unused variable 'x' [-Werror,-Wunused-variable]",
		"../lib/a.c:5: error: unused variable `x' [-Werror=unused-variable]\r",
		"00:01:02 lib/b/../a.c:5:7: warning: unused variable 'x' [-Wunused-variable]",
	};
	static const char *const other[] = {
		"lib/b.c:5:7: warning: unused variable 'x' [-Wunused-variable]",
		"lib/a.c:5:7: warning: unused variable 'y' [-Wunused-variable]",
		"lib/a.c:5: Error: unused variable 'x'",
	};
	char first[33], next[33];

	(void)state;
	signature(same[0], first);
	for (size_t i = 1; i < ARRAY_SIZE(same); i++)
		assert_string_equal(signature(same[i], next), first);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_string_not_equal(signature(other[i], next), first);
	signature(
		"WARNING: modpost: vmlinux: section mismatch in reference: a+0x1a (section: .text) -> b",
		first);
	assert_string_equal(
		signature(
			"WARNING: modpost: vmlinux: section mismatch in reference: a+0x2b/0x90 (section: .text) -> b",
			next),
		first);
}

static void ordinary_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"   ",
		"make[1]: Entering directory '/build'",
		"checking for error: no",
		"in the middle error: of a line",
		"Kernel: arch/x86/boot/bzImage is ready  (#1)",
		"#",
		": error: nameless",
		"  Two words",
		"In file included from nowhere",
		"cat: x: No such file or directory",
		"flex: not found",
		"the undefined reference to `x' here",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char found[33];

		if (*signature(lines[i], found))
			fail_msg("%s", lines[i]);
	}
}

static void count_finding(void *data, const struct finding *f)
{
	assert_true(strlen(f->title) < FINDING_TITLE_MAX);
	assert_true(strlen(f->excerpt) <= FINDING_EXCERPT_MAX);
	assert_true(strlen(f->message) <= BUILDLOG_MESSAGE_MAX);
	++*(size_t *)data;
}

static void limits(void **state)
{
	size_t n = 0;
	struct log_sink sink = { .finding = count_finding, .data = &n };
	struct buildlog *b = buildlog_new(NULL, NULL, &sink);
	AUTO_STR struct str line = STR_INIT;

	(void)state;
	str_adds(&line, "lib/a.c:1:1: error: ");
	for (int i = 0; i < 100000; i++)
		str_adds(&line, "x ");
	buildlog_line(b, str_view(&line), 1);
	for (size_t i = 2; i < 5000; i++)
		buildlog_line(b, VIEW("   5 | some source line"), i);
	for (int i = 0; i < 5000; i++) {
		buildlog_line(b, VIEW("In file included from a.h:1,"), 1);
		buildlog_line(b, VIEW("*** stars"), 1);
	}
	buildlog_line(b, VIEW("lib/a.c:99999999999:1: error: far"), 1);
	buildlog_line(b, VIEW("make: *** [Makefile:1: x] Error 1"), 1);
	buildlog_end(b);
	assert_int_equal(n, 2);
	buildlog_free(b);
	buildlog_free(NULL);
}

/* What another reader (KernelCI's logspec) found in a log must be in ours. */
struct expectation {
	struct str said; /* all excerpts and messages, with plain quotes */
	struct str files;
	size_t errors;
};

static void add_plain(struct str *out, struct view v)
{
	while (v.len) {
		bool curly = view_skip(&v, "‘") || view_skip(&v, "’") || view_skip(&v, "`");

		str_addc(out, curly ? '\'' : v.p[0]);
		v = curly ? v : view_sub(v, 1, v.len);
	}
}

static void collect(void *data, const struct finding *f)
{
	struct expectation *e = data;

	e->errors += f->severity == SEVERITY_ERROR;
	add_plain(&e->said, view_of(f->excerpt));
	str_addc(&e->said, '\n');
	add_plain(&e->said, view_of(f->message));
	str_addf(&e->files, "\n%s\n", f->file ? f->file : "");
}

static bool is_found(const struct expectation *e, const struct jnode *error)
{
	AUTO_STR struct str summary = STR_INIT, file = STR_INIT;
	const char *said = jt_get_str(error, "error_summary"),
		   *source = jt_get_str(error, "src_file");

	add_plain(&summary, view_of(said));
	if (said && view_find(str_view(&e->said), str_c(&summary)) >= 0)
		return true;
	str_addf(&file, "\n%s\n", source ? source : "?");
	return source ? view_find(str_view(&e->files), str_c(&file)) >= 0 : !said && e->errors;
}

static void check_log(const char *folder, const char *name)
{
	AUTO_FREE char *command = mem_printf("xz -dc '%s/%s.log.xz'", folder, name);
	AUTO_FREE char *path = mem_printf("%s/%s.log.expected.json", folder, name);
	AUTO_STR struct str log = STR_INIT, text = STR_INIT;
	AUTO_ARENA struct arena *a = arena_new();
	struct expectation e = { 0 };
	struct log_sink sink = { .finding = collect, .data = &e };
	struct buildlog *b = buildlog_new("/tmp/kci/linux", NULL, &sink);
	FILE *f = popen(command, "r");
	struct jnode *json;
	struct err err = { 0 };
	char buf[1 << 16];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add(&log, buf, n);
	assert_int_equal(pclose(f), 0);
	assert_true(read_whole(path, &text));
	assert_int_equal(jt_parse(a, path, str_view(&text), &json, &err), 0);

	struct view rest = str_view(&log), line;

	for (size_t no = 1; view_line(&rest, &line); no++)
		buildlog_line(b, line, no);
	buildlog_end(b);
	for (const struct jnode *x = jt_get(json, "errors")->child; x; x = x->next) {
		if (!is_found(&e, x))
			fail_msg("%s: %s", name, jt_get_str(x, "error_summary"));
	}
	str_release(&e.said);
	str_release(&e.files);
	buildlog_free(b);
}

static int is_xz(const struct dirent *d)
{
	return view_ends(view_of(d->d_name), ".log.xz");
}

static void corpus(void **state)
{
	AUTO_FREE char *folder = NULL;
	struct dirent **list;
	int n = corpus_files("ci-logs/kbuild", is_xz, &list, &folder);

	(void)state;
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *name = mem_strndup(list[i]->d_name, strlen(list[i]->d_name) - 7);

		check_log(folder, name);
		free(list[i]);
	}
	free(list);
	assert_true(n > 0);
}

RUN(T(data_cases), T(signatures), T(ordinary_lines), T(limits), T(corpus))
