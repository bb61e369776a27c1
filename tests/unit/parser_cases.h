/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver of data cases: tests/data/FOLDER/NAME.log is parsed and what comes out compared with
 * NAME.expected.json. KASSAY_UPDATE=1 writes the expected files anew (their "options" are kept).
 */
#pragma once

#include "test.h"

#include <dirent.h>

#include "base/json.h"
#include "base/vec.h"
#include "logs/record.h"

/* Parse @log and write members of the result object. @options: of the expected file, or NULL. */
typedef void case_fn(const struct jnode *options, struct view log, struct jwriter *w);

static inline bool read_whole(const char *path, struct str *ret)
{
	FILE *f = fopen(path, "r");
	char buf[1 << 16];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add(ret, buf, n);
	fclose(f);
	return true;
}

static inline void run_case(const char *folder, const char *name, case_fn *fn)
{
	AUTO_STR struct str log = STR_INIT, text = STR_INIT, expected = STR_INIT, actual = STR_INIT;
	AUTO_FREE char *log_path = mem_printf("%s/%s.log", folder, name);
	AUTO_FREE char *json_path = mem_printf("%s/%s.expected.json", folder, name);
	AUTO_ARENA struct arena *a = arena_new();
	bool update = getenv("KASSAY_UPDATE");
	struct jnode *json = NULL;
	struct err err = { 0 };
	struct jwriter w;

	assert_true(read_whole(log_path, &log));
	if (!read_whole(json_path, &text))
		assert_true(update);
	else if (jt_parse(a, json_path, str_view(&text), &json, &err) < 0)
		fail_msg("%s", err.msg);

	const struct jnode *options = json ? jt_get(json, "options") : NULL;

	jw_init(&w, &actual, 2);
	jw_obj(&w);
	if (options) {
		jw_key(&w, "options");
		jw_tree(&w, options);
	}
	fn(options, str_view(&log), &w);
	jw_obj_end(&w);
	if (update) {
		FILE *f = fopen(json_path, "w");

		assert_non_null(f);
		fprintf(f, "%s\n", str_c(&actual));
		fclose(f);
		return;
	}
	jw_init(&w, &expected, 2);
	jw_tree(&w, json);
	if (strcmp(str_c(&expected), str_c(&actual)) != 0)
		fail_msg("%s: got\n%s\nexpected\n%s", name, str_c(&actual), str_c(&expected));
}

static inline int is_log(const struct dirent *d)
{
	return view_ends(view_of(d->d_name), ".log");
}

static inline void run_cases(const char *kind, case_fn *fn)
{
	const char *data = getenv("KASSAY_TEST_DATA");
	AUTO_FREE char *folder = mem_printf("%s/%s", data ? data : "tests/data", kind);
	struct dirent **list;
	int n = scandir(folder, &list, is_log, alphasort);

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *name = mem_strndup(list[i]->d_name, strlen(list[i]->d_name) - 4);

		run_case(folder, name, fn);
		free(list[i]);
	}
	free(list);
}

/*
 * Files of a corpus that @filter takes, sorted, and their folder. KASSAY_CORPORA, else
 * ../shared/corpora beside the source tree. Without it the test is skipped, saying so.
 */
static inline int corpus_files(const char *kind, int (*filter)(const struct dirent *d),
			       struct dirent ***ret, char **ret_folder)
{
	const char *corpora = getenv("KASSAY_CORPORA"), *data = getenv("KASSAY_TEST_DATA");
	int n;

	*ret_folder = corpora && *corpora ? mem_printf("%s/%s", corpora, kind) :
				mem_printf("%s/../../../shared/corpora/%s",
					   data ? data : "tests/data", kind);
	n = scandir(*ret_folder, ret, filter, alphasort);
	if (n > 0)
		return n;
	print_message("# skipped: %s is not there (KASSAY_CORPORA)\n", *ret_folder);
	free(TAKE(*ret_folder));
	skip();
	return 0;
}

static inline void jw_kstr_opt_count(struct jwriter *w, const char *key, size_t v)
{
	if (v)
		jw_kint(w, key, (int64_t)v);
}
