/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data cases of ltp, xfstests, blktests; "cut" in the options: the log was cut off, for this reason. */
#pragma once

#include "parser_cases.h"

#include "logs/caselog.h"

static inline void write_case(void *data, const struct test_rec *t)
{
	struct jwriter *w = data;

	jw_obj(w);
	jw_kstr(w, "path", t->path);
	jw_kstr(w, "status", status_name(t->status));
	jw_kstr_opt(w, "name", t->name);
	jw_kstr_opt(w, "reason", t->reason);
	jw_kstr_opt(w, "diagnostic", t->diagnostic);
	if (t->duration > 0)
		jw_kdouble(w, "duration", t->duration);
	jw_kstr_opt_count(w, "line", t->line);
	jw_obj_end(w);
}

static inline void caselog_case(const struct caselog_format *format, const struct jnode *options,
				struct view log, struct jwriter *w)
{
	const char *cut = jt_get_str(options, "cut"), *why;
	struct log_sink sink = { .test = write_case, .data = w };
	struct caselog *l = caselog_new(format, jt_get_str(options, "prefix"), &sink);

	jw_key(w, "tests");
	jw_arr(w);
	/* Bytes come as they come. */
	for (size_t at = 0, n = 1; at < log.len; at += n, n = n % 7 + 1)
		caselog_add(l, log.p + at, n < log.len - at ? n : log.len - at);

	AUTO_FREE char *current = mem_strdup(caselog_current(l));

	caselog_end(l, cut != NULL, STATUS_FAIL, cut);
	jw_arr_end(w);
	jw_kint(w, "count", (int64_t)caselog_count(l));
	jw_kstr(w, "outcome", status_name(caselog_outcome(l, &why)));
	jw_kstr_opt(w, "why", why);
	jw_kstr_opt(w, "current", current);
	caselog_free(l);
}

/* What passed of @text, read to its end; "" when nothing did. */
static inline void keep_passed(void *data, const struct test_rec *t)
{
	if (t->status == STATUS_PASS)
		str_addf(data, "%s%s", ((struct str *)data)->len ? " " : "", t->path);
}

static inline char *passed_of(const struct caselog_format *format, const char *text, size_t len,
			      bool cut)
{
	AUTO_STR struct str paths = STR_INIT;
	struct log_sink sink = { .test = keep_passed, .data = &paths };
	struct caselog *l = caselog_new(format, NULL, &sink);

	caselog_add(l, text, len);
	caselog_end(l, cut, STATUS_FAIL, "cut");
	caselog_free(l);
	return str_take(&paths);
}

/* Cut off after any of its bytes, @text never passes more than what passes of it whole, and it passes nothing new. */
static inline void check_prefixes(const struct caselog_format *format, const char *text,
				  const char *whole)
{
	AUTO_FREE char *all = passed_of(format, text, strlen(text), true);

	assert_string_equal(all, whole);
	for (size_t n = 0; n <= strlen(text); n++) {
		AUTO_FREE char *part = passed_of(format, text, n, true);

		if (strncmp(part, whole, strlen(part)) != 0 ||
		    (whole[strlen(part)] && whole[strlen(part)] != ' ' && *part))
			fail_msg("after %zu bytes: %s", n, part);
	}
}
