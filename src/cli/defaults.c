/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/defaults.h"

#include "base/json.h"
#include "base/yaml.h"
#include "kernel/source.h"
#include "sys/dirs.h"
#include "sys/file.h"

/* One row serves the YAML reader and the copy into the options. "Not said" is zero, and -1 for an enum. */
#define ROW(key, type, member, ...) \
	{ \
		key, type, offsetof(struct job_options, member), __VA_ARGS__ \
	}
static const struct yaml_key rows[] = { ROW("accel", YAML_ENUM, accel, .values = accel_names),
					ROW("cache-limit", YAML_SIZE, cache_limit),
					ROW("console-limit", YAML_SIZE, console_limit),
					ROW("cpus", YAML_INT, cpus, .min = 1, .max = 512),
					ROW("fail-on", YAML_ENUM, fail_on, .values = fail_on_names),
					ROW("guests", YAML_INT, guests, .min = 1, .max = 512),
					ROW("jobs", YAML_INT, jobs, .min = 1, .max = 4096),
					ROW("make", YAML_STRINGS, default_make),
					ROW("memory", YAML_SIZE, memory),
					ROW("origin", YAML_STRING, origin),
					ROW("plan", YAML_STRING, default_plan),
					ROW("silence", YAML_SECONDS, silence),
					ROW("store", YAML_STRING, store),
					ROW("test-timeout", YAML_SECONDS, test_timeout),
					ROW("timeout", YAML_SECONDS, timeout),
					{ 0 } };

#define NOTHING_SAID \
	{ \
		.accel = -1, .fail_on = -1 \
	}

/* The two files, weaker first; NULL where there can be none. */
static int files(const char *source, char *ret[2], struct err *err)
{
	AUTO_FREE char *config = NULL, *top = NULL;
	struct err ignored = { 0 };
	int r = dirs_config(&config, err);

	if (r < 0)
		return r;
	ret[0] = path_join(config, "config.yaml");
	/* A person may be anywhere in the tree. */
	if (source && dir_exists(source) && source_find_top(source, &top, &ignored) < 0)
		top = mem_strdup(source);
	ret[1] = top ? path_join(top, ".kassay.yaml") : NULL;
	return 0;
}

static int read_one(struct arena *a, const char *path, struct job_options *ret, struct err *err)
{
	AUTO_STR struct str text = STR_INIT;
	AUTO_YAML struct yaml_doc *doc = NULL;
	int r;

	if (!path || !file_exists(path))
		return 0;
	r = file_read(path, YAML_SIZE_MAX, &text, err);
	if (r == 0)
		r = yaml_parse(path, str_view(&text), &doc, err);
	if (r == 0 && yaml_root(doc))
		r = yaml_read(a, yaml_root(doc), rows, ret, err);
	return r;
}

static size_t member_size(enum yaml_type type)
{
	switch (type) {
	case YAML_STRING: return sizeof(char *);
	case YAML_INT: return sizeof(long);
	case YAML_SECONDS: return sizeof(double);
	case YAML_SIZE: return sizeof(uint64_t);
	default: return sizeof(int);
	}
}

static bool said(const struct yaml_key *row, const struct job_options *o)
{
	static const char zero[sizeof(uint64_t)];
	const void *p = (const char *)o + row->offset;

	if (row->type == YAML_STRINGS)
		return ((const struct strv *)p)->len > 0;
	if (row->type == YAML_ENUM)
		return *(const int *)p >= 0;
	return memcmp(p, zero, member_size(row->type)) != 0;
}

static void copy(const struct yaml_key *row, const struct job_options *from, struct job_options *to)
{
	const void *p = (const char *)from + row->offset;
	void *q = (char *)to + row->offset;

	if (row->type == YAML_STRINGS) {
		strv_release(q);
		strv_add_all(q, p);
	} else if (row->type == YAML_STRING) {
		free(*(char **)q);
		*(char **)q = mem_strdup(*(char *const *)p);
	} else {
		memcpy(q, p, member_size(row->type));
	}
}

/* $KASSAY_STORE is nearer than a file. */
static bool from_environment(const struct yaml_key *row)
{
	const char *store = getenv("KASSAY_STORE");

	return strcmp(row->name, "store") == 0 && store && *store;
}

int defaults_store(char **store, struct err *err)
{
	static const struct strv nothing;
	struct run_cli c;
	int r;

	if (*store)
		return 0;
	run_cli_init(&c);
	r = defaults_apply(&c, ".", &nothing, err);
	*store = TAKE(c.o.store);
	free(c.o.origin);
	run_cli_release(NULL, &c);
	return r;
}

int defaults_apply(struct run_cli *c, const char *source, const struct strv *set, struct err *err)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *paths[2] = { 0 };
	int r = files(source, paths, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(paths); i++) {
		struct job_options o = NOTHING_SAID;

		r = read_one(a, paths[i], &o, err);
		for (const struct yaml_key *row = rows; r == 0 && row->name; row++)
			if (said(row, &o) && !strv_has(set, row->name) && !from_environment(row))
				copy(row, &o, &c->o);
		strv_release(&o.default_make);
	}
	free(paths[0]);
	free(paths[1]);
	return r;
}

static void add_value(const struct yaml_key *row, const struct job_options *o, struct str *out)
{
	const void *p = (const char *)o + row->offset;

	switch (row->type) {
	case YAML_STRING: str_adds(out, *(char *const *)p); break;
	case YAML_STRINGS:
		vec_foreach(s, (const struct strv *)p)
			str_addf(out, "%s%s", out->len ? " " : "", *s);
		break;
	case YAML_INT: str_addf(out, "%ld", *(const long *)p); break;
	case YAML_SECONDS: str_addf(out, "%gs", *(const double *)p); break;
	case YAML_SIZE: str_addf(out, "%llu", (unsigned long long)*(const uint64_t *)p); break;
	default: str_adds(out, row->values[*(const int *)p]); break;
	}
}

static void show_row(const struct yaml_key *row, struct job_options o[2], char *const paths[2],
		     struct jwriter *json, struct str *out)
{
	int from = said(row, &o[1]) ? 1 : said(row, &o[0]) ? 0 : -1;
	AUTO_STR struct str value = STR_INIT;

	if (from >= 0)
		add_value(row, &o[from], &value);
	if (json) {
		jw_obj(json);
		jw_kstr(json, "key", row->name);
		jw_kstr_opt(json, "value", str_c(&value));
		jw_kstr(json, "from", from >= 0 ? paths[from] : "default");
		jw_obj_end(json);
	} else {
		str_addf(out, "%-14s %-20s %s\n", row->name, from >= 0 ? str_c(&value) : "-",
			 from >= 0 ? paths[from] : "default");
	}
}

int defaults_show(const char *source, bool json, struct str *out, struct err *err)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct job_options o[2] = { NOTHING_SAID, NOTHING_SAID };
	char *paths[2] = { 0 };
	struct jwriter w;
	int r = files(source, paths, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(paths); i++)
		r = read_one(a, paths[i], &o[i], err);
	if (r == 0) {
		jw_init(&w, out, 2);
		if (json)
			jw_arr(&w);
		for (const struct yaml_key *row = rows; row->name; row++)
			show_row(row, o, paths, json ? &w : NULL, out);
		if (json) {
			jw_arr_end(&w);
			str_addc(out, '\n');
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		strv_release(&o[i].default_make);
		free(paths[i]);
	}
	return r;
}
