/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The KTAP reader: what each kind of line does to the levels of ktap_tree.h. */
#include "logs/ktap.h"

#include "logs/ktap_line.h"
#include "logs/ktap_tree.h"

struct ktap *ktap_new(const char *prefix, const struct log_sink *sink)
{
	struct ktap *k = NEW(struct ktap);

	k->sink = *sink;
	k->prefix = mem_strdup(prefix);
	k->arena = arena_new();
	k->names = map_new();
	k->missing_left = KTAP_MISSING_MAX;
	k->outcome = STATUS_NONE;
	return k;
}

void ktap_free(struct ktap *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->depth; i++)
		ktap_level_release(&k->levels[i]);
	map_free(k->names);
	arena_free(k->arena);
	str_release(&k->path);
	str_release(&k->scratch);
	free(k->prefix);
	free(k->why);
	free(k);
}

static char *dup_name(struct view v)
{
	return mem_strndup(v.p, v.len < KTAP_NAME_MAX ? v.len : KTAP_NAME_MAX);
}

static void set_why(char **why, struct view v)
{
	free(*why);
	*why = v.len ? mem_strndup(v.p, v.len < KTAP_REASON_MAX ? v.len : KTAP_REASON_MAX) : NULL;
}

/*
 * A header stood at this very level where one was not at its place (TAP 14 writes it above the
 * indented tests). Had it announced deeper lines, they would have come: so it named a new group at
 * this level, and the one before has no result.
 */
static struct ktap_level *settle_announced(struct ktap *k, struct ktap_level *l)
{
	char *name = TAKE(l->announced);

	if (!name || (k->depth == 1 && !l->column)) {
		free(name);
		return l;
	}
	return ktap_level_regroup(k, name);
}

static bool on_version(struct ktap *k, const struct ktap_token *t)
{
	struct ktap_level *l = ktap_level_at(k, t->column);

	if (!l)
		return false;
	l = settle_announced(k, l);
	if (l->top || l->runner)
		ktap_stream_finish(k, l);
	else if (l->started || l->plan >= 0 || l->count)
		l = ktap_level_regroup(k, NULL);
	l->started = true;
	return true;
}

static bool on_plan(struct ktap *k, const struct ktap_token *t)
{
	struct ktap_level *l = ktap_level_at(k, t->column);

	if (!l)
		return false;
	l = settle_announced(k, l);
	/* The first plan may stand behind its results. */
	if (l->plan >= 0 && l->count)
		ktap_stream_finish(k, l);
	l->plan = (int64_t)t->number;
	/* Between header and plan KUnit prints the attributes of the suite. */
	if (l->name && !l->runner && !l->count && l->notes.len) {
		ktap_diagnostic_add(&l->about, str_view(&l->notes));
		str_clear(&l->notes);
		str_clear(&l->all);
	}
	if (!t->number && t->directive && strcmp(t->directive, "SKIP") == 0) {
		set_why(&l->why, t->reason);
		if (l->top) {
			k->skipped = true;
			set_why(&k->why, t->reason);
		}
	}
	return true;
}

static bool on_header(struct ktap *k, const struct ktap_token *t)
{
	struct ktap_level *l = ktap_level_at(k, t->column);

	if (!l)
		return false;

	bool fresh = !l->name && l->plan < 0 && !l->count && !ktap_has_unfinished(l);

	if (t->runner && !fresh && l->column) {
		l = ktap_level_regroup(k, dup_name(t->text));
	} else if (fresh && (t->runner || k->depth > 1 || l->column)) {
		l->name = dup_name(t->text);
	} else {
		free(l->announced);
		l->announced = dup_name(t->text);
		return true;
	}
	l->top = false;
	l->runner = t->runner;
	return true;
}

static bool on_bail(struct ktap *k, const struct ktap_token *t)
{
	struct ktap_level *l = ktap_level_at(k, t->column);

	if (!l)
		return false;
	l->bailed = true;
	set_why(&l->why, t->text);
	if (l->top) {
		k->bailed = true;
		set_why(&k->why, t->text);
	}
	return true;
}

static enum status status_of(const struct ktap_token *t)
{
	static const struct {
		const char *directive;
		enum status status;
	} rules[] = {
		{ "SKIP", STATUS_SKIP },    { "XFAIL", STATUS_PASS },  { "TODO", STATUS_PASS },
		{ "TIMEOUT", STATUS_FAIL }, { "ERROR", STATUS_ERROR },
	};

	for (size_t i = 0; t->directive && i < ARRAY_SIZE(rules); i++) {
		if (strcmp(rules[i].directive, t->directive) == 0)
			return rules[i].status;
	}
	return t->ok ? STATUS_PASS : STATUS_FAIL;
}

static bool on_result(struct ktap *k, const struct ktap_token *t, size_t line_no)
{
	struct ktap_level *l = ktap_level_last(k);
	struct ktap_result r = { .name = t->text,
				 .reason = t->reason,
				 .directive = t->directive,
				 .status = status_of(t),
				 .line = line_no };
	char number[32];

	/* Without a number it is a result only where results are known to be. */
	if (!t->has_number && (!l || l->column != t->column || (!l->started && l->plan < 0)))
		return false;
	l = ktap_level_at(k, t->column);
	if (!l)
		return false;
	if (l->announced && view_eq(t->text, l->announced))
		free(TAKE(l->announced));
	l = settle_announced(k, l);
	/* What is below belongs to this result, unless name and number both say otherwise. */
	if (l->below_name && t->has_number && t->number != ktap_expected(l) &&
	    !view_eq(t->text, l->below_name))
		ktap_add_unfinished(k, l, STATUS_MISS, NULL);
	if (!r.name.len)
		r.name = view_of(l->below_name);
	if (!r.name.len && t->directive && strcmp(t->directive, "TIMEOUT") != 0)
		r.name = t->reason;
	if (!r.name.len) {
		snprintf(number, sizeof(number), "#%llu",
			 (unsigned long long)(t->has_number ? t->number : ktap_expected(l)));
		r.name = view_of(number);
	}
	ktap_note_number(l, t->has_number, t->number);
	k->count++;
	ktap_add(k, l, &r);
	return true;
}

/* "NAME: text" with a C identifier; the length of NAME, 0: not so. */
static size_t label_len(struct view v)
{
	size_t n = 0;

	while (n < v.len && (v.p[n] == '_' || (v.p[n] >= '0' && v.p[n] <= '9') ||
			     (v.p[n] >= 'a' && v.p[n] <= 'z') || (v.p[n] >= 'A' && v.p[n] <= 'Z')))
		n++;
	return n + 1 < v.len && v.p[n] == ':' && v.p[n + 1] == ' ' ? n : 0;
}

/*
 * Lines that tell the test in flight: KUnit's "# case: text", kselftest_harness.h's "#  RUN  case
 * ...".
 */
static void take_hint(struct ktap_level *l, struct view text)
{
	static const char *const attributes[] = { "module", "speed", "is_init", "Totals" };
	struct view name = view_sub(text, 0, label_len(text));

	if (view_skip(&text, "RUN ")) {
		name = view_trim(text);
		if (view_ends(name, " ..."))
			name.len -= 4;
	} else if (!l->name || l->runner) {
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (view_eq(name, attributes[i]))
			return;
	}
	if (!name.len || (l->done.last && view_eq(name, l->done.last->name)))
		return;
	free(l->hint);
	l->hint = dup_name(name);
}

/* The rest of "# Totals: pass:3 fail:0 xfail:0 xpass:0 skip:0 error:0": @planned passes and nothing else? */
static bool all_passed(struct view totals, uint64_t planned)
{
	struct view field;
	uint64_t passed, n;

	if (!view_split(&totals, ' ', &field) || view_u64(field, 10, &passed) < 0 ||
	    passed != planned)
		return false;
	while (view_split(&totals, ' ', &field)) {
		ssize_t colon = view_find(field, ":");

		if (colon < 0 ||
		    view_u64(view_sub(field, (size_t)colon + 1, field.len), 10, &n) < 0 || n)
			return false;
	}
	return true;
}

static void on_other(struct ktap *k, const struct ktap_token *t, struct view line)
{
	struct ktap_level *l = ktap_level_last(k);

	if (!l)
		return;
	line = ktap_strip(line, l->column);
	if (t->kind == KTAP_DIAGNOSTIC) {
		struct view label = view_sub(t->text, 0, label_len(t->text)), text = t->text;

		l->noting = true;
		if (view_skip(&text, "Totals: pass:")) {
			/* kcmp_test counts its tests and prints no result lines. */
			if (!l->count && l->plan >= 0 && all_passed(text, (uint64_t)l->plan))
				l->plan = -1;
			return;
		}
		if (label.len && l->name && view_eq(label, l->name)) {
			l->noting = false;
			ktap_diagnostic_add(&l->about, line);
			return;
		}
		take_hint(l, t->text);
	} else if (l->column ? t->column < l->column : t->column == 0) {
		/* What is indented under a note belongs to it. */
		l->noting = false;
	}
	ktap_diagnostic_add(&l->all, line);
	if (l->noting)
		ktap_diagnostic_add(&l->notes, line);
}

bool ktap_line(struct ktap *k, struct view line, size_t line_no)
{
	struct ktap_token t;
	bool is_ktap = false;

	line = view_sub(line, 0, KTAP_LINE_MAX);
	while (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	ktap_tokenize(line, &t);
	switch (t.kind) {
	case KTAP_VERSION: is_ktap = on_version(k, &t); break;
	case KTAP_PLAN: is_ktap = on_plan(k, &t); break;
	case KTAP_HEADER: is_ktap = on_header(k, &t); break;
	case KTAP_BAIL: is_ktap = on_bail(k, &t); break;
	case KTAP_RESULT: is_ktap = on_result(k, &t, line_no); break;
	case KTAP_DIAGNOSTIC:
	case KTAP_OTHER: break;
	}
	if (!is_ktap)
		on_other(k, &t, line);
	return is_ktap;
}

/* Report the test in flight of the last level. False: nothing tells that there was one. */
static bool add_in_flight(struct ktap *k, struct ktap_level *l, enum status status,
			  const char *reason)
{
	if (!ktap_has_unfinished(l)) {
		if (!l->announced && !l->hint && (l->plan < 0 || (size_t)l->plan <= l->count))
			return false;
		l->below_name = l->announced ? TAKE(l->announced) : TAKE(l->hint);
	}
	ktap_add_unfinished(k, l, status, reason);
	return true;
}

void ktap_end(struct ktap *k, bool cut, enum status status_cut, const char *reason)
{
	bool told = !cut;

	while (k->depth) {
		if (!told)
			told = add_in_flight(k, ktap_level_last(k), status_cut, reason);
		ktap_level_close(k);
	}
}

const char *ktap_current(struct ktap *k)
{
	struct ktap_level *l = ktap_level_last(k);

	str_clear(&k->path);
	str_adds(&k->path, k->prefix ? k->prefix : "");
	for (size_t i = 0; i < k->depth; i++) {
		const char *names[] = { k->levels[i].name, NULL };

		if (&k->levels[i] == l)
			names[1] = l->below_name ? l->below_name :
				   l->announced	 ? l->announced :
						   l->hint;
		for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
			if (!names[j])
				continue;
			if (k->path.len)
				str_addc(&k->path, '.');
			ktap_path_add(k, &k->path, i + j <= 1, view_of(names[j]));
		}
	}
	return str_c(&k->path);
}

size_t ktap_count(const struct ktap *k)
{
	return k->count;
}

enum status ktap_outcome(const struct ktap *k, const char **ret_reason)
{
	enum status s = k->outcome;

	*ret_reason = k->why;
	if (k->bailed || k->overflow)
		s = status_heavier(s, STATUS_ERROR);
	return s == STATUS_NONE && k->skipped ? STATUS_SKIP : s;
}
