/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU itself fails, floods or cannot start: a script is in its place. */
#include "test_machine.h"

#include <sys/stat.h>
#include <unistd.h>

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

RUN_IN_FOLDER(T(qemu_fails), T(first_channel_stays), T(a_flood_is_cut), T(cannot_start),
	      T(initrds_are_joined))
