/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of a KTAP stream: made, named, passed on. */
#include "logs/ktap_tree.h"

/* After which the arena is begun anew when nothing in it is needed. */
enum { ARENA_KEEP = 1 << 20 };

static const char too_many[] = "too many tests";

void ktap_diagnostic_add(struct str *out, struct view line)
{
	if (out->len)
		str_addc(out, '\n');
	str_addv(out, line);
	if (out->len < 2 * TEST_DIAGNOSTIC_MAX)
		return;
	memmove(out->data, out->data + out->len - TEST_DIAGNOSTIC_MAX, TEST_DIAGNOSTIC_MAX);
	out->len = TEST_DIAGNOSTIC_MAX;
	out->data[out->len] = '\0';
}

/* Whole lines, the last ones when there are too many. */
static struct view diagnostic_view(const struct str *lines)
{
	struct view v = str_view(lines);

	if (v.len < TEST_DIAGNOSTIC_MAX)
		return v;
	v = view_sub(v, v.len - TEST_DIAGNOSTIC_MAX + 1, v.len);
	return view_sub(v, (size_t)(view_find_chr(v, '\n') + 1), v.len);
}

/* The rule of kselftest's runner: "selftests: net/forwarding: a.sh" is three parts. */
void ktap_path_add(const struct ktap *k, struct str *out, bool top, struct view name)
{
	struct view rest = name;
	ssize_t colon;

	if (!top || !view_skip(&rest, "selftests: ") || (colon = view_find(rest, ": ")) <= 0) {
		path_part_add(out, name);
		return;
	}
	struct view prefix = view_of(k->prefix);

	if (!prefix.len || (!view_eq(prefix, "kselftest") && !view_starts(prefix, "kselftest.")))
		str_adds(out, "kselftest.");
	path_part_add(out, view_sub(rest, 0, (size_t)colon));
	str_addc(out, '.');
	path_part_add(out, view_trim(view_sub(rest, (size_t)colon + 2, rest.len)));
}

static const char *keep(struct ktap *k, struct view v, size_t max)
{
	if (!v.len)
		return NULL;
	if (v.len > max)
		v.len = max;
	k->memory += v.len + 1;
	return arena_strndup(k->arena, v.p, v.len);
}

static const char *part_of(struct ktap *k, const struct ktap_level *l, struct view name)
{
	str_clear(&k->scratch);
	ktap_path_add(k, &k->scratch, l->top, name);
	return keep(k, str_view(&k->scratch), SIZE_MAX);
}

/* @names: parts of the siblings so far, with how often. */
static void emit(struct ktap *k, const struct ktap_node *n, struct map *names)
{
	AUTO_MAP struct map *children = n->child ? map_new() : NULL;
	uintptr_t times = (uintptr_t)map_get(names, n->part) + 1;
	size_t len = k->path.len;
	struct test_rec t = {
		.name = n->name,
		.status = n->status,
		.directive = n->directive,
		.reason = n->reason,
		.diagnostic = n->diagnostic,
		.parent = n->child,
		.line = n->line,
	};

	map_set(names, n->part, (void *)times);
	if (len)
		str_addc(&k->path, '.');
	str_adds(&k->path, n->part);
	if (times > 1)
		str_addf(&k->path, "#%zu", (size_t)times);
	for (const struct ktap_node *c = n->child; c; c = c->next)
		emit(k, c, children);
	if (k->sink.test) {
		t.path = str_c(&k->path);
		k->sink.test(k->sink.data, &t);
	}
	k->path.len = len;
	k->path.data[len] = '\0';
}

static void emit_top(struct ktap *k, const struct ktap_node *n)
{
	k->outcome = status_heavier(k->outcome, n->status);
	str_clear(&k->path);
	if (k->prefix)
		str_adds(&k->path, k->prefix);
	emit(k, n, k->names);
	/* Only the lowest level gets here, and nothing is below it any more. */
	if (k->memory > ARENA_KEEP) {
		arena_free(k->arena);
		k->arena = arena_new();
		k->memory = 0;
	}
}

static bool is_full(const struct ktap *k, const struct ktap_level *l)
{
	if (l->top)
		return k->total >= KTAP_SIBLINGS_MAX;
	return l->total >= KTAP_SIBLINGS_MAX || k->memory >= KTAP_MEMORY_MAX;
}

/* What waited for this result: children, and what they said about their parent. */
static void take_below(struct ktap *k, struct ktap_level *l, struct ktap_node *n)
{
	n->child = l->below.first;
	for (const struct ktap_node *c = n->child; c; c = c->next)
		n->status = status_heavier(n->status, c->status);
	if (l->below_bailed || l->below_overflow)
		n->status = status_heavier(n->status, STATUS_ERROR);
	if (l->below_overflow)
		n->reason = too_many;
	if (l->below_why && !n->reason)
		n->reason = keep(k, view_of(l->below_why), KTAP_REASON_MAX);
}

static void forget_below(struct ktap_level *l)
{
	l->below = (struct ktap_chain){ 0 };
	free(TAKE(l->below_name));
	free(TAKE(l->below_why));
	free(TAKE(l->hint));
	l->below_bailed = l->below_overflow = l->noting = false;
	str_clear(&l->notes);
	str_clear(&l->all);
}

void ktap_add(struct ktap *k, struct ktap_level *l, const struct ktap_result *r)
{
	if (is_full(k, l)) {
		l->overflow = true;
		if (l->top) {
			k->overflow = true;
			if (!k->why)
				k->why = mem_strdup(too_many);
		}
		forget_below(l);
		return;
	}
	struct ktap_node *n = arena_alloc(k->arena, sizeof(*n));
	struct view name = view_sub(r->name, 0, KTAP_NAME_MAX);
	bool good;

	k->memory += sizeof(*n);
	n->part = part_of(k, l, name);
	n->name = name.len ? keep(k, name, KTAP_NAME_MAX) : "";
	n->directive = r->directive;
	n->reason = keep(k, r->reason, KTAP_REASON_MAX);
	n->status = r->status;
	n->line = r->line;
	take_below(k, l, n);
	good = n->status == STATUS_PASS || n->status == STATUS_SKIP;
	n->diagnostic = keep(k, diagnostic_view(good ? &l->notes : &l->all), SIZE_MAX);
	forget_below(l);
	if (l->top) {
		k->total++;
		emit_top(k, n);
		return;
	}
	l->total++;
	if (l->done.first)
		l->done.last->next = n;
	else
		l->done.first = n;
	l->done.last = n;
}
