/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as JSON. Checkouts, builds and tests are valid KCIDB v5.3 objects: what its schema has no
 * member for, or would refuse, goes to misc.kassay. Shapes: man/kassay-records.5.
 */
#include <math.h>

#include "store/misc.h"
#include "store/store.h"
#include "store/table.h"

enum { EXCERPT_MAX = 16384 }; /* characters, KCIDB v5.3 log_excerpt */

static void write_time(struct jwriter *w, const char *key, int64_t ms)
{
	AUTO_STR struct str text = STR_INIT;

	if (ms == 0)
		return;
	str_add_time(&text, ms);
	jw_kstr(w, key, str_c(&text));
}

static void write_seconds(struct jwriter *w, const char *key, double seconds)
{
	if (isfinite(seconds) && seconds != 0)
		jw_kdouble(w, key, seconds);
}

/* Numbers for which 0 says "not known". */
static void write_count(struct jwriter *w, const char *key, int64_t n)
{
	if (n != 0)
		jw_kint(w, key, n);
}

/* At most EXCERPT_MAX bytes, so at most as many characters, cut between characters. */
static void write_excerpt(struct jwriter *w, const char *key, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n == 0)
		return;
	if (n > EXCERPT_MAX)
		for (n = EXCERPT_MAX;
		     n > EXCERPT_MAX - 4 && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	jw_key(w, key);
	jw_view(w, (struct view){ text, n });
}

static void write_status(struct jwriter *w, const char *status)
{
	if (status && store_status_valid(status))
		jw_kstr(w, "status", status);
}

static bool is_commit_hash(const char *s)
{
	return s && strlen(s) == 40 && strspn(s, "0123456789abcdef") == 40;
}

static bool is_https(const char *s)
{
	return s && strncmp(s, "https://", strlen("https://")) == 0;
}

static bool is_architecture(const char *s)
{
	return s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

void store_checkout_json(struct jwriter *w, const struct store_checkout *c)
{
	const bool hash = is_commit_hash(c->git_commit_hash), url = is_https(c->git_repository_url);
	const struct misc_member ours[] = {
		{ "git_commit_hash", hash ? NULL : c->git_commit_hash, 0 },
		{ "git_repository_url", url ? NULL : c->git_repository_url, 0 },
	};

	jw_obj(w);
	jw_kstr_opt(w, "id", c->id);
	jw_kstr_opt(w, "origin", c->origin);
	jw_kstr_opt(w, "tree_name", c->tree_name);
	jw_kstr_opt(w, "git_repository_url", url ? c->git_repository_url : NULL);
	jw_kstr_opt(w, "git_commit_hash", hash ? c->git_commit_hash : NULL);
	jw_kstr_opt(w, "git_commit_name", c->git_commit_name);
	jw_kstr_opt(w, "git_repository_branch", c->git_repository_branch);
	jw_kstr_opt(w, "comment", c->comment);
	write_time(w, "start_time", c->start_ms);
	misc_write(w, c->misc, ours, ARRAY_SIZE(ours));
	jw_obj_end(w);
}

void store_build_json(struct jwriter *w, const struct store_build *b)
{
	const bool architecture = is_architecture(b->architecture);
	const struct misc_member ours[] = {
		{ "run", NULL, b->run },
		{ "name", b->name, 0 },
		{ "architecture", architecture ? NULL : b->architecture, 0 },
		{ "key", b->key, 0 },
		{ "build_id", b->build_id, 0 },
		{ "image_sha256", b->image_sha256, 0 },
	};

	jw_obj(w);
	jw_kstr_opt(w, "id", b->id);
	jw_kstr_opt(w, "origin", b->origin);
	jw_kstr_opt(w, "checkout_id", b->checkout_id);
	jw_kstr_opt(w, "comment", b->comment);
	write_time(w, "start_time", b->start_ms);
	write_seconds(w, "duration", b->duration);
	jw_kstr_opt(w, "architecture", architecture ? b->architecture : NULL);
	jw_kstr_opt(w, "command", b->command);
	jw_kstr_opt(w, "compiler", b->compiler);
	jw_kstr_opt(w, "config_name", b->config_name);
	write_excerpt(w, "log_excerpt", b->log_excerpt);
	write_status(w, b->status);
	misc_write(w, b->misc, ours, ARRAY_SIZE(ours));
	jw_obj_end(w);
}

/* @path as KCIDB's pattern has it: parts of [a-zA-Z0-9_-]; "list#2" becomes "list_2". */
static void kcidb_path(const char *path, struct str *out)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (const char *p = path; *p; p++) {
		if (*p == '.' && (p == path || p[-1] == '.'))
			str_addc(out, '_'); /* an empty part */
		str_addc(out, *p == '.' || strchr(allowed, *p) ? *p : '_');
	}
	if (out->len > 0 && out->data[out->len - 1] == '.')
		str_addc(out, '_');
}

static void write_platform(struct jwriter *w, const char *platform)
{
	if (!platform || !*platform)
		return;
	jw_key(w, "environment");
	jw_obj(w);
	jw_kstr(w, "comment", platform);
	jw_key(w, "misc");
	jw_obj(w);
	jw_kstr(w, "platform", platform);
	jw_obj_end(w);
	jw_obj_end(w);
}

static void write_number(struct jwriter *w, const struct store_test *t)
{
	if (!t->has_number || !isfinite(t->number))
		return;
	jw_key(w, "number");
	jw_obj(w);
	jw_kdouble(w, "value", t->number);
	jw_kstr_opt(w, "unit", t->unit);
	jw_obj_end(w);
}

void store_test_json(struct jwriter *w, const struct store_test *t)
{
	AUTO_STR struct str path = STR_INIT;

	if (t->path)
		kcidb_path(t->path, &path);

	const bool same = !t->path || strcmp(str_c(&path), t->path) == 0;
	const struct misc_member ours[] = {
		{ "run", NULL, t->run },
		{ "path", same ? NULL : t->path, 0 },
		{ "suite", t->suite, 0 },
		{ "reason", t->reason, 0 },
	};

	jw_obj(w);
	jw_kstr_opt(w, "id", t->id);
	jw_kstr_opt(w, "origin", t->origin);
	jw_kstr_opt(w, "build_id", t->build_id);
	write_platform(w, t->platform);
	if (t->path)
		jw_kstr(w, "path", str_c(&path));
	jw_kstr_opt(w, "comment", t->comment);
	write_excerpt(w, "log_excerpt", t->log_excerpt);
	write_status(w, t->status);
	write_number(w, t);
	write_time(w, "start_time", t->start_ms);
	write_seconds(w, "duration", t->duration);
	misc_write(w, t->misc, ours, ARRAY_SIZE(ours));
	jw_obj_end(w);
}

void store_finding_json(struct jwriter *w, const struct store_finding *f)
{
	jw_obj(w);
	jw_kstr_opt(w, "id", f->id);
	jw_kstr_opt(w, "origin", f->origin);
	write_count(w, "run", f->run);
	jw_kstr_opt(w, "build_id", f->build_id);
	jw_kstr_opt(w, "test_id", f->test_id);
	jw_kstr_opt(w, "kind", f->kind);
	jw_kstr_opt(w, "severity", f->severity);
	jw_kstr_opt(w, "title", f->title);
	jw_kstr_opt(w, "signature", f->signature);
	jw_kstr_opt(w, "type", f->type);
	jw_kstr_opt(w, "function", f->function);
	jw_kstr_opt(w, "file", f->file);
	write_count(w, "line_in_file", f->line_in_file);
	write_count(w, "column", f->column);
	jw_kstr_opt(w, "message", f->message);
	jw_kstr_opt(w, "object", f->object);
	jw_kstr_opt(w, "symbol", f->symbol);
	write_count(w, "line", f->line);
	write_excerpt(w, "excerpt", f->excerpt);
	jw_kbool(w, "expected", f->expected);
	jw_kstr_opt(w, "expected_by", f->expected_by);
	misc_write_plain(w, "misc", f->misc);
	jw_obj_end(w);
}

void store_artifact_json(struct jwriter *w, const struct store_artifact *a)
{
	jw_obj(w);
	write_count(w, "run", a->run);
	jw_kstr_opt(w, "build_id", a->build_id);
	jw_kstr_opt(w, "test_id", a->test_id);
	jw_kstr_opt(w, "platform", a->platform);
	jw_kstr_opt(w, "role", a->role);
	jw_kstr_opt(w, "name", a->name);
	jw_kstr_opt(w, "sha256", a->sha256);
	jw_kint(w, "size", a->size);
	jw_obj_end(w);
}

static const char *state_name(enum store_run_state s)
{
	switch (s) {
	case RUN_RUNNING: return "running";
	case RUN_DONE: return "done";
	case RUN_INTERRUPTED: return "interrupted";
	}
	return NULL;
}

void store_run_json(struct jwriter *w, const struct store_run *r)
{
	jw_obj(w);
	write_count(w, "id", r->id);
	jw_kstr_opt(w, "origin", r->origin);
	jw_kstr_opt(w, "command", r->command);
	jw_kstr_opt(w, "plan", r->plan);
	jw_kstr_opt(w, "source", r->source);
	jw_kstr_opt(w, "directory", r->directory);
	jw_kstr_opt(w, "state", state_name(r->state));
	write_time(w, "start_time", r->start_ms);
	write_time(w, "end_time", r->end_ms);
	if (r->state != RUN_RUNNING && r->exit_status >= 0)
		jw_kint(w, "exit_status", r->exit_status);
	if (r->state == RUN_RUNNING)
		write_count(w, "pid", r->pid);
	misc_write_plain(w, "spec", r->spec);
	misc_write_plain(w, "misc", r->misc);
	jw_obj_end(w);
}
