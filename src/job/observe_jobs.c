/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of kassay-init: frames say how they ended, markers in the kernel log say which lines are theirs. */
#include "boot/initramfs.h"
#include "job/observe_internal.h"
#include "logs/ktap_line.h"

enum {
	KSFT_SKIP = 4,		/* tools/testing/selftests/kselftest.h */
	SKIP_LINES_MAX = 4,	/* output that is a reason, and no more */
	SKIP_WORDS_MAX = 250,	/* bytes of a reason */
	OUTPUT_KEPT = 16 << 20, /* bytes of a job's output; results are read from all of it */
};

static const double MARKER_WAIT = 2.0; /* seconds after END until a missing marker is given up */

static void on_subtest(void *data, const struct test_rec *t);

struct subtest_data {
	struct observer *o;
	size_t job;
};

static const struct caselog_format *case_format(enum suite_kind kind)
{
	return kind == SUITE_LTP      ? &ltp_format :
	       kind == SUITE_XFSTESTS ? &xfstests_format :
	       kind == SUITE_BLKTESTS ? &blktests_format :
					NULL;
}

void jobs_init(struct observer *o)
{
	o->jobs = mem_alloc((o->spec.n_jobs + 1) * sizeof(*o->jobs));
	for (size_t i = 0; i < o->spec.n_jobs; i++) {
		struct subtest_data *d = arena_alloc(o->arena, sizeof(*d));
		struct log_sink sink = { .test = on_subtest, .data = d };

		d->o = o;
		d->job = i;
		o->jobs[i].ktap = ktap_new(o->spec.jobs[i].path, &sink);
		if (case_format(o->spec.jobs[i].kind))
			o->jobs[i].cases = caselog_new(case_format(o->spec.jobs[i].kind),
						       o->spec.jobs[i].path, &sink);
	}
}

void jobs_release(struct observer *o)
{
	for (size_t i = 0; i < o->spec.n_jobs; i++) {
		ktap_free(o->jobs[i].ktap);
		caselog_free(o->jobs[i].cases);
		str_release(&o->jobs[i].output);
		str_release(&o->jobs[i].line);
	}
	free(o->jobs);
}

static void on_subtest(void *data, const struct test_rec *t)
{
	struct subtest_data *d = data;
	struct job *j = &d->o->jobs[d->job];
	struct observed_test test = { .rec = *t, .suite = d->o->spec.jobs[d->job].suite };

	j->has_subtests = true;
	test.reason = t->directive ? (t->reason ? t->reason : t->directive) : t->reason;
	observer_hold(d->o, &test, 0);
}

static void job_output(struct job *j, bool ktap, const char *p, size_t n)
{
	struct view rest = { p, ktap ? n : 0 }, line;

	if (j->output.len < OUTPUT_KEPT)
		str_add(&j->output, p, n);
	else
		j->not_kept += n;
	if (j->cases) {
		caselog_add(j->cases, p, n);
		return;
	}
	while (rest.len) {
		ssize_t nl = view_find_chr(rest, '\n');

		if (nl < 0) {
			if (j->line.len < KTAP_LINE_MAX)
				str_addv(&j->line, rest);
			return;
		}
		line = view_sub(rest, 0, (size_t)nl);
		str_addv(&j->line, line);
		ktap_line(j->ktap,
			  view_trim(str_view(&j->line)).len ? str_view(&j->line) : VIEW(""),
			  ++j->lines);
		str_clear(&j->line);
		rest = view_sub(rest, (size_t)nl + 1, rest.len);
	}
}

static void job_end(struct observer *o, struct job *j, const struct frame *f)
{
	double code = 0;

	/* index, how, code or text, seconds, output bytes, limit, scale */
	snprintf(j->how, sizeof(j->how), "%s", f->n > 1 ? f->field[1] : "");
	view_double(view_of(frame_field(f, 2)), &code);
	snprintf(j->text, sizeof(j->text), "%s", frame_field(f, 2));
	j->code = (long)code;
	if (f->n > 3)
		view_double(view_of(f->field[3]), &j->seconds);
	if (f->n > 5)
		view_double(view_of(f->field[5]), &j->limit);
	if (f->n > 6)
		view_double(view_of(f->field[6]), &j->scale);
	j->ended_at = o->elapsed;
	j->state = JOB_ENDED;
	o->facts.jobs_ended++;
	o->running = o->spec.n_jobs;
}

void jobs_frame(struct observer *o, const struct frame *f)
{
	uint64_t i;
	struct job *j;

	if (!f->n || view_u64(view_of(f->field[0]), 10, &i) < 0 || i >= o->spec.n_jobs)
		return;
	j = &o->jobs[i];
	if (f->type == FRAME_START && j->state == JOB_WAITING) {
		j->state = JOB_RUNNING;
		o->running = i;
	} else if (f->type == FRAME_OUTPUT && f->n > 1 && j->state == JOB_RUNNING) {
		/* Results of KUnit's modules are read from the kernel log. */
		job_output(j, o->spec.jobs[i].kind != SUITE_KUNIT, f->field[1], f->len[1]);
	} else if (f->type == FRAME_END && j->state <= JOB_RUNNING) {
		job_end(o, j, f);
	}
}

/* "start NAME" and "end NAME", where kassay-init wrote them between the kernel's messages. */
void jobs_marker(struct observer *o, struct view text)
{
	bool start = view_skip(&text, "start ");

	if (!start && !view_skip(&text, "end "))
		return;
	for (size_t i = 0; i < o->spec.n_jobs; i++) {
		const char *path = o->spec.jobs[i].path;
		struct span *s;

		if (!view_eq(text, path) ||
		    (start ? o->jobs[i].start_marked : o->jobs[i].end_marked))
			continue;
		s = vec_add(&o->spans);
		s->line = o->line_no;
		s->owner = start ? path : "boot";
		if (start)
			o->jobs[i].start_marked = true;
		else
			o->jobs[i].end_marked = true;
		if (o->spec.jobs[i].kind == SUITE_KUNIT && start)
			kunit_module_start(o);
		else if (o->spec.jobs[i].kind == SUITE_KUNIT)
			o->jobs[i].kunit_seen = kunit_module_end(o);
		return;
	}
}

/* A torture module has run to its end: its own word in the kernel log counts (Documentation/RCU/torture.rst). */
static void torture_status(struct observer *o, const struct job *j, struct observed_test *t)
{
	static const char mark[] = "End of test: ";
	struct view rest = str_view(&j->output), word = VIEW("");
	ssize_t at;

	while ((at = view_find(rest, mark)) >= 0) {
		rest = view_sub(rest, (size_t)at + strlen(mark), rest.len);
		word = view_sub(rest, 0, strcspn(rest.p, ": \n"));
	}
	t->rec.status = !word.len		 ? STATUS_ERROR :
			view_eq(word, "SUCCESS") ? STATUS_PASS :
						   STATUS_FAIL;
	if (!word.len)
		t->reason = "it ended without a verdict in the kernel log";
	else if (t->rec.status == STATUS_FAIL)
		t->reason = arena_printf(o->arena, "End of test: " VIEW_FMT, VIEW_ARG(word));
}

/*
 * What they write to /dev/kmsg: ltp-pan and our loop "LTP: starting NAME (...)", xfstests "run fstests NAME at ...",
 * blktests "run blktests NAME at ...". It is on the console before the case can bring the machine down.
 */
void jobs_case_begun(struct observer *o, struct view text)
{
	static const struct {
		enum suite_kind kind;
		const char *before;
	} forms[] = { { SUITE_LTP, "LTP: starting " },
		      { SUITE_XFSTESTS, "run fstests " },
		      { SUITE_BLKTESTS, "run blktests " } };

	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		if (!view_skip(&text, forms[f].before))
			continue;
		ssize_t end = view_find_chr(text, ' ');
		struct view name = view_sub(text, 0, end < 0 ? text.len : (size_t)end);

		for (size_t i = 0; name.len && i < o->spec.n_jobs; i++) {
			struct job *j = &o->jobs[i];

			if (o->spec.jobs[i].kind == forms[f].kind && j->state <= JOB_RUNNING &&
			    j->start_marked && !j->end_marked)
				caselog_begun(j->cases, name);
		}
		return;
	}
}

/* A suite of others ended: what its cases say, and that its script went well. */
static void cases_status(struct observer *o, struct job *j, struct observed_test *t)
{
	const char *why;
	enum status cases = caselog_outcome(j->cases, &why);

	t->rec.status = cases;
	t->reason = why			? arena_strdup(o->arena, why) :
		    cases < STATUS_PASS ? "a case did not pass" :
					  NULL;
	if (strcmp(j->how, "exit") != 0) {
		t->rec.status = strcmp(j->how, "error") == 0 || strcmp(j->how, "missing") == 0 ?
					STATUS_ERROR :
					STATUS_FAIL;
		t->reason = arena_printf(o->arena, "%s%s%s", j->how, *j->text ? ": " : "", j->text);
	} else if (cases == STATUS_NONE || (j->code && cases >= STATUS_PASS)) {
		t->rec.status = STATUS_ERROR;
		t->reason = j->code ? arena_printf(o->arena, "exit %ld", j->code) : "no case ran";
	}
}

static const char *clean(struct observer *o, struct view words)
{
	AUTO_STR struct str text = STR_INIT;

	if (words.len > SKIP_WORDS_MAX)
		words.len = SKIP_WORDS_MAX;
	while (words.len && words.len == SKIP_WORDS_MAX && (words.p[words.len - 1] & 0xc0) == 0x80)
		words.len--;
	str_add_printable(&text, words);
	return arena_strdup(o->arena, str_c(&text));
}

/*
 * Why it skipped, in its own words: the reason of a SKIP line or plan, else the line that speaks of skipping, else what it said
 * before "SKIPPED" where it said little. NULL: it did not say.
 */
static const char *skip_words(struct observer *o, const struct job *j)
{
	struct view rest = str_view(&j->output), line, skip = { 0 }, said = { 0 };
	size_t lines = 0;

	while (view_line(&rest, &line)) {
		struct ktap_token t;

		ktap_tokenize(line, &t);
		if (t.directive && strcmp(t.directive, "SKIP") == 0 && t.reason.len)
			return clean(o, t.reason);
		line = view_trim(t.kind == KTAP_DIAGNOSTIC ? t.text : line);
		if ((t.kind != KTAP_DIAGNOSTIC && t.kind != KTAP_OTHER) || !line.len)
			continue;
		if (view_find(line, "SKIP") >= 0 || view_find(line, "kip") >= 0) {
			if (!skip.len && !view_starts(line, "Test SKIPPED"))
				skip = line;
		} else if (t.kind == KTAP_OTHER) {
			lines++;
			said = line;
		}
	}
	if (!skip.len && lines && lines <= SKIP_LINES_MAX)
		skip = said;
	return skip.len ? clean(o, skip) : NULL;
}

/* How a job ended, in KCIDB's words. */
static void job_status(struct observer *o, size_t i, struct observed_test *t)
{
	struct job *j = &o->jobs[i];
	enum suite_kind kind = o->spec.jobs[i].kind;
	const char *why;
	enum status printed = ktap_outcome(j->ktap, &why);

	t->rec.status = STATUS_FAIL;
	if (strcmp(j->how, "exit") == 0) {
		if (j->code == 0)
			t->rec.status = STATUS_PASS;
		else
			t->reason = arena_printf(o->arena, "exit %ld", j->code);
		if (j->code == KSFT_SKIP) {
			const char *words = skip_words(o, j);

			t->rec.status = STATUS_SKIP;
			t->reason = words ? words : t->reason;
		}
		/* The shell's words for a command that is not there, or cannot run: it tested nothing. */
		if (kind != SUITE_KSELFTEST && (j->code == 126 || j->code == 127))
			t->rec.status = STATUS_ERROR;
		/* A command's KTAP counts; of a kselftest the exit status is the verdict, as in run_kselftest.sh. */
		if (kind == SUITE_TORTURE && j->code == 0)
			torture_status(o, j, t);
		if (kind == SUITE_CMD && j->code == 0 && printed != STATUS_NONE) {
			t->rec.status = printed;
			t->reason = why			  ? arena_strdup(o->arena, why) :
				    printed < STATUS_PASS ? "a subtest did not pass" :
							    NULL;
		}
	} else if (strcmp(j->how, "signal") == 0) {
		t->reason = arena_printf(o->arena, "signal %ld", j->code);
	} else if (strcmp(j->how, "timeout") == 0) {
		t->reason = "timeout";
	} else if (strcmp(j->how, "output-cap") == 0) {
		t->reason = "output cap";
	} else {
		t->rec.status = STATUS_ERROR;
		t->reason = arena_printf(o->arena, "could not run (%s): %s", j->how, j->text);
	}
}

static void last_line(struct job *j)
{
	if (j->line.len)
		ktap_line(j->ktap, str_view(&j->line), ++j->lines);
	str_clear(&j->line);
}

/* What is stored of a job's output. */
static void output_of(struct job *j, struct observed_test *ret)
{
	if (j->not_kept)
		str_addf(&j->output, "\n[kassay kept no more; %zu bytes followed]\n", j->not_kept);
	ret->output = str_c(&j->output);
	ret->output_len = j->output.len;
}

static void job_tell(struct observer *o, size_t i)
{
	struct job *j = &o->jobs[i];
	struct observed_test t = {
		.rec = { .path = o->spec.jobs[i].path,
			 .name = o->spec.jobs[i].path,
			 .duration = j->seconds },
		.suite = o->spec.jobs[i].suite,
		.limit = j->limit,
		.scale = j->scale,
	};

	if (o->spec.jobs[i].kind == SUITE_KUNIT && !j->kunit_seen)
		kunit_results_read(o, str_view(&j->output));
	last_line(j);
	ktap_end(j->ktap, strcmp(j->how, "exit") != 0, STATUS_FAIL, j->how);
	if (j->cases)
		caselog_end(j->cases, strcmp(j->how, "exit") != 0, STATUS_FAIL, j->how);
	t.rec.parent = j->has_subtests;
	if (j->cases)
		cases_status(o, j, &t);
	else
		job_status(o, i, &t);
	j->state = JOB_TOLD;
	output_of(j, &t);
	observer_hold(o, &t, 0);
	str_release(&j->output);
}

/* Jobs that ended and whose console lines are all read (or never will be) are told. */
void jobs_settle(struct observer *o, bool all)
{
	for (size_t i = 0; i < o->spec.n_jobs; i++) {
		struct job *j = &o->jobs[i];
		bool late = o->elapsed - j->ended_at > MARKER_WAIT;

		if (j->state == JOB_ENDED && (all || j->end_marked || late))
			job_tell(o, i);
	}
}

bool jobs_told(const struct observer *o, const char *path)
{
	for (size_t i = 0; i < o->spec.n_jobs; i++)
		if (o->jobs[i].state == JOB_TOLD && strcmp(o->spec.jobs[i].path, path) == 0)
			return true;
	return false;
}

/* The machine ended: the job in flight has its fate, the later ones never ran. */
void jobs_end(struct observer *o, const struct machine_end *end)
{
	const char *in_flight = NULL;
	const char *reason = end_reason(o, end);

	for (size_t i = 0; i < o->spec.n_jobs; i++) {
		struct job *j = &o->jobs[i];
		struct observed_test t = {
			.rec = { .path = o->spec.jobs[i].path, .name = o->spec.jobs[i].path },
			.suite = o->spec.jobs[i].suite,
		};

		if (j->state == JOB_RUNNING) {
			/* All is done, but for what the channel lost. */
			bool lost = o->facts.done;

			t.rec.status = lost || end->outcome == MACHINE_DIED ? STATUS_ERROR :
									      STATUS_FAIL;
			t.reason = lost ? "its end was lost on the way from the guest" : reason;
			last_line(j);
			ktap_end(j->ktap, true, t.rec.status, t.reason);
			if (j->cases)
				caselog_end(j->cases, true, t.rec.status, t.reason);
			t.rec.parent = j->has_subtests && j->cases;
			output_of(j, &t);
			in_flight = t.rec.path;
		} else if (j->state == JOB_WAITING) {
			t.rec.status = STATUS_MISS;
			t.reason = !o->facts.hello ?
					   arena_printf(o->arena, "userspace was not reached: %s",
							reason) :
				   *o->facts.no_root ? o->facts.no_root :
				   in_flight ? arena_printf(o->arena, "did not run: %s during %s",
							    machine_outcome_words(end->outcome),
							    in_flight) :
					       arena_printf(o->arena, "did not run: %s", reason);
		} else {
			continue;
		}
		j->state = JOB_TOLD;
		observer_hold(o, &t, 0);
	}
}
