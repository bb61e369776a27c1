/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/buildlog_problem.h"

void buildlog_problem_release(struct buildlog_problem *p)
{
	str_release(&p->tool);
	str_release(&p->file);
	str_release(&p->message);
	str_release(&p->object);
	str_release(&p->symbol);
	str_release(&p->excerpt);
}

void buildlog_set(struct str *s, struct view v)
{
	str_clear(s);
	if (v.len)
		str_addv(s, v);
}

void buildlog_set_path(struct str *s, struct view v)
{
	struct view part;

	str_clear(s);
	if (v.len && v.p[0] == '/')
		str_addc(s, '/');
	while (view_split(&v, '/', &part)) {
		if (!part.len || view_eq(part, "."))
			continue;
		if (!view_eq(part, "..")) {
			if (s->len && s->data[s->len - 1] != '/')
				str_addc(s, '/');
			str_addv(s, part);
			continue;
		}
		while (s->len && s->data[s->len - 1] != '/')
			s->len--;
		s->len -= s->len > 1;
		if (s->data)
			s->data[s->len] = '\0';
	}
}

void buildlog_add_line(struct str *s, struct view line, size_t max)
{
	if (s->len + line.len + 1 > max)
		return;
	if (s->len)
		str_addc(s, '\n');
	str_addv(s, line);
}

bool buildlog_is_type(const struct buildlog_problem *p, const char *type)
{
	return strcmp(p->token.type, type) == 0;
}

void buildlog_set_message(struct buildlog_problem *p, const struct buildlog_token *t)
{
	struct view message = view_sub(t->message, 0, BUILDLOG_MESSAGE_MAX);

	str_clear(&p->message);
	if (strcmp(t->type, "tool") == 0) {
		str_addv(&p->message, t->symbol);
		str_adds(&p->message, ": command not found");
		return;
	}
	buildlog_add_plain(&p->message, message);
	if (strcmp(t->type, "link") == 0 && t->symbol.len)
		str_addf(&p->message, " '" VIEW_FMT "'", VIEW_ARG(t->symbol));
}

static void make_title(const struct buildlog_problem *p, struct str *out)
{
	if (buildlog_is_type(p, "make"))
		str_addf(out, "make: %s%s", str_c(&p->object), p->object.len ? ": " : "");
	else if (buildlog_is_type(p, "modpost"))
		str_adds(out, "modpost: ");
	else if (!buildlog_is_type(p, "link") && !buildlog_is_type(p, "tool"))
		str_addf(out, "%s%s%s: ", str_c(p->file.len ? &p->file : &p->tool),
			 p->file.len || p->tool.len ? ": " : "", severity_name(p->token.severity));
	/* Offsets change with every build. */
	if (buildlog_is_type(p, "modpost") || buildlog_is_type(p, "objtool"))
		buildlog_add_stable(out, str_view(&p->message));
	else
		str_adds(out, str_c(&p->message));
	if (out->len >= FINDING_TITLE_MAX) {
		out->len = FINDING_TITLE_MAX - 1;
		out->data[out->len] = '\0';
	}
}

static void sign(const struct buildlog_problem *p, char ret[33])
{
	AUTO_STR struct str stable = STR_INIT;
	bool compiler = buildlog_is_type(p, "error") || buildlog_is_type(p, "warning");
	/* What failed under make is not a file of it. */
	const struct str *where = buildlog_is_type(p, "make") ? &p->object :
				  p->file.len		      ? &p->file :
								&p->tool;
	const char *parts[] = { compiler ? "compiler" : p->token.type, str_c(where), NULL };

	buildlog_add_stable(&stable, str_view(&p->message));
	parts[2] = str_c(&stable);
	signature_of(FINDING_BUILD, parts, ARRAY_SIZE(parts), ret);
}

static const char *or_null(const struct str *s)
{
	return s->len ? str_c(s) : NULL;
}

void buildlog_problem_tell(const struct buildlog_problem *p, const struct log_sink *sink)
{
	AUTO_STR struct str title = STR_INIT;

	make_title(p, &title);

	struct finding f = {
		.kind = FINDING_BUILD,
		.severity = p->token.severity,
		.title = str_c(&title),
		.type = p->token.type,
		.file = or_null(&p->file),
		.line_in_file = p->token.line,
		.column = p->token.column,
		.message = str_c(&p->message),
		.object = or_null(&p->object),
		.symbol = or_null(&p->symbol),
		.excerpt = str_c(&p->excerpt),
		.line = p->line,
		.line_end = p->line_end,
	};

	sign(p, f.signature);
	if (sink->finding)
		sink->finding(sink->data, &f);
}
