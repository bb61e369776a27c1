/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real QEMU with guests of a few instructions; where QEMU itself fails, a script in its place. */
#include "tiny_guest.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/channel.h"
#include "boot/machine.h"
#include "sys/loop.h"

struct heard {
	struct str console;
	struct str frames; /* their types */
	double stop_after; /* on_tick: end it; 0: never */
};

static void on_console(void *data, const char *p, size_t n)
{
	str_add(&((struct heard *)data)->console, p, n);
}

static void on_frame(void *data, const struct frame *f)
{
	str_addc(&((struct heard *)data)->frames, (char)f->type);
}

static bool on_tick(void *data, double elapsed)
{
	struct heard *h = data;

	return h->stop_after > 0 && elapsed > h->stop_after;
}

static char *dir;

/* Run @spec to its end. */
static struct machine_end run_spec(struct machine_spec *spec, struct heard *h)
{
	struct machine_ops ops = {
		.on_console = on_console, .on_frame = on_frame, .on_tick = on_tick, .data = h
	};
	struct machine_end end = { 0 };
	struct err err = { 0 };

	spec->accel = ACCEL_TCG;
	spec->work = dir;
	spec->memory = 32 << 20;
	if (machine_run(spec, &ops, &end, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(end.accel, ACCEL_TCG);
	assert_int_equal(end.console_bytes, h->console.len);
	assert_true(end.duration > 0);
	return end;
}

static struct machine_end run_guest(const struct str *code, struct machine_spec *spec,
				    struct heard *h)
{
	AUTO_FREE char *image = path_join(dir, "guest");

	tiny_write(image, code);
	spec->image = image;
	struct machine_end end = run_spec(spec, h);
	spec->image = NULL;
	return end;
}

static void expect(const struct machine_end *end, enum machine_outcome outcome, const char *detail)
{
	if (end->outcome != outcome || !strstr(end->detail, detail))
		fail_msg("%s (%s), not %s (%s)", machine_outcome_words(end->outcome), end->detail,
			 machine_outcome_words(outcome), detail);
}

static void release(struct heard *h)
{
	str_release(&h->console);
	str_release(&h->frames);
	*h = (struct heard){ 0 };
}

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
	tiny_wait(&code, 100);
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
		      const struct str *code)
{
	AUTO_FREE char *image = path_join(dir, name);
	struct machine_spec spec = {
		.image = image, .accel = ACCEL_TCG, .work = dir, .memory = 32 << 20, .silence = 4
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
	start_one(l, &hung, "hung", &hangs_code);
	start_one(l, &reset, "reset", &resets_code);
	uint64_t resident = machine_resident(hung.m);
	if (resident < 1 << 20 || resident > 1 << 30)
		fail_msg("QEMU holds %llu bytes", (unsigned long long)resident);
	assert_int_equal(
		run(&(struct run_spec){ .loop = l, .argv = argv, .timeout = 60 }, &end, &err), 0);
	assert_int_equal(reset.end.outcome, MACHINE_RESET);
	while (left)
		assert_int_equal(loop_run(l, &err), 0);
	expect(&hung.end, MACHINE_HUNG, "no output for 4 s");
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
	start_one(l, &o, "talks", &code);
	usleep(5000000);
	while (left)
		assert_int_equal(loop_run(l, &err), 0);
	expect(&o.end, MACHINE_RESET, "without a panic");
	assert_int_equal(o.h.console.len, 300);
	release(&o.h);
	loop_free(l);
}

/* A script in the place of QEMU; $console $uart $port $qmp are its sockets. */
static struct machine_end run_fake(const char *script, struct machine_spec *spec, struct heard *h)
{
	AUTO_FREE char *path = path_join(dir, "fake");
	AUTO_STR struct str s = STR_INIT;
	struct err err = { 0 };

	str_adds(&s, "#!/bin/bash\n"
		     "for a; do\n"
		     "	case $a in\n"
		     "	*id=console,*) console=${a##*=} ;;\n"
		     "	*id=uart,*) uart=${a##*=} ;;\n"
		     "	*id=port,*) port=${a##*=} ;;\n"
		     "	*id=qmp,*) qmp=${a##*=} ;;\n"
		     "	esac\n"
		     "done\n");
	str_adds(&s, script);
	assert_int_equal(file_write(path, str_view(&s), 0700, &err), 0);
	spec->qemu = path;
	spec->image = path;
	struct machine_end end = run_spec(spec, h);
	spec->qemu = spec->image = NULL;
	return end;
}

static void fake(const char *script, enum machine_outcome outcome, const char *detail)
{
	struct heard h = { 0 };
	struct machine_end end = run_fake(script, &(struct machine_spec){ 0 }, &h);

	expect(&end, outcome, detail);
	assert_true(end.duration < 10);
	release(&h);
}

static void qemu_fails(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct machine_spec spec = { 0 };
	struct heard h = { 0 };
	(void)state;

	fake("echo no such thing >&2; exit 3", MACHINE_DIED, "no such thing");
	fake("exit 3", MACHINE_DIED, "exit 3 and no message");
	fake("kill -KILL $$", MACHINE_DIED, "signal 9 and no message");
	fake("echo '{\"event\": \"STOP\"}' >&$qmp; echo KVM internal error >&2; sleep 60",
	     MACHINE_DIED, "QEMU halted the machine: KVM internal error");
	fake("echo '{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"reason\": \"No space\"}}' >&$qmp\n"
	     "echo '{\"event\": \"STOP\"}' >&$qmp; sleep 60",
	     MACHINE_DIED, "No space");
	fake("echo '{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"host-signal\"}}' >&$qmp",
	     MACHINE_DIED, "from outside (host-signal)");
	fake("echo '{\"event\": \"GUEST_PANICKED\"}' >&$qmp", MACHINE_PANICKED, "panic device");
	/* Somebody else holds the sockets. */
	fake("sleep 4 & exit 1", MACHINE_DIED, "exit 1 and no message");

	tiny_hang(&code);
	strv_add(&spec.qemu_args, "-no-such-option");
	struct machine_end end = run_guest(&code, &spec, &h);
	expect(&end, MACHINE_DIED, "-no-such-option: invalid option");
	strv_release(&spec.qemu_args);
}

/* What a real guest needs drivers for: the virtio port speaks first, and stays the channel. */
static void first_channel_stays(void **state)
{
	AUTO_STR struct str script = STR_INIT;
	struct heard h = { 0 };
	static const struct {
		enum frame_type type;
		uint32_t seq;
		const char *to;
	} sent[] = {
		{ FRAME_BEAT, 1, "port" }, /* before HELLO: nobody's */
		{ FRAME_HELLO, 2, "port" },   { FRAME_START, 3, "port" },
		{ FRAME_HELLO, 1, "uart" },   { FRAME_DONE, 2, "uart" },
		{ FRAME_DONE, 1, "console" }, { FRAME_TAINT, 4, "port" },
		{ FRAME_DONE, 5, "port" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(sent); i++) {
		struct frame f = { .type = sent[i].type,
				   .seq = sent[i].seq,
				   .n = 1,
				   .field = { "1" },
				   .len = { 1 } };
		char line[FRAME_LINE_MAX];
		size_t n = frame_encode(&f, line, sizeof(line));
		str_addf(&script, "printf %%s\\\\n '%.*s' >&$%s; sleep 0.1\n", (int)n - 1, line,
			 sent[i].to);
	}
	str_adds(&script, "sleep 60\n");
	struct machine_end end = run_fake(str_c(&script), &(struct machine_spec){ 0 }, &h);
	expect(&end, MACHINE_POWERED_OFF, "everything ran");
	assert_string_equal(h.frames.data, "HSTD");
	assert_true(view_starts(str_view(&h.console), "\x01KD 1 "));
	release(&h);
}

/* Faster than any guest: it is not read faster than MACHINE_TICK_MAX a tick. */
static void a_flood_is_cut(void **state)
{
	struct machine_spec spec = { .console_max = 1 << 30, .console_max_seconds = 1.5 };
	struct heard h = { 0 };
	(void)state;

	struct machine_end end = run_fake("exec yes >&$console\n", &spec, &h);
	expect(&end, MACHINE_OUTPUT_CAP, "a flood of output");
	assert_true((double)end.console_bytes < (end.duration + 1) * 11 * (1 << 20));
	release(&h);
}

static void cannot_start(void **state)
{
	struct machine_spec spec = { .image = "/nowhere/bzImage", .accel = ACCEL_TCG, .work = dir };
	struct machine_end end = { 0 };
	struct err err = { 0 };
	struct machine_ops ops = { 0 };
	(void)state;

	assert_int_equal(machine_run(&spec, &ops, &end, &err), -ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "/nowhere/bzImage"));
	spec.image = dir;
	assert_int_equal(machine_run(&spec, &ops, &end, &err), -ERR_NOT_FOUND);
	spec.image = "/proc/self/exe";
	spec.initrd = "/nowhere/initrd";
	assert_int_equal(machine_run(&spec, &ops, &end, &err), -ERR_NOT_FOUND);
	spec.initrd = NULL;
	strv_add(&spec.initrd_extra, "/nowhere/extra");
	assert_int_equal(machine_run(&spec, &ops, &end, &err), -ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "/nowhere/extra"));
	strv_release(&spec.initrd_extra);
	spec.qemu = "qemu-not-there";
	assert_int_equal(machine_run(&spec, &ops, &end, &err), -ERR_NO_TOOL);
}

/* The kernel wants each archive at a multiple of four. */
static void initrds_are_joined(void **state)
{
	AUTO_FREE char *one = path_join(dir, "one"), *two = path_join(dir, "two"),
		       *three = path_join(dir, "three");
	struct machine_spec spec = { .initrd = one };
	struct heard h = { 0 };
	struct err err = { 0 };
	(void)state;

	assert_int_equal(file_write(one, VIEW("12345"), 0600, &err), 0);
	assert_int_equal(file_write(two, VIEW("1234"), 0600, &err), 0);
	assert_int_equal(file_write(three, VIEW("1"), 0600, &err), 0);
	strv_add(&spec.initrd_extra, two);
	strv_add(&spec.initrd_extra, three);
	run_fake("while [ \"$1\" != -initrd ]; do shift; done; cat \"$2\" >&$console\n", &spec, &h);
	assert_int_equal(h.console.len, 16);
	assert_memory_equal(h.console.data,
			    "12345\0\0\0001234"
			    "1\0\0\0",
			    16);
	release(&h);
	strv_release(&spec.initrd_extra);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(machine_outcome_words(MACHINE_POWERED_OFF), "powered off");
	assert_string_equal(machine_outcome_words(MACHINE_DIED), "died");
	assert_string_equal(accel_names[ACCEL_KVM], "kvm");
	assert_null(accel_names[ACCEL_TCG + 1]);
}

static int make_folder(void **state)
{
	struct err err = { 0 };

	(void)state;
	return dir_temp("test-machine", &dir, &err);
}

static int remove_folder(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(dir, &err);

	(void)state;
	free(dir);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(resets),
		T(powers_off),
		T(panics),
		T(hangs),
		T(ends_with_done),
		T(frames_on_the_console),
		T(prints_without_end),
		T(killed_by_the_caller),
		T(interrupted_machine),
		T(side_by_side),
		T(held_up),
		T(qemu_fails),
		T(first_channel_stays),
		T(a_flood_is_cut),
		T(cannot_start),
		T(initrds_are_joined),
		T(words),
	};

	return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
