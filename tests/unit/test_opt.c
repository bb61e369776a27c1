/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/opt.h"

struct args {
	bool keep;
	char *base;
	struct strv suites;
	long jobs, any;
	double timeout;
	uint64_t memory;
	int accel;
};

static const char *const accels[] = { "auto", "kvm", "tcg", NULL };
static const struct opt opts[] = {
	{ .type = OPT_GROUP, .help = "What to test" },
	{ .name = "base",
	  .letter = 'b',
	  .type = OPT_STRING,
	  .offset = offsetof(struct args, base),
	  .arg = "REV",
	  .help = "build and boot REV too and report only what is new" },
	{ .name = "suite",
	  .type = OPT_STRINGS,
	  .offset = offsetof(struct args, suites),
	  .arg = "NAME",
	  .help = "run this suite" },
	{ .type = OPT_GROUP, .help = "How" },
	{ .name = "jobs",
	  .letter = 'j',
	  .type = OPT_LONG,
	  .offset = offsetof(struct args, jobs),
	  .arg = "N",
	  .help = "compile N files at once",
	  .min = 1,
	  .max = 512 },
	{ .name = "any",
	  .type = OPT_LONG,
	  .offset = offsetof(struct args, any),
	  .arg = "N",
	  .help = "any whole number" },
	{ .name = "timeout",
	  .type = OPT_SECONDS,
	  .offset = offsetof(struct args, timeout),
	  .arg = "TIME",
	  .help = "give up after TIME, which is long enough to have to be wrapped here" },
	{ .name = "memory",
	  .letter = 'm',
	  .type = OPT_SIZE,
	  .offset = offsetof(struct args, memory),
	  .arg = "SIZE",
	  .help = "of the machine" },
	{ .name = "accel",
	  .type = OPT_ENUM,
	  .offset = offsetof(struct args, accel),
	  .help = "accelerator",
	  .values = accels },
	{ .name = "keep",
	  .letter = 'k',
	  .type = OPT_FLAG,
	  .offset = offsetof(struct args, keep),
	  .help = "keep machine files" },
	{ .name = "a-name-that-is-rather-long",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct args, keep),
	  .help = "has its text on the next line" },
	{ 0 },
};
static const struct opt_command command = {
	.name = "run",
	.args = "[SOURCE]",
	.summary = "Build, boot and test a kernel",
	.opts = opts,
	.max_args = 1,
	.examples = "kassay run\nkassay run --suite boot linux",
};

struct parsed {
	struct args a;
	struct strv args, set;
	bool help;
	struct err err;
	int rc;
};

static void release(struct parsed *p)
{
	opts_release(&command, &p->a);
	strv_release(&p->args);
	strv_release(&p->set);
}

#define AUTO_PARSED __attribute__((cleanup(release)))
#define PARSE(...) \
	({ \
		const char *const argv_[] = { "run", ##__VA_ARGS__, NULL }; \
		struct parsed p_ = { 0 }; \
\
		p_.rc = opts_parse(&command, ARRAY_SIZE(argv_) - 1, argv_, &p_.a, &p_.args, \
				   &p_.set, &p_.help, &p_.err); \
		p_; \
	})

static void all_types(void **state)
{
	AUTO_PARSED struct parsed p = PARSE("--base=HEAD", "--suite", "boot", "tree",
					    "--suite=kunit", "-j4", "--timeout", "2m", "-m", "512M",
					    "--accel=tcg", "-k", "--any", "-5", "--base", "v6.12");
	(void)state;

	if (p.rc < 0)
		fail_msg("%s", p.err.msg);
	assert_string_equal(p.a.base, "v6.12");
	assert_int_equal(p.a.suites.len, 2);
	assert_string_equal(p.a.suites.data[1], "kunit");
	assert_int_equal(p.a.jobs, 4);
	assert_int_equal(p.a.any, -5);
	assert_true(p.a.timeout == 120);
	assert_int_equal(p.a.memory, 512 << 20);
	assert_int_equal(p.a.accel, 2);
	assert_true(p.a.keep);
	assert_int_equal(p.args.len, 1);
	assert_string_equal(p.args.data[0], "tree");
	assert_false(p.help);
	assert_int_equal(p.set.len, 8);
	assert_true(strv_has(&p.set, "jobs"));
	assert_false(strv_has(&p.set, "help"));
}

static void nothing_given(void **state)
{
	const char *const argv[] = { "run", NULL };
	struct args a = { .jobs = 7 };
	struct strv args = { 0 };
	struct err err = { 0 };
	bool help = true;
	(void)state;

	assert_int_equal(opts_parse(&command, 1, argv, &a, &args, NULL, &help, &err), 0);
	assert_int_equal(a.jobs, 7);
	assert_int_equal(args.len, 0);
	assert_false(help);
}

static void dashes(void **state)
{
	AUTO_PARSED struct parsed p = PARSE("-k", "--", "--base");
	AUTO_PARSED struct parsed q = PARSE("-", "-k");
	AUTO_PARSED struct parsed r = PARSE("--base=", "--suite", "--keep");
	(void)state;

	assert_int_equal(p.rc, 0);
	assert_string_equal(p.args.data[0], "--base");
	assert_int_equal(q.rc, 0);
	assert_string_equal(q.args.data[0], "-");
	assert_true(q.a.keep);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.a.base, "");
	assert_string_equal(r.a.suites.data[0], "--keep");
}

#define CHECK_ERROR(text, ...) \
	do { \
		AUTO_PARSED struct parsed p = PARSE(__VA_ARGS__); \
		assert_int_equal(p.rc, -ERR_USAGE); \
		assert_string_equal(p.err.msg, text); \
	} while (0)

static void errors(void **state)
{
	(void)state;
	CHECK_ERROR("unknown option '--jbos'; did you mean '--jobs'?", "--jbos=4");
	CHECK_ERROR("unknown option '--hlep'; did you mean '--help'?", "--hlep");
	CHECK_ERROR("unknown option '--zzzzzzzz'; 'kassay run --help' lists them", "--zzzzzzzz");
	CHECK_ERROR("unknown option '-z'; 'kassay run --help' lists them", "-z");
	CHECK_ERROR("option '--jobs' needs a value", "--jobs");
	CHECK_ERROR("option '--keep' takes no value", "--keep=yes");
	CHECK_ERROR("--jobs: '4x' is not a whole number from 1 to 512", "-j", "4x");
	CHECK_ERROR("--jobs: '0' is not a whole number from 1 to 512", "--jobs=0");
	CHECK_ERROR("--jobs: '513' is not a whole number from 1 to 512", "--jobs=513");
	CHECK_ERROR("--jobs: '' is not a whole number from 1 to 512", "--jobs=");
	CHECK_ERROR("--jobs: '99999999999999999999' is not a whole number from 1 to 512", "--jobs",
		    "99999999999999999999");
	CHECK_ERROR("--any: '1.5' is not a whole number", "--any", "1.5");
	CHECK_ERROR("--timeout: 'soon' is not a time like 90s, 2m or 1h", "--timeout=soon");
	CHECK_ERROR("--memory: '5X' is not a size like 512M or 2G", "-m5X");
	CHECK_ERROR("--accel: 'kmv' is not one of auto, kvm, tcg; did you mean 'kvm'?",
		    "--accel=kmv");
	CHECK_ERROR("--accel: 'hardware' is not one of auto, kvm, tcg", "--accel=hardware");
	CHECK_ERROR("unexpected argument 'b'", "a", "b");
	CHECK_ERROR("'!#:+' cannot be used in 'x!#:+y'", "--suite", "x!#:+y", "a");
}

static void range_is_inclusive(void **state)
{
	AUTO_PARSED struct parsed low = PARSE("-j1"), high = PARSE("-j512");
	(void)state;

	assert_int_equal(low.rc, 0);
	assert_int_equal(low.a.jobs, 1);
	assert_int_equal(high.rc, 0);
	assert_int_equal(high.a.jobs, 512);
}

static void argument_missing(void **state)
{
	const struct opt_command needs = {
		.name = "import",
		.args = "FILE...",
		.opts = opts,
		.min_args = 1,
		.max_args = -1,
	};
	const char *const none[] = { "import", NULL }, *const two[] = { "import", "a", "b", NULL };
	struct args a = { 0 };
	AUTO_STRV struct strv args = { 0 };
	struct err err = { 0 };
	bool help;
	(void)state;

	assert_int_equal(opts_parse(&needs, 1, none, &a, &args, NULL, &help, &err), -ERR_USAGE);
	assert_string_equal(err.msg, "an argument is missing: kassay import FILE...");
	assert_int_equal(opts_parse(&needs, 3, two, &a, &args, NULL, &help, &err), 0);
	assert_int_equal(args.len, 2);
}

static void help_wins(void **state)
{
	AUTO_PARSED struct parsed p = PARSE("--jobs=x", "--help");
	AUTO_PARSED struct parsed q = PARSE("a", "b", "-h");
	AUTO_PARSED struct parsed r = PARSE("--bogus", "--", "--help");
	AUTO_PARSED struct parsed t = PARSE("--help=table");
	(void)state;

	assert_int_equal(p.rc, 0);
	assert_true(p.help);
	assert_int_equal(q.rc, 0);
	assert_true(q.help);
	assert_int_equal(r.rc, -ERR_USAGE);
	assert_false(r.help);
	assert_true(t.help);
}

static void help_text(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	(void)state;

	opts_help(&command, &out);
	assert_string_equal(
		str_c(&out),
		"Usage: kassay run [OPTION]... [SOURCE]\n\n"
		"Build, boot and test a kernel\n\n"
		"What to test:\n"
		"  -b, --base REV            build and boot REV too and report only what is new\n"
		"      --suite NAME          run this suite\n\n"
		"How:\n"
		"  -j, --jobs N              compile N files at once (1 to 512)\n"
		"      --any N               any whole number\n"
		"      --timeout TIME        give up after TIME, which is long enough to have to\n"
		"                            be wrapped here\n"
		"  -m, --memory SIZE         of the machine\n"
		"      --accel auto|kvm|tcg  accelerator\n"
		"  -k, --keep                keep machine files\n"
		"      --a-name-that-is-rather-long\n"
		"                            has its text on the next line\n\n"
		"  -h, --help                show this text\n\n"
		"Examples:\n"
		"  kassay run\n"
		"  kassay run --suite boot linux\n");
}

static void small_help(void **state)
{
	static const struct opt few[] = {
		{ .name = "hash", .letter = 'h', .type = OPT_FLAG, .help = "print the hash" },
		{ 0 },
	};
	const struct opt_command small = { .name = "cache",
					   .summary = "Show the cache",
					   .opts = few };
	AUTO_STR struct str out = STR_INIT;
	(void)state;

	const char *const argv[] = { "cache", "-h", NULL }, *const bad[] = { "cache", "-h", "x",
									     NULL };
	AUTO_STRV struct strv args = { 0 };
	struct err err = { 0 };
	bool hash = false, help = false;

	assert_int_equal(opts_parse(&small, 2, argv, &hash, &args, NULL, &help, &err), 0);
	assert_true(hash);
	assert_false(help);
	assert_int_equal(opts_parse(&small, 3, bad, &hash, &args, NULL, &help, &err), -ERR_USAGE);
	assert_false(help);
	opts_help(&small, &out);
	assert_string_equal(str_c(&out), "Usage: kassay cache [OPTION]...\n\nShow the cache\n\n"
					 "Options:\n"
					 "  -h, --hash  print the hash\n"
					 "      --help  show this text\n");
}

static void table(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	(void)state;

	opts_table(&command, &out);
	assert_non_null(strstr(str_c(&out), "--jobs\tj\tN\tcompile N files at once\n"));
	assert_non_null(strstr(str_c(&out), "--accel\t\tauto|kvm|tcg\taccelerator\n"));
	assert_non_null(strstr(str_c(&out), "--help\th\t\tshow this text\n"));
	assert_null(strstr(str_c(&out), "What to test"));
}

RUN(T(all_types), T(nothing_given), T(dashes), T(errors), T(range_is_inclusive),
    T(argument_missing), T(help_wins), T(help_text), T(small_help), T(table))
