/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats share: lines, the case that is open, names, and what was planned. */
#include "logs/caselog_internal.h"

#include "logs/ktap_tree.h"

#define OUR_PLAN "kassay: planned "
#define OUR_MISSING "kassay: missing "

struct caselog *caselog_new(const struct caselog_format *format, const char *prefix,
			    const struct log_sink *sink)
{
	struct caselog *l = NEW(struct caselog);

	l->format = format;
	l->state = mem_alloc(format->state_size);
	l->sink = *sink;
	l->prefix = mem_strdup(prefix);
	l->seen = map_new();
	l->paths = map_new();
	l->open.status = l->worst = l->why_status = STATUS_NONE;
	return l;
}

static void open_release(struct open_case *c)
{
	free(c->name);
	free(c->reason);
	str_release(&c->notes);
	*c = (struct open_case){ .status = STATUS_NONE };
}

void caselog_free(struct caselog *l)
{
	if (!l)
		return;
	if (l->format->release)
		l->format->release(l->state);
	open_release(&l->open);
	map_free(l->seen);
	map_free(l->paths);
	strv_release(&l->planned);
	str_release(&l->line);
	str_release(&l->plain);
	str_release(&l->path);
	free(l->state);
	free(l->prefix);
	free(l->why);
	free(l->begun_elsewhere);
	free(l);
}

static char *dup_part(struct view v, size_t max)
{
	v = view_trim(v);
	return mem_strndup(v.p, v.len < max ? v.len : max);
}

void caselog_path_add(struct str *out, struct view name)
{
	struct view rest = view_sub(name, 0, CASELOG_NAME_MAX), part;
	bool first = true;

	if (!rest.len)
		path_part_add(out, rest);
	while (view_split(&rest, '/', &part)) {
		if (!first)
			str_addc(out, '.');
		path_part_add(out, part);
		first = false;
	}
}

/* Path of @name below the prefix, into l->path. */
static void make_path(struct caselog *l, const char *name)
{
	str_clear(&l->path);
	if (l->prefix)
		str_addf(&l->path, "%s%s", l->prefix, name ? "." : "");
	if (name)
		caselog_path_add(&l->path, view_of(name));
}

/* Whole lines, the last ones when there are too many; NULL: none. */
static char *last_notes(const struct str *notes)
{
	struct view v = str_view(notes);

	if (!v.len)
		return NULL;
	if (v.len >= TEST_DIAGNOSTIC_MAX) {
		v = view_sub(v, v.len - TEST_DIAGNOSTIC_MAX + 1, v.len);
		v = view_sub(v, (size_t)(view_find_chr(v, '\n') + 1), v.len);
	}
	return mem_strndup(v.p, v.len);
}

static void tell(struct caselog *l, const struct open_case *c)
{
	struct test_rec t = { .name = c->name,
			      .status = c->status,
			      .reason = c->reason,
			      .line = c->line,
			      .duration = c->duration };
	AUTO_FREE char *notes = c->status == STATUS_PASS ? NULL : last_notes(&c->notes);
	uintptr_t times;

	l->worst = l->worst == STATUS_NONE ? c->status : status_heavier(l->worst, c->status);
	make_path(l, c->name);
	times = (uintptr_t)map_get(l->paths, str_c(&l->path)) + 1;
	map_set(l->paths, str_c(&l->path), (void *)times);
	if (times > 1)
		str_addf(&l->path, "#%zu", (size_t)times);
	t.path = str_c(&l->path);
	t.diagnostic = notes;
	if (l->sink.test)
		l->sink.test(l->sink.data, &t);
}

void case_end(struct caselog *l)
{
	if (!l->open.name)
		return;
	if (l->open.status == STATUS_NONE)
		case_result(l, STATUS_ERROR, VIEW("it has no result"));
	if (++l->count <= CASELOG_CASES_MAX)
		tell(l, &l->open);
	else
		caselog_fault(l, STATUS_ERROR, "too many cases");
	open_release(&l->open);
}

void case_begin(struct caselog *l, struct view name)
{
	case_end(l);
	l->begun = true;
	l->open.name = dup_part(name, CASELOG_NAME_MAX);
	l->open.line = l->line_no;
	case_seen(l, name);
}

void case_seen(struct caselog *l, struct view name)
{
	AUTO_FREE char *key = dup_part(name, CASELOG_NAME_MAX);

	if (map_len(l->seen) < CASELOG_CASES_MAX)
		map_set(l->seen, key, NULL);
}

void case_result(struct caselog *l, enum status status, struct view reason)
{
	struct open_case *c = &l->open;

	if (!c->name || (c->status != STATUS_NONE && c->status <= status))
		return;
	c->status = status;
	c->line = l->line_no;
	free(c->reason);
	c->reason = view_trim(reason).len ? dup_part(reason, CASELOG_REASON_MAX) : NULL;
}

void case_note(struct caselog *l, struct view line)
{
	if (l->open.name)
		ktap_diagnostic_add(&l->open.notes, line);
}

bool case_is_open(const struct caselog *l, struct view name)
{
	return l->open.name && view_eq(view_sub(name, 0, CASELOG_NAME_MAX), l->open.name);
}

bool caselog_has_seen(const struct caselog *l, struct view name)
{
	AUTO_FREE char *key = dup_part(name, CASELOG_NAME_MAX);

	return map_has(l->seen, key);
}

void caselog_fault(struct caselog *l, enum status status, const char *why)
{
	if (l->why_status != STATUS_NONE && l->why_status <= status)
		return;
	l->why_status = status;
	free(l->why);
	l->why = dup_part(view_of(why), CASELOG_REASON_MAX);
}

/* Terminal escapes (ECMA-48: ESC [ ... final byte) and carriage returns are no part of the text. */
static struct view plain_line(struct caselog *l, struct view line)
{
	if (view_find_chr(line, '\033') < 0 && view_find_chr(line, '\r') < 0)
		return line;
	str_clear(&l->plain);
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] == '\033' && i + 1 < line.len && line.p[i + 1] == '[') {
			for (i += 2; i < line.len && (line.p[i] < '@' || line.p[i] > '~'); i++)
				;
		} else if (line.p[i] != '\033' && line.p[i] != '\r') {
			str_addc(&l->plain, line.p[i]);
		}
	}
	return str_view(&l->plain);
}

/* Lines of the script that runs the suite, before the first case. */
static bool from_script(struct caselog *l, struct view line)
{
	if (l->begun)
		return false;
	if (view_skip(&line, OUR_MISSING)) {
		AUTO_FREE char *why = dup_part(line, CASELOG_REASON_MAX);

		caselog_fault(l, STATUS_MISS, why);
		return true;
	}
	if (!view_skip(&line, OUR_PLAN))
		return false;
	AUTO_FREE char *name = dup_part(line, CASELOG_NAME_MAX);

	if (l->planned.len < CASELOG_CASES_MAX)
		strv_add(&l->planned, name);
	else
		caselog_fault(l, STATUS_ERROR, "too many cases");
	return true;
}

static void whole_line(struct caselog *l)
{
	struct view line = plain_line(l, str_view(&l->line));

	l->line_no++;
	if (!from_script(l, line))
		l->format->line(l, line);
	str_clear(&l->line);
}

void caselog_add(struct caselog *l, const char *p, size_t n)
{
	struct view rest = { p, n };

	while (rest.len) {
		ssize_t nl = view_find_chr(rest, '\n');
		size_t room = CASELOG_LINE_MAX - l->line.len;

		str_addv(&l->line,
			 view_sub(rest, 0, nl < 0 || (size_t)nl > room ? room : (size_t)nl));
		if (nl < 0)
			return;
		whole_line(l);
		rest = view_sub(rest, (size_t)nl + 1, rest.len);
	}
}

static void tell_missed(struct caselog *l, bool cut, const char *reason)
{
	AUTO_FREE char *why = cut && reason ? mem_printf("did not run: %s", reason) : NULL;

	vec_foreach(name, &l->planned) {
		struct open_case c = { .name = *name,
				       .status = STATUS_MISS,
				       .reason = why ? why : (char *)"did not run" };

		if (!map_has(l->seen, *name))
			tell(l, &c);
		map_set(l->seen, *name, NULL);
	}
}

static bool begins(struct caselog *l, struct view *ret_name)
{
	return l->line.len && l->format->begins &&
	       l->format->begins(plain_line(l, str_view(&l->line)), ret_name);
}

void caselog_end(struct caselog *l, bool cut, enum status status_cut, const char *reason)
{
	struct view name;

	if (l->line.len && !cut) {
		whole_line(l);
	} else if (begins(l, &name)) {
		l->line_no++;
		if (!case_is_open(l, name) || l->open.status != STATUS_NONE)
			case_begin(l, name);
	}
	if (cut && l->begun_elsewhere && !map_has(l->seen, l->begun_elsewhere))
		case_begin(l, view_of(l->begun_elsewhere));
	if (!cut && l->format->finish)
		l->format->finish(l);
	if (cut && l->open.name && l->open.status == STATUS_NONE)
		case_result(l, status_cut, view_of(reason));
	case_end(l);
	tell_missed(l, cut, reason);
}

void caselog_begun(struct caselog *l, struct view name)
{
	free(l->begun_elsewhere);
	l->begun_elsewhere = dup_part(name, CASELOG_NAME_MAX);
}

const char *caselog_current(struct caselog *l)
{
	struct view name = { 0 };
	AUTO_FREE char *begun = NULL;

	/* Its line may not be whole until it has ended. */
	if (begins(l, &name))
		begun = dup_part(name, CASELOG_NAME_MAX);
	else if (l->open.name && l->open.status == STATUS_NONE)
		begun = mem_strdup(l->open.name);
	make_path(l, begun);
	return str_c(&l->path);
}

size_t caselog_count(const struct caselog *l)
{
	return l->count;
}

enum status caselog_outcome(const struct caselog *l, const char **ret_why)
{
	*ret_why = l->why;
	if (l->why_status == STATUS_NONE)
		return l->worst;
	return l->worst == STATUS_NONE ? l->why_status : status_heavier(l->worst, l->why_status);
}

struct view take_word(struct view *rest)
{
	struct view word;
	size_t n = 0;

	*rest = view_trim(*rest);
	while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	word = view_sub(*rest, 0, n);
	*rest = view_trim(view_sub(*rest, n, rest->len));
	return word;
}

bool read_seconds(struct view word, double *ret)
{
	double v;

	if (word.len < 2 || word.p[word.len - 1] != 's' || word.p[0] < '0' || word.p[0] > '9' ||
	    view_double(view_sub(word, 0, word.len - 1), &v) < 0)
		return false;
	*ret = v;
	return true;
}

bool is_numbered_name(struct view word)
{
	ssize_t slash = view_find_chr(word, '/');

	for (ssize_t i = 0; i < slash; i++) {
		char c = word.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-')
			return false;
	}
	for (size_t i = (size_t)slash + 1; slash > 0 && i < word.len; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	return slash > 0 && (size_t)slash + 1 < word.len;
}
