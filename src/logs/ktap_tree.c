/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/ktap_tree.h"

static const char no_result[] = "no result line";

struct ktap_level *ktap_level_last(struct ktap *k)
{
	return k->depth ? &k->levels[k->depth - 1] : NULL;
}

void ktap_level_release(struct ktap_level *l)
{
	free(l->name);
	free(l->announced);
	free(l->hint);
	free(l->below_name);
	free(l->below_why);
	free(l->why);
	vec_release(&l->later);
	str_release(&l->all);
	str_release(&l->notes);
	str_release(&l->about);
	*l = (struct ktap_level){ 0 };
}

static struct ktap_level *level_push(struct ktap *k, unsigned column)
{
	struct ktap_level *parent = ktap_level_last(k), *l = &k->levels[k->depth];

	*l = (struct ktap_level){ .column = column, .plan = -1, .top = k->depth == 0 };
	if (parent)
		l->name = TAKE(parent->announced);
	k->depth++;
	return l;
}

uint64_t ktap_expected(const struct ktap_level *l)
{
	return (l->later.len ? l->later.data[l->later.len - 1] : l->in_order) + 1;
}

void ktap_note_number(struct ktap_level *l, bool has_number, uint64_t number)
{
	uint64_t expected = ktap_expected(l);

	l->count++;
	if (!has_number)
		number = expected;
	if (!l->later.len && number == expected)
		l->in_order++;
	else if (l->later.len < KTAP_SIBLINGS_MAX)
		*vec_add(&l->later) = (uint32_t)number;
}

/* Numbers of the plan that have not come: those in a gap first, then those after the last. */
void ktap_stream_finish(struct ktap *k, struct ktap_level *l)
{
	size_t planned = l->plan < 0 ? 0 : (size_t)l->plan;
	size_t missing = planned > l->count ? planned - l->count : 0;
	size_t base = l->in_order + 1, range;
	AUTO_FREE bool *came = NULL;

	if (missing > k->missing_left)
		missing = k->missing_left;
	k->missing_left -= missing;
	range = missing ? l->later.len + missing : 0;
	if (range)
		came = mem_alloc(range);
	vec_foreach(n, &l->later) {
		if (*n >= base && *n - base < range)
			came[*n - base] = true;
	}
	for (size_t i = 0; i < range && missing; i++) {
		char name[32];
		struct ktap_result r = { .status = STATUS_MISS, .reason = VIEW("never came") };

		if (came[i])
			continue;
		snprintf(name, sizeof(name), "#%zu", base + i);
		/* The first one not to come was running, if something told its name. */
		r.name = view_of(l->hint ? l->hint : name);
		ktap_add(k, l, &r);
		missing--;
	}
	l->plan = -1;
	l->count = 0;
	l->in_order = 0;
	l->later.len = 0;
}

bool ktap_has_unfinished(const struct ktap_level *l)
{
	return l->below.first || l->below_name;
}

void ktap_add_unfinished(struct ktap *k, struct ktap_level *l, enum status status,
			 const char *reason)
{
	AUTO_FREE char *name = TAKE(l->below_name);
	struct ktap_result r = { .status = status, .reason = view_of(reason ? reason : no_result) };
	char number[32];

	snprintf(number, sizeof(number), "#%llu", (unsigned long long)ktap_expected(l));
	r.name = view_of(name ? name : number);
	ktap_note_number(l, false, 0);
	ktap_add(k, l, &r);
}

static void chain_append(struct ktap_chain *to, struct ktap_chain more)
{
	if (!more.first)
		return;
	if (to->first)
		to->last->next = more.first;
	else
		to->first = more.first;
	to->last = more.last;
}

/* @l is over: what it has is below @into's next result. Released. */
static void level_fold(struct ktap *k, struct ktap_level *l, struct ktap_level *into)
{
	if (!l->done.first && !l->below_name) {
		/* Nothing stood at this level but a header: what is deeper is what it announced. */
		l->done = l->below;
		l->below = (struct ktap_chain){ 0 };
	}
	if (ktap_has_unfinished(l))
		ktap_add_unfinished(k, l, STATUS_MISS, NULL);
	ktap_stream_finish(k, l);
	if (into->below_name && l->name && strcmp(into->below_name, l->name) != 0)
		ktap_add_unfinished(k, into, STATUS_MISS, NULL);
	chain_append(&into->below, l->done);
	if (!into->below_name)
		into->below_name = TAKE(l->name);
	if (l->why) {
		free(into->below_why);
		into->below_why = TAKE(l->why);
	}
	into->below_bailed |= l->bailed;
	into->below_overflow |= l->overflow;
	if (l->about.len) {
		ktap_diagnostic_add(&into->notes, str_view(&l->about));
		ktap_diagnostic_add(&into->all, str_view(&l->about));
	}
	if (l->notes.len)
		ktap_diagnostic_add(&into->notes, str_view(&l->notes));
	if (l->all.len)
		ktap_diagnostic_add(&into->all, str_view(&l->all));
	ktap_level_release(l);
}

struct ktap_level *ktap_level_at(struct ktap *k, unsigned column)
{
	while (k->depth && k->levels[k->depth - 1].column > column) {
		struct ktap_level over = k->levels[--k->depth];

		if (!k->depth || k->levels[k->depth - 1].column < column)
			level_push(k, column);
		level_fold(k, &over, ktap_level_last(k));
	}
	if (k->depth && k->levels[k->depth - 1].column == column)
		return ktap_level_last(k);
	return k->depth < KTAP_DEPTH_MAX ? level_push(k, column) : NULL;
}

struct ktap_level *ktap_level_regroup(struct ktap *k, char *name)
{
	unsigned column = k->levels[k->depth - 1].column;
	/* The level below, or where the result line would have stood. */
	unsigned parent = k->depth > 1 ? k->levels[k->depth - 2].column : 0;
	struct ktap_level *l = ktap_level_at(k, parent);

	if (ktap_has_unfinished(l))
		ktap_add_unfinished(k, l, STATUS_MISS, NULL);
	l = ktap_level_at(k, column);
	free(l->name);
	l->name = name;
	return l;
}

void ktap_level_close(struct ktap *k)
{
	struct ktap_level *l = ktap_level_last(k);

	if (k->depth > 1 || !l->top) {
		/* Without a level for the parent, one is opened where its line would have stood. */
		ktap_level_at(k, k->depth > 1 ? l[-1].column : 0);
		return;
	}
	if (ktap_has_unfinished(l))
		ktap_add_unfinished(k, l, STATUS_MISS, NULL);
	ktap_stream_finish(k, l);
	ktap_level_release(l);
	k->depth = 0;
}
