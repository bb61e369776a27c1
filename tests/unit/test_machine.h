/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One machine run to its end, and what was heard of it. */
#pragma once

#include "test_folder.h"
#include "tiny_guest.h"

#include "boot/channel.h"
#include "boot/machine.h"
#include "boot/machine_loop.h"
#include "sys/loop.h"

struct heard {
	struct str console;
	struct str frames; /* their types */
	double stop_after; /* on_tick: end it; 0: never */
};

static inline void on_console(void *data, const char *p, size_t n)
{
	str_add(&((struct heard *)data)->console, p, n);
}

static inline void on_frame(void *data, const struct frame *f)
{
	str_addc(&((struct heard *)data)->frames, (char)f->type);
}

static inline bool on_tick(void *data, double elapsed)
{
	struct heard *h = data;

	return h->stop_after > 0 && elapsed > h->stop_after;
}

/* One machine alone in a loop of its own. ERR_CANCELLED: interrupted, @ret is filled too; else as machine_start(). */
static inline int machine_run(const struct machine_spec *spec, const struct machine_ops *ops,
			      struct machine_end *ret, struct err *err)
{
	struct loop *l = loop_new();
	struct machine *m;
	int r = machine_start(l, spec, ops, &m, err);

	if (r == 0) {
		r = machine_wait(m, err);
		machine_take(m, ret);
	}
	loop_free(l);
	return r;
}

/* Run @spec to its end. */
static inline struct machine_end run_spec(struct machine_spec *spec, struct heard *h)
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

static inline struct machine_end run_guest(const struct str *code, struct machine_spec *spec,
				    struct heard *h)
{
	AUTO_FREE char *image = path_join(dir, "guest");

	tiny_write(image, code);
	spec->image = image;
	struct machine_end end = run_spec(spec, h);
	spec->image = NULL;
	return end;
}

static inline void expect(const struct machine_end *end, enum machine_outcome outcome, const char *detail)
{
	if (end->outcome != outcome || !strstr(end->detail, detail))
		fail_msg("%s (%s), not %s (%s)", machine_outcome_words(end->outcome), end->detail,
			 machine_outcome_words(outcome), detail);
}

static inline void release(struct heard *h)
{
	str_release(&h->console);
	str_release(&h->frames);
	*h = (struct heard){ 0 };
}
