/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/suite.h"

#include "base/str.h"
#include "logs/record.h"
#include "sys/file.h"

static int parse_kselftest(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	struct view v = view_of(rest), part;
	VEC(const char *) tests = { 0 };

	if (!view_split(&v, ',', &part) || !part.len)
		return err_set(err, ERR_USAGE,
			       "suite '%s': no collection; write kselftest:COLLECTION[,TEST...]",
			       s->text);
	s->collection = arena_strndup(a, part.p, part.len);
	while (view_split(&v, ',', &part))
		if (part.len)
			*vec_add(&tests) = arena_strndup(a, part.p, part.len);
	if (tests.len) {
		const char **list = arena_alloc(a, (tests.len + 1) * sizeof(*list));

		memcpy(list, tests.data, tests.len * sizeof(*list));
		s->tests = list;
	}
	vec_release(&tests);
	return 0;
}

static int parse_module(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	struct view v = view_of(rest), part, name;
	AUTO_STR struct str params = STR_INIT, path = STR_INIT;

	if (!view_split(&v, ',', &name) || !name.len || strcspn(rest, " \t/\"'") != strlen(rest))
		return err_set(err, ERR_USAGE,
			       "suite '%s': write module:NAME or module:NAME,PARAM=VALUE", s->text);
	while (view_split(&v, ',', &part))
		if (part.len)
			str_addf(&params, "%s" VIEW_FMT, params.len ? " " : "", VIEW_ARG(part));
	path_part_add(&path, name);
	s->name = arena_strdup(a, str_c(&path));
	s->command = arena_strdup(a, str_c(&params));
	return 0;
}

static int parse_cmd(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	const char *eq = strchr(rest, '=');
	AUTO_STR struct str part = STR_INIT;

	if (!eq || eq == rest || !eq[1])
		return err_set(err, ERR_USAGE,
			       "suite '%s': write cmd:NAME=COMMAND or cmd:NAME=FILE", s->text);
	path_part_add(&part, (struct view){ rest, (size_t)(eq - rest) });
	s->name = arena_strdup(a, str_c(&part));
	s->command = arena_strdup(a, eq + 1);
	s->text = arena_printf(a, "cmd:%s", s->name);
	s->file = !strchr(s->command, ' ') && strchr(s->command, '/') && file_exists(s->command);
	if (s->command[0] == '.' && strchr(s->command, '/') && !strchr(s->command, ' ') && !s->file)
		return err_set(err, ERR_USAGE, "suite '%s': there is no file %s", s->text,
			       s->command);
	return 0;
}

static int parse_tools(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	size_t n = strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	if (!*rest || rest[n] || *rest == '-')
		return err_set(
			err, ERR_USAGE,
			"suite '%s': write tools:NAME for tools/testing/NAME, such as tools:memblock",
			s->text);
	s->name = arena_strdup(a, rest);
	return 0;
}

const char *suite_foreign_name(enum suite_kind kind)
{
	return kind == SUITE_LTP      ? "ltp" :
	       kind == SUITE_XFSTESTS ? "xfstests" :
	       kind == SUITE_BLKTESTS ? "blktests" :
					NULL;
}

/* A list of words that a shell script gets: nothing in them means anything to a shell. */
static int parse_foreign(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+/";
	const char *name = suite_foreign_name(s->kind);
	struct view v = view_of(rest), part;
	AUTO_STR struct str words = STR_INIT;
	size_t n = 0;

	while (view_split(&v, ',', &part)) {
		AUTO_FREE char *word = mem_strndup(part.p, part.len);

		if (!*word || word[strspn(word, allowed)] || *word == '-' || *word == '.' ||
		    strstr(word, ".."))
			return err_set(err, ERR_USAGE, "suite '%s': '%s' is no name", s->text,
				       word);
		if (n++ == 0 && s->kind == SUITE_LTP)
			s->name = arena_strdup(a, word);
		else
			str_addf(&words, "%s%s", words.len ? " " : "", word);
	}
	if (!n || (s->name && strchr(s->name, '/')))
		return err_set(err, ERR_USAGE, "suite '%s': write %s:%s", s->text, name,
			       s->kind == SUITE_LTP ?
				       "SUITE or ltp:SUITE,CASE (SUITE is a file of its runtest/)" :
				       "GROUP, or tests with commas between");
	s->command = arena_strdup(a, str_c(&words));
	return 0;
}

int suite_parse(struct arena *a, const char *text, struct suite *ret, struct err *err)
{
	static const char *const kinds[] = {
		"boot", "kunit", "kselftest", "module", "cmd", "tools"
	};
	struct suite s = { .text = arena_strdup(a, text) };
	const char *colon = strchr(s.text, ':');
	struct view kind = { s.text, colon ? (size_t)(colon - s.text) : strlen(s.text) };
	const char *rest = colon ? colon + 1 : "";
	int r = 0;

	if (view_eq(kind, "boot") && !*rest) {
		s.kind = SUITE_BOOT;
	} else if (view_eq(kind, "kunit")) {
		s.kind = SUITE_KUNIT;
		s.glob = *rest ? rest : NULL;
		if (strpbrk(rest, " \t\"'"))
			r = err_set(err, ERR_USAGE,
				    "suite '%s': a KUnit filter has no blanks or quotes", s.text);
	} else if (view_eq(kind, "kselftest")) {
		s.kind = SUITE_KSELFTEST;
		r = parse_kselftest(a, rest, &s, err);
	} else if (view_eq(kind, "module")) {
		s.kind = SUITE_MODULE;
		r = parse_module(a, rest, &s, err);
	} else if (view_eq(kind, "cmd")) {
		s.kind = SUITE_CMD;
		r = parse_cmd(a, rest, &s, err);
	} else if (view_eq(kind, "tools")) {
		s.kind = SUITE_TOOLS;
		r = parse_tools(a, rest, &s, err);
	} else if (view_eq(kind, "ltp") || view_eq(kind, "xfstests") || view_eq(kind, "blktests")) {
		s.kind = *s.text == 'l' ? SUITE_LTP :
			 *s.text == 'x' ? SUITE_XFSTESTS :
					  SUITE_BLKTESTS;
		r = parse_foreign(a, rest, &s, err);
	} else {
		const char *word = arena_strndup(a, kind.p, kind.len);
		const char *near = str_nearest(word, kinds, ARRAY_SIZE(kinds));

		r = err_set(
			err, ERR_USAGE,
			"unknown suite '%s'%s%s%s; there are boot, kunit[:GLOB], kselftest:COLLECTION[,TEST], module:NAME, cmd:NAME=COMMAND, tools:NAME, ltp:SUITE, xfstests:GROUP, blktests:GROUP",
			s.text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	if (r < 0)
		return r;
	*ret = s;
	return 0;
}

static bool same_tests(const struct suite *a, const struct suite *b)
{
	if (a->kind != b->kind)
		return false;
	return a->name			  ? strcmp(a->name, b->name) == 0 :
	       a->kind == SUITE_KSELFTEST ? strcmp(a->collection, b->collection) == 0 :
					    true;
}

int suites_check(const struct suites *s, struct err *err)
{
	for (size_t i = 0; i < s->len; i++)
		for (size_t j = 0; j < i; j++)
			if (same_tests(&s->data[j], &s->data[i]))
				return err_set(err, ERR_USAGE,
					       "suites '%s' and '%s' name the same tests%s",
					       s->data[j].text, s->data[i].text,
					       s->data[i].kind == SUITE_KSELFTEST ?
						       "; write kselftest:COLLECTION,TEST,TEST" :
					       s->data[i].kind == SUITE_KUNIT ?
						       "; a kernel takes one filter: kunit:GLOB" :
						       "");
	return 0;
}

bool suites_have(const struct suites *s, enum suite_kind kind)
{
	vec_foreach(one, s)
		if (one->kind == kind)
			return true;
	return false;
}

bool suites_boot(const struct suites *s)
{
	vec_foreach(one, s)
		if (one->kind != SUITE_TOOLS)
			return true;
	return false;
}
