/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of several boots, what they have in common at a glance: one line a boot, one column a suite. */
#include "job/summary_internal.h"
#include "logs/record.h"

enum { COLUMNS_WIDTH = 96, CELL_MIN = 7, NAME_MAX_WIDTH = 36 };

struct cell {
	size_t n[STATUS_NONE];
	bool any;
	enum status worst;
};
struct column {
	const char *suite;
	size_t width;
};
struct row {
	const char *build_id, *platform, *name;
	VEC(struct cell) cells; /* side by side with the columns; may be shorter */
};
struct matrix {
	VEC(struct column) columns;
	VEC(struct row) rows;
	size_t name_width;
};

/* "kselftest:net/af_unix,x" is "net/af_unix": what tells the suites apart. */
static const char *short_name(struct summary *s, const char *suite)
{
	const char *colon = strchr(suite, ':');
	const char *name = colon && strncmp(suite, "kselftest:", 10) == 0 ? colon + 1 : suite;

	return arena_strndup(s->a, name, strcspn(name, ","));
}

static struct column *column_of(struct matrix *m, struct summary *s, const char *suite)
{
	vec_foreach(c, &m->columns)
		if (strcmp(c->suite, suite) == 0)
			return c;
	size_t width = strlen(short_name(s, suite));
	struct column *c = vec_add(&m->columns);

	*c = (struct column){ suite, width < CELL_MIN ? CELL_MIN : width };
	return c;
}

static struct row *row_of(struct matrix *m, struct summary *s, const struct store_test *t)
{
	const struct store_build *build = NULL;

	vec_foreach(r, &m->rows)
		if (strcmp(r->build_id, t->build_id) == 0 && strcmp(r->platform, t->platform) == 0)
			return r;
	vec_foreach(b, &s->r->builds)
		if (strcmp(b->id, t->build_id) == 0)
			build = b;
	struct row *r = vec_add(&m->rows);

	*r = (struct row){ .build_id = t->build_id,
			   .platform = t->platform,
			   .name = arena_printf(s->a, "%s on %s%s", build ? build->name : "?",
						t->platform,
						build && build_is_base(build) ? " (base)" : "") };
	if (strlen(r->name) > m->name_width)
		m->name_width = strlen(r->name);
	return r;
}

static void count(struct matrix *m, struct summary *s, const struct store_test *t)
{
	enum status st = status_parse(view_of(t->status ? t->status : ""));

	if (!t->suite || !t->platform || !*t->platform || st == STATUS_NONE)
		return;
	size_t at = (size_t)(column_of(m, s, t->suite) - m->columns.data);
	struct row *r = row_of(m, s, t);

	while (r->cells.len <= at)
		*vec_add(&r->cells) = (struct cell){ .worst = STATUS_SKIP };
	struct cell *c = &r->cells.data[at];
	c->worst = c->any ? status_heavier(c->worst, st) : st;
	c->any = true;
	if (!summary_is_parent(s, t))
		c->n[st]++;
}

/* How many passed, or of what is heaviest: "300", "2 FAIL". */
static void add_cell(struct summary *s, const struct row *r, size_t at, size_t width)
{
	AUTO_STR struct str text = STR_INIT;
	const struct cell *c = at < r->cells.len ? &r->cells.data[at] : NULL;
	bool bad = c && c->any && c->worst < STATUS_PASS;

	if (!c || !c->any)
		str_adds(&text, "-");
	else if (bad && c->n[c->worst])
		str_addf(&text, "%zu %s", c->n[c->worst], status_name(c->worst));
	else if (c->n[STATUS_PASS] > 1 && !bad)
		str_addf(&text, "%zu", c->n[STATUS_PASS]);
	else
		str_adds(&text, status_name(c->worst));
	if (s->colour && c && c->any)
		str_addf(s->out, "  %s%-*s\033[0m", summary_colour(status_name(c->worst)),
			 (int)width, str_c(&text));
	else
		str_addf(s->out, "  %-*s", (int)width, str_c(&text));
}

/* The columns that fit, and how many do not. */
static size_t columns_shown(const struct matrix *m)
{
	size_t width = 2 + m->name_width, n = 0;

	while (n < m->columns.len && width + 2 + m->columns.data[n].width <= COLUMNS_WIDTH)
		width += 2 + m->columns.data[n++].width;
	return n;
}

static void end_line(struct summary *s)
{
	while (s->out->len && s->out->data[s->out->len - 1] == ' ')
		s->out->data[--s->out->len] = '\0';
	str_addc(s->out, '\n');
}

static void print(const struct matrix *m, struct summary *s)
{
	size_t n = columns_shown(m);

	str_addf(s->out, "\n  %-*s", (int)m->name_width, "");
	for (size_t i = 0; i < n; i++)
		str_addf(s->out, "  %-*s", (int)m->columns.data[i].width,
			 short_name(s, m->columns.data[i].suite));
	end_line(s);
	vec_foreach(r, &m->rows) {
		str_addf(s->out, "  %-*.*s", (int)m->name_width, (int)m->name_width, r->name);
		for (size_t i = 0; i < n; i++)
			add_cell(s, r, i, m->columns.data[i].width);
		end_line(s);
	}
	if (n < m->columns.len)
		str_addf(s->out, "  (%zu more suites above)\n", m->columns.len - n);
}

void summary_matrix(struct summary *s)
{
	struct matrix m = { 0 };

	vec_foreach(t, &s->r->tests)
		if (strcmp(t->path, "boot") == 0 && t->suite)
			column_of(&m, s, t->suite); /* the first */
	vec_foreach(t, &s->r->tests)
		count(&m, s, t);
	if (m.name_width > NAME_MAX_WIDTH)
		m.name_width = NAME_MAX_WIDTH;
	if (m.rows.len > 1)
		print(&m, s);
	vec_foreach(r, &m.rows)
		vec_release(&r->cells);
	vec_release(&m.rows);
	vec_release(&m.columns);
}
