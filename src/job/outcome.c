/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run concludes: 1 the kernel is bad, 125 could not tell, 0 good. */
#include "job/pipeline.h"
#include "job/summary.h"

enum { GOOD = 0, BAD = 1, COULD_NOT_TELL = 125 };

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
		return BAD;
	return !decided || s == STATUS_ERROR || s == STATUS_MISS || s == STATUS_NONE ?
		       COULD_NOT_TELL :
		       GOOD;
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
			return BAD;
	enum status boot = worst(p, "boot");
	return built && worst(p, NULL) != STATUS_NONE && boot != STATUS_MISS &&
			       boot != STATUS_ERROR ?
		       GOOD :
		       COULD_NOT_TELL;
}

/* Is this failure one that was there in an earlier run? */
static bool known_before(const struct pipeline *p, const struct store_test *t)
{
	struct err err = { 0 };
	bool known = false;

	return store_known_failure(p->rec.store, t->path, NULL, p->rec.run.id, &known, &err) == 0 &&
	       known;
}

static bool has_test(const struct test_refs *list, const char *id)
{
	vec_foreach(t, list)
		if (strcmp((*t)->id, id) == 0)
			return true;
	return false;
}

/* Does any failure count as new: not in the base, or without one not in an earlier run? */
static bool any_new_failure(const struct pipeline *p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct comparison against = { 0 };
	bool compared = base_was_tested(&p->rec) && run_compare(&p->rec, a, &against);
	struct test_refs failing = { 0 };
	bool found = false;

	failing_leaves(p->rec.tests.data, p->rec.tests.len, false, &failing);
	vec_foreach(t, &failing)
		if (build_of(p, (*t)->build_id))
			found |= compared ? has_test(&against.new_failures, (*t)->id) :
					    !known_before(p, *t);
	vec_release(&failing);
	comparison_release(&against);
	return found;
}

static bool any_of_status(const struct pipeline *p, enum status first, enum status last)
{
	vec_foreach(t, &p->rec.tests) {
		enum status s = status_parse(view_of(t->status ? t->status : ""));

		if (build_of(p, t->build_id) && s >= first && s <= last)
			return true;
	}
	return false;
}

int pipeline_exit_status(const struct pipeline *p)
{
	if (p->opt->bad_if)
		return bad_if(p, p->opt->bad_if);
	if (worst_build(p) == STATUS_FAIL)
		return BAD;
	if (any_of_status(p, STATUS_FAIL, STATUS_FAIL) &&
	    (p->opt->fail_on != FAIL_ON_NEW || any_new_failure(p)))
		return BAD;
	return worst_build(p) == STATUS_ERROR || any_of_status(p, STATUS_ERROR, STATUS_MISS) ?
		       COULD_NOT_TELL :
		       GOOD;
}
