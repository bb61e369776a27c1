/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What make, linkers, modpost, kconfig and shells print. */
#include "logs/buildlog_parts.h"

/* The last part of a path. */
struct view buildlog_base_name(struct view v)
{
	ssize_t slash;

	while ((slash = view_find_chr(v, '/')) >= 0)
		v = from(v, (size_t)slash + 1);
	return v;
}

/* Cut ":12" off the end of *@v. */
static bool cut_number(struct view *v, unsigned *ret)
{
	size_t n = v->len;
	uint64_t number;

	while (n && is_digit(v->p[n - 1]))
		n--;
	if (n < 2 || n == v->len || v->p[n - 1] != ':' || view_u64(from(*v, n), 10, &number) < 0)
		return false;
	*ret = number > 100000000 ? 0 : (unsigned)number;
	v->len = n - 1;
	return true;
}

/* "file:line:column" */
void buildlog_take_place(struct view v, struct buildlog_token *ret)
{
	unsigned last = 0, before = 0;

	if (cut_number(&v, &last)) {
		bool both = cut_number(&v, &before);

		ret->line = both ? before : last;
		ret->column = both ? last : 0;
	}
	ret->file = v;
}

bool buildlog_is_linker(struct view v)
{
	struct view name = buildlog_base_name(v);

	return view_eq(name, "ld") || view_ends(name, "-ld") || view_eq(name, "ld.lld") ||
	       view_ends(name, "ld.bfd") || view_ends(name, "ld.gold") || view_eq(name, "lld");
}

/* "aarch64-linux-gnu-ld: " */
bool buildlog_skip_linker(struct view *v)
{
	ssize_t colon = view_find(*v, ": ");

	if (colon <= 0 || !buildlog_is_linker(view_sub(*v, 0, (size_t)colon)))
		return false;
	*v = from(*v, (size_t)colon + 2);
	return true;
}

/*
 * "make[2]: *** [scripts/Makefile.build:229: lib/foo.o] Error 1" and "Makefile:5: *** missing
 * separator.  Stop."
 */
bool buildlog_take_make(struct view v, struct buildlog_token *ret)
{
	ssize_t at = view_find(v, ": *** ");
	struct view who = view_sub(v, 0, at < 0 ? 0 : (size_t)at), rest;

	if (at <= 0 || has(who, " "))
		return false;
	rest = view_trim(from(v, (size_t)at + 6));
	ret->kind = BUILDLOG_MAKE;
	ret->severity = SEVERITY_ERROR;
	ret->type = "make";
	ret->message = rest;
	if (!view_starts(who, "make") && !view_starts(who, "gmake"))
		buildlog_take_place(who, ret);
	if (view_starts(rest, "Waiting for unfinished") || view_starts(rest, "Deleting ") ||
	    view_starts(rest, "wait: No child")) {
		ret->kind = BUILDLOG_ECHO;
		return true;
	}
	if (!view_skip(&rest, "["))
		return true;

	ssize_t end = view_find(rest, "] ");

	if (end < 0)
		return true;
	struct view target = view_sub(rest, 0, (size_t)end);
	ssize_t colon = view_find(target, ": ");

	if (colon >= 0) {
		buildlog_take_place(view_sub(target, 0, (size_t)colon), ret);
		target = from(target, (size_t)colon + 2);
	}
	ret->object = target;
	ret->message = from(rest, (size_t)end + 2);
	return true;
}

/* What a shell or make says of a program that is not there. */
bool buildlog_take_missing_tool(struct view v, struct buildlog_token *ret)
{
	static const char *const ends[] = { ": not found", ": command not found",
					    ": Command not found", ": No such file or directory" };
	ssize_t colon = -1;

	for (size_t i = 0; i < ARRAY_SIZE(ends) && colon < 0; i++) {
		/* make says it of programs too, the compiler of files. */
		if (i == 3 && !view_starts(v, "make"))
			return false;
		if (view_ends(v, ends[i]))
			colon = (ssize_t)(v.len - strlen(ends[i]));
	}
	if (colon <= 0)
		return false;
	struct view name = view_sub(v, 0, (size_t)colon);

	while ((colon = view_find(name, ": ")) >= 0)
		name = from(name, (size_t)colon + 2);
	if (!name.len || has(name, " ") || name.p == v.p)
		return false;
	ret->kind = BUILDLOG_PROBLEM;
	ret->severity = SEVERITY_ERROR;
	ret->type = "tool";
	ret->symbol = name;
	ret->message = v;
	return true;
}

/* The name in "... `x'", "... 'x'" at the start of @v, or all of it. */
static struct view quoted(struct view v)
{
	struct view rest = v;
	ssize_t end;

	if (!view_skip(&rest, "`") && !view_skip(&rest, "'") && !view_skip(&rest, "\xe2\x80\x98"))
		return view_trim(v);
	end = view_find_chr(rest, '\'');
	if (end < 0)
		end = view_find(rest, "\xe2\x80\x99");
	return end < 0 ? rest : view_sub(rest, 0, (size_t)end);
}

/* "[a.o:]a.c:(.text+0x12): undefined reference to `x'", with or without "ld: " before it */
bool buildlog_take_link(struct view v, struct buildlog_token *ret)
{
	static const struct {
		const char *says, *message;
	} rules[] = {
		{ "undefined reference to ", "undefined reference to" },
		{ "undefined references to ", "undefined reference to" },
		{ "multiple definition of ", "multiple definition of" },
		{ "undefined symbol: ", "undefined reference to" },
		{ "duplicate symbol: ", "multiple definition of" },
		{ "cannot find -l", "cannot find library" },
	};
	struct view rest = v;
	ssize_t at = -1;
	size_t i = 0;

	for (; i < ARRAY_SIZE(rules) && at < 0; i++)
		at = view_find(v, rules[i].says);
	if (at < 0 || (at > 0 && v.p[at - 1] != ' '))
		return false;
	i--;
	ret->symbol = quoted(from(v, (size_t)at + strlen(rules[i].says)));
	if (i == 5) {
		/* "cannot find -lfoo: No such file or directory" */
		ssize_t colon = view_find_chr(ret->symbol, ':');

		if (colon >= 0)
			ret->symbol.len = (size_t)colon;
	}
	/*
	 * Without a linker's name it needs the place in a section or file, as ld's lines have it.
	 */
	bool named = buildlog_skip_linker(&rest);

	view_skip(&rest, "error: ");

	ssize_t section = view_find(rest, ":(");
	struct view place = view_sub(rest, 0, (size_t)(v.p + at - rest.p));

	place.len -= view_ends(place, ": ") ? 2 : 0;
	if (section < 0 && view_find_chr(place, ' ') < 0)
		buildlog_take_place(place, ret);
	if (!named && section < 0 && !view_starts(rest, "(") && !ret->line)
		return false;
	if (section > 0) {
		ret->file = view_sub(rest, 0, (size_t)section);
		ssize_t colon = view_find_chr(ret->file, ':');

		if (colon >= 0) {
			ret->object = view_sub(ret->file, 0, (size_t)colon);
			ret->file = from(ret->file, (size_t)colon + 1);
		}
	}
	ret->kind = BUILDLOG_PROBLEM;
	ret->severity = SEVERITY_ERROR;
	ret->type = "link";
	ret->message = view_of(rules[i].message);
	return true;
}

/* scripts/mod/modpost.c, with "modpost: " since 5.2 */
bool buildlog_take_modpost(struct view v, struct buildlog_token *ret)
{
	bool error = view_skip(&v, "ERROR: ") || view_skip(&v, "FATAL: ");

	if (!error && !view_skip(&v, "WARNING: "))
		return false;
	if (!view_skip(&v, "modpost: ") && !has(v, "ection mismatch") &&
	    !(v.p[0] == '"' && has(v, "undefined!")))
		return false;
	ret->kind = BUILDLOG_PROBLEM;
	ret->severity = error ? SEVERITY_ERROR : SEVERITY_WARNING;
	ret->type = "modpost";
	ret->message = view_trim(v);
	return true;
}

/* "drivers/demo/Kconfig:12: syntax error" */
bool buildlog_take_kconfig(struct view v, struct buildlog_token *ret)
{
	ssize_t colon = view_find(v, ": ");
	struct view place = view_sub(v, 0, colon < 0 ? 0 : (size_t)colon);
	struct view message = from(v, place.len + 2);
	struct buildlog_token t = { .kind = BUILDLOG_PROBLEM,
				    .severity = SEVERITY_ERROR,
				    .type = "kconfig",
				    .message = message };

	if (!has(place, "Kconfig") || has(place, " ") || view_starts(message, "warning: ") ||
	    view_starts(message, "error: "))
		return false;
	buildlog_take_place(place, &t);
	if (!t.line)
		return false;
	*ret = t;
	return true;
}

/* What has no usual form. */
bool buildlog_take_special(struct view v, struct buildlog_token *ret)
{
	static const struct {
		const char *start, *type;
		enum finding_severity severity;
	} rules[] = {
		{ "WARNING: unmet direct dependencies detected for ", "kconfig", SEVERITY_WARNING },
		{ "FAILED unresolved symbol", "btf", SEVERITY_ERROR },
		{ "FAILED: load BTF", "btf", SEVERITY_ERROR },
		{ "BTF: ", "btf", SEVERITY_WARNING },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!view_starts(v, rules[i].start))
			continue;
		view_skip(&v, "WARNING: ");
		ret->kind = BUILDLOG_PROBLEM;
		ret->severity = rules[i].severity;
		ret->type = rules[i].type;
		ret->message = v;
		return true;
	}
	return false;
}
