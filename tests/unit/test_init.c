/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kassay-init as what it is: PID 1 of a machine. Needs KASSAY_TEST_KERNEL, an x86_64 image with a serial
 * console and initramfs; KASSAY_TEST_INIT is the program (default: of the build folder this runs in).
 */
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "boot/channel.h"
#include "boot/initramfs.h"
#include "sys/file.h"
#include "sys/loop.h"

#define BOOT_SECONDS 100
#define BUSYBOX "/bin/busybox"

/* A boot: what kassay-init sent, as lines "TYPE|field|field". */
struct boot {
	char *dir, *initrd;
	struct guest_spec spec;
	struct str frames, output; /* all but OUTPUT and BEAT; OUTPUT of all jobs */
	unsigned beats, outputs;   /* frames of their kinds */
	struct str raw;
	uint64_t damaged, lost;
	bool done;
	struct child_end end; /* of QEMU, when it was not ended by us */
	struct loop *loop;
	struct channel_reader *reader;
	struct err err;
};

static int setup(void **state)
{
	struct boot *b = NEW(struct boot);

	*state = b;
	if (dir_temp("init", &b->dir, &b->err))
		return -1;
	b->initrd = path_join(b->dir, "initrd");
	b->spec.init = getenv("KASSAY_TEST_INIT");
	if (!b->spec.init)
		b->spec.init = "guest/kassay-init";
	b->spec.busybox = BUSYBOX;
	return 0;
}

static int teardown(void **state)
{
	struct boot *b = *state;
	int r = dir_remove(b->dir, &b->err);

	guest_spec_release(&b->spec);
	str_release(&b->frames);
	str_release(&b->output);
	str_release(&b->raw);
	free(b->initrd);
	free(b->dir);
	free(b);
	return r;
}

static struct guest_job *add_job(struct boot *b, const char *name, double timeout,
				 const char *script)
{
	struct guest_job *job = vec_add(&b->spec.jobs);

	job->name = mem_strdup(name);
	job->timeout = timeout;
	strv_add(&job->argv, "sh");
	strv_add(&job->argv, "-c");
	strv_add(&job->argv, script);
	return job;
}

static void on_frame(void *data, const struct frame *f)
{
	struct boot *b = data;

	if (f->type == FRAME_BEAT) {
		b->beats++;
		return;
	}
	if (f->type == FRAME_OUTPUT) {
		b->outputs++;
		str_add(&b->output, f->field[1], f->len[1]);
		return;
	}
	str_addc(&b->frames, (char)f->type);
	for (size_t i = 0; i < f->n; i++)
		str_addf(&b->frames, "|%s", f->field[i]);
	str_addc(&b->frames, '\n');
	if (f->type == FRAME_DONE) {
		b->done = true;
		loop_stop(b->loop);
	}
}

static void on_bytes(const char *p, size_t n, void *data)
{
	struct boot *b = data;

	str_add(&b->raw, p, n);
	channel_feed(b->reader, p, n);
}

static void on_timeout(void *data)
{
	loop_stop(((struct boot *)data)->loop);
}

static void on_end(const struct child_end *end, void *data)
{
	struct boot *b = data;

	b->end = *end;
	loop_stop(b->loop);
}

/* Frames come through QEMU's stdout: the second UART, or the only one. */
static void boot(struct boot *b, bool second_uart)
{
	AUTO_STRV struct strv argv = { 0 };
	AUTO_FREE char *console = mem_printf("file:%s/console", b->dir);
	int pipe_fds[2];
	struct child *child = NULL;

	assert_int_equal(initramfs_write(&b->spec, b->initrd, &b->err), 0);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	const char *args[] = { "qemu-system-x86_64",
			       "-M",
			       "q35",
			       "-accel",
			       "tcg",
			       "-m",
			       "256",
			       "-nodefaults",
			       "-display",
			       "none",
			       "-no-reboot",
			       "-kernel",
			       getenv("KASSAY_TEST_KERNEL"),
			       "-initrd",
			       b->initrd,
			       "-append",
			       "console=ttyS0 panic=-1 no_timer_check",
			       "-serial" };
	for (size_t i = 0; i < ARRAY_SIZE(args); i++)
		strv_add(&argv, args[i]);
	if (second_uart) {
		strv_add(&argv, console);
		strv_add(&argv, "-serial");
	}
	strv_add(&argv, "stdio");
	double start = time_mono();
	b->end.code = -1;
	b->loop = loop_new();
	b->reader = channel_new(on_frame, NULL, b);
	struct timer *limit = timer_new(b->loop, BOOT_SECONDS, 0, on_timeout, b);
	struct child_spec spec = { .argv = strv_argv(&argv),
				   .in = -1,
				   .out = pipe_fds[1],
				   .error = 2,
				   .die_with_us = true };
	struct stream *stream = stream_new(b->loop, pipe_fds[0], on_bytes, b);
	assert_int_equal(child_start(b->loop, &spec, on_end, b, &child, &b->err), 0);
	close(pipe_fds[1]);
	loop_run(b->loop, &b->err);
	child_free(child);
	stream_free(stream);
	timer_free(limit);
	b->damaged = channel_damaged(b->reader);
	b->lost = channel_lost(b->reader);
	channel_free(b->reader);
	loop_free(b->loop);
	struct view raw = str_view(&b->raw);
	if (!b->done)
		fail_msg("not done after %.1f s; QEMU: %s %d; last:\n" VIEW_FMT,
			 time_mono() - start, b->end.signalled ? "signal" : "exit", b->end.code,
			 VIEW_ARG(view_sub(raw, raw.len > 800 ? raw.len - 800 : 0, 800)));
}

/* How often @text stands in what came through the channel. */
static unsigned copies(const struct boot *b, const char *text)
{
	struct view rest = str_view(&b->raw);
	unsigned n = 0;

	for (ssize_t at; (at = view_find(rest, text)) >= 0; n++)
		rest = view_sub(rest, (size_t)at + 1, rest.len);
	return n;
}

/* "E|2|exit|3|" and so on is among the frames. */
static void expect_frame(const struct boot *b, const char *start)
{
	for (const char *p = str_c(&b->frames); p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (strncmp(p, start, strlen(start)) == 0)
			return;
	fail_msg("no frame \"%s...\" in:\n%s", start, str_c(&b->frames));
}

static void how_jobs_end(void **state)
{
	struct boot *b = *state;

	b->spec.output_max = 100000;
	b->spec.scale = 3;
	struct guest_job *job = add_job(b, "exit.3", 20, "pwd; echo $A >&2; exit 3");
	job->cwd = mem_strdup("/tmp");
	strv_add(&job->env, "A=the value");
	add_job(b, "killed", 20, "kill -9 $$");
	add_job(b, "timeout", 1, "trap '' TERM; while :; do sleep 5; done");
	add_job(b, "cap", 60, "yes");
	job = add_job(b, "missing", 20, "");
	free(job->argv.data[0]);
	job->argv.data[0] = mem_strdup("/no/such");
	job = add_job(b, "not.executable", 20, "");
	free(job->argv.data[0]);
	job->argv.data[0] = mem_strdup("/etc/passwd");
	/* What it leaves behind ends with it, and its last words are heard. */
	add_job(b, "daemon", 20,
		"(trap '' TERM HUP; sleep 0.2; echo late; sleep 1000) & echo early");
	add_job(b, "all.gone", 20, "test $(ps | grep -c '[s]leep 1000') = 0");
	add_job(b, "pid1", 20, "kill -TERM 1; kill -KILL 1; kill -SEGV 1; kill -KILL -1");
	job = add_job(b, "scaled", 4, "sleep 4.5");
	job->scaled = true;
	boot(b, true);
	expect_frame(b, "H|1|");
	expect_frame(b, "S|0|exit.3\n");
	expect_frame(b, "E|0|exit|3|");
	assert_non_null(strstr(str_c(&b->output), "/tmp\nthe value\n"));
	expect_frame(b, "E|1|signal|9|");
	expect_frame(b, "E|2|timeout||");
	expect_frame(b, "E|3|output-cap||");
	expect_frame(b, "E|4|missing|/no/such|");
	expect_frame(b, "E|5|error|/etc/passwd: not executable|");
	expect_frame(b, "E|6|exit|0|");
	assert_non_null(strstr(str_c(&b->output), "early\nlate\n"));
	expect_frame(b, "E|7|exit|0|");
	expect_frame(b, "E|8|");
	expect_frame(b, "E|9|exit|0|4.");
	assert_non_null(strstr(str_c(&b->frames), "|0|12.000|3.000\n")); /* bytes, limit, scale */
	expect_frame(b, "T");
	assert_int_equal(copies(b, "\x01KO"), b->outputs);
	assert_int_equal(copies(b, "\x01KE"), 2 * b->spec.jobs.len);
	assert_true(b->beats >= 4);
	assert_int_equal(b->damaged + b->lost, 0);
}

/* Nothing a test prints is taken for a frame, and bytes come as they were. */
static void garbage_is_only_output(void **state)
{
	struct boot *b = *state;
	AUTO_STR struct str expected = STR_INIT;

	add_job(b, "forge", 20,
		"printf '\\001KE 9 00000000 0\\texit\\t0\\n\\001KD 10 12345678 \\n'");
	add_job(b, "bytes", 60,
		"i=0; while [ $i -lt 256 ]; do printf \\\\$(printf %o $i); i=$((i+1)); done");
	add_job(b, "device", 20, "for i in 1 2 3 4 5 6 7 8; do echo noise > /dev/ttyS1; done");
	boot(b, true);
	str_adds(&expected, "\001KE 9 00000000 0\texit\t0\n\001KD 10 12345678 \n");
	for (int i = 0; i < 256; i++)
		str_addc(&expected, (char)i);
	assert_int_equal(b->output.len, expected.len);
	assert_memory_equal(b->output.data, expected.data, expected.len);
	expect_frame(b, "E|2|exit|0|");
	assert_int_equal(b->lost, 0);
}

/* With one UART only, the frames come between the kernel's messages. */
static void console_and_calibration(void **state)
{
	struct boot *b = *state;

	b->spec.calibration_host = 1e-6; /* so that any machine meets the limit of 100 */
	b->spec.report_kmsg = true;
	add_job(b, "noise", 60,
		"for i in 1 2 3 4 5 6 7 8 9; do echo m > /proc/sysrq-trigger; echo line $i; done")
		->scaled = true;
	boot(b, false);
	assert_non_null(strstr(str_c(&b->frames), "|console|"));
	expect_frame(b, "C|");
	expect_frame(b, "E|0|exit|0|");
	assert_non_null(strstr(str_c(&b->frames), "|6000.000|100.000\n"));
	assert_string_equal(str_c(&b->output),
			    "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n"
			    "line 8\nline 9\n");
	/* More gets lost here, so more is sent twice. */
	assert_int_equal(copies(b, "\x01KO"), 2 * b->outputs);
	assert_int_equal(b->lost, 0);
}

#define F(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
RUN(F(how_jobs_end), F(garbage_is_only_output), F(console_and_calibration))
