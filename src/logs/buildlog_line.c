/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/buildlog_parts.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* "  CC [M]  drivers/foo.o", "  MODPOST Module.symvers"; tools/ has more spaces in between. */
static bool take_target(struct view v, struct buildlog_token *ret)
{
	/* These make nothing that messages could belong to. */
	static const char *const others[] = { "CALL",  "CHK",	"DESCEND", "INSTALL",
					      "CLEAN", "ENTER", "LEAVE" };
	size_t n = 0;

	if (!view_skip(&v, "  ") || !v.len || !is_upper(v.p[0]))
		return false;
	while (n < v.len &&
	       (is_upper(v.p[n]) || is_digit(v.p[n]) || v.p[n] == '_' || v.p[n] == '-'))
		n++;
	struct view tool = view_sub(v, 0, n), rest = from(v, n);

	if (n < 2 || !rest.len || rest.p[0] != ' ')
		return false;
	rest = view_trim(rest);
	if (view_skip(&rest, "[M]") || view_skip(&rest, "[U]") || view_skip(&rest, "[P]"))
		tool.len = (size_t)(rest.p - tool.p);
	rest = view_trim(rest);
	if (!rest.len)
		return false;

	ssize_t space = view_find_chr(rest, ' ');

	if (space >= 0) {
		/* "  HOSTCC  scripts/a.o - due to target missing" (V=2); else it is a sentence. */
		if (!view_starts(from(rest, (size_t)space), " - due to"))
			return false;
		rest = view_sub(rest, 0, (size_t)space);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (view_eq(tool, others[i]))
			return false;
	}
	ret->kind = BUILDLOG_TARGET;
	ret->tool = tool;
	ret->file = rest;
	return true;
}

/* "gcc ... -o foo.o ...": a command that make echoes (V=1, some selftests) tells the target too. */
static bool take_command(struct view v, struct buildlog_token *ret)
{
	static const char *const names[] = { "cc",	"gcc",	"clang",  "g++",
					     "clang++", "-gcc", "-clang", "-g++" };
	ssize_t space = view_find_chr(v, ' '), out = view_find(v, " -o ");
	struct view name = buildlog_base_name(view_sub(v, 0, space < 0 ? 0 : (size_t)space));
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(names) && out > 0 && !known; i++)
		known = names[i][0] == '-' ? view_ends(name, names[i]) : view_eq(name, names[i]);
	if (!known)
		return false;
	ret->tool = VIEW("CC");
	ret->file = view_trim(from(v, (size_t)out + 4));
	if (view_find_chr(ret->file, ' ') >= 0)
		ret->file.len = (size_t)view_find_chr(ret->file, ' ');
	ret->kind = BUILDLOG_TARGET;
	return true;
}

static bool take_context(struct view v, struct buildlog_token *ret)
{
	struct view rest = v;

	if (buildlog_skip_linker(&rest) && view_ends(rest, ":") && has(rest, ": in function ")) {
		ret->object = view_sub(rest, 0, (size_t)view_find(rest, ": in function "));
		ret->kind = BUILDLOG_CONTEXT;
		return true;
	}
	if (view_starts(v, "In file included from ") || view_starts(v, "                 from ")) {
		rest = view_trim(v);
		view_skip(&rest, "In file included from ");
		view_skip(&rest, "from ");
		rest.len -= view_ends(rest, ",") || view_ends(rest, ":");
		buildlog_take_place(rest, ret);
		ret->kind = BUILDLOG_CONTEXT;
		return true;
	}
	if (view_ends(v, ":") && (has(v, ": In function ") || has(v, ": At top level") ||
				  has(v, ": Assembler messages") ||
				  has(v, ": In member function") || has(v, ": in function `")))
		ret->kind = BUILDLOG_CONTEXT;
	return ret->kind == BUILDLOG_CONTEXT;
}

static bool is_echo(struct view v)
{
	static const char *const says[] = { "collect2: error: ld returned",
					    ": all warnings being treated as errors",
					    "error: linker command failed",
					    "compilation terminated.",
					    " warning generated.",
					    " warnings generated.",
					    " error generated.",
					    " errors generated.",
					    " generated." };

	for (size_t i = 0; i < ARRAY_SIZE(says); i++) {
		if (has(v, says[i]))
			return true;
	}
	return false;
}

/* Where "error: " and its like stand, after a colon with or without a space. */
static ssize_t find_severity(struct view v, size_t *ret_len, enum finding_severity *ret)
{
	static const struct {
		const char *word;
		enum finding_severity severity;
		bool whole;
	} words[] = {
		{ "error: ", SEVERITY_ERROR, false },
		{ "fatal error: ", SEVERITY_ERROR, false },
		{ "warning: ", SEVERITY_WARNING, false },
		{ "note: ", SEVERITY_NOTE, false },
		{ "Error: ", SEVERITY_ERROR, false },
		{ "Warning: ", SEVERITY_WARNING, false },
		{ "Fatal error: ", SEVERITY_ERROR, false },
		{ "internal compiler error: ", SEVERITY_ERROR, true },
		{ "sorry, unimplemented: ", SEVERITY_ERROR, true },
		{ "Warning (", SEVERITY_WARNING, false },
		{ "ERROR (", SEVERITY_ERROR, false },
	};

	for (size_t at = 1; at < v.len; at++) {
		struct view rest = from(v, at);

		if (v.p[at - 1] != ':')
			continue;
		view_skip(&rest, " ");
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			if (!view_starts(rest, words[i].word))
				continue;
			/* These words are part of the message. */
			*ret_len = words[i].whole ? 0 : strlen(words[i].word);
			*ret = words[i].severity;
			return rest.p - v.p;
		}
	}
	return -1;
}

/* The tool behind a message, as far as its place and words tell. */
static const char *type_of(const struct buildlog_token *t, struct view word)
{
	if (buildlog_is_linker(t->file) || buildlog_is_linker(t->tool))
		return "link";
	if (view_starts(t->message, "objtool: "))
		return "objtool";
	if (view_ends(word, "("))
		return "dtc";
	if (view_ends(t->file, ".config") || has(t->file, "Kconfig"))
		return "kconfig";
	if (!word.len)
		return "error";
	if (word.p[0] == 'E' || word.p[0] == 'W' || word.p[0] == 'F')
		return "assembler";
	return t->severity == SEVERITY_ERROR ? "error" : "warning";
}

/* "file:line:column: error: message", "clang: error: message" */
static bool take_diagnostic(struct view v, struct buildlog_token *ret)
{
	size_t len;
	ssize_t at = find_severity(v, &len, &ret->severity);

	if (at < 0)
		return false;
	struct view word = view_sub(v, (size_t)at, len),
		    place = view_trim(view_sub(v, 0, (size_t)at));

	place.len--; /* the colon */
	if (!place.len || has(place, " ") || has(place, "\t") || place.p[0] == '"' ||
	    place.p[0] == '\'')
		return false;
	ret->message = view_trim(from(v, (size_t)at + (view_ends(word, "(") ? len - 1 : len)));
	buildlog_take_place(place, ret);
	/* dtc's "file.dts:12.3-15" */
	ssize_t colon = view_find_chr(ret->file, ':');

	if (colon >= 0 && view_ends(word, "(")) {
		struct view line = from(ret->file, (size_t)colon + 1);
		uint64_t number;

		line.len = (size_t)(view_find_chr(line, '.') < 0 ? 0 : view_find_chr(line, '.'));
		if (view_u64(line, 10, &number) == 0 && number < 100000000)
			ret->line = (unsigned)number;
		ret->file.len = (size_t)colon;
	}
	/* Without a line it may be a program that speaks. */
	if (!ret->line && (!has(ret->file, ".") || buildlog_is_linker(ret->file)) &&
	    !view_eq(ret->file, "vmlinux")) {
		ret->tool = ret->file;
		ret->file.len = 0;
	}
	ret->type = type_of(ret, word);
	ret->kind = ret->severity == SEVERITY_NOTE ? BUILDLOG_NOTE : BUILDLOG_PROBLEM;
	return true;
}

/* "00:12:30 " that a CI system put before every line */
static struct view without_clock(struct view v)
{
	static const char form[] = "00:00:00 ";

	if (v.len < sizeof(form) - 1)
		return v;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == '0' ? !is_digit(v.p[i]) : v.p[i] != form[i])
			return v;
	}
	return from(v, sizeof(form) - 1);
}

void buildlog_tokenize(struct view line, struct buildlog_token *ret)
{
	struct view v = without_clock(line), text = view_trim(v);

	*ret = (struct buildlog_token){ .kind = BUILDLOG_OTHER };
	if (!text.len || take_target(v, ret) || take_command(v, ret))
		return;
	if (view_starts(text, "***")) {
		while (view_skip(&text, "*"))
			;
		ret->kind = BUILDLOG_STARS;
		ret->message = view_trim(text);
	} else if (is_echo(text)) {
		ret->kind = BUILDLOG_ECHO;
	} else if (!buildlog_take_make(text, ret) && !buildlog_take_modpost(text, ret) &&
		   !buildlog_take_link(text, ret) && !buildlog_take_kconfig(text, ret) &&
		   !buildlog_take_special(text, ret) && !take_context(v, ret) &&
		   !take_diagnostic(text, ret)) {
		buildlog_take_missing_tool(text, ret);
	}
}

void buildlog_add_plain(struct str *out, struct view v)
{
	while (v.len) {
		if (view_skip(&v, "\xe2\x80\x98") || view_skip(&v, "\xe2\x80\x99") ||
		    view_skip(&v, "`")) {
			str_addc(out, '\'');
			continue;
		}
		str_addc(out, v.p[0]);
		v = from(v, 1);
	}
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

void buildlog_add_stable(struct str *out, struct view v)
{
	ssize_t option = view_find(v, " [-W");

	if (option >= 0 && view_ends(v, "]"))
		v.len = (size_t)option;
	while (v.len) {
		if (view_skip(&v, "+0x") || view_skip(&v, "/0x")) {
			while (v.len && is_hex(v.p[0]))
				v = from(v, 1);
			continue;
		}
		struct view one = view_sub(v, 0, (unsigned char)v.p[0] == 0xe2 ? 3 : 1);

		buildlog_add_plain(out, one);
		v = from(v, one.len);
	}
}
