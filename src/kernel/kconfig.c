/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree's own kconfig as a library: configs/kconfig/query.c compiled against it answers why a
 * wish was not granted and what has to be set for one. conf itself starts it, so that it runs in
 * the environment that make gives to conf.
 *
 *   make listnewconfig KBUILD_KCONFIG=.../Kconfig ──► conf ──► query.sh ──► query ──► .kassay-answer
 */
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "kernel/config.h"
#include "kernel/touched.h"
#include "sys/dirs.h"
#include "sys/file.h"
#include "sys/loop.h"

/* Seconds: kconfig tries a few hundred compiler options while it reads the tree's Kconfig files. */
#define QUERY_TIMEOUT 120.0

enum {
	ANSWER_SIZE_MAX = 1 << 20, /* bytes */
	MAKE_SIZE_MAX = 1 << 20,   /* bytes */
	UNMET_LEN_MAX = 600,	   /* bytes of an explanation kept */
};

/* NUL-terminated arguments, an empty one, NUL-terminated variables. */
static const char make_file[] = ".kassay-make";

static int make_write(const char *objects, const struct config_make *make, struct err *err)
{
	AUTO_FREE char *path = path_join(objects, make_file);
	AUTO_STR struct str text = STR_INIT;

	vec_foreach(s, make->argv)
		str_add(&text, *s, strlen(*s) + 1);
	str_addc(&text, '\0');
	vec_foreach(s, make->env)
		str_add(&text, *s, strlen(*s) + 1);
	return file_write(path, str_view(&text), 0644, err);
}

static int make_read(const char *objects, struct strv *argv, struct strv *env, struct err *err)
{
	AUTO_FREE char *path = path_join(objects, make_file);
	AUTO_STR struct str text = STR_INIT;
	struct strv *into = argv;
	struct view rest, word;
	int r = file_read(path, MAKE_SIZE_MAX, &text, err);

	if (r < 0)
		return r;
	rest = str_view(&text);
	while (view_split(&rest, '\0', &word)) {
		if (!word.len && into == argv)
			into = env;
		else
			strv_add(into, word.p); /* the NUL is there: it was split at it */
	}
	return argv->len ? 0 : err_set(err, ERR_PARSE, "%s: no command", path);
}

static int run_make(const char *share, const char *objects, const char *what, const char *in,
		    const char *out, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	struct run_spec spec = { .timeout = QUERY_TIMEOUT };
	int r = make_read(objects, &argv, &env, err);

	if (r < 0)
		return r;
	strv_addf(&argv, "KBUILD_KCONFIG=%s/configs/kconfig/Kconfig", share);
	strv_add(&argv, "listnewconfig");
	strv_addf(&env, "KASSAY_QUERY=%s/configs/kconfig", share);
	strv_addf(&env, "KASSAY_QUERY_WHAT=%s", what);
	strv_addf(&env, "KASSAY_QUERY_IN=%s", in);
	strv_addf(&env, "KASSAY_QUERY_OUT=%s", out);
	spec.argv = strv_argv(&argv);
	spec.env_add = strv_argv(&env);
	return run_ok(&spec, err);
}

/* ERR_CANCELLED is the only failure that is passed on: all others mean that it cannot be told. */
static int query(const char *share_dir, const char *objects, const char *what,
		 struct view questions, struct str *ret, struct err *err)
{
	AUTO_FREE char *share = path_absolute(share_dir), *obj = path_absolute(objects);
	AUTO_FREE char *in = path_join(obj, ".kassay-questions"),
		       *out = path_join(obj, ".kassay-answers");
	struct err e = { 0 };
	int r;

	unlink(out);
	r = file_write(in, questions, 0644, &e);
	if (r == 0)
		r = run_make(share, obj, what, in, out, &e);
	if (r == 0)
		r = file_read(out, ANSWER_SIZE_MAX, ret, &e);
	if (r == -ERR_CANCELLED) {
		*err = e;
		return r;
	}
	if (r < 0) {
		log_debug("the tree's kconfig cannot be asked: %s", e.msg);
		str_clear(ret);
	}
	return 0;
}

/* SYMBOL <tab> FILE:LINE <tab> WHY */
static void read_explanations(struct arena *a, struct view text, struct config_wants *wants)
{
	AUTO_MAP struct map *by_symbol = map_new();
	struct view line;

	vec_foreach(w, wants)
		map_set(by_symbol, w->symbol + strlen("CONFIG_"), w);
	while (view_line(&text, &line)) {
		struct view name, where;
		struct config_want *w;

		if (!view_split(&line, '\t', &name) || !view_split(&line, '\t', &where))
			continue;
		w = map_getv(by_symbol, name);
		if (!w || config_want_met(w))
			continue;
		w->where = where.len ? arena_strndup(a, where.p, where.len) : NULL;
		if (line.len > UNMET_LEN_MAX)
			w->unmet = arena_printf(a, "%.*s...", UNMET_LEN_MAX, line.p);
		else if (line.len)
			w->unmet = arena_strndup(a, line.p, line.len);
	}
}

int config_explain(struct arena *a, const char *share_dir, const char *objects,
		   const struct config_make *make, struct config_wants *wants, struct err *err)
{
	AUTO_STR struct str questions = STR_INIT, answers = STR_INIT;
	int r = make_write(objects, make, err);

	if (r < 0)
		return r;
	vec_foreach(w, wants)
		if (!config_want_met(w))
			str_addf(&questions, "%s=%s\n", w->symbol + strlen("CONFIG_"), w->value);
	if (!questions.len)
		return 0;
	r = query(share_dir, objects, "explain", str_view(&questions), &answers, err);
	if (r == 0)
		read_explanations(a, str_view(&answers), wants);
	return r;
}

int config_enable(const char *objects, const char *symbol, struct strv *ret, struct err *err)
{
	AUTO_STR struct str questions = STR_INIT, answers = STR_INIT;
	AUTO_FREE char *share = NULL;
	struct view rest = view_of(symbol), name;
	int r = dirs_share(&share, err);

	if (r < 0)
		return r;
	while (view_split(&rest, ' ', &name)) {
		view_skip(&name, "CONFIG_");
		str_addf(&questions, VIEW_FMT "\n", VIEW_ARG(name));
	}
	r = query(share, objects, "enable", str_view(&questions), &answers, err);
	if (r < 0)
		return r;
	rest = str_view(&answers);
	while (view_line(&rest, &name))
		if (view_starts(name, "CONFIG_") &&
		    (view_ends(name, "=y") || view_ends(name, "=n")))
			strv_addf(ret, VIEW_FMT, VIEW_ARG(name));
	return 0;
}
