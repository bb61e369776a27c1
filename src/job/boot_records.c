/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one boot leaves in the store. */
#include "job/boot_internal.h"
#include "job/boots.h"
#include "job/lacking.h"

enum { EXCERPT_MAX = 4 << 10, EXCERPT_LINES = 12 };

void boot_keep_error(struct boot *x, int r, const struct err *err)
{
	if (r < 0 && x->r == 0) {
		x->r = r;
		x->err = *err;
	}
}

/* The last lines of a text: what tells most about a failure. */
static struct view tail(const char *text, size_t len)
{
	size_t from = len, lines = 0;

	while (from > 0 && len - from < EXCERPT_MAX) {
		if (text[from - 1] == '\n' && from != len && ++lines >= EXCERPT_LINES)
			break;
		from--;
	}
	return (struct view){ text + from, len - from };
}

/* What is stored is a string; other bytes that are no text are dealt with where it is written. */
static void add_text(struct str *out, struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i])
			str_addc(out, v.p[i]);
		else
			str_adds(out, "\xef\xbf\xbd");
	}
}

static char *test_misc(const struct observed_test *t)
{
	AUTO_STR struct str text = STR_INIT;
	struct jwriter w;

	misc_begin(&w, &text);
	jw_kstr_opt(&w, "name", t->rec.name);
	jw_kstr_opt(&w, "directive", t->rec.directive);
	jw_kstr_opt(&w, "diagnostic", t->rec.diagnostic);
	if (t->rec.parent)
		jw_kbool(&w, "parent", true);
	if (t->rec.line)
		jw_kint(&w, "line", (int64_t)t->rec.line);
	if (t->limit > 0) {
		jw_kdouble(&w, "timeout", t->limit);
		jw_kdouble(&w, "timeout_scale", t->scale);
	}
	misc_end(&w);
	return str_take(&text);
}

/* With what would make a kselftest run that skipped or could not be started, as far as that can be told. */
static const char *reason_of(struct boot *x, const struct observed_test *t)
{
	const char *package, *symbols = NULL;

	if (t->rec.status == STATUS_ERROR && !x->guest.root && t->reason &&
	    view_starts(view_of(t->reason), "could not run (error)") &&
	    view_ends(view_of(t->reason), GUEST_NO_INTERPRETER))
		return arena_printf(x->p->a, "%s; with --rootfs debian there is more", t->reason);
	if (t->rec.status != STATUS_SKIP || !t->suite || strncmp(t->suite, "kselftest:", 10) != 0)
		return t->reason;
	AUTO_FREE char *collection = mem_strndup(t->suite + 10, strcspn(t->suite + 10, ","));
	package = lacking_package(t->output_len ?
					  (struct view){ t->output, t->output_len } :
					  view_of(t->rec.diagnostic ? t->rec.diagnostic : ""));
	if (x->lacking)
		symbols = map_get(x->lacking, collection);
	const char *reason = t->reason ? t->reason : "skipped";
	return package ?
		       arena_printf(x->p->a, "%s; Debian package %s would help", reason, package) :
	       symbols ? arena_printf(x->p->a, "%s; this kernel lacks %s", reason, symbols) :
			 t->reason;
}

void boot_on_test(void *data, const struct observed_test *t)
{
	struct boot *x = data;
	AUTO_FREE char *misc = test_misc(t);
	AUTO_STR struct str excerpt = STR_INIT;
	struct err err = { 0 };
	struct store_test s = {
		.build_id = x->b->id,
		.platform = x->f->name,
		.path = t->rec.path,
		.status = status_name(t->rec.status),
		.has_number = t->rec.has_number,
		.number = t->rec.number,
		.unit = t->rec.unit,
		.start_ms = x->start_ms,
		.duration = t->rec.duration,
		.suite = t->suite,
		.reason = reason_of(x, t),
		.misc = misc,
	};
	int r;

	if (t->rec.status <= STATUS_MISS || t->rec.status == STATUS_SKIP) {
		if (t->rec.diagnostic)
			str_adds(&excerpt, t->rec.diagnostic);
		else if (t->output_len)
			add_text(&excerpt, tail(t->output, t->output_len));
		if (excerpt.len)
			s.log_excerpt = str_c(&excerpt);
	}
	r = recorder_test(&x->p->rec, &s, &err);
	if (r == 0 && t->output_len) {
		const struct store_test *put =
			recorder_find_test(&x->p->rec, s.build_id, s.platform, s.path);
		struct store_artifact a = {
			.build_id = s.build_id,
			.test_id = put->id,
			.platform = s.platform,
			.role = "test-log",
			.name = "output.txt",
		};

		r = recorder_bytes(&x->p->rec, &a, (struct view){ t->output, t->output_len }, &err);
	}
	boot_keep_error(x, r, &err);
	if (t->rec.status == STATUS_FAIL) {
		AUTO_FREE char *name = mem_printf("%s on %s", t->rec.path, x->f->name);

		boots_failed(x->p, name);
	}
}

void boot_on_finding(void *data, const struct observed_finding *o)
{
	struct boot *x = data;
	const struct finding *f = o->f;
	AUTO_FREE char *id = mem_printf("%s:%s:c%zu", x->b->id, x->f->name, x->findings++);
	AUTO_FREE char *test = mem_printf("%s:%s:%s", x->b->id, x->f->name, o->test);
	struct store_finding s = {
		.id = id,
		.build_id = x->b->id,
		.test_id = test,
		.kind = finding_kind_name(f->kind),
		.severity = severity_name(f->severity),
		.title = f->title,
		.signature = f->signature,
		.type = f->type,
		.function = f->function,
		.file = f->file,
		.message = f->message,
		.excerpt = f->excerpt,
		.line = (int64_t)f->line,
		.line_in_file = f->line_in_file,
		.column = f->column,
		.expected = o->expected != NULL,
		.expected_by = o->expected ?
				       (o->expected->why ? o->expected->why : o->expected->title) :
				       NULL,
	};
	struct err err = { 0 };

	boot_keep_error(x, recorder_finding(&x->p->rec, &s, &err), &err);
}

int boot_put_console(struct boot *x, struct err *err)
{
	struct cas_ref ref;
	struct store_artifact a = {
		.build_id = x->b->id,
		.platform = x->f->name,
		.role = "console-log",
		.name = x->machine.earlyprintk ? "console-earlyprintk.log" : "console.log",
	};
	int r = cas_w_end(TAKE(x->console), &ref, err);

	if (r < 0)
		return r;
	a.sha256 = ref.sha256;
	a.size = (int64_t)ref.size;
	return recorder_artifact(&x->p->rec, &a, err);
}

static void kcount(struct jwriter *w, const char *key, uint64_t n)
{
	if (n)
		jw_kint(w, key, (int64_t)n);
}

static void machine_json(const struct boot *x, const struct strv *argv, struct str *out)
{
	const struct observe_facts *facts = observer_facts(x->observer);
	const struct machine_end *end = &x->end;
	struct jwriter w;

	jw_init(&w, out, 2);
	jw_obj(&w);
	jw_kstr(&w, "identity", x->identity);
	jw_kstr(&w, "request", x->request);
	jw_kstr(&w, "accelerator", accel_names[end->accel]);
	jw_kstr(&w, "why", end->accel_why);
	jw_kstrv(&w, "arguments", argv);
	jw_kstr(&w, "outcome", machine_outcome_words(end->outcome));
	jw_kstr_opt(&w, "detail", end->detail);
	jw_kdouble(&w, "duration", end->duration);
	jw_kint(&w, "console_bytes", (int64_t)end->console_bytes);
	if (end->hello >= 0)
		jw_kdouble(&w, "hello", end->hello);
	jw_kstr_opt(&w, "channel", facts->channel);
	jw_kstr_opt(&w, "release", facts->release);
	jw_kstr_opt(&w, "build_id", facts->build_id);
	jw_kint(&w, "taint", (int64_t)facts->taint);
	jw_kint(&w, "taint_end", (int64_t)facts->taint_end);
	kcount(&w, "findings_dropped", facts->findings_dropped);
	kcount(&w, "frames_lost", end->frames_lost);
	kcount(&w, "frames_damaged", end->frames_damaged);
	if (x->guest.scale > 0)
		jw_kdouble(&w, "slowdown", x->guest.scale);
	jw_kstr_opt(&w, "image_sha256", x->b->image_sha256);
	jw_obj_end(&w);
	str_addc(out, '\n');
}

int boot_put_machine(struct boot *x, struct err *err)
{
	struct store_artifact machine = {
		.build_id = x->b->id,
		.platform = x->f->name,
		.role = "machine",
		.name = "machine.json",
	};
	struct store_artifact guest = { .build_id = x->b->id,
					.platform = x->f->name,
					.role = "guest-init" };
	AUTO_STR struct str text = STR_INIT;
	AUTO_STRV struct strv argv = { 0 };
	int r = recorder_file(&x->p->rec, &guest, x->init.path, err);

	if (r < 0)
		return r;
	qemu_args(&x->machine, x->end.accel, &argv);
	machine_json(x, &argv, &text);
	return recorder_bytes(&x->p->rec, &machine, str_view(&text), err);
}

static int miss(struct boot *x, const char *path, const char *suite, struct err *err)
{
	struct store_test t = {
		.build_id = x->b->id,
		.platform = x->f->name,
		.path = path,
		.status = "MISS",
		.suite = suite,
		.reason = x->called_off,
		.start_ms = time_now_ms(),
	};

	return recorder_find_test(&x->p->rec, t.build_id, t.platform, path) ?
		       0 :
		       recorder_test(&x->p->rec, &t, err);
}

int boot_put_missed(struct boot *x, struct err *err)
{
	int r = 0;

	vec_foreach(s, &x->p->plan.suites)
		if (r == 0 && (s->kind == SUITE_BOOT || s->kind == SUITE_KUNIT))
			r = miss(x, s->kind == SUITE_BOOT ? "boot" : "kunit", s->text, err);
	for (size_t i = 0; r == 0 && i < x->guest.jobs.len; i++)
		r = miss(x, x->jobs[i].path, x->jobs[i].suite, err);
	return r;
}

bool boot_finished(const struct recorder *r, const char *build_id, const char *platform)
{
	vec_foreach(a, &r->artifacts)
		if (strcmp(a->role, "machine") == 0 && a->build_id &&
		    strcmp(a->build_id, build_id) == 0 && a->platform &&
		    strcmp(a->platform, platform) == 0)
			return true;
	return false;
}
