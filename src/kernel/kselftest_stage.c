/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "make install" left: the list of tests, their files, and the libraries they need in a guest that has none. */
#include <sys/stat.h>

#include "kernel/artifacts_elf.h"
#include "kernel/headers.h"
#include "kernel/kselftest.h"
#include "sys/file.h"
#include "sys/loop.h"

#define LOADER_TIMEOUT 30.0 /* seconds */
enum { SETTINGS_MAX = 64 << 10 };

double kselftest_timeout(const char *settings_path)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	double timeout = KSELFTEST_TIMEOUT_DEFAULT, v;

	if (file_read(settings_path, SETTINGS_MAX, &text, &ignored) < 0)
		return timeout;
	rest = str_view(&text);
	while (view_line(&rest, &line))
		if (view_skip(&line, "timeout=") && view_double(view_trim(line), &v) == 0 && v >= 0)
			timeout = v;
	return timeout;
}

/* The collection a target of make belongs to, and what it is called there. False: none of those asked for. */
static bool place_of(const struct kselftest *k, const char *target, const char **ret_collection,
		     const char **ret_test)
{
	size_t objects = strlen(k->objects), best = 0;

	if (strncmp(target, k->objects, objects) != 0 || target[objects] != '/')
		return false;
	target += objects + 1;
	for (size_t i = 0; i < k->collections.len; i++) {
		const char *name = k->collections.data[i];
		size_t n = strlen(name);

		if (n > best && strncmp(target, name, n) == 0 && target[n] == '/') {
			best = n;
			*ret_collection = name;
		}
	}
	*ret_test = target + best + 1;
	return best > 0;
}

/* An object or library that other targets are linked from. */
static bool is_part(const char *target)
{
	struct view v = view_of(target);

	return view_ends(v, ".o") || view_ends(v, ".so") || view_ends(v, ".a");
}

/* "cannot find sync.o" only tells that sync.o failed: what the compiler said about that is the reason. */
static const struct kselftest_failure *reason(const struct kselftest_failures *all,
					      const struct kselftest_failure *f)
{
	vec_foreach(other, all)
		if (is_part(other->target) && strstr(f->text, path_base(other->target)) &&
		    other != f)
			return other;
	return f;
}

static struct kselftest_prog *find(const struct kselftest *k, const char *collection,
				   const char *test)
{
	vec_foreach(p, &k->b->ret->programs)
		if (strcmp(p->collection, collection) == 0 && strcmp(p->test, test) == 0)
			return p;
	return NULL;
}

static struct kselftest_prog *add(const struct kselftest *k, const char *collection,
				  const char *test)
{
	struct kselftest_prog *p = vec_add(&k->b->ret->programs);

	p->collection = arena_strdup(k->b->arena, collection);
	p->test = arena_strdup(k->b->arena, test);
	AUTO_FREE char *settings = mem_printf("%s/%s/settings", k->install, collection);
	p->timeout = kselftest_timeout(settings);
	return p;
}

static bool is_script(const char *path)
{
	char start[2] = "";
	FILE *f = fopen(path, "re");
	bool yes = f && fread(start, 1, sizeof(start), f) == sizeof(start) &&
		   memcmp(start, "#!", 2) == 0;

	if (f)
		fclose(f);
	return yes;
}

/* A line of kselftest-list.txt: "size:get_size". */
static int add_listed(const struct kselftest *k, struct view line, struct err *err)
{
	struct view collection = { 0 };

	if (!view_split(&line, ':', &collection) || !line.len)
		return 0;
	AUTO_FREE char *name = mem_strndup(collection.p, collection.len),
		       *test = mem_strndup(line.p, line.len);
	AUTO_FREE char *path = mem_printf("%s/%s/%s", k->install, name, test);
	if (find(k, name, test))
		return 0;
	struct kselftest_prog *p = add(k, name, test);
	if (!file_exists(path)) {
		p->error = "it was not built, and make did not say why";
		return 0;
	}
	p->path = arena_printf(k->b->arena, "%s/%s", name, test);
	p->needs_shell = is_script(path);
	return file_sha256(path, p->sha256, err);
}

/* The line to show; a header that a package would bring is said with it. */
static const char *error_of(const struct kselftest *k, const struct kselftest_failure *f)
{
	const char *package = f->error ? header_package(view_of(f->error)) : NULL;

	return package ? arena_printf(k->b->arena, "%s (Debian package: %s)", f->error, package) :
			 f->error;
}

/* What failed is never run, whatever an earlier build left. */
static void add_failed(const struct kselftest *k, const struct kselftest_failures *failures,
		       const struct kselftest_failure *f)
{
	const struct kselftest_failure *why = reason(failures, f);
	const char *collection, *test;

	if (!place_of(k, f->target, &collection, &test))
		return;
	AUTO_FREE char *staged = mem_printf("%s/%s/%s", k->install, collection, test);
	unlink(staged);
	unlink(f->target);
	struct kselftest_prog *p = find(k, collection, test);
	if (!p && is_part(f->target))
		return;
	if (!p)
		p = add(k, collection, test);
	p->path = NULL;
	p->sha256[0] = '\0';
	p->error = error_of(k, why);
	p->diagnostic = why->text;
}

/* A collection without a single test did not get as far as its programs. */
static void add_collection(const struct kselftest *k, const struct kselftest_failures *failures,
			   const char *name)
{
	vec_foreach(p, &k->b->ret->programs)
		if (strcmp(p->collection, name) == 0)
			return;
	AUTO_FREE char *folder = mem_printf("%s/tools/testing/selftests/%s", k->tree, name);
	struct kselftest_prog *p = add(k, name, "build");
	p->error = "make found no test in it";
	vec_foreach(f, failures) {
		const char *collection, *test;
		/* make does not always say where it is: then it may be this one. */
		bool unplaced = !f->dir[0] && !place_of(k, f->target, &collection, &test);
		if (strcmp(f->dir, folder) != 0 && !unplaced)
			continue;
		p->error = error_of(k, f);
		p->diagnostic = f->text;
		if (!unplaced)
			return;
	}
}

int kselftest_list_programs(const struct kselftest *k, const struct kselftest_failures *failures,
			    struct err *err)
{
	AUTO_FREE char *path = path_join(k->install, "kselftest-list.txt");
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	int r = 0;

	file_read(path, KSELFTEST_LIST_MAX, &text,
		  &ignored); /* not there: no collection has a test */
	rest = str_view(&text);
	while (r == 0 && view_line(&rest, &line))
		r = add_listed(k, line, err);
	vec_foreach(f, failures)
		add_failed(k, failures, f);
	for (size_t i = 0; i < k->collections.len; i++)
		add_collection(k, failures, k->collections.data[i]);
	return r;
}

/* "timers" wants all of it, "timers:nanosleep" one; why nothing of it was built, both. */
static bool wanted(const struct strv *wants, const struct kselftest_prog *p)
{
	for (size_t i = 0; i < wants->len; i++) {
		struct view rest = view_of(wants->data[i]), collection = { 0 };

		view_split(&rest, ':', &collection);
		if (view_eq(collection, p->collection) &&
		    (!rest.len || view_eq(rest, p->test) || strcmp(p->test, "build") == 0))
			return true;
	}
	return false;
}

static int check_wanted(const struct kselftest *k, const char *want, struct err *err)
{
	const char *colon = strchr(want, ':');
	AUTO_STRV struct strv names = { 0 };

	if (!colon)
		return 0;
	AUTO_FREE char *collection = mem_strndup(want, (size_t)(colon - want));
	if (find(k, collection, colon + 1) || find(k, collection, "build"))
		return 0;
	vec_foreach(p, &k->b->ret->programs)
		if (strcmp(p->collection, collection) == 0)
			strv_add(&names, p->test);
	const char *near = str_nearest(colon + 1, (const char *const *)names.data, names.len);
	return kselftest_no_test(collection, colon + 1, near, err);
}

int kselftest_select(const struct kselftest *k, struct err *err)
{
	const struct strv *wants = &k->b->spec->kselftests;
	struct build_result *ret = k->b->ret;
	size_t kept = 0;

	for (size_t i = 0; i < wants->len && !k->b->spec->may_lack; i++) {
		int r = check_wanted(k, wants->data[i], err);
		if (r < 0)
			return r;
	}
	vec_foreach(p, &ret->programs)
		if (wanted(wants, p))
			ret->programs.data[kept++] = *p;
	ret->programs.len = kept;
	return 0;
}

struct libraries {
	const struct kselftest *k;
	struct map *seen;
};

/* The loader's "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f...)" or "\t/lib64/ld-linux-x86-64.so.2 (0x...)". */
static struct view library_path(struct view line)
{
	ssize_t arrow = view_find(line, "=> ");
	struct view path = arrow >= 0 ? view_sub(line, (size_t)arrow + 3, line.len) :
					view_trim(line);
	ssize_t end = view_find(path, " (0x");

	return view_sub(path, 0, end < 0 ? 0 : (size_t)end);
}

/* To root/ under its own absolute name, where the loader of the guest looks for it, too. */
static int stage(struct libraries *l, struct view path, struct err *err)
{
	AUTO_FREE char *from = mem_strndup(path.p, path.len);
	AUTO_FREE char *to = mem_printf("%s%s", l->k->root, from);
	AUTO_FREE char *dir = mem_strndup(to, (size_t)(path_base(to) - to));

	if (from[0] != '/' || map_has(l->seen, from) ||
	    strncmp(from, l->k->install, strlen(l->k->install)) == 0)
		return 0;
	map_set(l->seen, from, NULL);
	int r = dir_make(dir, err);
	return r < 0 ? r : file_copy(from, to, err);
}

/* What a program needs is asked of its own loader: "ld.so --list" maps libraries but runs nothing of the program. */
static int stage_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct libraries *l = data;
	AUTO_FREE char *path = path_join(l->k->install, rel);
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(path_base(path) - path));
	AUTO_STR struct str interp = STR_INIT, out = STR_INIT;
	struct err ignored = { 0 };
	struct child_end end;
	struct view rest, line;

	if (!S_ISREG(st->st_mode) || !artifact_is_elf(path) ||
	    artifact_interp(path, &interp, &ignored) < 0 || !interp.len)
		return 0;
	char *argv[] = { (char *)str_c(&interp), (char *)"--list", path, NULL };
	int r = run(
		&(struct run_spec){
			.argv = argv, .cwd = dir, .timeout = LOADER_TIMEOUT, .ret_out = &out },
		&end, &ignored);
	if (r == -ERR_CANCELLED)
		*err = ignored;
	if (r < 0)
		return r == -ERR_CANCELLED ?
			       r :
			       0; /* built for another machine: it will say so when it runs */
	r = stage(l, str_view(&interp), err);
	rest = str_view(&out);
	while (r == 0 && view_line(&rest, &line))
		r = stage(l, library_path(line), err);
	return r;
}

int kselftest_stage_libraries(const struct kselftest *k, struct err *err)
{
	AUTO_MAP struct map *seen = map_new();
	struct libraries l = { .k = k, .seen = seen };
	int r = dir_remove(k->root, err);

	return r < 0 ? r : dir_walk(k->install, stage_one, &l, err);
}
