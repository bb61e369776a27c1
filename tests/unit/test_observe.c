/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot, told line by line and frame by frame: who owns which crash, and what every test's status becomes. */
#include "test_observe.h"

static void good_boot(void **state)
{
	struct world *w = world("boot kunit kselftest:size cmd:ktap=x cmd:last=x", 3, "abcd");

	(void)state;
	con(w, "[    0.1] Linux version 6.12.0\nKTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: list\n"
	       "    1..2\n    ok 1 add\n    ok 2 del # SKIP no luck\nok 1 list\n");
	hello(w, "abcd", "262144");
	con(w, "kassay: start kselftest.size.get_size\n");
	frame(w, FRAME_START, "0|kselftest.size.get_size");
	frame(w, FRAME_OUTPUT, "0|TAP version 13\n# Testing\nok 1 get runtime memory use\n1..1\n");
	frame(w, FRAME_END, "0|exit|0|0.5|60|45|1");
	con(w, "kassay: end kselftest.size.get_size\nkassay: start cmd.ktap\n");
	frame(w, FRAME_START, "1|cmd.ktap");
	frame(w, FRAME_OUTPUT, "1|KTAP version 1\n1..2\nok 1 a\nnot ok 2 b\n");
	frame(w, FRAME_END, "1|exit|0|0.1|60|45|1");
	con(w, "kassay: end cmd.ktap\nkassay: start cmd.last\n");
	frame(w, FRAME_START, "2|cmd.last");
	frame(w, FRAME_END, "2|exit|4|0.1|0|45|1");
	con(w, "kassay: end cmd.last\n");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->tests, "PASS boot");
	has(&w->tests, "DONE boot.time");
	has(&w->tests, "PASS kunit.list.add");
	has(&w->tests, "SKIP kunit.list.del no luck");
	has(&w->tests, "PASS kunit.list");
	has(&w->tests, "PASS kselftest.size.get_size");
	has(&w->tests, "PASS kselftest.size.get_size.get_runtime_memory_use");
	has(&w->tests, "FAIL cmd.ktap a subtest did not pass");
	has(&w->tests, "FAIL cmd.ktap.b");
	has(&w->tests, "SKIP cmd.last exit 4");
	assert_int_equal(w->findings.len, 0);
	assert_string_equal(observer_facts(w->o)->build_id, "abcd");
	done(w);
}

/* What a job provoked does not explain the taint that was there before; a hanging task is told once. */
static void taint_before_jobs(void **state)
{
	struct world *w = world("boot cmd:last=x", 3, NULL);
	static const char hung[] = "INFO: task left:77 blocked for more than 120 seconds.\n"
				   "task:left state:D stack:0 pid:77 tgid:77 ppid:2\nCall Trace:\n <TASK>\n"
				   " __schedule+0x1/0x2\n wait_forever+0x3/0x4\n kthread+0x1/0x2\n </TASK>\n";

	(void)state;
	hello(w, "", "512");
	con(w, "kassay: start cmd.last\n");
	frame(w, FRAME_START, "2|cmd.last");
	con(w, "------------[ cut here ]------------\nWARNING: CPU: 0 PID: 7 at kernel/x.c:3 in_job+0x1/0x2\n"
	       "CPU: 0 PID: 7 Comm: sh Not tainted 6.12.0 #1\nRIP: 0010:in_job+0x1/0x2\nCall Trace:\n in_job+0x1/0x2\n"
	       "---[ end trace 0000000000000000 ]---\n");
	con(w, hung);
	frame(w, FRAME_END, "2|exit|0|0.1|0|45|1");
	con(w, "kassay: end cmd.last\n");
	con(w, hung);
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->findings, "cmd.last: INFO: task hung in wait_forever");
	has(&w->tests, "FAIL boot kernel is tainted: W (kernel warned)");
	assert_int_equal(w->findings.len, 3);
	done(w);
}

static void crash_in_job(void **state)
{
	struct world *w = world("boot kselftest:size cmd:ktap=x cmd:last=x", 3, NULL);

	(void)state;
	hello(w, "", "0");
	con(w, "kassay: start kselftest.size.get_size\n");
	frame(w, FRAME_START, "0|kselftest.size.get_size");
	con(w, oops);
	frame(w, FRAME_END, "0|exit|0|0.5|60|45|1");
	con(w, "kassay: end kselftest.size.get_size\nkassay: start cmd.ktap\n");
	frame(w, FRAME_START, "1|cmd.ktap");
	con(w, "sysrq: Trigger a crash\nKernel panic - not syncing: sysrq triggered crash\n");
	end(w, MACHINE_PANICKED, "");
	has(&w->tests, "FAIL kselftest.size.get_size BUG: unable to handle kernel NULL pointer dereference in fault_here");
	has(&w->tests, "MISS cmd.last did not run: panicked during cmd.ktap");
	assert_int_equal(w->findings.len, 2);
	assert_non_null(strstr(w->findings.data[1], "cmd.ktap: "));
	has(&w->tests, "PASS boot");
	done(w);
}

static void ways_to_end_a_job(void **state)
{
	static const struct { const char *end, *want; } cases[] = {
		{ "0|timeout||45|0|45|1", "FAIL kselftest.size.get_size timeout" },
		{ "0|signal|11|1|0|45|1", "FAIL kselftest.size.get_size signal 11" },
		{ "0|exit|3|1|0|45|1", "FAIL kselftest.size.get_size exit 3" },
		{ "0|output-cap||1|0|45|1", "FAIL kselftest.size.get_size output cap" },
		{ "0|missing|./x|0|0|45|1", "ERROR kselftest.size.get_size could not run (missing): ./x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world *w = world("kselftest:size", 1, NULL);

		hello(w, "", "0");
		frame(w, FRAME_START, "0|kselftest.size.get_size");
		frame(w, FRAME_END, cases[i].end);
		observer_tick(w->o, 50);	/* no marker ever came: told after a while, before the end */
		has(&w->tests, cases[i].want);
		end(w, MACHINE_POWERED_OFF, "");
		assert_int_equal(w->tests.len, 1);
		done(w);
	}
}

/* What a command prints as KTAP is its verdict, also where no result line is in it. */
static void ktap_of_a_command(void **state)
{
	static const struct { const char *output, *want, *end; } cases[] = {
		{ "just words\n", "SKIP cmd.ktap just words", "4" },
		{ "needs 8 cpus\nTest SKIPPED\n", "SKIP cmd.ktap needs 8 cpus", "4" },
		{ "modprobe: FATAL\nSKIP: no foo\n", "SKIP cmd.ktap SKIP: no foo", "4" },
		{ "# SKIP: not root\n", "SKIP cmd.ktap SKIP: not root", "4" },
		{ "not a terminal. Skipping test\n", "SKIP cmd.ktap not a terminal. Skipping test", "4" },
		{ "TAP version 13\n1..9\nok 1 a\nok 2 # SKIP no b\n", "SKIP cmd.ktap no b", "4" },
		{ "1..0 # SKIP no zswap\n", "SKIP cmd.ktap no zswap", "4" },
		{ "# Starting 2 tests\nok 1 a\nnot ok 2 b\n", "SKIP cmd.ktap exit 4", "4" },
		{ "a\nb\nc\nd\n", "SKIP cmd.ktap d", "4" },
		{ "a\nb\nc\nd\ne\n", "SKIP cmd.ktap exit 4", "4" },
		{ "just words\n", "PASS cmd.ktap" },
		{ "1..0 # SKIP no such device\n", "SKIP cmd.ktap no such device" },
		{ "TAP version 13\nBail out! no memory\n", "ERROR cmd.ktap no memory" },
		{ "TAP version 13\n1..2\nok 1 a\n", "MISS cmd.ktap a subtest did not pass" },
		{ "TAP version 13\n1..2\nok 1 a\nnot ok\n", "FAIL cmd.ktap a subtest did not pass" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world *w = world("kselftest:size cmd:ktap=x", 2, NULL);
		AUTO_STR struct str output = STR_INIT, how = STR_INIT;

		hello(w, "", "0");
		frame(w, FRAME_START, "1|cmd.ktap");
		str_addf(&output, "1|%s", cases[i].output);
		frame(w, FRAME_OUTPUT, str_c(&output));
		str_addf(&how, "1|exit|%s|1|0|45|1", cases[i].end ? cases[i].end : "0");
		frame(w, FRAME_END, str_c(&how));
		observer_tick(w->o, 50);
		has(&w->tests, cases[i].want);
		end(w, MACHINE_POWERED_OFF, "");
		done(w);
	}
}

/* Output is bytes, and all of them. */
static void output_with_nuls(void **state)
{
	struct world *w = world("kselftest:size", 1, NULL);
	static const char text[] = "a\0b\0\0c";
	struct frame f = { .type = FRAME_OUTPUT, .n = 2 };

	(void)state;
	hello(w, "", "0");
	frame(w, FRAME_START, "0|kselftest.size.get_size");
	f.field[0] = "0";
	f.field[1] = text;
	f.len[1] = sizeof(text) - 1;
	observer_frame(w->o, &f);
	frame(w, FRAME_END, "0|exit|1|1|0|45|1");
	observer_tick(w->o, 50);
	assert_int_equal(w->output.len, sizeof(text) - 1);
	assert_memory_equal(w->output.data, text, sizeof(text) - 1);
	end(w, MACHINE_POWERED_OFF, "");
	done(w);
}

/* Of very much output the beginning is kept, and the results of all of it. */
static void very_much_output(void **state)
{
	struct world *w = world("kselftest:size", 1, NULL);
	AUTO_FREE char *mega = mem_alloc(1 << 20);
	struct frame f = { .type = FRAME_OUTPUT, .n = 2, .field = { "0", mega }, .len = { 1, 1 << 20 } };

	(void)state;
	memset(mega, 'x', 1 << 20);
	mega[(1 << 20) - 1] = '\n';
	hello(w, "", "0");
	frame(w, FRAME_START, "0|kselftest.size.get_size");
	frame(w, FRAME_OUTPUT, "0|TAP version 13\n1..2\nok 1 early\n");
	for (int i = 0; i < 20; i++)
		observer_frame(w->o, &f);
	frame(w, FRAME_OUTPUT, "0|not ok 2 late\n");
	frame(w, FRAME_END, "0|exit|1|1|0|45|1");
	observer_tick(w->o, 50);
	has(&w->tests, "PASS kselftest.size.get_size.early");
	has(&w->tests, "FAIL kselftest.size.get_size.late");
	assert_in_range(w->output.len, 16 << 20, 18 << 20);
	assert_non_null(strstr(str_c(&w->output) + (16 << 20), "bytes followed]"));
	end(w, MACHINE_POWERED_OFF, "");
	done(w);
}

/* Reports beyond the limit are not kept, but the test they are in fails. */
static void too_many_findings(void **state)
{
	struct world *w = world("cmd:last=x", 3, NULL);
	char line[128];

	(void)state;
	hello(w, "", "0");
	for (int i = 0; i < OBSERVE_FINDINGS_MAX + 5; i++) {
		snprintf(line, sizeof(line), "[   %d.0] BUG: Bad rss-counter state mm:%d type:1 val:1\n", i, i);
		con(w, line);
	}
	con(w, "kassay: start cmd.last\n");
	frame(w, FRAME_START, "2|cmd.last");
	con(w, "[ 9999.0] BUG: Bad page state in process x  pfn:1\n");
	frame(w, FRAME_END, "2|exit|0|0.1|0|45|1");
	con(w, "kassay: end cmd.last\n[ 9999.9] all is said\n");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "");
	assert_int_equal(w->findings.len, OBSERVE_FINDINGS_MAX);
	assert_int_equal(observer_facts(w->o)->findings_dropped, 6);
	has(&w->tests, "FAIL cmd.last BUG: Bad page state");
	done(w);

	/* Those within the limit that waited for their test are told. */
	w = world("kunit", 1, NULL);
	con(w, "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: noisy\n    1..1\n");
	for (int i = 0; i < OBSERVE_FINDINGS_MAX + 5; i++) {
		snprintf(line, sizeof(line), "[   %d.0] BUG: Bad rss-counter state mm:%d type:1 val:1\n", i, i);
		con(w, line);
	}
	con(w, "    ok 1 first\nok 1 noisy\n");
	hello(w, "", "0");
	end(w, MACHINE_POWERED_OFF, "");
	assert_int_equal(w->findings.len, OBSERVE_FINDINGS_MAX);
	has(&w->findings, "kunit.noisy.first: BUG: Bad rss-counter state");
	has(&w->tests, "FAIL kunit.noisy.first BUG: Bad rss-counter state");
	done(w);
}

static void never_reached_userspace(void **state)
{
	struct world *w = world("boot kunit kselftest:size", 1, NULL);

	(void)state;
	con(w, "KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: stuck\n    1..2\n    ok 1 first\n");
	end(w, MACHINE_HUNG, "no output for 60 s");
	has(&w->tests, "FAIL boot userspace was not reached: hung: no output for 60 s");
	has(&w->tests, "PASS kunit.stuck.first");
	has(&w->tests, "MISS kselftest.size.get_size userspace was not reached: hung: no output for 60 s");
	done(w);
}

static void boot_verdicts(void **state)
{
	struct world *w = world("boot", 0, "abcd");

	(void)state;
	hello(w, "ef01", "512");
	frame(w, FRAME_KMSG, "2|disk on fire|100");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->findings, "boot: kernel is tainted: W (kernel warned)");
	has(&w->findings, "boot: critical message: disk on fire");
	has(&w->tests, "FAIL boot running kernel's build id is ef01, abcd was built; kernel is tainted: W (kernel warned); "
		       "critical message: disk on fire");
	done(w);

	w = world("boot", 0, NULL);
	hello(w, "ef01", "266240");	/* N and O */
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->tests, "PASS boot");
	done(w);
}

/* What a torture module says as an alert is no alert; anything else, and what others say, is. */
static void torture_talks(void **state)
{
	static const struct observe_job torture[] = { { "rcutorture", "rcutorture:5", SUITE_TORTURE } };
	struct world *w = world_of("boot rcutorture:5", torture, 1, NULL);

	(void)state;
	hello(w, "", "0");
	frame(w, FRAME_KMSG, "1|rcu-torture:--- Start of test: nreaders=1|1000|rcutorture");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, "PASS boot");
	done(w);

	w = world_of("boot rcutorture:5", torture, 1, NULL);
	hello(w, "", "0");
	frame(w, FRAME_KMSG, "1|something burns|1000|");
	frame(w, FRAME_KMSG, "2|and smokes|1000|rcutorture");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, "FAIL boot alert message: something burns; critical message: and smokes");
	done(w);
}

static void torture_job(const char *output, const char *want)
{
	static const struct observe_job torture[] = { { "rcutorture", "rcutorture:5", SUITE_TORTURE } };
	struct world *w = world_of("rcutorture:5", torture, 1, NULL);
	AUTO_FREE char *out = mem_printf("0|%s", output);

	hello(w, "", "0");
	frame(w, FRAME_START, "0|rcutorture");
	frame(w, FRAME_OUTPUT, out);
	frame(w, FRAME_END, "0|exit|0|5.1|0|300|1");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, want);
	done(w);
}

static void torture_verdicts(void **state)
{
	(void)state;
	torture_job("rcu-torture:--- End of test: SUCCESS: nreaders=1\n", "PASS rcutorture");
	torture_job("rcu-torture:--- End of test: FAILURE: nreaders=1\n", "FAIL rcutorture End of test: FAILURE");
	torture_job("rcu-torture:--- End of test: RCU_HOTPLUG: n=1\n", "FAIL rcutorture End of test: RCU_HOTPLUG");
	torture_job("x-torture:--- End of test: SUCCESS [debug]: n\ny-torture:--- End of test: FAILURE: n", "FAIL rcutorture End of test: FAILURE");
	torture_job("nothing", "ERROR rcutorture it ended without a verdict in the kernel log");
}

RUN(T(torture_verdicts), T(torture_talks), T(good_boot), T(taint_before_jobs), T(crash_in_job),
    T(ways_to_end_a_job), T(ktap_of_a_command), T(output_with_nuls), T(very_much_output),
    T(too_many_findings), T(never_reached_userspace), T(boot_verdicts))
