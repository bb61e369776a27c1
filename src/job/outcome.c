/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run concludes: 1 the kernel is bad, 125 could not tell, 0 good. */
#include "job/pipeline.h"
#include "job/summary.h"

int bad_if_check(const char *text, struct err *err)
{
	if (strcmp(text, "build") == 0 || strcmp(text, "boot") == 0 ||
	    (strncmp(text, "test:", 5) == 0 && text[5]) ||
	    (strncmp(text, "finding:", 8) == 0 && text[8]))
		return 0;
	return err_set(err, ERR_USAGE, "--bad-if %s: write build, boot, test:GLOB or finding:TITLE",
		       text);
}

static const struct pipe_build *build_of(const struct pipeline *p, const char *build_id)
{
	vec_foreach(b, &p->builds)
		if (b->id && build_id && strcmp(b->id, build_id) == 0)
			return b;
	return NULL; /* of the base */
}

/* The heaviest status of the tests of this side that match; STATUS_NONE: there are none. */
static enum status worst(const struct pipeline *p, const char *glob)
{
	enum status all = STATUS_NONE;

	vec_foreach(t, &p->rec.tests) {
		enum status s = status_parse(view_of(t->status ? t->status : ""));

		if (!build_of(p, t->build_id) || (glob && !glob_match(glob, t->path)))
			continue;
		all = all == STATUS_NONE ? s : status_heavier(all, s);
	}
	return all;
}

static bool has_status(const struct pipeline *p, enum status status)
{
	vec_foreach(t, &p->rec.tests)
		if (build_of(p, t->build_id) &&
		    status_parse(view_of(t->status ? t->status : "")) == status)
			return true;
	return false;
}

static enum status worst_build(const struct pipeline *p)
{
	enum status all = STATUS_PASS;

	vec_foreach(b, &p->builds)
		all = status_heavier(all, b->status);
	return all;
}

static int decide(enum status s, bool decided)
{
	if (s == STATUS_FAIL)
		return OUTCOME_BAD;
	return !decided || s == STATUS_ERROR || s == STATUS_MISS || s == STATUS_NONE ?
		       OUTCOME_UNKNOWN :
		       OUTCOME_GOOD;
}

static int bad_if(const struct pipeline *p, const char *what)
{
	bool built = worst_build(p) == STATUS_PASS;

	if (strcmp(what, "build") == 0)
		return decide(worst_build(p), true);
	if (strcmp(what, "boot") == 0)
		return decide(worst(p, "boot"), built);
	if (strncmp(what, "test:", 5) == 0)
		return decide(worst(p, what + 5), built);
	vec_foreach(f, &p->rec.findings)
		if (!f->expected && build_of(p, f->build_id) &&
		    glob_match(what + strlen("finding:"), f->title))
			return OUTCOME_BAD;
	/* It might have come where nothing ran: what was missed, or a boot that told no time. */
	bool cut = worst(p, "boot") == STATUS_FAIL && worst(p, "boot.time") == STATUS_NONE;
	enum status all = worst(p, NULL);

	return built && all != STATUS_NONE && !cut && !has_status(p, STATUS_MISS) &&
			       worst(p, "boot") != STATUS_ERROR ?
		       OUTCOME_GOOD :
		       OUTCOME_UNKNOWN;
}

/* Is this finding one that was there in an earlier run? */
static bool finding_known(const struct pipeline *p, const struct store_finding *f)
{
	struct err err = { 0 };
	bool known = false;

	return store_known_finding(p->rec.store, f->signature, p->rec.run.id, &known, &err) == 0 &&
	       known;
}

/* Is this failure one that was there in an earlier run: with the same findings, if it has any? */
static bool known_before(const struct pipeline *p, const struct store_test *t)
{
	struct err err = { 0 };
	bool known = false, found = false;

	vec_foreach(f, &p->rec.findings) {
		if (f->expected || !f->test_id || strcmp(f->test_id, t->id) != 0)
			continue;
		if (!finding_known(p, f))
			return false;
		found = true;
	}
	if (found)
		return true;
	return store_known_failure(p->rec.store, t->path, t->platform,
				   build_of(p, t->build_id)->plan->name, p->rec.run.id, &known,
				   &err) == 0 &&
	       known;
}

static bool is_fail(const struct store_test *t)
{
	return t->status && strcmp(t->status, "FAIL") == 0;
}

/* Against the base: a test that newly fails, or a failing one with something new in it. */
static bool any_beyond_base(const struct pipeline *p, const struct comparison *against)
{
	vec_foreach(t, &against->new_failures)
		if (is_fail(*t))
			return true;
	vec_foreach(f, &against->new_findings)
		vec_foreach(t, &p->rec.tests)
			if ((*f)->test_id && is_fail(t) && strcmp((*f)->test_id, t->id) == 0)
				return true;
	return false;
}

/* Does any failure count as new: not in the base, or without one not in an earlier run? */
static bool any_new_failure(const struct pipeline *p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct comparison against = { 0 };
	struct test_refs failing = { 0 };
	bool found = false;

	if (base_was_tested(&p->rec) && run_compare(&p->rec, a, &against)) {
		found = any_beyond_base(p, &against);
		comparison_release(&against);
		return found;
	}
	failing_leaves(p->rec.tests.data, p->rec.tests.len, &failing);
	vec_foreach(t, &failing)
		found |= is_fail(*t) && build_of(p, (*t)->build_id) && !known_before(p, *t);
	vec_release(&failing);
	return found;
}

bool pipeline_failed(const struct pipeline *p)
{
	/* What is new against the base is known at the end only. */
	if (!p->opt->bad_if && p->opt->base && p->opt->fail_on == FAIL_ON_NEW)
		return worst_build(p) == STATUS_FAIL;
	return pipeline_exit_status(p) == OUTCOME_BAD;
}

int pipeline_exit_status(const struct pipeline *p)
{
	if (p->opt->bad_if)
		return bad_if(p, p->opt->bad_if);
	if (worst_build(p) == STATUS_FAIL)
		return OUTCOME_BAD;
	if (has_status(p, STATUS_FAIL) && (p->opt->fail_on != FAIL_ON_NEW || any_new_failure(p)))
		return OUTCOME_BAD;
	return worst_build(p) == STATUS_ERROR || has_status(p, STATUS_ERROR) ||
			       has_status(p, STATUS_MISS) ?
		       OUTCOME_UNKNOWN :
		       OUTCOME_GOOD;
}
