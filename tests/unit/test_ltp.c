/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"
#include "caselog_cases.h"

#include "logs/ltp.h"

static void one_case(const struct jnode *options, struct view log, struct jwriter *w)
{
	caselog_case(&ltp_format, options, log, w);
}

static void data_cases(void **state)
{
	(void)state;
	run_cases("ltp", one_case);
}

#define START(tag) "<<<test_start>>>\ntag=" tag " stime=1\ncmdline=\"x\"\n<<<test_output>>>\n"
#define END(code) \
	"<<<execution_status>>>\ninitiation_status=\"ok\"\nduration=0 termination_type=exited termination_id=" code \
	" corefile=no\n<<<test_end>>>\n"

/* What is cut off, broken or contradicts itself passes nothing. */
static void nothing_else_passes(void **state)
{
	static const char *const logs[] = {
		"a.c:1: TPASS: no summary\n",
		"TPASS: nobody\nSummary:\npassed 1\nfailed 0\nbroken 0\nskipped 0\nwarnings 0\n",
		"a.c:1: TPASS: x\nSummary:\npassed one\nfailed 0\nbroken 0\nskipped 0\nwarnings 0\n",
		"a.c:1: TPASS: x\nSummary:\npassed 1\nfailed 1\nbroken 0\nskipped 0\nwarnings 0\n",
		"a.c:1: TPASS: x\nSummary:\npassed 1\nfailed 0\nbroken 0\nskipped 0\n",
		"tag=a stime=1 dur=0 exit=exited stat=0x core=no\n",
		"tag=a stime=1 dur=0 exit= stat=0 core=no\n",
		"a PASS 0\n",
		START("a") "a.c:1: TPASS: x\n",
		START("a") END("1") "",
		START("a") END("-0") "",
		START("a") END("") "",
		START("a") END("256") "",
		START("a") "<<<test_end>>>\n",
		START("a") "<<<execution_status>>>\n<<<test_end>>>\n",
		START("a") "<<<execution_status>>>\ninitiation_status=\"no\"\nduration=0 termination_type=exited "
			   "termination_id=0\n<<<test_end>>>\n",
		START("a") "<<<test_end>>>\n" END("0"),
		"<<<test_start>>>\n<<<test_output>>>\n" END("0"),
		START("a") START("b") END("2"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		AUTO_FREE char *passed = passed_of(&ltp_format, logs[i], strlen(logs[i]), false);

		if (*passed)
			fail_msg("%s passed in:\n%s", passed, logs[i]);
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	check_prefixes(&ltp_format,
		       START("a") "a.c:1: TPASS: x\n" END("0") START("b") END("1") START("c")
			       END("0"),
		       "a c");
	check_prefixes(
		&ltp_format,
		"a.c:1: TPASS: x\n\nSummary:\npassed   1\nfailed   0\nbroken   0\nskipped  0\nwarnings 0\n"
		"Testcase Result Exit Value\n-------- ------ ----------\nb   PASS   0\nc   FAIL   1\nd   PASS  0\n",
		"a b d");
}

static void in_flight(void **state)
{
	struct log_sink sink = { 0 };
	struct caselog *l = caselog_new(&ltp_format, "ltp.x", &sink);
	const char *text = START("read/01") "read01.c:1: TINFO: begins\n";

	(void)state;
	assert_string_equal(caselog_current(l), "ltp.x");
	caselog_add(l, text, strlen(text));
	assert_string_equal(caselog_current(l), "ltp.x.read.01");
	caselog_add(l, END("0"), strlen(END("0")));
	assert_string_equal(caselog_current(l), "ltp.x");
	caselog_free(l);
	caselog_free(NULL);
}

/* The kernel log told of a case that the output does not get to. */
static void begun_elsewhere(void **state)
{
	AUTO_STR struct str out = STR_INIT;
	struct jwriter w;
	struct log_sink sink = { .test = write_case, .data = &w };
	const char *text = "kassay: planned a\nkassay: planned b\nkassay: planned c\n" START("a")
		END("0");

	(void)state;
	for (int both = 0; both < 2; both++) {
		struct caselog *l = caselog_new(&ltp_format, NULL, &sink);

		str_clear(&out);
		jw_init(&w, &out, 0);
		jw_arr(&w);
		caselog_add(l, text, strlen(text));
		caselog_begun(l, both ? VIEW("b") : VIEW("a"));
		caselog_end(l, true, STATUS_FAIL, "panicked");
		jw_arr_end(&w);
		assert_int_equal(strstr(str_c(&out), "\"path\":\"b\",\"status\":\"FAIL\"") != NULL,
				 both);
		assert_non_null(strstr(str_c(&out), "\"path\":\"a\",\"status\":\"PASS\""));
		assert_non_null(strstr(str_c(&out), "\"path\":\"c\",\"status\":\"MISS\""));
		caselog_free(l);
	}
}

static void count_case(void *data, const struct test_rec *t)
{
	(void)t;
	++*(size_t *)data;
}

static void limits(void **state)
{
	size_t told = 0;
	struct log_sink sink = { .test = count_case, .data = &told };
	struct caselog *l = caselog_new(&ltp_format, NULL, &sink);
	const char *why;

	(void)state;
	for (size_t i = 0; i < CASELOG_CASES_MAX + 3; i++) {
		char line[128];

		snprintf(line, sizeof(line), "tag=t%zu stime=1 dur=0 exit=exited stat=0 core=no\n",
			 i % 100);
		caselog_add(l, line, strlen(line));
	}
	for (size_t i = 0; i < 3 * CASELOG_LINE_MAX; i++)
		caselog_add(l, "x", 1);
	caselog_end(l, false, STATUS_FAIL, NULL);
	assert_int_equal(told, CASELOG_CASES_MAX);
	assert_int_equal(caselog_count(l), CASELOG_CASES_MAX + 3);
	assert_int_equal(caselog_outcome(l, &why), STATUS_ERROR);
	assert_string_equal(why, "too many cases");
	caselog_free(l);

	told = 0;
	l = caselog_new(&ltp_format, NULL, &sink);
	for (size_t i = 0; i < CASELOG_CASES_MAX + 3; i++) {
		char line[64];

		snprintf(line, sizeof(line), "kassay: planned p%zu\n", i);
		caselog_add(l, line, strlen(line));
	}
	caselog_end(l, true, STATUS_FAIL, "hung");
	assert_int_equal(told, CASELOG_CASES_MAX);
	caselog_free(l);
}

RUN(T(data_cases), T(nothing_else_passes), T(cut_anywhere), T(in_flight), T(begun_elsewhere),
    T(limits))
