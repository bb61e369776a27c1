/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The build reader. One problem is open at a time and collects what belongs to it:
 *
 *     CC      lib/foo.o                            target
 *   In file included from lib/foo.c:3:             context: kept for the next problem
 *   include/a.h:5:1: error: ...                    problem: the one before is passed on, this is open
 *       5 | int x                                  its lines
 *   lib/foo.c:3:1: note: ...                       its notes
 *   make[2]: *** [scripts/Makefile.build:229: lib/foo.o] Error 1
 */
#include "logs/buildlog.h"

#include "base/vec.h"
#include "logs/buildlog_problem.h"

enum {
	RECENT_TARGETS = 64,
	TAIL_MAX = 2 << 10,  /* lines kept to explain a failure of make */
	FAILED_MAX = 100000, /* objects and symbols remembered */
};

struct buildlog {
	struct log_sink sink;
	char *source, *objects;
	void (*on_target)(void *data, struct view tool, struct view target);
	void *target_data;
	size_t targets;
	struct str recent[RECENT_TARGETS]; /* a ring: targets % RECENT_TARGETS is the oldest */
	struct str target;		   /* the last one; empty: none yet */
	struct buildlog_problem now;
	struct str context, main_file, linked; /* before a problem; who includes; ld's object */
	struct str stars, tail;
	struct map *failed;  /* objects with errors */
	struct map *symbols; /* file and symbol of link errors that were told */
	bool included;	     /* main_file is of the context before this problem */
	size_t errors_since; /* errors since make's last */
	size_t errors_here;  /* errors since the last target */
	bool make_failed;
};

struct buildlog *buildlog_new(const char *source, const char *objects, const struct log_sink *sink)
{
	struct buildlog *b = NEW(struct buildlog);

	b->sink = *sink;
	b->source = mem_strdup(source);
	b->objects = mem_strdup(objects);
	b->failed = map_new();
	b->symbols = map_new();
	return b;
}

void buildlog_free(struct buildlog *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < RECENT_TARGETS; i++)
		str_release(&b->recent[i]);
	str_release(&b->target);
	buildlog_problem_release(&b->now);
	str_release(&b->context);
	str_release(&b->main_file);
	str_release(&b->linked);
	str_release(&b->stars);
	str_release(&b->tail);
	map_free(b->failed);
	map_free(b->symbols);
	free(b->source);
	free(b->objects);
	free(b);
}

void buildlog_on_target(struct buildlog *b,
			void (*fn)(void *data, struct view tool, struct view target), void *data)
{
	b->on_target = fn;
	b->target_data = data;
}

size_t buildlog_targets(const struct buildlog *b)
{
	return b->targets;
}

static bool skip_folder(struct view *v, const char *folder)
{
	struct view rest = *v;

	if (!folder || !view_skip(&rest, folder) || !view_skip(&rest, "/"))
		return false;
	*v = rest;
	return true;
}

/* A file name relative to the source tree or build folder. */
static struct view relative(const struct buildlog *b, struct view v)
{
	if (!v.len)
		return v;
	if (!skip_folder(&v, b->objects))
		skip_folder(&v, b->source);
	while (view_skip(&v, "./") || view_skip(&v, "../"))
		;
	return v;
}

/*
 * Has the finding of this symbol in this file, or of this program, been told? Every place is
 * printed.
 */
static bool told_before(struct buildlog *b, const struct buildlog_problem *p)
{
	AUTO_STR struct str key = STR_INIT;

	if (!p->symbol.len)
		return false;
	if (buildlog_is_type(p, "link"))
		str_addf(&key, "%s %s %s", str_c(&p->file), str_c(&p->message), str_c(&b->target));
	else
		str_adds(&key, str_c(&p->message));
	if (map_has(b->symbols, str_c(&key)))
		return true;
	if (map_len(b->symbols) < FAILED_MAX)
		map_set(b->symbols, str_c(&key), NULL);
	return false;
}

/* The open problem is complete. */
static void pass_on(struct buildlog *b)
{
	struct buildlog_problem *p = &b->now;

	if (!p->open)
		return;
	p->open = false;
	if (p->token.severity == SEVERITY_ERROR) {
		b->errors_since++;
		b->errors_here++;
		if (p->object.len && map_len(b->failed) < FAILED_MAX)
			map_set(b->failed, str_c(&p->object), NULL);
	}
	if (told_before(b, p))
		return;
	buildlog_problem_tell(p, &b->sink);
}

/* "lib/foo.o" of "lib/foo.c"; empty: not a source file. */
static void object_of(struct view source, struct str *out)
{
	static const char *const ends[] = { ".c", ".S", ".s", ".rs", ".cc", ".cpp" };

	str_clear(out);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (view_ends(source, ends[i])) {
			str_addv(out, view_sub(source, 0, source.len - strlen(ends[i])));
			str_adds(out, ".o");
			return;
		}
	}
}

/*
 * The object that a problem belongs to: the last target, or the one made of the main source file.
 */
static void find_object(struct buildlog *b, struct buildlog_problem *p)
{
	AUTO_STR struct str guess = STR_INIT;

	if (!b->included)
		object_of(str_view(&p->file), &guess);
	if (!guess.len)
		object_of(str_view(&b->main_file), &guess);
	b->included = false;
	if (guess.len && p->token.severity == SEVERITY_ERROR && map_len(b->failed) < FAILED_MAX)
		map_set(b->failed, str_c(&guess), NULL);
	for (size_t i = 0; i < RECENT_TARGETS && guess.len; i++) {
		if (view_eq(str_view(&b->recent[i]), str_c(&guess))) {
			buildlog_set(&p->object, str_view(&guess));
			return;
		}
	}
	buildlog_set(&p->object, str_view(&b->target));
}

/* ld names "update.c" of "kernel/rcu/update.o". */
static void set_linked_file(struct buildlog *b, struct buildlog_problem *p, struct view file,
			    struct view object)
{
	AUTO_STR struct str path = STR_INIT;
	ssize_t slash = -1;

	if (object.len)
		buildlog_set(&b->linked, relative(b, object));
	for (size_t i = 0; i < b->linked.len; i++) {
		if (b->linked.data[i] == '/')
			slash = (ssize_t)i;
	}
	if (slash >= 0 && file.len && view_find_chr(file, '/') < 0) {
		str_addv(&path, view_sub(str_view(&b->linked), 0, (size_t)slash + 1));
		str_addv(&path, file);
	} else {
		buildlog_set(&path, relative(b, file));
	}
	buildlog_set_path(&p->file, str_view(&path));
}

static void open_problem(struct buildlog *b, const struct buildlog_token *t, struct view line,
			 size_t line_no)
{
	struct buildlog_problem *p = &b->now;

	pass_on(b);
	p->open = true;
	p->token = *t;
	p->source_next = t->column > 0;
	p->line = p->line_end = line_no;
	buildlog_set(&p->symbol, t->symbol);
	if (strcmp(t->type, "link") == 0)
		set_linked_file(b, p, t->file, t->object);
	else
		buildlog_set_path(&p->file, relative(b, t->file));
	/* The compiler's own temporary file has a new name each time. */
	if (view_starts(str_view(&p->file), "/tmp/")) {
		str_clear(&p->file);
		p->token.line = p->token.column = 0;
	}
	buildlog_set(&p->tool, t->tool);
	buildlog_set_message(p, t);
	find_object(b, p);
	buildlog_set(&p->excerpt, str_view(&b->context));
	buildlog_add_line(&p->excerpt, line, FINDING_EXCERPT_MAX);
	str_clear(&b->context);
	str_clear(&b->tail);
}

static void on_target(struct buildlog *b, const struct buildlog_token *t)
{
	struct view target = relative(b, t->file);

	if (!target.len)
		return;
	pass_on(b);
	buildlog_set(&b->recent[b->targets++ % RECENT_TARGETS], target);
	buildlog_set(&b->target, target);
	str_clear(&b->context);
	str_clear(&b->main_file);
	str_clear(&b->linked);
	str_clear(&b->stars);
	str_clear(&b->tail);
	b->included = false;
	b->errors_here = 0;
	if (b->on_target)
		b->on_target(b->target_data, t->tool, target);
}

/* make gives up on a target: a finding of its own only when nothing else explains it. */
static void on_make(struct buildlog *b, const struct buildlog_token *t, struct view line,
		    size_t line_no)
{
	struct view target = relative(b, t->object);
	AUTO_STR struct str name = STR_INIT;
	/* A make above tells the failure of the one below as "Error 2". */
	bool again = b->make_failed && view_eq(t->message, "Error 2");

	pass_on(b);
	buildlog_set(&name, target);

	/*
	 * Errors before the target was begun explain nothing; without --output-sync it may have
	 * been begun early.
	 */
	bool quiet = name.len && view_eq(str_view(&b->target), str_c(&name)) && !b->errors_here;

	if (again || (b->errors_since && !quiet) ||
	    (name.len && map_has(b->failed, str_c(&name)))) {
		b->errors_since = 0;
		b->make_failed = true;
		return;
	}

	struct buildlog_token told = *t;
	AUTO_STR struct str tail = STR_INIT;
	struct view stars = str_view(&b->stars), last;

	b->make_failed = true;
	str_addv(&tail, str_view(&b->tail));
	if (stars.len)
		told.message = stars;
	buildlog_set(&b->context, str_view(&tail));
	open_problem(b, &told, line, line_no);
	buildlog_set(&b->now.object, target);
	/* The last thing said is the best guess. */
	for (struct view rest = str_view(&tail);
	     !stars.len && target.len && view_line(&rest, &last);) {
		str_clear(&b->now.message);
		buildlog_add_plain(&b->now.message, view_trim(last));
	}
	pass_on(b);
	b->errors_since = 0;
}

/* Lines that begin nothing: source lines, carets, ">>> referenced by", or output of a program. */
static void on_other(struct buildlog *b, struct view line, size_t line_no)
{
	struct buildlog_problem *p = &b->now;
	bool inside = p->source_next ||
		      (line.len && (line.p[0] == ' ' || line.p[0] == '\t' ||
				    view_starts(line, ">>>") || view_find(line, " | ") >= 0));
	ssize_t open = view_find_chr(line, '('), colon;

	if (!p->open || !inside) {
		pass_on(b);
		if (b->tail.len + line.len > TAIL_MAX)
			str_clear(&b->tail);
		if (view_trim(line).len)
			buildlog_add_line(&b->tail, line, TAIL_MAX);
		return;
	}
	buildlog_add_line(&p->excerpt, line, FINDING_EXCERPT_MAX);
	p->line_end = line_no;
	p->source_next = false;
	/* lld: ">>> referenced by update.c:12 (kernel/rcu/update.c:12)" */
	if (p->file.len || !view_starts(line, ">>> referenced by ") || open < 0)
		return;
	line = view_sub(line, (size_t)open + 1, line.len);
	colon = view_find_chr(line, ':');
	if (colon > 0)
		buildlog_set_path(&p->file, relative(b, view_sub(line, 0, (size_t)colon)));
}

static void on_context(struct buildlog *b, const struct buildlog_token *t, struct view line)
{
	pass_on(b);
	if (t->object.len)
		buildlog_set(&b->linked, relative(b, t->object));
	/* The last one of "In file included from" is the source file itself. */
	if (t->file.len && t->file.p[0] != '<') {
		buildlog_set(&b->main_file, relative(b, t->file));
		b->included = true;
	}
	buildlog_add_line(&b->context, line, FINDING_EXCERPT_MAX / 2);
}

void buildlog_line(struct buildlog *b, struct view line, size_t line_no)
{
	struct buildlog_token t;

	line = view_sub(line, 0, BUILDLOG_LINE_MAX);
	if (view_find_chr(line, '\0') >= 0)
		line.len = (size_t)view_find_chr(line, '\0');
	while (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	buildlog_tokenize(line, &t);
	switch (t.kind) {
	case BUILDLOG_TARGET: on_target(b, &t); break;
	case BUILDLOG_MAKE: on_make(b, &t, line, line_no); break;
	case BUILDLOG_STARS:
		if (b->stars.len && t.message.len)
			str_addc(&b->stars, ' ');
		if (b->stars.len < BUILDLOG_MESSAGE_MAX)
			str_addv(&b->stars, t.message);
		buildlog_add_line(&b->tail, line, TAIL_MAX);
		break;
	case BUILDLOG_CONTEXT: on_context(b, &t, line); break;
	case BUILDLOG_PROBLEM: open_problem(b, &t, line, line_no); break;
	case BUILDLOG_ECHO: pass_on(b); break;
	case BUILDLOG_NOTE:
		if (b->now.open) {
			buildlog_add_line(&b->now.excerpt, line, FINDING_EXCERPT_MAX);
			b->now.line_end = line_no;
			b->now.source_next = t.column > 0;
		}
		break;
	case BUILDLOG_OTHER: on_other(b, line, line_no); break;
	}
}

void buildlog_end(struct buildlog *b)
{
	pass_on(b);
}
