/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/recorder.h"

#include <errno.h>
#include <stddef.h>

#include "sys/dirs.h"
#include "sys/file.h"

static int default_url(char **ret, struct err *err)
{
	const char *env = getenv("KASSAY_STORE");
	AUTO_FREE char *data = NULL;
	int r;

	if (env && *env) {
		*ret = mem_strdup(env);
		return 0;
	}
	r = dirs_data(&data, err);
	if (r == 0)
		*ret = path_join(data, "kassay.db");
	return r;
}

void misc_begin(struct jwriter *w, struct str *out)
{
	jw_init(w, out, 0);
	jw_obj(w);
	jw_key(w, "kassay");
	jw_obj(w);
}

void misc_end(struct jwriter *w)
{
	jw_obj_end(w);
	jw_obj_end(w);
}

int recorder_open(const char *url, bool create, struct recorder *ret, struct err *err)
{
	AUTO_FREE char *chosen = url ? mem_strdup(url) : NULL;
	struct recorder r = { 0 };
	int rc = chosen ? 0 : default_url(&chosen, err);

	if (rc == 0)
		rc = store_open(chosen, create, &r.store, err);
	if (rc == 0)
		rc = cas_open(store_files_root(r.store), &r.cas, err);
	if (rc < 0) {
		store_close(r.store);
		return rc;
	}
	r.arena = arena_new();
	r.test_index = map_new();
	r.artifact_index = map_new();
	*ret = r;
	return 0;
}

void recorder_release(struct recorder *r)
{
	cas_close(r->cas);
	store_close(r->store);
	arena_free(r->arena);
	map_free(r->test_index);
	map_free(r->artifact_index);
	str_release(&r->queue);
	vec_release(&r->builds);
	vec_release(&r->checkouts);
	vec_release(&r->tests);
	vec_release(&r->findings);
	vec_release(&r->artifacts);
	*r = (struct recorder){ 0 };
}

/* Copy the strings of a record, found by their offsets, into the arena. */
static void own_strings(struct arena *a, void *record, const size_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char **p = (const char **)((char *)record + offsets[i]);

		*p = arena_strdup(a, *p);
	}
}

#define OWN(a, record, offsets) own_strings(a, record, offsets, ARRAY_SIZE(offsets))

static void event(struct recorder *r, const char *kind, struct str *json)
{
	if (!r->events)
		return;
	str_addf(&r->queue, "{\"%s\":%s}\n", kind, str_c(json));
}

#define EVENT(r, kind, fn, record) \
	do { \
		if ((r)->events) { \
			AUTO_STR struct str json_ = STR_INIT; \
			struct jwriter w_; \
			jw_init(&w_, &json_, 0); \
			fn(&w_, record); \
			event(r, kind, &json_); \
		} \
	} while (0)

static const size_t run_strings[] = {
	offsetof(struct store_run, origin),    offsetof(struct store_run, command),
	offsetof(struct store_run, plan),      offsetof(struct store_run, source),
	offsetof(struct store_run, directory), offsetof(struct store_run, spec),
	offsetof(struct store_run, misc),
};

int recorder_begin(struct recorder *r, const struct store_run *run, struct err *err)
{
	int rc;

	r->run = *run;
	OWN(r->arena, &r->run, run_strings);
	r->run.pid = getpid();
	r->run.pid_start = store_pid_start(r->run.pid);
	rc = store_put_run(r->store, &r->run, err);
	if (rc < 0)
		return rc;
	EVENT(r, "run", store_run_json, &r->run);
	return recorder_commit(r, err);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* Into the list, in the place of one that the store takes for the same. */
static void list_artifact(struct recorder *r, const struct store_artifact *a)
{
	AUTO_FREE char *key = mem_printf("%s\n%s\n%s\n%s\n%s", or_empty(a->build_id),
					 or_empty(a->test_id), or_empty(a->platform), a->role,
					 or_empty(a->name));
	size_t known = (size_t)(uintptr_t)map_get(r->artifact_index, key);

	if (known) {
		r->artifacts.data[known - 1] = *a;
	} else {
		*vec_add(&r->artifacts) = *a;
		map_set(r->artifact_index, key, (void *)(uintptr_t)r->artifacts.len);
	}
}

static int load_records(struct recorder *r, struct err *err)
{
	struct store_filter f = { .run = r->run.id };
	struct store_artifacts artifacts = { 0 };
	int rc = store_builds(r->store, r->arena, &f, &r->builds, err);

	if (rc == 0)
		rc = store_tests(r->store, r->arena, &f, &r->tests, err);
	for (size_t i = 0; i < r->tests.len; i++)
		map_set(r->test_index, r->tests.data[i].id, (void *)(uintptr_t)(i + 1));
	if (rc == 0)
		rc = store_findings(r->store, r->arena, &f, &r->findings, err);
	if (rc == 0)
		rc = store_artifacts(r->store, r->arena, &f, &artifacts, err);
	vec_foreach(a, &artifacts)
		list_artifact(r, a);
	vec_release(&artifacts);
	vec_foreach(b, &r->builds) {
		bool have = false;

		vec_foreach(c, &r->checkouts)
			have |= strcmp(c->id, b->checkout_id) == 0;
		if (rc == 0 && !have)
			rc = store_checkout_get(r->store, r->arena, b->checkout_id,
						vec_add(&r->checkouts), err);
	}
	return rc;
}

int recorder_load(struct recorder *r, int64_t id, struct err *err)
{
	int rc = store_run_get(r->store, r->arena, id, &r->run, err);

	return rc < 0 ? rc : load_records(r, err);
}

int recorder_resume(struct recorder *r, const struct store_run *old, struct err *err)
{
	int rc;

	r->run = *old;
	OWN(r->arena, &r->run, run_strings);
	r->run.state = RUN_RUNNING;
	r->run.pid = getpid();
	r->run.pid_start = store_pid_start(r->run.pid);
	rc = store_put_run(r->store, &r->run, err);
	if (rc == 0)
		rc = load_records(r, err);
	if (rc < 0)
		return rc;
	r->next_id = (unsigned long)time_now_ms(); /* ids of the first try are not taken again */
	EVENT(r, "run", store_run_json, &r->run);
	return recorder_commit(r, err);
}

int recorder_end(struct recorder *r, enum store_run_state state, int exit_status, struct err *err)
{
	int rc;

	r->run.state = state;
	r->run.exit_status = exit_status;
	r->run.end_ms = time_now_ms();
	rc = store_put_run(r->store, &r->run, err);
	if (rc == 0)
		EVENT(r, "run", store_run_json, &r->run);
	return rc < 0 ? rc : recorder_commit(r, err);
}

/* The record of the list that @match finds is replaced by @record, else it is appended. */
#define REPLACE_OR_ADD(list, record, match) \
	do { \
		bool done_ = false; \
		vec_foreach(old, list) \
			if (match) { \
				*old = *(record); \
				done_ = true; \
				break; \
			} \
		if (!done_) \
			*vec_add(list) = *(record); \
	} while (0)

int recorder_checkout(struct recorder *r, const struct store_checkout *c, struct err *err)
{
	static const size_t strings[] = {
		offsetof(struct store_checkout, id),
		offsetof(struct store_checkout, origin),
		offsetof(struct store_checkout, tree_name),
		offsetof(struct store_checkout, git_repository_url),
		offsetof(struct store_checkout, git_commit_hash),
		offsetof(struct store_checkout, git_commit_name),
		offsetof(struct store_checkout, git_repository_branch),
		offsetof(struct store_checkout, comment),
		offsetof(struct store_checkout, misc),
	};
	struct store_checkout own = *c;

	OWN(r->arena, &own, strings);
	own.origin = r->run.origin;
	REPLACE_OR_ADD(&r->checkouts, &own, strcmp(old->id, own.id) == 0);
	int rc = store_put_checkout(r->store, &own, err);

	if (rc == 0)
		EVENT(r, "checkout", store_checkout_json, &own);
	return rc;
}

int recorder_build(struct recorder *r, const struct store_build *b, struct err *err)
{
	static const size_t strings[] = {
		offsetof(struct store_build, id),
		offsetof(struct store_build, checkout_id),
		offsetof(struct store_build, name),
		offsetof(struct store_build, architecture),
		offsetof(struct store_build, command),
		offsetof(struct store_build, compiler),
		offsetof(struct store_build, config_name),
		offsetof(struct store_build, log_excerpt),
		offsetof(struct store_build, comment),
		offsetof(struct store_build, status),
		offsetof(struct store_build, key),
		offsetof(struct store_build, image_sha256),
		offsetof(struct store_build, build_id),
		offsetof(struct store_build, misc),
	};
	struct store_build own = *b;

	OWN(r->arena, &own, strings);
	own.run = r->run.id;
	own.origin = r->run.origin;
	REPLACE_OR_ADD(&r->builds, &own, strcmp(old->id, own.id) == 0);
	int rc = store_put_build(r->store, &own, err);

	if (rc == 0)
		EVENT(r, "build", store_build_json, &own);
	return rc;
}

/* The name of a test within the store: one build, platform and path is one test, so a resumed run replaces. */
static char *test_id(struct arena *a, const char *build_id, const char *platform, const char *path)
{
	return arena_printf(a, "%s:%s:%s", build_id, platform && *platform ? platform : "build",
			    path);
}

const struct store_test *recorder_find_test(const struct recorder *r, const char *build_id,
					    const char *platform, const char *path)
{
	AUTO_ARENA struct arena *a = arena_new();
	size_t i = (size_t)(uintptr_t)map_get(r->test_index, test_id(a, build_id, platform, path));

	return i ? &r->tests.data[i - 1] : NULL;
}

int recorder_test(struct recorder *r, const struct store_test *t, struct err *err)
{
	static const size_t strings[] = {
		offsetof(struct store_test, id),	  offsetof(struct store_test, build_id),
		offsetof(struct store_test, platform),	  offsetof(struct store_test, path),
		offsetof(struct store_test, status),	  offsetof(struct store_test, comment),
		offsetof(struct store_test, log_excerpt), offsetof(struct store_test, unit),
		offsetof(struct store_test, suite),	  offsetof(struct store_test, reason),
		offsetof(struct store_test, misc),
	};
	struct store_test own = *t;
	size_t known;

	OWN(r->arena, &own, strings);
	own.run = r->run.id;
	own.origin = r->run.origin;
	own.id = test_id(r->arena, own.build_id, own.platform, own.path);
	known = (size_t)(uintptr_t)map_get(r->test_index, own.id);
	if (known) {
		r->tests.data[known - 1] = own;
	} else {
		*vec_add(&r->tests) = own;
		map_set(r->test_index, own.id, (void *)(uintptr_t)r->tests.len);
	}
	int rc = store_put_test(r->store, &own, err);

	if (rc == 0)
		EVENT(r, "test", store_test_json, &own);
	return rc;
}

int recorder_finding(struct recorder *r, const struct store_finding *f, struct err *err)
{
	static const size_t strings[] = {
		offsetof(struct store_finding, id),
		offsetof(struct store_finding, build_id),
		offsetof(struct store_finding, test_id),
		offsetof(struct store_finding, kind),
		offsetof(struct store_finding, severity),
		offsetof(struct store_finding, title),
		offsetof(struct store_finding, signature),
		offsetof(struct store_finding, type),
		offsetof(struct store_finding, function),
		offsetof(struct store_finding, file),
		offsetof(struct store_finding, message),
		offsetof(struct store_finding, object),
		offsetof(struct store_finding, symbol),
		offsetof(struct store_finding, excerpt),
		offsetof(struct store_finding, expected_by),
		offsetof(struct store_finding, misc),
	};
	struct store_finding own = *f;

	OWN(r->arena, &own, strings);
	own.run = r->run.id;
	own.origin = r->run.origin;
	if (!own.id)
		own.id = arena_printf(r->arena, "%s:f%lu", own.build_id, ++r->next_id);
	REPLACE_OR_ADD(&r->findings, &own, strcmp(old->id, own.id) == 0);
	int rc = store_put_finding(r->store, &own, err);

	if (rc == 0)
		EVENT(r, "finding", store_finding_json, &own);
	return rc;
}

int recorder_artifact(struct recorder *r, const struct store_artifact *a, struct err *err)
{
	static const size_t strings[] = {
		offsetof(struct store_artifact, build_id), offsetof(struct store_artifact, test_id),
		offsetof(struct store_artifact, platform), offsetof(struct store_artifact, role),
		offsetof(struct store_artifact, name),	   offsetof(struct store_artifact, sha256),
	};
	struct store_artifact own = *a;

	OWN(r->arena, &own, strings);
	own.run = r->run.id;
	list_artifact(r, &own);
	int rc = store_put_artifact(r->store, &own, err);

	if (rc == 0)
		EVENT(r, "artifact", store_artifact_json, &own);
	return rc;
}

int recorder_file(struct recorder *r, const struct store_artifact *a, const char *path,
		  struct err *err)
{
	struct store_artifact own = *a;
	struct cas_ref ref;
	int rc = cas_put_file(r->cas, path, &ref, err);

	if (rc < 0)
		return rc;
	own.sha256 = ref.sha256;
	own.size = (int64_t)ref.size;
	if (!own.name)
		own.name = path_base(path);
	return recorder_artifact(r, &own, err);
}

int recorder_bytes(struct recorder *r, const struct store_artifact *a, struct view bytes,
		   struct err *err)
{
	struct store_artifact own = *a;
	struct cas_ref ref;
	int rc = cas_put_bytes(r->cas, bytes, &ref, err);

	if (rc < 0)
		return rc;
	own.sha256 = ref.sha256;
	own.size = (int64_t)ref.size;
	return recorder_artifact(r, &own, err);
}

int recorder_commit(struct recorder *r, struct err *err)
{
	int rc = store_commit(r->store, err);

	if (rc < 0)
		return rc;
	if (r->events && r->queue.len) {
		if (fwrite(r->queue.data, 1, r->queue.len, r->events) != r->queue.len ||
		    fflush(r->events) != 0)
			return err_sys(err, "events: stdout");
		str_clear(&r->queue);
	}
	return 0;
}

#define LIST_JSON(w, key, list, fn) \
	do { \
		jw_key(w, key); \
		jw_arr(w); \
		vec_foreach(item, list) \
			fn(w, item); \
		jw_arr_end(w); \
	} while (0)

void recorder_json(const struct recorder *r, struct str *out)
{
	struct jwriter w;

	jw_init(&w, out, 2);
	jw_obj(&w);
	jw_key(&w, "version"); /* of the KCIDB schema that the core follows */
	jw_obj(&w);
	jw_kint(&w, "major", 5);
	jw_kint(&w, "minor", 3);
	jw_obj_end(&w);
	jw_key(&w, "run");
	store_run_json(&w, &r->run);
	LIST_JSON(&w, "checkouts", &r->checkouts, store_checkout_json);
	LIST_JSON(&w, "builds", &r->builds, store_build_json);
	LIST_JSON(&w, "tests", &r->tests, store_test_json);
	LIST_JSON(&w, "findings", &r->findings, store_finding_json);
	LIST_JSON(&w, "artifacts", &r->artifacts, store_artifact_json);
	jw_obj_end(&w);
	str_addc(out, '\n');
}
