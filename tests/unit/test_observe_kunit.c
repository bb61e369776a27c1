/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KUnit in a boot: built in and in modules, its reports, its taints. */
#include "test_observe.h"

/* An oops between two result lines belongs to the second; an expected one fails nothing. */
static void kunit_crashes(void **state)
{
	struct world *w = world("boot kunit", 0, NULL);

	(void)state;
	con(w, "KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: fault\n    1..1\n");
	con(w, oops);
	con(w, "    ok 1 null\nok 1 fault\n    KTAP version 1\n    # Subtest: real\n    1..2\n    ok 1 first\n");
	con(w, oops);
	con(w, "    ok 2 second\nok 2 real\n");
	hello(w, "", "262272");	/* N and D: D has an expected finding that explains it */
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->tests, "PASS kunit.fault.null");
	has(&w->tests, "PASS kunit.real.first");
	has(&w->tests, "FAIL kunit.real.second BUG: unable to handle kernel NULL pointer dereference in fault_here");
	has(&w->findings, "kunit.fault.null: BUG: unable to handle kernel NULL pointer dereference in fault_here (expected)");
	has(&w->findings, "kunit.real.second: BUG: unable to handle kernel NULL pointer dereference in fault_here");
	has(&w->tests, "PASS boot");
	done(w);
}

/* Reports without an end of their own are understood when KUnit has begun, or is over. */
static void kunit_and_around(void **state)
{
	struct world *w = world("boot kunit", 0, NULL);

	(void)state;
	con(w, "UBSAN: shift-out-of-bounds in ../src/init/bugs.c:30:58\nshift exponent -7 is negative\n"
	       "CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.117 #1\nCall Trace:\n <TASK>\n"
	       " __ubsan_handle_shift_out_of_bounds+0x129/0x13d\n early_shift+0x1d/0x28\n do_one_initcall+0x167/0x390\n"
	       " </TASK>\n---[ end trace ]---\nSerial: 8250/16550 driver\n");
	con(w, "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: mine\n    1..1\n");
	con(w, "==================================================================\n"
	       "BUG: KFENCE: use-after-free read in thing_work+0x2d/0x32\n\n"
	       "Use-after-free read at 0x00000000c494a132 (in kfence-#229):\n thing_work+0x2d/0x32\n worker_thread+0x369/0x44c\n\n"
	       "CPU: 0 UID: 0 PID: 8 Comm: kworker/0:0 Tainted: G                 N 6.12.117 #1\n"
	       "==================================================================\n");
	con(w, "    ok 1 one\nok 1 mine\nFreeing unused kernel image (initmem) memory: 1136K\nRun /init as init process\n");
	hello(w, "", "0");
	con(w, "kassay: start cmd.last\n");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->findings, "boot: UBSAN: shift-out-of-bounds in early_shift");
	has(&w->findings, "kunit.mine.one: KFENCE: use-after-free read in thing_work");
	has(&w->tests, "FAIL kunit.mine.one KFENCE: use-after-free read in thing_work");
	has(&w->tests, "FAIL boot UBSAN: shift-out-of-bounds in early_shift");
	done(w);
}

/* A report of a KUnit test answers for the taint and the loud message that came with it. */
static void kunit_taints(void **state)
{
	struct world *w = world("boot kunit", 0, NULL);

	(void)state;
	con(w, "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: mine\n    1..1\n");
	con(w, "[   34.2] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [kunit_try_catch:39]\n"
	       "[   34.2] CPU: 0 UID: 0 PID: 39 Comm: kunit_try_catch Tainted: G                 N 6.12.117 #1\n"
	       "[   34.2] RIP: 0010:one+0x5db/0x638\n[   34.2] Call Trace:\n[   34.2]  <TASK>\n[   34.2]  long_loop+0x24f/0x39c\n"
	       "[   34.2]  </TASK>\n");
	con(w, "    ok 1 one\nok 1 mine\nRun /init as init process\n");
	hello(w, "", "278528"); /* N and L */
	frame(w, FRAME_KMSG, "0|watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [kunit_try_catch:39]|1000|");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->findings, "kunit.mine.one: BUG: soft lockup in long_loop");
	has(&w->tests, "FAIL kunit.mine.one BUG: soft lockup in long_loop");
	has(&w->tests, "PASS boot");
	assert_int_equal(w->findings.len, 1);
	done(w);
}

static void no_kunit(void **state)
{
	struct world *w = world("boot kunit", 0, NULL);

	(void)state;
	con(w, "Linux version 6.12\n");
	hello(w, "", "0");
	end(w, MACHINE_POWERED_OFF, "");
	has(&w->tests, "ERROR kunit no KUnit results on the console: is CONFIG_KUNIT set, does the filter match?");
	done(w);
}

static const struct observe_job modules[] = {
	{ "module.kunit", "kunit", SUITE_MODULE },
	{ "module.list_test", "kunit", SUITE_KUNIT },
	{ "module.hash_test", "kunit", SUITE_KUNIT },
};

static void load(struct world *w, int i, const char *log, const char *output)
{
	AUTO_FREE char *start = mem_printf("%d|%s", i, modules[i].path), *ended = mem_printf("%d|exit|0|0.1|0|300|1", i);
	AUTO_FREE char *out = mem_printf("%d|%s", i, output);
	AUTO_FREE char *first = mem_printf("kassay: start %s\n", modules[i].path);
	AUTO_FREE char *last = mem_printf("kassay: end %s\n", modules[i].path);

	con(w, first);
	frame(w, FRAME_START, start);
	con(w, log);
	frame(w, FRAME_OUTPUT, out);
	con(w, last);
	frame(w, FRAME_END, ended);
	observer_tick(w->o, w->now += 0.1);
}

static const char list_log[] = "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: list\n    1..2\n"
			       "    ok 1 add\n    not ok 2 del\nnot ok 1 list\n";
/* The kernel counts suites from the boot on, its plan is the module's. */
static const char hash_log[] = "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: hash\n    1..2\n    ok 1 none\n";
static const char hash_end[] = "    ok 2 all\nok 2 hash\n";

static void kunit_in_modules(void **state)
{
	struct world *w = world_of("boot kunit", modules, 3, NULL);
	AUTO_FREE char *crash = mem_printf("%s%s%s", hash_log, oops, hash_end);

	(void)state;
	hello(w, "", "0");
	load(w, 0, "", "");
	load(w, 1, list_log, "what debugfs says is not needed: ok 1 list\n");
	load(w, 2, crash, "");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, "PASS module.list_test");
	has(&w->tests, "PASS kunit.list.add");
	has(&w->tests, "FAIL kunit.list.del");
	has(&w->tests, "PASS kunit.hash.none");
	has(&w->findings, "kunit.hash.all: BUG: unable to handle kernel NULL pointer dereference in fault_here");
	has(&w->tests, "PASS module.hash_test");
	vec_foreach(t, &w->tests)
		assert_null(strstr(*t, " kunit "));
	done(w);
}

/* The kernel log was cut: debugfs has the results. Nothing anywhere is an error. */
static void kunit_results_elsewhere(void **state)
{
	struct world *w = world_of("boot kunit", modules, 3, NULL);

	(void)state;
	hello(w, "", "0");
	load(w, 1, "", list_log);
	load(w, 2, "", "");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, "PASS kunit.list.add");
	has(&w->tests, "FAIL kunit.list.del");
	done(w);

	w = world_of("boot kunit", modules, 3, NULL);
	hello(w, "", "0");
	for (int i = 0; i < 3; i++)
		load(w, i, "", "");
	frame(w, FRAME_DONE, "");
	end(w, MACHINE_POWERED_OFF, "everything ran");
	has(&w->tests, "ERROR kunit no KUnit results on the console: is CONFIG_KUNIT set, does the filter match?");
	done(w);
}

static void kunit_module_panics(void **state)
{
	struct world *w = world_of("boot kunit", modules, 3, NULL);

	(void)state;
	hello(w, "", "0");
	con(w, "kassay: start module.list_test\n");
	frame(w, FRAME_START, "1|module.list_test");
	con(w, "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: list\n    1..3\n    ok 1 add\n");
	con(w, oops);
	observer_tick(w->o, w->now += 5);
	end(w, MACHINE_PANICKED, "");
	has(&w->tests, "PASS kunit.list.add");
	has(&w->tests, "FAIL module.list_test panicked: BUG: unable to handle kernel NULL pointer dereference in fault_here");
	has(&w->tests, "MISS module.hash_test did not run: panicked during module.list_test");
	done(w);
}

RUN(T(kunit_in_modules), T(kunit_results_elsewhere), T(kunit_module_panics), T(kunit_crashes),
    T(kunit_and_around), T(kunit_taints), T(no_kunit))
