/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU machine in an event loop:
 *
 *	QEMU ── ttyS0 ──► console ─┐ frames until another channel spoke ─┐
 *	     ── port  ──► port    ─┼────────► frames ────────────────────┴──► on_frame
 *	     ── ttyS1 ──► uart    ─┘ the rest of the console ──► watch, caps ──► on_console
 *	     ── QMP   ──► cause of the end
 *	     ── stderr ─► complaint
 *
 * Something ends it (machine_stop(), or QEMU by itself); then the streams are read to their ends, and
 * machine_judge() says how it ended.
 */
#include "boot/machine_loop.h"

#include <assert.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "boot/channel.h"
#include "boot/machine_judge.h"
#include "boot/qemu.h"
#include "boot/qemu_process.h"
#include "sys/file.h"
#include "boot/swtpm.h"

enum source_id { CONSOLE, PORT, UART, QMP, ERRORS, SOURCES };

/* One stream out of QEMU. */
struct source {
	struct machine *m;
	enum source_id id;
	struct stream *stream;
	struct channel_reader *reader; /* CONSOLE, PORT, UART */
	uint64_t bytes;
	size_t tick_bytes; /* since the last tick */
	bool paused, ended;
};

struct machine {
	struct machine_ops ops;
	double silence, timeout, console_max_seconds;
	uint64_t console_max;
	bool attended, gdb, has_disks;

	struct loop *loop;
	struct child *qemu;
	struct child *tpm; /* or NULL */
	struct timer *tick;
	struct timer *last; /* runs out: QEMU is killed, or no longer waited for */
	struct source source[SOURCES];
	struct source *channel; /* where HELLO came from; NULL: not yet */
	struct machine_signs signs;
	struct flood flood;

	double start, life; /* time_mono(): of the start, of the last sign of life */
	double ticked;	    /* of the last tick */
	bool stopping;	    /* end.outcome and end.detail are set */
	bool dying;	    /* the kernel said its last words, or QEMU halted it */
	bool qemu_ended;
	bool over; /* on_end was called */
	struct machine_end end;
};

const char *const accel_names[] = { "auto", "kvm", "tcg", NULL };

/* Ending it. */

void machine_stop(struct machine *m, enum machine_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	if (m->stopping)
		return;
	m->stopping = true;
	m->end.outcome = outcome;
	va_start(ap, fmt);
	vsnprintf(m->end.detail, sizeof(m->end.detail), fmt, ap);
	va_end(ap);
	if (m->qemu_ended)
		return;
	if (outcome == MACHINE_POWERED_OFF && m->has_disks) {
		stream_write(m->source[QMP].stream, QMP_QUIT, strlen(QMP_QUIT));
		timer_restart(m->last, MACHINE_QUIT_MS / 1e3);
	} else {
		child_kill(m->qemu, SIGKILL);
	}
}

/* Nothing more will come. The owner may free @m in on_end. */
static void over(struct machine *m)
{
	if (m->over)
		return;
	m->over = true;
	timer_stop(m->tick);
	timer_stop(m->last);
	if (!m->stopping)
		machine_judge(&m->signs, &m->end);
	if (m->channel) {
		m->end.frames_damaged = channel_damaged(m->channel->reader);
		m->end.frames_lost = channel_lost(m->channel->reader);
	}
	m->end.duration = time_mono() - m->start;
	loop_stop(m->loop);
	if (m->ops.on_end)
		m->ops.on_end(m->ops.data);
}

/* All was read that will come. */
static void check_over(struct machine *m)
{
	bool all = m->qemu_ended;

	for (int i = 0; i < SOURCES; i++)
		all = all && m->source[i].ended;
	if (all)
		over(m);
}

static void on_last(void *data)
{
	struct machine *m = data;

	if (m->qemu_ended)
		over(m); /* somebody else holds a stream open */
	else
		child_kill(m->qemu, SIGKILL);
}

static void on_qemu_end(const struct child_end *end, void *data)
{
	struct machine *m = data;

	m->qemu_ended = true;
	m->signs.qemu_end = *end;
	timer_restart(m->last, MACHINE_DRAIN_MS / 1e3);
	check_over(m);
}

/* It will do no more, but may end by itself and say why. */
static void let_die(struct machine *m)
{
	if (m->dying || m->stopping)
		return;
	m->dying = true;
	if (!m->qemu_ended)
		timer_restart(m->last, MACHINE_LAST_WORDS_MS / 1e3);
}

/* What comes out of it. */

/* Console bytes that are no frames. */
static void on_text(void *data, const char *p, size_t n)
{
	struct machine *m = ((struct source *)data)->m;
	double now = time_mono();
	uint64_t room = m->console_max - m->end.console_bytes;

	if (m->end.first_output < 0)
		m->end.first_output = now - m->start;
	m->life = now;
	if (n > room && !m->attended) {
		n = (size_t)room;
		AUTO_STR struct str max = STR_INIT;
		str_add_size(&max, m->console_max);
		machine_stop(m, MACHINE_OUTPUT_CAP, "more than %s on the console", str_c(&max));
	}
	m->end.console_bytes += n;
	flood_add(&m->flood, n, now);
	console_watch_feed(&m->signs.watch, p, n);
	if (m->signs.watch.said == CONSOLE_OFF ||
	    (m->signs.watch.said == CONSOLE_PANIC && !m->attended))
		let_die(m);
	if (n && m->ops.on_console)
		m->ops.on_console(m->ops.data, p, n);
}

static void on_frame(void *data, const struct frame *f)
{
	struct source *s = data;
	struct machine *m = s->m;
	double now = time_mono();

	if (!m->channel && f->type == FRAME_HELLO) {
		m->channel = s;
		m->end.hello = now - m->start;
	}
	if (m->channel != s)
		return;
	m->life = now;
	if (m->ops.on_frame)
		m->ops.on_frame(m->ops.data, f);
	if (f->type == FRAME_DONE)
		machine_stop(m, MACHINE_POWERED_OFF, "everything ran");
}

static void on_channel_bytes(struct source *s, const char *p, size_t n)
{
	struct machine *m = s->m;

	s->bytes += n;
	if (s->bytes > MACHINE_CHANNEL_MAX && !m->attended && s->id != CONSOLE) {
		machine_stop(m, MACHINE_OUTPUT_CAP, "more than %d MB on the result channel",
			     MACHINE_CHANNEL_MAX >> 20);
		return;
	}
	if (s->id == CONSOLE && m->channel && m->channel != s)
		on_text(s, p, n);
	else
		channel_feed(s->reader, p, n);
}

/* A host that reads as fast as a guest can write would do little else. */
static void throttle(struct source *s, size_t n)
{
	s->tick_bytes += n;
	if (s->tick_bytes >= MACHINE_TICK_MAX && !s->paused) {
		s->paused = true;
		stream_pause(s->stream, true);
	}
}

static void on_bytes(const char *p, size_t n, void *data)
{
	struct source *s = data;
	struct machine *m = s->m;

	if (!n) {
		s->ended = true;
		check_over(m);
		return;
	}
	throttle(s, n);
	if (s->id == QMP) {
		qmp_feed(&m->signs.qmp, p, n);
		if (m->signs.qmp.cause == QMP_STOPPED && !m->gdb)
			let_die(m);
	} else if (s->id == ERRORS) {
		qemu_complaint_feed(&m->signs.complaint, p, n);
	} else {
		on_channel_bytes(s, p, n);
	}
}

/* What was missing for so long. */
static const char *silence_words(const struct machine *m)
{
	if (m->end.first_output < 0)
		return "no output on the console";
	return m->channel ? "neither console output nor heartbeat" : "no output";
}

static void check_limits(struct machine *m, double now)
{
	double flood = flood_add(&m->flood, 0, now);

	if (now - m->start > m->timeout)
		machine_stop(m, MACHINE_TIMED_OUT, "not done after %.0f s", m->timeout);
	else if (flood >= m->console_max_seconds)
		machine_stop(m, MACHINE_OUTPUT_CAP, "a flood of output on the console for %.0f s",
			     flood);
	else if (now - m->life > m->silence)
		machine_stop(m, MACHINE_HUNG, "%s for %.0f s", silence_words(m), m->silence);
}

static void on_tick(void *data)
{
	struct machine *m = data;
	double now = time_mono();

	for (int i = 0; i < SOURCES; i++) {
		struct source *s = &m->source[i];
		s->tick_bytes = 0;
		if (s->paused) {
			s->paused = false;
			stream_pause(s->stream, false);
		}
	}
	/* What it said meanwhile is still to be read. */
	if (now - m->ticked > MACHINE_HELD_UP_MS / 1e3)
		m->life += now - m->ticked;
	m->ticked = now;
	if (m->stopping)
		return;
	if (!m->attended && !m->dying)
		check_limits(m, now);
	if (m->ops.on_tick && m->ops.on_tick(m->ops.data, now - m->start))
		machine_stop(m, MACHINE_KILLED, "ended by kassay");
}

/* Making and freeing. */

static void init_limits(struct machine *m, const struct machine_spec *spec, bool attended)
{
	m->attended = attended || spec->gdb;
	m->gdb = spec->gdb;
	m->has_disks = spec->disks.len > 0;
	m->silence = spec->silence > 0 ? spec->silence : MACHINE_SILENCE;
	m->timeout = spec->timeout > 0 ? spec->timeout : MACHINE_TIMEOUT;
	m->console_max = spec->console_max ? spec->console_max : MACHINE_CONSOLE_MAX;
	m->console_max_seconds = MACHINE_CONSOLE_MAX_SECONDS;
	if (spec->console_max_seconds > 0)
		m->console_max_seconds = spec->console_max_seconds;
	m->end.first_output = m->end.hello = -1;
}

static void open_sources(struct machine *m, const struct qemu_process *p)
{
	const int fds[SOURCES] = {
		[CONSOLE] = p->console, [PORT] = p->port,     [UART] = p->uart,
		[QMP] = p->qmp,		[ERRORS] = p->errors,
	};

	for (int i = 0; i < SOURCES; i++) {
		struct source *s = &m->source[i];
		s->m = m;
		s->id = (enum source_id)i;
		if (i <= UART)
			s->reader = channel_new(on_frame, i == CONSOLE ? on_text : NULL, s);
		s->stream = stream_new(m->loop, fds[i], on_bytes, s);
	}
	stream_write(m->source[QMP].stream, QMP_HELLO, strlen(QMP_HELLO));
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	for (int i = 0; i < SOURCES; i++) {
		channel_free(m->source[i].reader);
		stream_free(m->source[i].stream);
	}
	timer_free(m->tick);
	timer_free(m->last);
	child_free(m->qemu);
	child_free(m->tpm);
	qmp_release(&m->signs.qmp);
	free(m);
}

static int start(struct loop *l, const struct machine_spec *spec, const struct machine_ops *ops,
		 bool attended, struct machine **ret, struct err *err)
{
	struct machine *m = NEW(struct machine);
	struct qemu_process p;

	m->ops = *ops;
	m->loop = l;
	init_limits(m, spec, attended);
	int r = qemu_accel(spec, &m->end.accel, m->end.accel_why, sizeof(m->end.accel_why), err);
	m->start = m->life = m->ticked = m->flood.since = time_mono();
	if (!r && spec->tpm)
		r = swtpm_start(m->loop, spec->work, &m->tpm, err);
	if (!r)
		r = qemu_start(m->loop, spec, m->end.accel, attended, on_qemu_end, m, &p, err);
	if (r) {
		machine_free(m);
		return r;
	}
	m->qemu = p.child;
	m->last = timer_new(m->loop, 0, 0, on_last, m);
	timer_stop(m->last);
	m->tick = timer_new(m->loop, MACHINE_TICK_MS / 1e3, MACHINE_TICK_MS / 1e3, on_tick, m);
	open_sources(m, &p);
	*ret = m;
	return 0;
}

int machine_start(struct loop *l, const struct machine_spec *spec, const struct machine_ops *ops,
		  struct machine **ret, struct err *err)
{
	return start(l, spec, ops, false, ret, err);
}

int machine_start_attended(struct loop *l, const struct machine_spec *spec,
			   const struct machine_ops *ops, struct machine **ret, struct err *err)
{
	return start(l, spec, ops, true, ret, err);
}

void machine_take(struct machine *m, struct machine_end *ret)
{
	assert(m->over);
	*ret = m->end;
	machine_free(m);
}

uint64_t machine_resident(const struct machine *m)
{
	AUTO_FREE char *path = mem_printf("/proc/%d/statm", (int)child_pid(m->qemu));
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	unsigned long long pages = 0;

	/* proc(5): size, resident, ... in pages. */
	if (m->qemu_ended || file_read(path, PATH_MAX, &text, &ignored) < 0 ||
	    sscanf(str_c(&text), "%*u %llu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void machine_type(struct machine *m, const char *p, size_t n)
{
	stream_write(m->source[CONSOLE].stream, p, n);
}

int machine_wait(struct machine *m, struct err *err)
{
	int r = 0;

	while (!m->over) {
		struct err now = { 0 };

		if (loop_run(m->loop, &now) == 0)
			continue;
		machine_stop(m, MACHINE_KILLED, "interrupted");
		child_kill(m->qemu, SIGKILL);
		*err = now;
		r = -now.code;
	}
	return r;
}
