/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interop/junit.h"

#include "logs/record.h"
#include "sys/file.h"

struct group {
	const char *build, *platform, *suite;
	size_t tests, failures, errors, skipped;
	double time;
	struct str cases;
};
struct groups {
	struct group *data;
	size_t len, cap;
};

/* XML 1.0 text: markup escaped, what XML forbids as U+FFFD. */
static void add_xml(struct str *out, const char *text)
{
	AUTO_STR struct str clean = STR_INIT;

	str_add_printable(&clean, view_of(text));
	for (size_t i = 0; i < clean.len; i++) {
		unsigned char c = (unsigned char)clean.data[i];

		/* U+FFFE and U+FFFF are no characters of XML either. */
		if (c == 0xef && i + 2 < clean.len && (unsigned char)clean.data[i + 1] == 0xbf &&
		    ((unsigned char)clean.data[i + 2] & 0xfe) == 0xbe) {
			str_adds(out, "\xef\xbf\xbd");
			i += 2;
		} else if (c == '<')
			str_adds(out, "&lt;");
		else if (c == '>')
			str_adds(out, "&gt;");
		else if (c == '&')
			str_adds(out, "&amp;");
		else if (c == '"')
			str_adds(out, "&quot;");
		else
			str_addc(out, (char)c);
	}
}

static void add_lines(struct str *out, const char *text)
{
	struct view rest = view_of(text), line;

	while (view_line(&rest, &line)) {
		AUTO_FREE char *one = mem_strndup(line.p, line.len);

		add_xml(out, one);
		str_addc(out, '\n');
	}
}

static struct group *group_of(struct groups *groups, const struct store_test *t)
{
	struct group *g;

	vec_foreach(old, groups)
		if (strcmp(old->build, t->build_id) == 0 &&
		    strcmp(old->platform, t->platform) == 0 && strcmp(old->suite, t->suite) == 0)
			return old;
	g = vec_add(groups);
	g->build = t->build_id;
	g->platform = t->platform;
	g->suite = t->suite;
	return g;
}

static void add_verdict(struct group *g, const struct store_test *t, enum status s)
{
	const char *word = s == STATUS_FAIL ? "failure" : s == STATUS_SKIP ? "skipped" : "error";

	if (s == STATUS_PASS || s == STATUS_DONE)
		return;
	g->failures += s == STATUS_FAIL;
	g->skipped += s == STATUS_SKIP;
	g->errors += s != STATUS_FAIL && s != STATUS_SKIP;
	str_addf(&g->cases, "      <%s message=\"", word);
	add_xml(&g->cases, t->reason ? t->reason : t->status);
	str_adds(&g->cases, "\">");
	if (t->log_excerpt && s != STATUS_SKIP) {
		str_addc(&g->cases, '\n');
		add_lines(&g->cases, t->log_excerpt);
	}
	str_addf(&g->cases, "</%s>\n", word);
}

static void add_case(struct group *g, const struct store_test *t)
{
	const char *dot = strrchr(t->path, '.');
	AUTO_FREE char *class_name = dot ? mem_strndup(t->path, (size_t)(dot - t->path)) :
					   mem_strdup(t->path);

	g->tests++;
	g->time += t->duration;
	str_adds(&g->cases, "    <testcase classname=\"");
	add_xml(&g->cases, class_name);
	str_adds(&g->cases, "\" name=\"");
	add_xml(&g->cases, dot ? dot + 1 : t->path);
	str_addf(&g->cases, "\" time=\"%.3f\">\n", t->duration);
	add_verdict(g, t, status_parse(view_of(t->status)));
	str_adds(&g->cases, "    </testcase>\n");
}

static bool is_bad(const struct store_test *t)
{
	enum status s = status_parse(view_of(t->status ? t->status : ""));

	return s == STATUS_FAIL || s == STATUS_ERROR || s == STATUS_MISS;
}

/* Paths that are a prefix of another one in the same build and platform; with @bad of one that is bad. */
static struct map *find_parents(const struct store_tests *tests, bool bad)
{
	struct map *parents = map_new();

	vec_foreach(t, tests)
		for (const char *dot = strchr(t->path, '.'); dot && (!bad || is_bad(t));
		     dot = strchr(dot + 1, '.')) {
			AUTO_FREE char *key = mem_printf("%s %s %.*s", t->build_id,
							 t->platform ? t->platform : "",
							 (int)(dot - t->path), t->path);

			map_set(parents, key, NULL);
		}
	return parents;
}

static void groups_xml(struct groups *groups, struct str *out)
{
	str_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kassay\">\n");
	vec_foreach(g, groups) {
		str_adds(out, "  <testsuite name=\"");
		add_xml(out, g->build);
		str_addc(out, ' ');
		add_xml(out, g->platform);
		str_addc(out, ' ');
		add_xml(out, g->suite);
		str_addf(
			out,
			"\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
			g->tests, g->failures, g->errors, g->skipped, g->time);
		str_addv(out, str_view(&g->cases));
		str_adds(out, "  </testsuite>\n");
		str_release(&g->cases);
	}
	str_adds(out, "</testsuites>\n");
}

int junit_write(const char *path, const struct store_tests *tests, struct err *err)
{
	AUTO_MAP struct map *parents = find_parents(tests, false);
	AUTO_MAP struct map *explained = find_parents(tests, true);
	AUTO_STR struct str out = STR_INIT;
	struct groups groups = { 0 };

	vec_foreach(t, tests) {
		AUTO_FREE char *key = mem_printf("%s %s %s", t->build_id,
						 t->platform ? t->platform : "", t->path);

		/* A parent only sums up, unless it is bad for a reason of its own: a crash, an exit status. */
		bool counts = strcmp(t->path, "boot") == 0 || !map_has(parents, key) ||
			      (is_bad(t) && !map_has(explained, key));

		if (t->status && t->platform && t->suite && counts)
			add_case(group_of(&groups, t), t);
	}
	groups_xml(&groups, &out);
	vec_release(&groups);
	return file_write(path, str_view(&out), 0644, err);
}
