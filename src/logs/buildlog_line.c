/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/buildlog_line.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static struct view from(struct view v, size_t i)
{
	return view_sub(v, i, v.len);
}

static bool has(struct view v, const char *text)
{
	return view_find(v, text) >= 0;
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

/* The last part of a path. */
static struct view base_name(struct view v)
{
	ssize_t slash;

	while ((slash = view_find_chr(v, '/')) >= 0)
		v = from(v, (size_t)slash + 1);
	return v;
}

/* "gcc ... -o foo.o ...": a command that make echoes (V=1, some selftests) tells the target too. */
static bool take_command(struct view v, struct buildlog_token *ret)
{
	static const char *const names[] = { "cc",	"gcc",	"clang",  "g++",
					     "clang++", "-gcc", "-clang", "-g++" };
	ssize_t space = view_find_chr(v, ' '), out = view_find(v, " -o ");
	struct view name = base_name(view_sub(v, 0, space < 0 ? 0 : (size_t)space));
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
static void take_place(struct view v, struct buildlog_token *ret)
{
	unsigned last = 0, before = 0;

	if (cut_number(&v, &last)) {
		bool both = cut_number(&v, &before);

		ret->line = both ? before : last;
		ret->column = both ? last : 0;
	}
	ret->file = v;
}

/*
 * "make[2]: *** [scripts/Makefile.build:229: lib/foo.o] Error 1" and "Makefile:5: *** missing
 * separator.  Stop."
 */
static bool take_make(struct view v, struct buildlog_token *ret)
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
		take_place(who, ret);
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
		take_place(view_sub(target, 0, (size_t)colon), ret);
		target = from(target, (size_t)colon + 2);
	}
	ret->object = target;
	ret->message = from(rest, (size_t)end + 2);
	return true;
}

/* What a shell or make says of a program that is not there. */
static bool take_missing_tool(struct view v, struct buildlog_token *ret)
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

static bool is_linker(struct view v)
{
	struct view name = base_name(v);

	return view_eq(name, "ld") || view_ends(name, "-ld") || view_eq(name, "ld.lld") ||
	       view_ends(name, "ld.bfd") || view_ends(name, "ld.gold") || view_eq(name, "lld");
}

/* "aarch64-linux-gnu-ld: " */
static bool skip_linker(struct view *v)
{
	ssize_t colon = view_find(*v, ": ");

	if (colon <= 0 || !is_linker(view_sub(*v, 0, (size_t)colon)))
		return false;
	*v = from(*v, (size_t)colon + 2);
	return true;
}

/* "[a.o:]a.c:(.text+0x12): undefined reference to `x'", with or without "ld: " before it */
static bool take_link(struct view v, struct buildlog_token *ret)
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
	bool named = skip_linker(&rest);

	view_skip(&rest, "error: ");

	ssize_t section = view_find(rest, ":(");
	struct view place = view_sub(rest, 0, (size_t)(v.p + at - rest.p));

	place.len -= view_ends(place, ": ") ? 2 : 0;
	if (section < 0 && view_find_chr(place, ' ') < 0)
		take_place(place, ret);
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
static bool take_modpost(struct view v, struct buildlog_token *ret)
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
static bool take_kconfig(struct view v, struct buildlog_token *ret)
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
	take_place(place, &t);
	if (!t.line)
		return false;
	*ret = t;
	return true;
}

/* What has no usual form. */
static bool take_special(struct view v, struct buildlog_token *ret)
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

static bool take_context(struct view v, struct buildlog_token *ret)
{
	struct view rest = v;

	if (skip_linker(&rest) && view_ends(rest, ":") && has(rest, ": in function ")) {
		ret->object = view_sub(rest, 0, (size_t)view_find(rest, ": in function "));
		ret->kind = BUILDLOG_CONTEXT;
		return true;
	}
	if (view_starts(v, "In file included from ") || view_starts(v, "                 from ")) {
		rest = view_trim(v);
		view_skip(&rest, "In file included from ");
		view_skip(&rest, "from ");
		rest.len -= view_ends(rest, ",") || view_ends(rest, ":");
		take_place(rest, ret);
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
	if (is_linker(t->file) || is_linker(t->tool))
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
	take_place(place, ret);
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
	if (!ret->line && (!has(ret->file, ".") || is_linker(ret->file)) &&
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
	} else if (!take_make(text, ret) && !take_modpost(text, ret) && !take_link(text, ret) &&
		   !take_kconfig(text, ret) && !take_special(text, ret) && !take_context(v, ret) &&
		   !take_diagnostic(text, ret)) {
		take_missing_tool(text, ret);
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
