/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions in crash reports. Frames as the kernel prints them (arch/x86/kernel/dumpstack.c,
 * arch/arm64/kernel/stacktrace.c, arch/arm/kernel/traps.c ...):
 *
 *   RIP: 0010:foo+0x12/0x34        pc : foo+0x12/0x34       NIP [c000...] foo+0x12/0x34
 *   PC is at foo+0x12/0x34         [<ffffffff81000000>] foo+0x12/0x34
 *    foo+0x12/0x34 [module]        [<80100000>] (foo) from [<80100000>] (bar+0x12/0x34)
 *    foo+0x12/0x34 a.c:5           foo a.c:5 [inline]       (symbolised)
 *    ? foo+0x12/0x34               (a guess: not used)
 */
#include "logs/crash_internal.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t hex_len(struct view v)
{
	size_t n = 0;

	while (n < v.len && is_hex(v.p[n]))
		n++;
	return n;
}

static bool is_symbol_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '$';
}

static struct view from(struct view v, size_t i)
{
	return view_sub(v, i, v.len);
}

/* "+0x12" or "+0x12/0x34" or "/0x34" */
static bool take_offset(struct view *v)
{
	struct view rest = *v;

	if (!view_skip(&rest, "+0x") || !hex_len(rest))
		return false;
	rest = from(rest, hex_len(rest));
	if (view_skip(&rest, "/0x"))
		rest = from(rest, hex_len(rest));
	*v = rest;
	return true;
}

/* What compilers add: foo.isra.0, foo.constprop.3, foo.part.1, foo.cold, foo.llvm.123 */
static struct view plain_symbol(struct view v)
{
	ssize_t dot = v.len ? view_find_chr(from(v, 1), '.') : -1;

	return dot < 0 ? v : view_sub(v, 0, (size_t)dot + 1);
}

struct view crash_take_symbol(struct view *v)
{
	struct view name;
	size_t n = 0;

	while (n < v->len && is_symbol_char(v->p[n]))
		n++;
	name = plain_symbol(view_sub(*v, 0, n));
	*v = from(*v, n);
	take_offset(v);
	return name;
}

/* "[<ffffffff81000000>]", "[<     inline     >]", "[c000000000012345]", "([<...>]" */
static bool take_address(struct view *v)
{
	struct view rest = view_trim(*v);

	view_skip(&rest, "(");
	if (!view_skip(&rest, "["))
		return false;

	ssize_t end = view_find_chr(rest, ']');
	bool angle = view_skip(&rest, "<");

	if (end < 0 || (!angle && (end < 8 || hex_len(rest) != (size_t)end)))
		return false;
	*v = view_trim(from(rest, (size_t)end + (angle ? 0 : 1)));
	return true;
}

/* "a/b.c:12" */
static bool is_place(struct view v)
{
	ssize_t colon = view_find_chr(v, ':');
	ssize_t space = view_find_chr(v, ' ');

	return colon > 2 && (space < 0 || colon < space) && (size_t)colon + 1 < v.len &&
	       v.p[colon + 1] >= '0' && v.p[colon + 1] <= '9' && v.p[colon - 2] == '.';
}

/* The instruction pointer's function. */
static bool take_pointer(struct view line, struct view *ret)
{
	static const char *const registers[] = {
		"RIP: 0010:", "RIP: 0018:", "RIP: e030:", "EIP: ", "IP: ", "pc : ",	"PC is at ",
		"NIP ",	      "epc : ",	    "RIP ",	  "RIP: ", "PC: ", "LR is at ", "lr : "
	};
	struct view v = line;
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(registers) && !found; i++)
		found = view_skip(&v, registers[i]);
	if (!found)
		return false;
	while (take_address(&v))
		;
	struct view rest = v, name = crash_take_symbol(&rest);

	/* Without an offset or a place it is a raw address. */
	if (!name.len || (name.p + name.len == rest.p && !is_place(view_trim(rest))) ||
	    view_starts(name, "0x"))
		return false;
	*ret = name;
	return true;
}

/* One frame of a call trace. */
static bool take_frame(struct view line, struct view *ret)
{
	struct view v = view_trim(line), name, before;

	while (take_address(&v))
		;
	/* "? foo+0x12/0x34" is a guess; '?' begins no symbol. */
	view_skip(&v, "(");
	before = v;
	name = crash_take_symbol(&v);
	if (!name.len || name.p[0] == '.' || (name.p[0] >= '0' && name.p[0] <= '9'))
		return false;

	bool offset = view_starts(from(before, name.len), "+0x") ||
		      (v.p - before.p) > (ssize_t)name.len;
	struct view rest = view_trim(v);

	if (!offset && !is_place(rest) && !view_starts(rest, ") from [<") &&
	    !view_starts(rest, "from "))
		return false;
	*ret = name;
	return true;
}

static bool is_trace_start(struct view v)
{
	static const char *const starts[] = {
		"Call Trace:",	       "Call trace:",	  "Backtrace:",	     "backtrace:",
		"backtrace (",	       "Trace:",	  "Stack trace:",    "stack backtrace:",
		"NMI backtrace for",   "BUG: KMSAN:",	  "Use-after-free ", "Out-of-bounds ",
		"Corrupted memory at", "Invalid free of", "Invalid "
	};

	v = view_trim(v);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (view_starts(v, starts[i]))
			return true;
	}
	return view_ends(v, "Call Trace:");
}

/*
 * "... at: foo+0x12/0x34", "... at: [<ffffffff81000000>] foo+0x12/0x34", "... at:" and the frame in
 * the next line
 */
static struct view lock_user(struct view lines, bool holder)
{
	static const char *const holds[] = { "already holding" };
	static const char *const takes[] = { "is trying to acquire",
					     "is trying to lock:", "is trying to release lock",
					     "] takes:", "just changed the state of lock" };
	const char *const *says = holder ? holds : takes;
	size_t n = holder ? ARRAY_SIZE(holds) : ARRAY_SIZE(takes);
	struct view line, name;
	bool said = false;

	while (view_line(&lines, &line)) {
		ssize_t at = view_find(line, " at: ");

		for (size_t i = 0; i < n && !said; i++)
			said = view_find(line, says[i]) >= 0;
		if (!said)
			continue;
		if (at >= 0)
			line = from(line, (size_t)at + 5);
		else if (!view_ends(view_trim(line), ") at:") || !view_line(&lines, &line))
			continue;
		if (take_frame(line, &name) && !crash_is_helper(name))
			return name;
		break;
	}
	return (struct view){ 0 };
}

static struct view last_function(struct view lines)
{
	struct view line;

	while (view_line(&lines, &line)) {
		ssize_t at = view_find(line, "last function: ");

		if (at >= 0) {
			line = from(line, (size_t)at + strlen("last function: "));
			return crash_take_symbol(&line);
		}
	}
	return (struct view){ 0 };
}

/*
 * Walks the frames of a report in order; the instruction pointer is one when it stands before its
 * trace.
 */
struct walk {
	struct view rest;
	bool in_trace;
};

static bool next_frame(struct walk *w, struct view *ret)
{
	struct view line;

	while (view_line(&w->rest, &line)) {
		if (is_trace_start(line))
			w->in_trace = true;
		else if (take_pointer(view_trim(line), ret) ||
			 (w->in_trace && take_frame(line, ret)))
			return true;
	}
	return false;
}

/* @skipped: what does not count beside helpers, or NULL. */
static struct view first_but(struct view lines, bool (*skipped)(struct view name))
{
	struct walk w = { .rest = lines };
	struct view name;

	while (next_frame(&w, &name)) {
		if (!crash_is_helper(name) && !(skipped && skipped(name)))
			return name;
	}
	return (struct view){ 0 };
}

/* What stalls: the outermost function before a dispatcher. */
static struct view stalled(struct view lines)
{
	struct walk w = { .rest = lines };
	struct view name, last = { 0 };

	while (next_frame(&w, &name)) {
		/* One CPU waits for another that does not answer. */
		if (view_starts(name, "smp_call_function"))
			return view_sub(name, 0, strlen("smp_call_function"));
		if (!last.len &&
		    (crash_is_helper(name) || crash_is_watchdog(name) || crash_is_dispatcher(name)))
			continue;
		if (crash_is_dispatcher(name))
			break;
		if (!crash_is_helper(name))
			last = name;
	}
	return last;
}

struct view crash_function(enum crash_where where, struct view lines)
{
	struct view found = { 0 };

	switch (where) {
	case WHERE_NOWHERE: break;
	case WHERE_LAST: found = last_function(lines); break;
	case WHERE_LOCK:
	case WHERE_HOLDER:
		found = lock_user(lines, where == WHERE_HOLDER);
		if (!found.len)
			found = first_but(lines, NULL);
		break;
	case WHERE_TASK: found = first_but(lines, crash_is_wait); break;
	case WHERE_STALL: found = stalled(lines); break;
	case WHERE_TITLE:
	case WHERE_TRACE: found = first_but(lines, NULL); break;
	}
	return found;
}
