/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/suite.h"

#include "base/str.h"
#include "base/yaml.h"
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

/* ",PARAM=VALUE,...": with blanks between. */
static const char *parse_params(struct arena *a, struct view rest)
{
	AUTO_STR struct str params = STR_INIT;
	struct view part;

	while (view_split(&rest, ',', &part))
		if (part.len)
			str_addf(&params, "%s" VIEW_FMT, params.len ? " " : "", VIEW_ARG(part));
	return arena_strdup(a, str_c(&params));
}

static bool bad_words(const char *text)
{
	return strcspn(text, " \t/\"'") != strlen(text);
}

static int parse_module(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	struct view v = view_of(rest), name;
	AUTO_STR struct str path = STR_INIT;

	if (!view_split(&v, ',', &name) || !name.len || bad_words(rest))
		return err_set(err, ERR_USAGE,
			       "suite '%s': write module:NAME or module:NAME,PARAM=VALUE", s->text);
	path_part_add(&path, name);
	s->name = arena_strdup(a, str_c(&path));
	s->command = parse_params(a, v);
	return 0;
}

/* locktorture, rcutorture, stress: a time, of the first two also parameters. */
static int parse_timed(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	struct view v = view_of(rest), head = VIEW("");

	view_split(&v, ',', &head);
	AUTO_FREE char *time = mem_strndup(head.p, head.len);
	if (parse_seconds(time, &s->seconds) < 0 || !(s->seconds >= 1) || bad_words(rest) ||
	    (s->kind == SUITE_STRESS && v.len))
		return err_set(err, ERR_USAGE, "suite '%s': write %s:TIME%s, such as %s:30s",
			       s->text, s->name, s->kind == SUITE_STRESS ? "" : "[,PARAM=VALUE]",
			       s->name);
	s->command = parse_params(a, v);
	return 0;
}

/* "lkdtm:WARNING,EXCEPTION": as kselftests call them. */
static int parse_lkdtm(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	struct view v = view_of(rest), part;
	AUTO_STR struct str text = STR_INIT;

	if (bad_words(rest))
		return err_set(err, ERR_USAGE, "suite '%s': write lkdtm or lkdtm:TRIGGER,TRIGGER",
			       s->text);
	str_adds(&text, "lkdtm");
	while (view_split(&v, ',', &part))
		if (part.len)
			str_addf(&text, "," VIEW_FMT ".sh", VIEW_ARG(part));
	return parse_kselftest(a, str_c(&text), s, err);
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

static int parse_kunit(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	s->glob = *rest ? arena_strdup(a, rest) : NULL;
	if (strpbrk(rest, " \t\"'"))
		return err_set(err, ERR_USAGE, "suite '%s': a KUnit filter has no blanks or quotes",
			       s->text);
	return 0;
}

static int parse_kprobes(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	if (*rest)
		return err_set(err, ERR_USAGE, "suite '%s': write kprobes", s->text);
	return parse_kunit(a, "kprobes_test", s, err);
}

static int parse_boot(struct arena *a, const char *rest, struct suite *s, struct err *err)
{
	(void)a;
	return *rest ? err_set(err, ERR_USAGE, "suite '%s': write boot", s->text) : 0;
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

static const struct {
	const char *name;
	enum suite_kind kind;
	int (*parse)(struct arena *a, const char *rest, struct suite *s, struct err *err);
	bool named;   /* the test path is the kind's name */
	bool foreign; /* a suite of others: jobs in a guest, read by case */
} kinds[] = {
	{ "boot", SUITE_BOOT, parse_boot, false, false },
	{ "kunit", SUITE_KUNIT, parse_kunit, false, false },
	{ "kprobes", SUITE_KUNIT, parse_kprobes, false, false },
	{ "kselftest", SUITE_KSELFTEST, parse_kselftest, false, false },
	{ "lkdtm", SUITE_KSELFTEST, parse_lkdtm, false, false },
	{ "module", SUITE_MODULE, parse_module, false, false },
	{ "locktorture", SUITE_TORTURE, parse_timed, true, false },
	{ "rcutorture", SUITE_TORTURE, parse_timed, true, false },
	{ "stress", SUITE_STRESS, parse_timed, true, false },
	{ "cmd", SUITE_CMD, parse_cmd, false, false },
	{ "tools", SUITE_TOOLS, parse_tools, false, false },
	{ "ltp", SUITE_LTP, parse_foreign, false, true },
	{ "xfstests", SUITE_XFSTESTS, parse_foreign, false, true },
	{ "blktests", SUITE_BLKTESTS, parse_foreign, false, true },
};

const char *suite_foreign_name(enum suite_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].foreign && kinds[i].kind == kind)
			return kinds[i].name;
	return NULL;
}

static int unknown(const char *text, const char *word, struct err *err)
{
	const char *names[ARRAY_SIZE(kinds)];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		names[i] = kinds[i].name;
	const char *near = str_nearest(word, names, ARRAY_SIZE(names));

	return err_set(
		err, ERR_USAGE,
		"unknown suite '%s'%s%s%s; there are boot, kunit[:GLOB], kselftest:COLLECTION[,TEST], module:NAME, locktorture:TIME, rcutorture:TIME, stress:TIME, lkdtm[:TRIGGER], kprobes, cmd:NAME=COMMAND, tools:NAME, ltp:SUITE, xfstests:GROUP, blktests:GROUP",
		text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int suite_parse(struct arena *a, const char *text, struct suite *ret, struct err *err)
{
	struct suite s = { .text = arena_strdup(a, text) };
	const char *colon = strchr(s.text, ':');
	const char *rest = colon ? colon + 1 : "";
	const char *word = colon ? arena_strndup(a, s.text, (size_t)(colon - s.text)) : s.text;
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) && strcmp(kinds[i].name, word) != 0)
		i++;
	if (i == ARRAY_SIZE(kinds))
		return unknown(s.text, word, err);
	s.kind = kinds[i].kind;
	s.name = kinds[i].named ? kinds[i].name : NULL;
	int r = kinds[i].parse(a, rest, &s, err);
	if (r == 0)
		*ret = s;
	return r;
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
