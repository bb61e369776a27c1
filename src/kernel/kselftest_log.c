/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kselftest.h"

#include <ctype.h>

#include "sys/file.h"

struct kselftest_log {
	struct arena *a;
	char *compiler;
	struct str block; /* what was said since the target at hand began */
	struct str dir;	  /* that make entered last */
	struct map *seen; /* targets */
	struct kselftest_failures failures;
};

struct kselftest_log *kselftest_log_new(struct arena *a, const char *compiler)
{
	struct kselftest_log *l = NEW(struct kselftest_log);

	l->a = a;
	l->compiler = mem_strdup(compiler);
	l->seen = map_new();
	return l;
}

/* Libraries and headers that tests ask for beyond libc, and Debian's packages of them. */
static const struct {
	const char *text, *package;
} hints[] = {
	{ "-lcap:", "libcap-dev" },	     { "sys/capability.h", "libcap-dev" },
	{ "-lcap-ng:", "libcap-ng-dev" },    { "cap-ng.h", "libcap-ng-dev" },
	{ "-lnuma:", "libnuma-dev" },	     { "numa.h", "libnuma-dev" },
	{ "numaif.h", "libnuma-dev" },	     { "-lpopt:", "libpopt-dev" },
	{ "popt.h", "libpopt-dev" },	     { "-lmnl:", "libmnl-dev" },
	{ "libmnl/", "libmnl-dev" },	     { "-lasound:", "libasound2-dev" },
	{ "alsa/", "libasound2-dev" },	     { "liburing.h", "liburing-dev" },
	{ "-luring:", "liburing-dev" },	     { "fuse.h", "libfuse-dev" },
	{ "-lelf:", "libelf-dev" },	     { "libelf.h", "libelf-dev" },
	{ "openssl/", "libssl-dev" },	     { "-lcrypto:", "libssl-dev" },
	{ "-lmount:", "libmount-dev" },	     { "libmount/", "libmount-dev" },
	{ "urcu", "liburcu-dev" },
	{ "keyutils.h", "libkeyutils-dev" }, { "-lkeyutils:", "libkeyutils-dev" },
};

static bool is_missing(struct view line)
{
	return view_find(line, "No such file or directory") >= 0 ||
	       view_find(line, "file not found") >= 0;
}

/* How telling a line is; 0: not at all. */
static int weight(struct view line)
{
	if (view_find(line, "error:") >= 0 && !view_starts(line, "collect2:") &&
	    !view_starts(line, "clang: error: linker"))
		return 3;
	if (view_find(line, "cannot find -l") >= 0 || view_find(line, "undefined reference") >= 0 ||
	    view_find(line, "multiple definition") >= 0 ||
	    view_find(line, "unable to find library") >= 0)
		return 3;
	if (view_find(line, "Error ") >= 0 || view_find(line, "not found") >= 0 ||
	    view_find(line, "No rule to make") >= 0)
		return 2;
	return view_trim(line).len ? 1 : 0;
}

static const char *telling(struct arena *a, struct view block)
{
	struct view line, best = VIEW("it was not made, without a message");
	int best_weight = 0;

	while (view_line(&block, &line))
		if (weight(line) > best_weight) {
			best = line;
			best_weight = weight(line);
		}
	for (size_t i = 0; is_missing(best) && i < ARRAY_SIZE(hints); i++)
		if (view_find(best, hints[i].text) >= 0)
			return arena_printf(a, VIEW_FMT " (Debian package: %s)", VIEW_ARG(best),
					    hints[i].package);
	return arena_strndup(a, best.p, best.len);
}

static void add(struct kselftest_log *l, struct view target, struct view last)
{
	AUTO_FREE char *name = mem_strndup(target.p, target.len);
	/* "install" is in every folder. */
	AUTO_FREE char *place = name[0] == '/' ? mem_strdup(name) : path_join(str_c(&l->dir), name);

	if (!l->block.len)
		str_addv(&l->block, last);
	if (!map_has(l->seen, place))
		*vec_add(&l->failures) = (struct kselftest_failure){
			.target = arena_strdup(l->a, name),
			.dir = arena_strdup(l->a, str_c(&l->dir)),
			.error = telling(l->a, str_view(&l->block)),
			.text = arena_strdup(l->a, str_c(&l->block)),
		};
	map_set(l->seen, place, NULL);
	str_clear(&l->block);
}

/* "make[1]: [../lib.mk:222: TARGET] Error 1 (ignored)", "make[1]: *** [Makefile:12: TARGET] Error 2" */
static bool failed_target(struct view line, struct view *ret)
{
	ssize_t end = view_find(line, "] Error "), open = view_find(line, " [");

	if (!view_starts(line, "make") || end < 0 || open < 0 || open >= end)
		return false;
	struct view inside = view_sub(line, (size_t)open + 2, (size_t)(end - open - 2));
	ssize_t at;
	while ((at = view_find(inside, ": ")) >= 0)
		inside = view_sub(inside, (size_t)at + 2, inside.len);
	*ret = inside;
	return inside.len > 0;
}

/* "make[1]: *** No rule to make target 'x.c', needed by '/o/kselftest/size/x'.  Stop." */
static bool ruleless_target(struct view line, struct view *ret)
{
	ssize_t at = view_find(line, "needed by '");

	if (!view_starts(line, "make") || view_find(line, "No rule to make target") < 0 || at < 0)
		return false;
	*ret = view_sub(line, (size_t)at + strlen("needed by '"), line.len);
	ssize_t quote = view_find_chr(*ret, '\'');
	*ret = view_sub(*ret, 0, quote < 0 ? 0 : (size_t)quote);
	return ret->len > 0;
}

void kselftest_log_line(struct kselftest_log *l, struct view line)
{
	struct view target;

	if (failed_target(line, &target) || ruleless_target(line, &target)) {
		add(l, target, line);
		return;
	}
	/* A new target: with -j from the lines around each, else from its command or "  CC  name". */
	ssize_t enters = view_find(line, ": Entering directory '");
	bool around = view_starts(line, "make") &&
		      (enters >= 0 || view_find(line, ": Leaving directory '") >= 0);
	bool command = view_starts(line, l->compiler) || (view_starts(line, "  ") && line.len > 2 &&
							  isupper((unsigned char)line.p[2]));
	if (around)
		str_clear(&l->dir);
	if (around && enters >= 0) {
		struct view dir =
			view_sub(line, (size_t)enters + strlen(": Entering directory '"), line.len);
		str_addv(&l->dir, view_sub(dir, 0, dir.len ? dir.len - 1 : 0));
	}
	if (around || command) {
		str_clear(&l->block);
		return;
	}
	if (l->block.len + line.len + 1 < KSELFTEST_ERROR_MAX) {
		str_addv(&l->block, line);
		str_addc(&l->block, '\n');
	}
}

void kselftest_log_end(struct kselftest_log *l, struct kselftest_failures *ret)
{
	*ret = l->failures;
	str_release(&l->block);
	str_release(&l->dir);
	map_free(l->seen);
	free(l->compiler);
	free(l);
}
