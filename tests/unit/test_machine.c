/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real QEMU with guests of a few instructions. */
#include "test_machine.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void resets(void **state)
{
	AUTO_STR struct str silent = STR_INIT, loud = STR_INIT, asked = STR_INIT;
	struct heard h = { 0 };
	(void)state;

	tiny_reset(&silent);
	struct machine_end end = run_guest(&silent, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_RESET, "no output on the console");
	assert_true(end.first_output < 0 && end.hello < 0);

	tiny_print(&loud, TINY_COM1, "one\r\ntwo");
	tiny_reset(&loud);
	end = run_guest(&loud, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_RESET, "without a panic");
	assert_string_equal(h.console.data, "one\r\ntwo");
	assert_true(end.first_output > 0 && end.first_output <= end.duration);
	release(&h);

	tiny_print(&asked, TINY_COM1, "[    9.9] reboot: Restarting system\n");
	tiny_reset(&asked);
	end = run_guest(&asked, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_RESET, "asked for a reboot");
	release(&h);
}

static void powers_off(void **state)
{
	AUTO_STR struct str acpi = STR_INIT, halted = STR_INIT;
	struct heard h = { 0 };
	(void)state;

	tiny_print(&acpi, TINY_COM1, "bye\n");
	tiny_power_off(&acpi);
	struct machine_end end = run_guest(&acpi, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_POWERED_OFF, "switched itself off");
	release(&h);

	/* A kernel without ACPI can only say so. */
	tiny_print(&halted, TINY_COM1,
		   "reboot: Power off not available: System halted instead\r\n");
	tiny_hang(&halted);
	end = run_guest(&halted, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_POWERED_OFF, "switched itself off");
	release(&h);
}

static void panics(void **state)
{
	AUTO_STR struct str loops = STR_INIT, dies = STR_INIT;
	struct heard h = { 0 };
	(void)state;

	/* panic=0: what it says after the panic is still heard, and it does not go on for ever. */
	tiny_print(&loops, TINY_COM1, "[    1.0] Kernel panic - not syncing: x\r\n");
	size_t start = loops.len;
	tiny_print(&loops, TINY_COM1, ".");
	tiny_wait(&loops, 30);
	tiny_again_from(&loops, start);
	struct machine_end end = run_guest(&loops, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_PANICKED, "Kernel panic - not syncing: x");
	assert_true(end.duration - end.first_output > 1 && end.duration - end.first_output < 6);
	assert_non_null(strstr(h.console.data, "x\r\n."));
	release(&h);

	tiny_print(&dies, TINY_COM1, "[    1.0] Kernel panic - not syncing: y\r\n");
	tiny_reset(&dies);
	end = run_guest(&dies, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_PANICKED, "Kernel panic - not syncing: y");
	release(&h);
}

static void hangs(void **state)
{
	AUTO_STR struct str mute = STR_INIT, quiet = STR_INIT, loop = STR_INIT, alive = STR_INIT;
	struct machine_spec spec = { .silence = 4 };
	struct heard h = { 0 };
	(void)state;

	tiny_hang(&mute);
	struct machine_end end = run_guest(&mute, &spec, &h);
	expect(&end, MACHINE_HUNG, "no output on the console for 4 s");

	tiny_print(&quiet, TINY_COM1, "booting\n");
	tiny_hang(&quiet);
	end = run_guest(&quiet, &spec, &h);
	expect(&end, MACHINE_HUNG, "no output for");
	assert_true(end.duration - end.first_output >= 4);
	release(&h);

	/* Who prints or sends heartbeats is no hang, but has an end too. */
	size_t start = loop.len;
	tiny_print(&loop, TINY_COM1, ".");
	tiny_wait(&loop, 10);
	tiny_again_from(&loop, start);
	spec.timeout = 9;
	end = run_guest(&loop, &spec, &h);
	expect(&end, MACHINE_TIMED_OUT, "9 s");
	release(&h);

	tiny_frame(&alive, TINY_COM2, FRAME_HELLO, 1, "1");
	for (uint32_t i = 2; i < 50; i++) {
		tiny_frame(&alive, TINY_COM2, FRAME_BEAT, i, "1");
		tiny_wait(&alive, 80);
	}
	tiny_hang(&alive);
	end = run_guest(&alive, &spec, &h);
	expect(&end, MACHINE_TIMED_OUT, "9 s");
	assert_true(end.hello > 0);
	assert_true(h.frames.len > 3 && view_starts(str_view(&h.frames), "HBB"));
	release(&h);
}

static void ends_with_done(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct machine_spec spec = { 0 };
	struct heard h = { 0 };
	AUTO_FREE char *disk = path_join(dir, "disk.img"), *other = path_join(dir, "a,b.img");
	struct err err = { 0 };
	(void)state;

	tiny_print(&code, TINY_COM1, "before ");
	tiny_frame(&code, TINY_COM2, FRAME_HELLO, 1, "1");
	tiny_frame(&code, TINY_COM2, FRAME_START, 2, "0");
	tiny_wait(&code, 600); /* for a busy host to hear of the channel */
	/* With a channel of its own, a frame on the console is somebody else's text. */
	tiny_frame(&code, TINY_COM1, FRAME_DONE, 1, "");
	tiny_print(&code, TINY_COM1, "after");
	tiny_frame(&code, TINY_COM2, FRAME_DONE, 3, "");
	tiny_hang(&code);
	struct machine_end end = run_guest(&code, &spec, &h);
	expect(&end, MACHINE_POWERED_OFF, "everything ran");
	assert_string_equal(h.frames.data, "HSD");
	assert_true(view_starts(str_view(&h.console), "before \x01KD 1 "));
	assert_true(view_ends(str_view(&h.console), "\nafter"));
	assert_true(end.hello > 0 && end.hello <= end.duration);
	release(&h);

	/* With a disk QEMU is asked to end. */
	AUTO_STR struct str zeros = STR_INIT;
	for (int i = 0; i < 4096; i++)
		str_addc(&zeros, '\0');
	assert_int_equal(file_write(disk, str_view(&zeros), 0600, &err), 0);
	strv_add(&spec.disks, disk);
	assert_int_equal(file_write(other, str_view(&zeros), 0400, &err), 0);
	strv_addf(&spec.disks, "%s:ro", other);
	end = run_guest(&code, &spec, &h);
	expect(&end, MACHINE_POWERED_OFF, "everything ran");
	strv_release(&spec.disks);
	release(&h);
}

static void frames_on_the_console(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct heard h = { 0 };
	(void)state;

	tiny_print(&code, TINY_COM1, "one\n");
	tiny_frame(&code, TINY_COM1, FRAME_START, 1, "no hello yet");
	tiny_frame(&code, TINY_COM1, FRAME_HELLO, 2, "1");
	tiny_print(&code, TINY_COM1, "two\n");
	tiny_frame(&code, TINY_COM2, FRAME_DONE, 1, "not from there");
	tiny_frame(&code, TINY_COM1, FRAME_BEAT, 3, "1");
	tiny_print(&code, TINY_COM1, "\x01KB 4 damaged\n");
	tiny_frame(&code, TINY_COM1, FRAME_DONE, 6, "1");
	tiny_hang(&code);
	struct machine_end end = run_guest(&code, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_POWERED_OFF, "everything ran");
	assert_string_equal(h.frames.data, "HBD");
	assert_true(view_starts(str_view(&h.console), "one\ntwo\n"));
	assert_int_equal(end.frames_damaged, 1);
	assert_int_equal(end.frames_lost, 2);
	release(&h);
}

static void prints_without_end(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct heard h = { 0 };
	(void)state;

	tiny_print(&code, TINY_COM1, "flood ");
	tiny_again_from(&code, 0);
	struct machine_end end =
		run_guest(&code, &(struct machine_spec){ .console_max = 50001 }, &h);
	expect(&end, MACHINE_OUTPUT_CAP, "more than 50 kB on the console");
	assert_int_equal(end.console_bytes, 50001);
	release(&h);
}

static void killed_by_the_caller(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct heard h = { .stop_after = 0.3 };
	(void)state;

	tiny_hang(&code);
	struct machine_end end = run_guest(&code, &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_KILLED, "by kassay");
	release(&h);
}

static void interrupted_machine(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	AUTO_FREE char *image = path_join(dir, "guest");
	(void)state;

	tiny_hang(&code);
	tiny_write(image, &code);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		struct machine_spec spec = { .image = image, .accel = ACCEL_TCG, .work = dir };
		struct machine_end end = { 0 };
		struct err err = { 0 };
		interrupt_install();
		int r = machine_run(&spec, &(struct machine_ops){ 0 }, &end, &err);
		exit(r != -ERR_CANCELLED || end.outcome != MACHINE_KILLED ||
		     strcmp(end.detail, "interrupted"));
	}
	usleep(3000000);
	kill(pid, SIGTERM);
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

struct one_of_several {
	struct heard h; /* first: on_console takes this for it */
	struct machine *m;
	struct machine_end end;
	size_t *left;
	const char *over; /* file that is made at its end */
};

static void on_end(void *data)
{
	struct one_of_several *o = data;

	machine_take(TAKE(o->m), &o->end);
	--*o->left;
	if (o->over)
		file_write(o->over, VIEW(""), 0644, &(struct err){ 0 });
}

static void start_one(struct loop *l, struct one_of_several *o, const char *name,
		      const struct str *code, double silence)
{
	AUTO_FREE char *image = path_join(dir, name);
	struct machine_spec spec = {
		.image = image, .accel = ACCEL_TCG, .work = dir, .memory = 32 << 20, .silence = silence
	};
	struct machine_ops ops = { .on_console = on_console, .on_end = on_end, .data = o };
	struct err err = { 0 };

	tiny_write(image, code);
	if (machine_start(l, &spec, &ops, &o->m, &err))
		fail_msg("%s", err.msg);
}

/* Machines share a loop with each other and with a program; each has its own end. */
static void side_by_side(void **state)
{
	AUTO_STR struct str hangs_code = STR_INIT, resets_code = STR_INIT;
	struct one_of_several hung = { 0 }, reset = { 0 };
	size_t left = 2;
	struct loop *l = loop_new();
	struct err err = { 0 };
	struct child_end end;
	AUTO_FREE char *over = path_join(dir, "over");
	char *argv[] = {
		(char *)"sh", (char *)"-c", (char *)"until [ -e \"$1\" ]; do sleep 0.05; done",
		(char *)"sh", over,	    NULL
	};
	(void)state;

	tiny_print(&hangs_code, TINY_COM1, "hanging\n");
	tiny_hang(&hangs_code);
	tiny_print(&resets_code, TINY_COM1, "resetting\n");
	tiny_reset(&resets_code);
	hung.left = reset.left = &left;
	reset.over = over; /* that program waits for it: machines are served meanwhile */
	start_one(l, &hung, "hung", &hangs_code, 9);
	start_one(l, &reset, "reset", &resets_code, 60);
	uint64_t resident = machine_resident(hung.m);
	if (resident < 1 << 20 || resident > 1 << 30)
		fail_msg("QEMU holds %llu bytes", (unsigned long long)resident);
	assert_int_equal(
		run(&(struct run_spec){ .loop = l, .argv = argv, .timeout = 60 }, &end, &err), 0);
	assert_int_equal(reset.end.outcome, MACHINE_RESET);
	while (left)
		assert_int_equal(loop_run(l, &err), 0);
	expect(&hung.end, MACHINE_HUNG, "no output for 9 s");
	assert_string_equal(str_c(&hung.h.console), "hanging\n");
	assert_string_equal(str_c(&reset.h.console), "resetting\n");
	release(&hung.h);
	release(&reset.h);
	loop_free(l);
}

/* While we do something else nothing is heard: that is not the machine's silence. */
static void held_up(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct one_of_several o = { 0 };
	size_t left = 1;
	struct loop *l = loop_new();
	struct err err = { 0 };
	(void)state;

	for (int i = 0; i < 300; i++) {
		tiny_print(&code, TINY_COM1, ".");
		tiny_wait(&code, 20);
	}
	tiny_reset(&code);
	o.left = &left;
	start_one(l, &o, "talks", &code, 4);
	usleep(5000000);
	while (left)
		assert_int_equal(loop_run(l, &err), 0);
	expect(&o.end, MACHINE_RESET, "without a panic");
	assert_int_equal(o.h.console.len, 300);
	release(&o.h);
	loop_free(l);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(machine_outcome_words(MACHINE_POWERED_OFF), "powered off");
	assert_string_equal(machine_outcome_words(MACHINE_DIED), "died");
	assert_string_equal(accel_names[ACCEL_KVM], "kvm");
	assert_null(accel_names[ACCEL_TCG + 1]);
}

RUN_IN_FOLDER(T(resets), T(powers_off), T(panics), T(hangs), T(ends_with_done),
	      T(frames_on_the_console), T(prints_without_end), T(killed_by_the_caller),
	      T(interrupted_machine), T(side_by_side), T(held_up), T(words))
