/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/boots.h"

#include "base/log.h"
#include "job/boot_internal.h"
#include "job/guest_room.h"
#include "sys/loop.h"
#include "sys/room.h"

struct waiting {
	struct turn turn;
	struct source *src;
	struct pipe_build *b;
	const struct plan_platform *f;
};

struct boots {
	struct loop *loop;
	VEC(struct waiting) waiting; /* in the order of their turns */
	VEC(struct boot *) running;
	struct history *history;
	size_t added;
	bool building;
	const char *failed;  /* the newest FAIL nobody looked at yet */
	const char *stopped; /* --fail-fast */
	int r;		     /* the first error of a boot that ended in the loop */
	struct err err;
};

struct boots *boots_new(void)
{
	struct boots *q = NEW(struct boots);

	q->loop = loop_new();
	return q;
}

void boots_free(struct boots *q)
{
	if (!q)
		return;
	history_free(q->history);
	vec_release(&q->waiting);
	vec_release(&q->running);
	loop_free(q->loop);
	free(q);
}

struct loop *boots_loop(struct boots *q)
{
	return q->loop;
}

const char *boots_stopped(const struct pipeline *p)
{
	return p->boots->stopped;
}

void boots_building(struct pipeline *p, bool building)
{
	p->boots->building = building;
}

int boots_cancelled(const struct pipeline *p, int r, struct err *err)
{
	if (r != -ERR_CANCELLED || interrupted())
		return r;
	if (p->boots->r < 0) {
		*err = p->boots->err;
		return p->boots->r;
	}
	return p->boots->stopped ? 0 : r;
}

static void put_in_order(struct boots *q, const struct waiting *w)
{
	size_t at = 0;

	vec_add(&q->waiting);
	while (at + 1 < q->waiting.len && turn_compare(&q->waiting.data[at].turn, &w->turn) < 0)
		at++;
	memmove(&q->waiting.data[at + 1], &q->waiting.data[at],
		(q->waiting.len - 1 - at) * sizeof(*w));
	q->waiting.data[at] = *w;
}

int boots_add(struct pipeline *p, struct source *src, struct pipe_build *b, struct err *err)
{
	struct boots *q = p->boots;
	int r = q->history ? 0 : history_load(p, &q->history, err);

	for (size_t i = 0; r == 0 && i < p->plan.platforms.len; i++) {
		const struct plan_platform *f = &p->plan.platforms.data[i];
		struct waiting w = { .turn = { .at = q->added++ }, .src = src, .b = b, .f = f };

		if (!plan_pair(b->plan, f))
			continue;
		AUTO_FREE char *key = boot_expect_key(p, src, b->plan, f);
		r = store_expect_get(p->rec.store, key, &w.turn.expected, err);
		w.turn.failed = history_failed(q->history, b->plan->name, f->name);
		if (r == 0)
			put_in_order(q, &w);
	}
	return r;
}

/* A person and a debugger have one machine at a time. */
static bool one_at_a_time(const struct pipeline *p)
{
	return p->opt->shell || p->opt->gdb;
}

/* What the guests that run take of this host. */
static struct guest_use use_now(const struct pipeline *p)
{
	struct guest_use use = { .guests = p->boots->running.len };

	vec_foreach(x, &p->boots->running) {
		struct guest_need need = guest_need(p->opt, (*x)->f);
		uint64_t has = machine_resident((*x)->running);

		use.cpus += need.cpus;
		use.owed += has < need.memory ? need.memory - has : 0;
	}
	return use;
}

static struct guest_room room_now(const struct pipeline *p)
{
	struct guest_room room = { .guests = p->plan.guests,
				   .cores = p->opt->jobs > 0 ? p->opt->jobs : room_cores(),
				   .memory = room_memory() };

	if (one_at_a_time(p))
		room.guests = 1;
	return room;
}

static bool clashes(const struct pipeline *p, const struct plan_platform *f)
{
	vec_foreach(x, &p->boots->running)
		if (guests_clash(p->opt, (*x)->f, f))
			return true;
	return false;
}

/* The place in the queue of the next that fits; its length: none does. */
static size_t next_that_fits(const struct pipeline *p)
{
	const struct boots *q = p->boots;
	struct guest_use use = use_now(p);
	struct guest_room room = room_now(p);
	size_t i = 0;

	for (; i < q->waiting.len; i++) {
		struct guest_need need = guest_need(p->opt, q->waiting.data[i].f);

		if (guest_fits(&room, &use, &need) && !clashes(p, q->waiting.data[i].f))
			break;
	}
	return i;
}

static struct waiting take_waiting(struct boots *q, size_t at)
{
	struct waiting w = q->waiting.data[at];

	q->waiting.len--;
	memmove(&q->waiting.data[at], &q->waiting.data[at + 1], (q->waiting.len - at) * sizeof(w));
	return w;
}

static int begin_those_that_fit(struct pipeline *p, struct err *err)
{
	struct boots *q = p->boots;
	int r = 0;

	while (r == 0 && q->r == 0 && !q->stopped) {
		size_t at = next_that_fits(p);
		struct boot *x = NULL;

		if (at == q->waiting.len)
			break;
		struct waiting w = take_waiting(q, at);
		r = stage_boot(p, w.src, w.b, w.f, &x, err);
		if (x)
			*vec_add(&q->running) = x;
	}
	while (r == 0 && q->stopped && q->waiting.len) {
		struct waiting w = take_waiting(q, 0);

		r = boot_finished(&p->rec, w.b->id, w.f->name) ?
			    0 :
			    stage_missed(p, w.b, w.f, q->stopped, err);
	}
	return r;
}

static bool core_is_free(const struct pipeline *p)
{
	return !one_at_a_time(p) && use_now(p).cpus < room_now(p).cores;
}

int boots_run(struct pipeline *p, bool all, struct err *err)
{
	struct boots *q = p->boots;
	int r = 0;

	while (r == 0) {
		r = begin_those_that_fit(p, err);
		if (r == 0 && q->r < 0) {
			*err = q->err;
			r = q->r;
		}
		if (r < 0 || (!q->waiting.len && !q->running.len) ||
		    (!all && !q->waiting.len && core_is_free(p)))
			break;
		r = interrupted() ? err_set(err, ERR_CANCELLED, "interrupted") :
				    loop_run(q->loop, err);
		if (r < 0 && q->running.len)
			err_context(err, "boot %s", q->running.data[0]->b->plan->name);
	}
	if (r < 0)
		boots_cut(p);
	return r;
}

void boots_cut(struct pipeline *p)
{
	struct boots *q = p->boots;
	struct err ignored = { 0 };

	vec_foreach(x, &q->running) {
		(*x)->cut = true;
		machine_stop((*x)->running, MACHINE_KILLED, "interrupted");
	}
	while (q->running.len)
		loop_run(q->loop, &ignored);
	q->waiting.len = 0;
}

void boots_failed(struct pipeline *p, const char *name)
{
	if (p->opt->fail_fast)
		p->boots->failed = arena_strdup(p->a, name);
}

void boots_check(struct pipeline *p)
{
	struct boots *q = p->boots;

	if (!q->failed || q->stopped)
		return;
	if (pipeline_failed(p))
		q->stopped = arena_printf(p->a, "not run: --fail-fast after %s failed", q->failed);
	q->failed = NULL;
	if (!q->stopped)
		return;
	vec_foreach(x, &q->running) {
		(*x)->called_off = q->stopped;
		machine_stop((*x)->running, MACHINE_KILLED, "--fail-fast");
	}
	if (q->building)
		loop_cancel(q->loop);
}

void boots_ended(struct pipeline *p, struct boot *x)
{
	struct boots *q = p->boots;
	struct err err = { 0 };
	size_t n = 0;

	vec_foreach(other, &q->running)
		if (*other != x)
			q->running.data[n++] = *other;
	q->running.len = n;
	int r = boot_end(x, &err);

	if (r < 0 && q->r == 0) {
		q->r = r;
		q->err = err;
		if (q->building)
			loop_cancel(q->loop);
	}
	boots_check(p);
}
