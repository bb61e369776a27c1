/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/observe.h"

#include "job/observe_internal.h"

static void on_kunit(void *data, const struct test_rec *t);
static void on_crash(void *data, const struct finding *f);

struct observer *observer_new(const struct observe_spec *spec, const struct observe_sink *sink)
{
	struct observer *o = NEW(struct observer);
	struct log_sink tests = { .test = on_kunit, .data = o };
	struct log_sink crashes = { .finding = on_crash, .data = o };

	o->spec = *spec;
	o->sink = *sink;
	o->arena = arena_new();
	o->crash = crash_new(&crashes);
	for (size_t i = 0; i < spec->n_jobs; i++)
		o->kunit_jobs |= spec->jobs[i].kind == SUITE_KUNIT;
	if (suites_have(spec->suites, SUITE_KUNIT))
		o->kunit = ktap_new("kunit", &tests);
	else
		o->kunit_over = true;
	o->blamed = map_new();
	o->running = spec->n_jobs;
	jobs_init(o);
	return o;
}

void observer_free(struct observer *o)
{
	if (!o)
		return;
	jobs_release(o);
	crash_free(o->crash);
	ktap_free(o->kunit);
	map_free(o->blamed);
	str_release(&o->line);
	strv_release(&o->kmsg);
	vec_foreach(h, &o->held)
		free((char *)h->t.output);
	vec_release(&o->held);
	vec_release(&o->spans);
	vec_release(&o->findings);
	arena_free(o->arena);
	free(o);
}

const struct observe_facts *observer_facts(const struct observer *o)
{
	return &o->facts;
}

const char *observer_current(const struct observer *o)
{
	if (o->running < o->spec.n_jobs)
		return o->jobs[o->running].cases ? caselog_current(o->jobs[o->running].cases) :
						   o->spec.jobs[o->running].path;
	if (!o->kunit_over && o->kunit_results)
		return ktap_current(o->kunit);
	return "boot";
}

static const char *keep(struct observer *o, const char *s)
{
	return arena_strdup(o->arena, s);
}

/* Keep a test until all reports that may be its are read; copied. */
void observer_hold(struct observer *o, const struct observed_test *t, size_t line)
{
	struct held *h = vec_add(&o->held);

	h->t = *t;
	h->line = line;
	h->t.rec.path = keep(o, t->rec.path);
	h->t.rec.name = keep(o, t->rec.name);
	h->t.rec.directive = keep(o, t->rec.directive);
	h->t.rec.reason = keep(o, t->rec.reason);
	h->t.rec.diagnostic = keep(o, t->rec.diagnostic);
	h->t.rec.unit = keep(o, t->rec.unit);
	h->t.reason = keep(o, t->reason);
	if (t->output) { /* it may hold NULs */
		char *own = mem_alloc(t->output_len + 1);

		memcpy(own, t->output, t->output_len);
		h->t.output = own;
	}
}

/* A task that hangs is told again each time the kernel looks, and when all is over. */
static bool told_before(const struct observer *o, const struct seen_finding *s)
{
	if (!s->f.type || strcmp(s->f.type, "hang") != 0)
		return false;
	vec_foreach(f, &o->findings)
		if (f != s && f->owner && strcmp(f->f.signature, s->f.signature) == 0 &&
		    (strcmp(s->owner, f->owner) == 0 || strcmp(s->owner, "boot") == 0))
			return true;
	return false;
}

/* The owner of a finding is known: judge it by the expected ones, and tell it. */
static void finding_owned(struct observer *o, struct seen_finding *s, const char *owner)
{
	/* A test whose marker came too late has its verdict: then the boot answers for it. */
	if (jobs_told(o, owner))
		owner = "boot";

	struct observed_finding told = { &s->f, owner, NULL };

	s->owner = keep(o, owner);
	if (told_before(o, s))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(o->spec.expect) && !told.expected; i++)
		if (o->spec.expect[i])
			told.expected = expects_match(o->spec.expect[i], owner, s->f.title);
	s->expected = told.expected;
	if (!told.expected && !map_has(o->blamed, owner))
		map_set(o->blamed, owner, (void *)s->f.title);
	if (!s->dropped)
		o->sink.finding(o->sink.data, &told);
}

/* The suite as it was written, "kunit" or "kunit:GLOB". */
static const char *kunit_suite(const struct observer *o)
{
	vec_foreach(s, o->spec.suites)
		if (s->kind == SUITE_KUNIT)
			return s->text;
	return "kunit";
}

static void on_kunit(void *data, const struct test_rec *t)
{
	struct observer *o = data;
	struct observed_test test = { .rec = *t, .suite = kunit_suite(o) };

	o->kunit_results++;
	/* A report printed before this result line and after the one before it is this test's. */
	if (t->line || o->kunit_cut)
		vec_foreach(s, &o->findings)
			if (!s->owner && (!t->line || s->f.line < t->line))
				finding_owned(o, s, t->path);
	if (o->kunit_cut && !t->line && t->status != STATUS_MISS)
		test.reason = t->reason;
	else if (t->directive)
		test.reason = t->reason ? t->reason : t->directive;
	observer_hold(o, &test, t->line);
}

/* The first result line of KUnit after @line that is known already, or NULL. */
static const char *kunit_owner(const struct observer *o, size_t line)
{
	vec_foreach(h, &o->held)
		if (h->line > line)
			return h->t.rec.path;
	return NULL;
}

static const char *span_owner(const struct observer *o, size_t line)
{
	const char *owner = "boot";

	vec_foreach(s, &o->spans) {
		if (s->line > line)
			break;
		owner = s->owner;
	}
	return owner;
}

static void copy_finding(struct observer *o, struct finding *to, const struct finding *f)
{
	*to = *f;
	to->title = keep(o, f->title);
	to->type = keep(o, f->type);
	to->function = keep(o, f->function);
	to->file = keep(o, f->file);
	to->message = keep(o, f->message);
	to->object = keep(o, f->object);
	to->symbol = keep(o, f->symbol);
	to->excerpt = keep(o, f->excerpt);
}

static void on_crash(void *data, const struct finding *f)
{
	struct observer *o = data;
	/* Reports are understood later than they begin: KUnit may have started, or ended, meanwhile. */
	bool in_kunit = o->kunit_first && f->line > o->kunit_first &&
			(!o->kunit_over || f->line < o->kunit_last);
	const char *of_kunit = in_kunit ? kunit_owner(o, f->line) : NULL;
	struct seen_finding *s;

	if (o->findings.len < OBSERVE_FINDINGS_MAX) {
		s = vec_add(&o->findings);
	} else {
		/* Only its test matters from here on; two that wait for one have the same. */
		s = &o->findings.data[o->findings.len - 1];
		o->facts.findings_dropped++;
		if (!s->owner)
			return;
		*s = (struct seen_finding){ .dropped = true };
	}
	copy_finding(o, &s->f, f);
	if (of_kunit)
		finding_owned(o, s, of_kunit);
	else if (!in_kunit || o->kunit_over)
		finding_owned(o, s, span_owner(o, f->line));
	/* else: the next result line, or the end, tells */
}

/* A held test's last word: a crash of its own makes it FAIL, whatever it printed. */
static void tell(struct observer *o, struct held *h)
{
	const char *title = map_get(o->blamed, h->t.rec.path);

	if (title && h->t.rec.status != STATUS_FAIL) {
		h->t.rec.status = STATUS_FAIL;
		h->t.reason = title;
	} else if (title && !h->t.reason) {
		h->t.reason = title;
	}
	o->sink.test(o->sink.data, &h->t);
	free((char *)h->t.output);
}

void observer_settle(struct observer *o)
{
	bool open = !o->ended && crash_open_title(o->crash);
	size_t n = 0;

	if (open)
		return;
	vec_foreach(s, &o->findings)
		if (!s->owner)
			return;
	for (; n < o->held.len; n++)
		tell(o, &o->held.data[n]);
	o->held.len = 0;
	jobs_settle(o, o->ended);
	for (n = 0; n < o->held.len; n++)
		tell(o, &o->held.data[n]);
	o->held.len = 0;
}

/* Not one result came; @reason: why it could not. */
static void kunit_none(struct observer *o, const char *reason)
{
	struct observed_test t = {
		.rec = { .path = "kunit",
			 .name = "kunit",
			 .status = reason ? STATUS_MISS : STATUS_ERROR },
		.suite = kunit_suite(o),
		.reason =
			reason ?
				reason :
				"no KUnit results on the console: is CONFIG_KUNIT set, does the filter match?",
	};

	if (!o->kunit_results)
		observer_hold(o, &t, 0);
}

/* KUnit is over when userspace starts; what its plan announced and never came is MISS. @status: of a test cut off. */
static void kunit_finish(struct observer *o, bool cut, enum status status, const char *reason)
{
	if (o->kunit_over)
		return;
	o->kunit_cut = cut;
	ktap_end(o->kunit, cut, status, reason);
	o->kunit_over = true;
	o->kunit_cut = false;
	vec_foreach(s, &o->findings)
		if (!s->owner)
			finding_owned(o, s, span_owner(o, s->f.line));
	if (!o->kunit_jobs)
		kunit_none(o, cut ? reason : NULL);
}

void kunit_module_start(struct observer *o)
{
	struct log_sink tests = { .test = on_kunit, .data = o };

	kunit_finish(o, false, STATUS_FAIL, NULL); /* of what is built in */
	ktap_free(o->kunit);
	o->kunit = ktap_new("kunit", &tests);
	o->kunit_over = false;
	o->kunit_first = 0;
	o->kunit_module = true;
	o->kunit_before = o->kunit_results;
}

bool kunit_module_end(struct observer *o)
{
	kunit_finish(o, false, STATUS_FAIL, NULL);
	o->kunit_module = false;
	return o->kunit_results > o->kunit_before;
}

void kunit_results_read(struct observer *o, struct view text)
{
	struct log_sink tests = { .test = on_kunit, .data = o };
	struct ktap *k = ktap_new("kunit", &tests);
	struct view line;

	while (view_line(&text, &line))
		ktap_line(k, line, 0);
	ktap_end(k, false, STATUS_FAIL, NULL);
	ktap_free(k);
}

static void console_line(struct observer *o, struct view raw)
{
	struct dmesg_line d;

	o->line_no++;
	dmesg_split(raw, &d);
	if (view_skip(&d.text, "kassay: ")) {
		o->marked = true;
		jobs_marker(o, d.text);
		return;
	}
	jobs_case_begun(o, d.text);
	crash_line(o->crash, raw, o->line_no);
	if (!o->kunit_over && ktap_line(o->kunit, d.text, o->line_no)) {
		if (!o->kunit_first)
			o->kunit_first = o->line_no;
		o->kunit_last = o->line_no;
	}
}

void observer_console(struct observer *o, const char *p, size_t n)
{
	while (n) {
		const char *nl = memchr(p, '\n', n);
		size_t take = nl ? (size_t)(nl - p) : n;
		size_t room = CONSOLE_LINE_MAX - o->line.len;
		size_t used = take < room ? take : room;

		str_add(&o->line, p, used);
		if ((nl && used == take) || o->line.len >= CONSOLE_LINE_MAX) {
			console_line(o, str_view(&o->line));
			str_clear(&o->line);
		}
		used += nl && used == take;
		p += used;
		n -= used;
	}
}

static void copy_field(char *to, size_t size, const struct frame *f, size_t i)
{
	if (i < f->n)
		snprintf(to, size, "%s", f->field[i]);
}

static void hello(struct observer *o, const struct frame *f)
{
	uint64_t taint = 0;

	/* version, build id, release, taint, uptime, channel, cpus, memory */
	copy_field(o->facts.build_id, sizeof(o->facts.build_id), f, 1);
	copy_field(o->facts.release, sizeof(o->facts.release), f, 2);
	if (f->n > 3 && view_u64(view_of(f->field[3]), 10, &taint) == 0)
		o->facts.taint = taint;
	if (f->n > 4)
		view_double(view_of(f->field[4]), &o->facts.uptime);
	copy_field(o->facts.channel, sizeof(o->facts.channel), f, 5);
	o->facts.hello = true;
}

/* Torture modules say all they say as alerts, their statistics too; what is wrong is in their verdict. */
static bool said_by_torture(const struct observer *o, const struct frame *f)
{
	for (size_t i = 0; i < o->spec.n_jobs; i++)
		if (o->spec.jobs[i].kind == SUITE_TORTURE && strcmp(f->field[0], "1") == 0 &&
		    strcmp(frame_field(f, 3), o->spec.jobs[i].path) == 0)
			return true;
	return false;
}

void observer_frame(struct observer *o, const struct frame *f)
{
	switch (f->type) {
	case FRAME_HELLO: hello(o, f); break;
	case FRAME_KMSG:
		if (f->n >= 2 && o->kmsg.len < KMSG_MAX && !said_by_torture(o, f))
			strv_addf(&o->kmsg, "%s\t%s", f->field[0], f->field[1]);
		break;
	case FRAME_TAINT:
		if (f->n)
			view_u64(view_of(f->field[0]), 10, &o->facts.taint_end);
		break;
	case FRAME_CALIBRATION:
		if (f->n)
			view_double(view_of(f->field[0]), &o->facts.calibration);
		view_double(view_of(frame_field(f, 1)), &o->facts.scale);
		break;
	case FRAME_ERROR:
		if (!strcmp(frame_field(f, 1), "root"))
			snprintf(o->facts.no_root, sizeof(o->facts.no_root), "%s",
				 frame_field(f, 0));
		break;
	case FRAME_DONE: o->facts.done = true; break;
	case FRAME_START:
	case FRAME_OUTPUT:
	case FRAME_END: jobs_frame(o, f); break;
	default: break;
	}
}

void observer_tick(struct observer *o, double elapsed)
{
	o->elapsed = elapsed;
	if (o->facts.hello && o->hello_at <= 0)
		o->hello_at = elapsed;
	/* The console may lag behind the channel: KUnit ends when its first marker, or a second, has passed. */
	if (o->facts.hello && !o->kunit_over && !o->kunit_module &&
	    (o->marked || elapsed > 1 + o->hello_at))
		kunit_finish(o, false, STATUS_FAIL, NULL);
	observer_settle(o);
}

void observer_end(struct observer *o, const struct machine_end *end)
{
	const char *reason;

	if (o->line.len)
		console_line(o, str_view(&o->line));
	str_clear(&o->line);
	crash_end(o->crash);
	reason = end_reason(o, end);
	kunit_finish(o, !o->facts.hello || o->kunit_module,
		     end->outcome == MACHINE_DIED ? STATUS_ERROR : STATUS_FAIL, reason);
	jobs_end(o, end);
	o->ended = true;
	observer_settle(o);
	if (o->kunit_jobs)
		kunit_none(o, o->facts.done ? NULL : reason);
	boot_tell(o, end);
	observer_settle(o);
}
