/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parser_cases.h"

#include "logs/crash.h"

static void write_finding(void *data, const struct finding *f)
{
	struct jwriter *w = data;

	jw_obj(w);
	jw_kstr(w, "title", f->title);
	jw_kstr(w, "type", f->type);
	jw_kstr(w, "severity", severity_name(f->severity));
	jw_kstr_opt(w, "function", f->function);
	jw_kint(w, "line", (int64_t)f->line);
	jw_kint(w, "line_end", (int64_t)f->line_end);
	jw_obj_end(w);
	assert_int_equal(f->kind, FINDING_CRASH);
	assert_int_equal(strlen(f->signature), 32);
	assert_true(strlen(f->excerpt) <= FINDING_EXCERPT_MAX);
}

static void parse_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	struct log_sink sink = { .finding = write_finding, .data = w };
	struct crash_reader *c = crash_new(&sink);
	struct view line;

	(void)options;
	jw_key(w, "findings");
	jw_arr(w);
	for (size_t no = 1; view_line(&log, &line); no++)
		crash_line(c, line, no);
	crash_end(c);
	jw_arr_end(w);
	jw_kbool(w, "panicked", crash_panicked(c));
	crash_free(c);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("crash", parse_case);
}

static void open_title(void **state)
{
	struct log_sink sink = { 0 };
	struct crash_reader *c = crash_new(&sink);

	(void)state;
	assert_null(crash_open_title(c));
	crash_line(c, VIEW("[    1.000000] BUG: KASAN: use-after-free in foo+0x1/0x2"), 1);
	assert_string_equal(crash_open_title(c), "KASAN: use-after-free in foo");
	crash_line(c, VIEW("[    1.000001] Read of size 4 at addr ffff888006e8a000 by task a/1"),
		   2);
	assert_string_equal(crash_open_title(c), "KASAN: use-after-free Read in foo");
	crash_line(c, VIEW("[    9.000000] something later"), 3);
	assert_null(crash_open_title(c));
	assert_false(crash_panicked(c));
	crash_line(c, VIEW("WARNING: unconfirmed"), 4);
	assert_null(crash_open_title(c));
	crash_line(c, VIEW("Call Trace:"), 5);
	assert_string_equal(crash_open_title(c), "WARNING: unconfirmed");
	crash_free(c);
	crash_free(NULL);
}

struct counter {
	size_t findings;
	struct str excerpt;
	char signature[33];
};

static void count_finding(void *data, const struct finding *f)
{
	struct counter *n = data;

	n->findings++;
	str_clear(&n->excerpt);
	str_adds(&n->excerpt, f->excerpt);
	memcpy(n->signature, f->signature, sizeof(n->signature));
}

/* Lines without end, a report without end, and more CPUs than are kept apart. */
static void limits(void **state)
{
	struct counter n = { 0 };
	struct log_sink sink = { .finding = count_finding, .data = &n };
	struct crash_reader *c = crash_new(&sink);
	AUTO_STR struct str line = STR_INIT;

	(void)state;
	str_adds(&line, "kernel BUG at mm/demo.c:1!");
	for (int i = 0; i < 100000; i++)
		str_adds(&line, "[ 1.000000] x");
	crash_line(c, str_view(&line), 1);
	for (size_t i = 2; i < 5000; i++)
		crash_line(c, VIEW(" a_function_that_repeats+0x1/0x2"), i);
	crash_end(c);
	assert_int_equal(n.findings, 1);
	assert_int_equal(n.excerpt.len, FINDING_EXCERPT_MAX);
	n.findings = 0;
	for (int i = 0; i < 20; i++) {
		str_clear(&line);
		str_addf(&line, "[    1.000000][   T%d] BUG: Bad page map in process a", i);
		crash_line(c, str_view(&line), 1);
	}
	crash_end(c);
	assert_int_equal(n.findings, 20);
	str_release(&n.excerpt);
	crash_free(c);
}

static void signature_of_title(void **state)
{
	struct counter n = { 0 };
	struct log_sink sink = { .finding = count_finding, .data = &n };
	char first[33];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct crash_reader *c = crash_new(&sink);

		crash_line(c,
			   i ? VIEW("WARNING: CPU: 1 PID: 2 at a/b.c:3 foo.isra.0+0x1/0x2") :
			       VIEW("[ 7.1] WARNING: CPU: 0 PID: 99 at a/b.c:44 foo+0x5/0x6"),
			   1);
		crash_end(c);
		crash_free(c);
		if (!i)
			memcpy(first, n.signature, sizeof(first));
	}
	assert_int_equal(n.findings, 2);
	assert_string_equal(first, n.signature);
	str_release(&n.excerpt);
}

/* Header of a report of the corpus, and what the reader found in it. */
struct report {
	struct view titles[16];
	size_t n;
	bool corrupted, panicked;
	size_t findings, first_line;
	char first[FINDING_TITLE_MAX];
};

static void first_finding(void *data, const struct finding *f)
{
	struct report *r = data;

	if (!r->findings++ || f->line < r->first_line) {
		r->first_line = f->line;
		snprintf(r->first, sizeof(r->first), "%s", f->title);
	}
}

static void read_header(struct view *text, struct report *r)
{
	struct view line;

	while (view_line(text, &line) && line.len) {
		if (view_skip(&line, "TITLE:") || view_skip(&line, "ALT:")) {
			line = view_trim(line);
			if (line.len && r->n < ARRAY_SIZE(r->titles))
				r->titles[r->n++] = line;
		}
		r->corrupted |= view_starts(line, "CORRUPTED: Y");
		r->panicked |= view_starts(line, "PANICKED: Y");
	}
}

struct score {
	unsigned crashes, detected, panicked, whole, exact, quiet, false_alarms;
};

static void score_report(const char *path, struct score *s)
{
	AUTO_STR struct str file = STR_INIT;
	struct report r = { 0 };
	struct log_sink sink = { .finding = first_finding, .data = &r };
	struct crash_reader *c = crash_new(&sink);
	bool exact = false;

	assert_true(read_whole(path, &file));
	struct view text = str_view(&file), line;

	read_header(&text, &r);
	for (size_t no = 1; view_line(&text, &line) && !view_starts(line, "REPORT:"); no++)
		crash_line(c, line, no);
	crash_end(c);
	for (size_t i = 0; i < r.n; i++)
		exact |= r.findings && view_eq(r.titles[i], r.first);
	if (!r.n) {
		s->quiet++;
		s->false_alarms += r.findings > 0;
	} else {
		s->crashes++;
		s->detected += r.findings > 0;
		s->panicked += crash_panicked(c) == r.panicked;
		s->whole += !r.corrupted;
		s->exact += !r.corrupted && exact;
	}
	crash_free(c);
}

static int is_plain(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/*
 * 486 console logs of the syzkaller project, 22 of them without a crash. Reached: 457 of 464
 * detected (the rest are unexpected reboots and errors of the fuzzer), no false alarm, 315 of 370
 * titles that are not garbled.
 */
static void corpus(void **state)
{
	AUTO_FREE char *folder = NULL;
	struct dirent **list;
	struct score s = { 0 };
	int n = corpus_files("crash-reports/report", is_plain, &list, &folder);

	(void)state;
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", folder, list[i]->d_name);

		score_report(path, &s);
		free(list[i]);
	}
	free(list);
	print_message("# detected %u of %u, exact %u of %u, false alarms %u of %u\n", s.detected,
		      s.crashes, s.exact, s.whole, s.false_alarms, s.quiet);
	assert_true(s.detected * 100 >= s.crashes * 98);
	assert_true(s.exact * 100 >= s.whole * 84);
	assert_int_equal(s.panicked, s.crashes);
	assert_int_equal(s.false_alarms, 0);
}

RUN(T(data_cases), T(open_title), T(limits), T(signature_of_title), T(corpus))
