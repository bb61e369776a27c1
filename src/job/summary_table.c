/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a summary: builds, boots, suites with their counts. */
#include <stdlib.h>

#include "job/plan.h"
#include "job/summary_internal.h"
#include "logs/record.h"

enum { NAME_WIDTH = 28, MACHINE_MAX = 1 << 20 };
enum { SUMMARY_WIDTH = 90, INDENT = 9 }; /* columns */

const char *summary_colour(const char *status)
{
	switch (status_parse(view_of(status))) {
	case STATUS_PASS:
	case STATUS_DONE: return "\033[32m";
	case STATUS_FAIL: return "\033[1;31m";
	default: return "\033[33m";
	}
}

void summary_status(struct summary *s, const char *status)
{
	const char *text = status ? status : "-";

	if (s->colour)
		str_addf(s->out, "%s%-5s\033[0m", summary_colour(text), text);
	else
		str_addf(s->out, "%-5s", text);
}

static const char *test_key(struct summary *s, const struct store_test *t, size_t len)
{
	return arena_printf(s->a, "%s %s %.*s", t->build_id, t->platform ? t->platform : "",
			    (int)len, t->path);
}

static void find_parents(struct summary *s)
{
	vec_foreach(t, &s->r->tests)
		for (const char *dot = strchr(t->path, '.'); dot; dot = strchr(dot + 1, '.'))
			map_set(s->parents, test_key(s, t, (size_t)(dot - t->path)), NULL);
}

bool summary_is_parent(struct summary *s, const struct store_test *t)
{
	return strcmp(t->path, "boot") != 0 && map_has(s->parents, test_key(s, t, strlen(t->path)));
}

static const struct store_checkout *checkout_of(const struct recorder *r, const char *id)
{
	vec_foreach(c, &r->checkouts)
		if (strcmp(c->id, id) == 0)
			return c;
	return NULL;
}

static void count_findings(struct summary *s, const struct store_build *b)
{
	size_t errors = 0, warnings = 0;

	vec_foreach(f, &s->r->findings) {
		if (!f->build_id || strcmp(f->build_id, b->id) != 0 ||
		    strcmp(f->kind, "build") != 0)
			continue;
		errors += strcmp(f->severity, "error") == 0;
		warnings += strcmp(f->severity, "warning") == 0;
	}
	if (errors)
		str_addf(s->out, "   %zu error%s", errors, errors == 1 ? "" : "s");
	if (warnings)
		str_addf(s->out, "   %zu warning%s", warnings, warnings == 1 ? "" : "s");
}

static void build_line(struct summary *s, const struct store_build *b)
{
	bool base = build_is_base(b);
	const struct store_checkout *c = checkout_of(s->r, b->checkout_id);
	AUTO_STR struct str name = STR_INIT;

	str_addf(&name, "%s%s%s%s", b->name, base ? " (base " : "",
		 base && c ? c->git_commit_name : "", base ? ")" : "");
	str_addf(s->out, "  build  %-*s ", NAME_WIDTH, str_c(&name));
	if (!b->status) {
		str_adds(s->out, b->comment ? b->comment : "built elsewhere");
	} else {
		summary_status(s, b->status);
		str_adds(s->out, "  ");
		str_add_duration(s->out, b->duration);
	}
	vec_foreach(t, &s->r->tests)
		if (strcmp(t->path, "size.image") == 0 && strcmp(t->build_id, b->id) == 0) {
			str_adds(s->out, "   ");
			str_add_size(s->out, (uint64_t)t->number);
		}
	count_findings(s, b);
	str_addc(s->out, '\n');
}

/* Below a build or boot line, in lines that fit a terminal. */
static void add_wrapped(struct summary *s, const char *text)
{
	struct view rest = view_of(text), word;
	size_t column = 0;

	while (view_split(&rest, ' ', &word)) {
		if (column && column + 1 + word.len <= SUMMARY_WIDTH) {
			str_addc(s->out, ' ');
			column += 1 + word.len;
		} else {
			str_addf(s->out, "%s%*s", column ? "\n" : "", INDENT, "");
			column = INDENT + word.len;
		}
		str_addv(s->out, word);
	}
	str_addc(s->out, '\n');
}

/* What the machine record of this boot says. */
static void boot_line(struct summary *s, const struct store_build *b,
		      const struct store_artifact *machine)
{
	AUTO_STR struct str text = STR_INIT, name = STR_INIT;
	struct err err = { 0 };
	struct jnode *m;
	const struct store_test *boot = recorder_find_test(s->r, b->id, machine->platform, "boot");
	double hello;

	bool known = cas_read(s->r->cas, machine->sha256, MACHINE_MAX, &text, &err) == 0 &&
		     jt_parse(s->a, "machine.json", str_view(&text), &m, &err) == 0;

	str_addf(&name, "%s on %s%s", b->name, machine->platform,
		 build_is_base(b) ? " (base)" : "");
	str_addf(s->out, "  boot   %-*s ", NAME_WIDTH, str_c(&name));
	summary_status(s, boot ? boot->status : NULL);
	str_adds(s->out, "  ");
	if (!known) {
		str_addf(s->out, "its record of the machine cannot be read: %s\n", err.msg);
		return;
	}
	hello = jt_get_double(m, "hello", -1);
	if (hello >= 0) {
		str_add_duration(s->out, hello);
		str_adds(s->out, " to userspace");
	} else {
		str_addf(s->out, "%s", jt_get_str(m, "outcome"));
	}
	str_addf(s->out, "   %s\n", jt_get_str(m, "accelerator"));
	const char *why = jt_get_str(m, "why");
	if (why && strcmp(why, s->why) != 0) /* once, when it is the same for all */
		add_wrapped(s, why);
	s->why = why ? why : s->why;
}

struct suite_count {
	const char *build, *platform, *suite;
	size_t n[STATUS_NONE];
	enum status worst;
};

static const char *const count_words[STATUS_NONE] = { "failed", "broken",   "missed",
						      "passed", "measured", "skipped" };

static void suite_line(struct summary *s, const struct suite_count *c, bool base)
{
	static const enum status order[] = { STATUS_FAIL, STATUS_ERROR, STATUS_MISS,
					     STATUS_PASS, STATUS_DONE,	STATUS_SKIP };
	AUTO_STR struct str name = STR_INIT;
	const char *comma = "";

	str_addf(&name, "%s%s", c->suite, base ? " (base)" : "");
	str_addf(s->out, "  suite  %-*s ", NAME_WIDTH, str_c(&name));
	summary_status(s, status_name(c->worst));
	str_adds(s->out, "  ");
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (!c->n[order[i]])
			continue;
		str_addf(s->out, "%s%zu %s", comma, c->n[order[i]], count_words[order[i]]);
		comma = ", ";
	}
	str_addc(s->out, '\n');
}

/* Suites of one build on one platform, "boot" apart (it has its own line). */
static void suite_lines(struct summary *s, const struct store_build *b, const char *platform)
{
	VEC(struct suite_count) counts = { 0 };

	vec_foreach(t, &s->r->tests) {
		enum status st = status_parse(view_of(t->status ? t->status : ""));
		struct suite_count *c = NULL;

		if (strcmp(t->build_id, b->id) != 0 || !t->suite || st == STATUS_NONE ||
		    strcmp(t->suite, "boot") == 0 ||
		    strcmp(t->platform ? t->platform : "", platform) != 0)
			continue;
		vec_foreach(old, &counts)
			if (strcmp(old->suite, t->suite) == 0)
				c = old;
		if (!c) {
			c = vec_add(&counts);
			c->suite = t->suite;
			c->worst = STATUS_SKIP;
		}
		c->worst = status_heavier(c->worst, st);
		if (!summary_is_parent(s, t))
			c->n[st]++;
	}
	vec_foreach(c, &counts)
		suite_line(s, c, build_is_base(b));
	vec_release(&counts);
}

/* A boot that never began: its tests are MISS. */
static void missed_boot_line(struct summary *s, const struct store_build *b, const char *platform)
{
	AUTO_FREE char *name =
		mem_printf("%s on %s%s", b->name, platform, build_is_base(b) ? " (base)" : "");
	const struct store_test *boot = recorder_find_test(s->r, b->id, platform, "boot");

	str_addf(s->out, "  boot   %-*s ", NAME_WIDTH, name);
	summary_status(s, boot ? boot->status : "MISS");
	str_adds(s->out, "  never began\n");
}

/* Something of a build or platform, to be put into the order of the plan. */
struct placed {
	size_t place, at;
	bool base;
	const void *what;
};
struct placed_list {
	struct placed *data;
	size_t len, cap;
};

static int by_place(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (a->base != b->base)
		return a->base ? 1 : -1;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void place(struct summary *s, struct placed_list *list, const char *kind, const char *name,
		  bool base, const void *what)
{
	size_t n = (size_t)(uintptr_t)map_get(s->order, arena_printf(s->a, "%s %s", kind, name));

	*vec_add(list) = (struct placed){
		.place = n ? n : SIZE_MAX, .at = list->len - 1, .base = base, .what = what
	};
}

static void in_order(struct placed_list *list)
{
	if (list->len)
		qsort(list->data, list->len, sizeof(*list->data), by_place);
}

/* The machine of this build and platform, or NULL. */
static const struct store_artifact *machine_of(const struct summary *s, const struct store_build *b,
					       const char *platform)
{
	vec_foreach(m, &s->r->artifacts)
		if (strcmp(m->role, "machine") == 0 && m->build_id &&
		    strcmp(m->build_id, b->id) == 0 && m->platform &&
		    strcmp(m->platform, platform) == 0)
			return m;
	return NULL;
}

static void add_platform(struct summary *s, struct placed_list *list, const char *name)
{
	vec_foreach(p, list)
		if (strcmp(p->what, name) == 0)
			return;
	place(s, list, "platforms", name, false, name);
}

/* The platforms that @b has results of; true: it was booted on one of them. */
static bool platforms_of(struct summary *s, const struct store_build *b, struct placed_list *ret)
{
	bool booted = false;

	vec_foreach(m, &s->r->artifacts)
		if (strcmp(m->role, "machine") == 0 && m->build_id &&
		    strcmp(m->build_id, b->id) == 0 && m->platform) {
			add_platform(s, ret, m->platform);
			booted = true;
		}
	vec_foreach(t, &s->r->tests)
		if (strcmp(t->build_id, b->id) == 0 && t->platform && *t->platform &&
		    strcmp(t->platform, PLATFORM_HOST) != 0)
			add_platform(s, ret, t->platform);
	in_order(ret);
	return booted;
}

static bool has_platform(const struct summary *s, const struct store_build *b, const char *platform)
{
	vec_foreach(t, &s->r->tests)
		if (strcmp(t->build_id, b->id) == 0 && t->platform &&
		    strcmp(t->platform, platform) == 0)
			return true;
	return false;
}

static void build_block(struct summary *s, const struct store_build *b)
{
	struct placed_list platforms = { 0 };
	bool booted = platforms_of(s, b, &platforms);

	build_line(s, b);
	if (has_platform(s, b, PLATFORM_HOST))
		suite_lines(s, b, PLATFORM_HOST);
	vec_foreach(p, &platforms) {
		const struct store_artifact *machine = machine_of(s, b, p->what);

		if (machine)
			boot_line(s, b, machine);
		else if (booted)
			missed_boot_line(s, b, p->what);
		suite_lines(s, b, p->what);
		if (!booted) /* the tests that are MISS because of the build, once */
			break;
	}
	vec_release(&platforms);
}

void summary_table(struct summary *s)
{
	struct placed_list builds = { 0 };

	find_parents(s);
	vec_foreach(b, &s->r->builds)
		place(s, &builds, "builds", b->name ? b->name : "", build_is_base(b), b);
	in_order(&builds);
	vec_foreach(b, &builds)
		build_block(s, b->what);
	summary_matrix(s);
	vec_release(&builds);
}
