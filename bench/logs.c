/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Speed of the log readers over a made-up console of boots, KUnit suites and crash reports. Prints
 * megabytes a second of processor time and records; for a person, not a test.
 */
#include "logs/buildlog.h"
#include "logs/crash.h"
#include "logs/ktap.h"

enum { CONSOLE_MB = 64, CASES = 40 };

struct counts {
	size_t tests, findings;
};

/* Processor time: other programs do not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_test(void *data, const struct test_rec *t)
{
	(void)t;
	((struct counts *)data)->tests++;
}

static void on_finding(void *data, const struct finding *f)
{
	(void)f;
	((struct counts *)data)->findings++;
}

static void add_suite(struct str *s, unsigned n)
{
	str_addf(s, "[%5u.%06u]     KTAP version 1\n[%5u.%06u]     # Subtest: suite_%u\n", n, 1, n,
		 2, n);
	str_addf(s, "[%5u.%06u]     # module: demo\n[%5u.%06u]     1..%d\n", n, 3, n, 4, CASES);
	for (unsigned i = 1; i <= CASES; i++) {
		if (i % 10 == 0)
			str_addf(
				s,
				"[%5u.%06u] input: ImExPS/2 Generic Explorer Mouse as /devices/platform\n",
				n, i);
		str_addf(s, "[%5u.%06u]     # case_%u: initializing\n", n, i, i);
		str_addf(s, "[%5u.%06u]     %sok %u case_%u\n", n, i, i % 17 ? "" : "not ", i, i);
	}
	str_addf(s, "[%5u.%06u] not ok %u suite_%u\n", n, 99, n, n);
}

static void add_report(struct str *s, unsigned n)
{
	str_addf(s, "[%5u.%06u] BUG: KASAN: slab-out-of-bounds in demo_%u+0x25/0x50\n", n, 100, n);
	str_addf(s, "[%5u.%06u] Write of size 129 at addr ffff888006e8a000 by task demo/44\n", n,
		 101);
	str_addf(s, "[%5u.%06u] Call Trace:\n", n, 102);
	for (unsigned i = 0; i < 30; i++)
		str_addf(s, "[%5u.%06u]  %s_%u+0x5d/0x80\n", n, 103 + i,
			 i < 5 ? "kasan_helper" : "demo_f", i);
	str_addf(s,
		 "[%5u.%06u] ==================================================================\n",
		 n, 199);
}

static void add_build(struct str *s, unsigned n)
{
	for (unsigned i = 0; i < 50; i++)
		str_addf(s, "  CC      drivers/demo/part_%u/file_%u.o\n", n, i);
	str_addf(s, "drivers/demo/part_%u/file_49.c: In function ‘demo’:\n", n);
	str_addf(
		s,
		"drivers/demo/part_%u/file_49.c:5:3: warning: unused variable ‘x’ [-Wunused-variable]\n",
		n);
	str_adds(s, "    5 |   int x;\n      |       ^\n");
}

static void report(const char *what, const struct str *log, double seconds, const struct counts *n)
{
	printf("%-18s %6.0f MB/s   %zu tests, %zu findings\n", what,
	       (double)log->len / 1e6 / seconds, n->tests, n->findings);
}

static void read_console(const struct str *log)
{
	struct counts n = { 0 };
	struct log_sink sink = { .test = on_test, .finding = on_finding, .data = &n };
	struct ktap *k = ktap_new("kunit", &sink);
	struct crash_reader *c = crash_new(&sink);
	struct view rest = str_view(log), line;
	double start = now();

	for (size_t no = 1; view_line(&rest, &line); no++) {
		struct dmesg_line d;

		dmesg_split(line, &d);
		ktap_line(k, d.text, no);
		crash_line(c, line, no);
	}
	ktap_end(k, false, STATUS_MISS, NULL);
	crash_end(c);
	report("console", log, now() - start, &n);
	ktap_free(k);
	crash_free(c);
}

static void read_build(const struct str *log)
{
	struct counts n = { 0 };
	struct log_sink sink = { .finding = on_finding, .data = &n };
	struct buildlog *b = buildlog_new(NULL, NULL, &sink);
	struct view rest = str_view(log), line;
	double start = now();

	for (size_t no = 1; view_line(&rest, &line); no++)
		buildlog_line(b, line, no);
	buildlog_end(b);
	report("build", log, now() - start, &n);
	buildlog_free(b);
}

static void read_siblings(void)
{
	AUTO_STR struct str log = STR_INIT;
	struct counts n = { 0 };
	struct log_sink sink = { .test = on_test, .data = &n };
	struct ktap *k = ktap_new(NULL, &sink);
	struct view rest, line;
	double start;

	str_adds(&log, "KTAP version 1\n1..1\n    # Subtest: big\n");
	for (unsigned i = 1; i <= KTAP_SIBLINGS_MAX; i++)
		str_addf(&log, "    ok %u case_%u\n", i, i);
	str_adds(&log, "ok 1 big\n");
	rest = str_view(&log);
	start = now();
	for (size_t no = 1; view_line(&rest, &line); no++)
		ktap_line(k, line, no);
	ktap_end(k, false, STATUS_MISS, NULL);
	printf("1,000,000 siblings in %.2f s\n", now() - start);
	report("siblings", &log, now() - start, &n);
	ktap_free(k);
}

int main(void)
{
	AUTO_STR struct str console = STR_INIT, build = STR_INIT;

	for (unsigned n = 1; console.len < CONSOLE_MB * 1000000u; n++) {
		add_suite(&console, n);
		if (n % 20 == 0)
			add_report(&console, n);
	}
	for (unsigned n = 1; build.len < CONSOLE_MB * 1000000u; n++)
		add_build(&build, n);
	read_console(&console);
	read_build(&build);
	read_siblings();
	return 0;
}
