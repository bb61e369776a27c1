/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/summary_internal.h"

enum { SHOWN = 8, EXCERPT_LINES = 4, EXCERPT_WIDTH = 110 };

static void heading(struct summary *s, const char *text)
{
	str_addf(s->out, s->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* Names may come from a package or a file that somebody else wrote. */
static void head_word(struct summary *s, const char *before, const char *word)
{
	str_adds(s->out, before);
	str_add_printable(s->out, view_of(word));
}

static void head_line(struct summary *s)
{
	const struct store_run *run = &s->r->run;

	str_addf(s->out, s->colour ? "\033[1mkassay run %lld\033[0m" : "kassay run %lld",
		 (long long)run->id);
	if (s->r->checkouts.len) {
		const struct store_checkout *c = &s->r->checkouts.data[0];

		head_word(s, "   ", c->tree_name ? c->tree_name : run->source);
		head_word(s, "   ", c->git_commit_name ? c->git_commit_name : "");
	} else {
		head_word(s, "   ", run->source);
	}
	head_word(s, "   plan ", run->plan && *run->plan ? run->plan : "-");
	if (run->state == RUN_RUNNING && store_run_alive(run))
		str_adds(s->out, "   running");
	else if (run->state != RUN_DONE)
		str_adds(s->out, "   CUT OFF");
	str_adds(s->out, "\n\n");
}

/* The first telling lines of a text, indented. */
static void excerpt(struct summary *s, const char *text)
{
	struct view rest = view_of(text), line;

	for (size_t i = 0; i < EXCERPT_LINES && view_line(&rest, &line); i++) {
		if (!view_trim(line).len) {
			i--;
			continue;
		}
		str_adds(s->out, "        ");
		str_add_printable(s->out, view_sub(line, 0, EXCERPT_WIDTH));
		str_addc(s->out, '\n');
	}
}

static const struct store_finding *finding_of_test(const struct summary *s,
						   const struct store_test *t)
{
	vec_foreach(f, &s->r->findings)
		if (f->test_id && !f->expected && strcmp(f->test_id, t->id) == 0)
			return f;
	return NULL;
}

static const char *build_name(const struct summary *s, const char *id)
{
	vec_foreach(b, &s->r->builds)
		if (id && strcmp(b->id, id) == 0 && b->name)
			return b->name;
	return "";
}

static void failure(struct summary *s, const struct store_test *t)
{
	const struct store_finding *f = finding_of_test(s, t);

	str_adds(s->out, "  ");
	summary_status(s, t->status);
	str_addf(s->out, " %s", t->path);
	if (s->lanes > 1)
		str_addf(s->out, " (%s, %s)", build_name(s, t->build_id),
			 t->platform ? t->platform : "");
	if (t->reason) {
		str_adds(s->out, "   ");
		str_add_printable(s->out, view_sub(view_of(t->reason), 0, EXCERPT_WIDTH));
	}
	str_addc(s->out, '\n');
	if (f && f->excerpt)
		excerpt(s, f->excerpt);
	else if (t->log_excerpt)
		excerpt(s, t->log_excerpt);
}

static void more(struct summary *s, size_t total)
{
	if (total > s->shown)
		str_addf(s->out, "  ... and %zu more: kassay results %lld --verbose\n",
			 total - s->shown, (long long)s->r->run.id);
}

static void failures(struct summary *s)
{
	struct test_refs bad = { 0 };
	size_t n = 0;

	failing_leaves(s->r->tests.data, s->r->tests.len, &bad);
	vec_foreach(t, &bad) {
		if (map_has(s->base, (*t)->build_id))
			continue;
		if (!n)
			heading(s, "Failures");
		if (n++ < s->shown)
			failure(s, *t);
	}
	more(s, n);
	vec_release(&bad);
}

/* What somebody can do about a SKIP is told, the rest to who wants all. */
static bool has_cure(const struct store_test *t)
{
	return strncmp(t->path, "device.", 7) == 0 || strstr(t->reason, "Debian package") ||
	       strstr(t->reason, "this kernel lacks");
}

/* Tests with @status, by what they say about it. */
static void by_reason(struct summary *s, const char *status, const char *title)
{
	AUTO_MAP struct map *reasons = map_new();
	bool skip = strcmp(status, "SKIP") == 0;
	size_t n = 0;

	vec_foreach(t, &s->r->tests)
		if (strcmp(t->status, status) == 0 && t->reason && !map_has(s->base, t->build_id) &&
		    (!skip || s->shown == SIZE_MAX || has_cure(t))) {
			size_t count = (uintptr_t)map_get(reasons, t->reason);

			map_set(reasons, t->reason, (void *)(count + 1));
		}
	for (size_t i = 0; i < map_len(reasons); i++) {
		void *count = NULL;
		const char *reason = map_at(reasons, i, &count);

		if (!n)
			heading(s, title);
		if (n++ >= s->shown)
			continue;
		str_addf(s->out, "  %zu test%s   ", (size_t)(uintptr_t)count,
			 (uintptr_t)count == 1 ? "" : "s");
		str_add_printable(s->out, view_sub(view_of(reason), 0, EXCERPT_WIDTH));
		str_addc(s->out, '\n');
	}
	more(s, n);
}

static void build_finding(struct summary *s, const struct store_finding *f)
{
	bool config = strcmp(f->kind, "config") == 0;

	if (f->file && !config) {
		str_add_printable(s->out, view_of(f->file));
		if (f->line_in_file)
			str_addf(s->out, ":%lld", (long long)f->line_in_file);
		str_addf(s->out, ": %s: ", f->severity);
	}
	str_add_printable(s->out,
			  view_of(f->file && f->message && !config ? f->message : f->title));
	if (f->message && config) {
		str_adds(s->out, ": ");
		str_add_printable(s->out, view_of(f->message));
	}
	str_addc(s->out, '\n');
}

static void findings_of(struct summary *s, const char *kind, const char *severity,
			const char *title)
{
	size_t n = 0;

	vec_foreach(f, &s->r->findings) {
		if (strcmp(f->kind, kind) != 0 ||
		    (severity && strcmp(f->severity, severity) != 0) ||
		    map_has(s->base, f->build_id ? f->build_id : ""))
			continue;
		if (!n)
			heading(s, title);
		if (n++ < s->shown) {
			str_adds(s->out, "  ");
			build_finding(s, f);
		}
	}
	more(s, n);
}

static void expected(struct summary *s)
{
	size_t n = 0;

	vec_foreach(f, &s->r->findings)
		n += f->expected && !map_has(s->base, f->build_id ? f->build_id : "");
	if (n)
		str_addf(
			s->out,
			"\n%zu expected finding%s (provoked by the tests themselves): kassay results %lld --json\n",
			n, n == 1 ? "" : "s", (long long)s->r->run.id);
}

static void not_compiled(struct summary *s)
{
	struct err err = { 0 };
	struct jnode *misc;
	const struct jnode *list;

	if (!s->r->run.misc || jt_parse(s->a, "misc", view_of(s->r->run.misc), &misc, &err) < 0)
		return;
	list = jt_get(jt_get(misc, "kassay"), "not_compiled");
	if (!list || !list->child)
		return;
	heading(s, "Changed, but compiled by no build of the plan (--touch enables them)");
	for (const struct jnode *j = list->child; j; j = j->next) {
		const char *symbol = jt_get_str(j, "symbol");

		str_addf(s->out, "  %-40s %s\n", jt_get_str(j, "file"),
			 symbol ? symbol : "no configuration symbol found");
	}
}

static void number_line(struct summary *s, const struct compare_number *n)
{
	double percent = n->base != 0 ? 100 * (n->head - n->base) / n->base : 0;

	if (n->head == n->base)
		return;

	AUTO_FREE char *name = s->r->builds.len > 2 ? mem_printf("%s %s", n->build, n->path) :
						      mem_strdup(n->path);

	str_addf(s->out, "  %-12s ", name);
	if (strcmp(n->unit ? n->unit : "", "B") == 0) {
		str_addf(s->out, "%.0f B -> %.0f B (%+.0f B", n->base, n->head, n->head - n->base);
	} else {
		str_add_duration(s->out, n->base);
		str_adds(s->out, " -> ");
		str_add_duration(s->out, n->head);
		str_addf(s->out, " (%+.2f %s, measured once each", n->head - n->base,
			 n->unit ? n->unit : "");
	}
	str_addf(s->out, ", %+.1f %%)\n", percent);
}

/* What fails here and in the base is not what the change did: counted only. */
static void known_failures(struct summary *s, size_t new_ones)
{
	struct test_refs bad = { 0 };
	size_t n = 0;

	failing_leaves(s->r->tests.data, s->r->tests.len, &bad);
	vec_foreach(t, &bad)
		n += !map_has(s->base, (*t)->build_id);
	vec_release(&bad);
	if (n > new_ones)
		str_addf(
			s->out,
			"  %zu failing test%s fail%s in the base too: kassay results %lld --verbose\n",
			n - new_ones, n - new_ones == 1 ? "" : "s", n - new_ones == 1 ? "s" : "",
			(long long)s->r->run.id);
}

static size_t fewer(const struct summary *s, size_t n)
{
	return n < s->shown ? n : s->shown;
}

static void new_and_gone(struct summary *s, const struct comparison *c)
{
	for (size_t i = 0; i < fewer(s, c->new_findings.len); i++) {
		const struct store_finding *f = c->new_findings.data[i];

		str_addf(s->out,
			 "  new %s: ", strcmp(f->kind, "build") == 0 ? f->severity : f->kind);
		build_finding(s, f);
	}
	more(s, c->new_findings.len);
	for (size_t i = 0; i < fewer(s, c->new_failures.len); i++)
		failure(s, c->new_failures.data[i]);
	more(s, c->new_failures.len);
	if (!c->new_findings.len && !c->new_failures.len)
		str_adds(s->out, "  no new warning, finding or failing test\n");
	for (size_t i = 0; i < fewer(s, c->gone_findings.len); i++) {
		str_adds(s->out, "  gone: ");
		build_finding(s, c->gone_findings.data[i]);
	}
	more(s, c->gone_findings.len);
	for (size_t i = 0; i < fewer(s, c->fixed.len); i++)
		str_addf(s->out, "  fixed: %s\n", c->fixed.data[i]->path);
	more(s, c->fixed.len);
}

static void against_base(struct summary *s)
{
	struct comparison c = { 0 };

	if (!run_compare(s->r, s->a, &c))
		return;
	heading(s, "New against the base");
	new_and_gone(s, &c);
	vec_foreach(n, &c.numbers)
		number_line(s, n);
	if (base_was_tested(s->r))
		known_failures(s, c.new_failures.len);
	else
		str_adds(s->out, "  the base was only built: tests were not compared\n");
	comparison_release(&c);
}

static void last_lines(struct summary *s)
{
	long long id = (long long)s->r->run.id;
	bool has_image = false;

	str_addf(s->out,
		 "\nAgain: kassay results %lld (--json: everything; --log console; --log build)\n",
		 id);
	vec_foreach(b, &s->r->builds)
		has_image |= b->image_sha256 && !build_is_base(b);
	if (has_image)
		str_addf(s->out, "A shell in it: kassay boot %lld\n", id);
	if (s->r->run.state != RUN_DONE && !store_run_alive(&s->r->run))
		str_addf(s->out, "kassay run --resume %lld goes on from here\n", id);
}

/* As the plan has them, whatever was begun first. */
static void find_order(struct summary *s, struct map *order)
{
	static const char *const lists[] = { "builds", "platforms" };
	struct err err = { 0 };
	struct jnode *misc;

	if (!s->r->run.misc || jt_parse(s->a, "misc", view_of(s->r->run.misc), &misc, &err) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct jnode *list = jt_get(jt_get(misc, "kassay"), lists[i]);
		uintptr_t place = 0;

		for (const struct jnode *j = list ? list->child : NULL; j; j = j->next)
			if (j->text)
				map_set(order, arena_printf(s->a, "%s %s", lists[i], j->text),
					(void *)++place);
	}
}

void summary_text(const struct recorder *r, bool colour, bool verbose, struct str *out)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_MAP struct map *parents = map_new(), *base = map_new(), *order = map_new();
	struct summary s = { r, a,    out, colour, verbose ? SIZE_MAX : SHOWN,
			     0, base, "",  order,  parents };

	find_order(&s, order);
	vec_foreach(b, &r->builds)
		if (build_is_base(b))
			map_set(base, b->id, NULL);
	vec_foreach(f, &r->artifacts)
		s.lanes += strcmp(f->role, "machine") == 0 && f->build_id &&
			   !map_has(base, f->build_id);
	head_line(&s);
	summary_table(&s);
	findings_of(&s, "build", "error", "Build errors");
	if (verbose || !base_was_tested(r))
		failures(&s);
	by_reason(&s, "MISS", "Never ran");
	by_reason(&s, "SKIP", "Skipped");
	findings_of(&s, "config", NULL, "Configuration that did not come out as asked");
	if (!map_len(base))
		findings_of(&s, "build", "warning", "Warnings");
	expected(&s);
	not_compiled(&s);
	against_base(&s);
	last_lines(&s);
}
