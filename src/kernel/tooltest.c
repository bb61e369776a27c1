/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/tooltest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "kernel/kselftest.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { TOOLTEST_RECIPE = 1, STAMP_MAX = 1 << 16, PROGRAM_MAX = 256 << 20, PROGRAMS_MAX = 100 };
static const double MAKE_TIMEOUT = 3600; /* seconds */

/* Folders of tools/testing that others take sources from. */
static const char *const shared[] = { "shared", "radix-tree" };

struct making {
	const struct source *src;
	const struct tooltest_spec *spec;
	struct tooltest *t;
	struct toolchain tool;
	char *tree, *dir; /* of the program's Makefile */
	char *stamp, *log;
};

bool tooltest_has(const char *source, const char *name)
{
	AUTO_FREE char *file = mem_printf("%s/tools/testing/%s/Makefile", source, name);

	return name[0] && !strpbrk(name, "./ \t$;'\"\\`") && file_exists(file);
}

struct copying {
	const char *from, *to;
};

static int copy_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	const struct copying *c = data;
	AUTO_FREE char *from = path_join(c->from, rel), *to = path_join(c->to, rel);
	char target[4096];

	if (S_ISDIR(st->st_mode))
		return dir_make(to, err);
	if (S_ISREG(st->st_mode))
		return file_copy(from, to, err);
	if (!S_ISLNK(st->st_mode))
		return 0;
	ssize_t n = readlink(from, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	return n < 0 || symlink(target, to) < 0 ? err_sys(err, "%s", to) : 0;
}

/* tools/testing/@name as a folder of our own, in place of the link. */
static int copy_folder(const struct making *m, const char *name, struct err *err)
{
	AUTO_FREE char *from = mem_printf("%s/tools/testing/%s", m->src->dir, name);
	AUTO_FREE char *to = mem_printf("%s/tools/testing/%s", m->tree, name);
	struct copying c = { from, to };
	int r;

	if (!dir_exists(from))
		return 0;
	r = dir_remove(to, err);
	if (r == 0)
		r = dir_make(to, err);
	return r < 0 ? r : dir_walk(from, copy_one, &c, err);
}

static int make_tree(const struct making *m, struct err *err)
{
	AUTO_FREE char *tools = path_join(m->src->dir, "tools"),
		       *our_tools = path_join(m->tree, "tools");
	AUTO_FREE char *testing = path_join(tools, "testing"),
		       *our_testing = path_join(our_tools, "testing");
	int r = dir_remove(m->tree, err);

	if (r == 0)
		r = tree_link_all(m->src->dir, m->tree, "tools", err);
	if (r == 0)
		r = tree_link_all(tools, our_tools, "testing", err);
	if (r == 0)
		r = tree_link_all(testing, our_testing, "", err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(shared); i++)
		r = copy_folder(m, shared[i], err);
	return r < 0 ? r : copy_folder(m, m->spec->name, err);
}

/* What of ours would mean something else to these Makefiles. */
static const char *const env_words[] = { "MAKEFLAGS=", "ARCH=",	   "CROSS_COMPILE=", "BUILD=",
					 "CFLAGS=",    "LDFLAGS=", "LC_ALL=C" };

static void make_env(struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(env_words); i++)
		strv_add(ret, env_words[i]);
}

struct output {
	struct kselftest_log *log;
	int fd;
	const struct tooltest_spec *spec;
	struct err failed;
};

static void on_line(struct view line, bool from_stderr, void *data)
{
	struct output *o = data;

	(void)from_stderr;
	if (!o->failed.code && fd_write_all(o->fd, line.p, line.len, "build.log", &o->failed) == 0)
		fd_write_all(o->fd, "\n", 1, "build.log", &o->failed);
	if (!o->failed.code && build_says_full(line))
		err_set(&o->failed, ERR_NO_SPACE, VIEW_FMT, VIEW_ARG(line));
	if (!o->failed.code && build_says_killed(line))
		err_set(&o->failed, ERR_LIMIT, VIEW_FMT, VIEW_ARG(line));
	kselftest_log_line(o->log, line);
}

static void on_tick(void *data)
{
	struct output *o = data;

	if (o->spec->tick)
		o->spec->tick(o->spec->data);
}

static void make_args(const struct making *m, struct strv *ret)
{
	long jobs = m->spec->jobs > 0 ? m->spec->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	strv_add(ret, "sh"); /* what the compiler says comes where make says it */
	strv_add(ret, "-c");
	strv_add(ret, "exec \"$@\" 2>&1");
	strv_add(ret, "sh");
	strv_add(ret, "make");
	strv_add(ret, "--keep-going");
	strv_add(ret, "--print-directory");
	strv_add(ret, "--output-sync=target");
	strv_addf(ret, "-j%ld", jobs > 0 ? jobs : 1);
	strv_add(ret, "-C");
	strv_add(ret, m->dir);
	strv_addf(ret, "CC=%s", m->tool.cc);
}

static int run_make(const struct making *m, struct kselftest_failures *ret, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	struct output out = { .spec = m->spec };
	struct child_end end;
	int r;

	AUTO_FD int fd = open(m->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, "%s", m->log);
	make_args(m, &argv);
	make_env(&env);
	out.fd = fd;
	out.log = kselftest_log_new(m->t->arena, m->tool.cc);
	int keep[] = { m->t->lock.lock_fd, m->src->lock.dir ? m->src->lock.lock_fd : -1, -1 };
	struct run_spec spec = {
		.loop = m->spec->loop,
		.argv = strv_argv(&argv),
		.env_add = strv_argv(&env),
		.timeout = MAKE_TIMEOUT,
		.line = on_line,
		.tick = on_tick,
		.data = &out,
		.keep = keep,
	};
	r = run(&spec, &end, err);
	kselftest_log_end(out.log, ret);
	if (r == 0 && out.failed.code) {
		*err = out.failed;
		r = -err->code;
	}
	return r;
}

/* Names that the Makefile's TARGETS holds: make itself is asked. */
static int list_targets(const struct making *m, struct strv *ret, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 }, env = { 0 };
	AUTO_STR struct str out = STR_INIT;
	struct view rest, name;

	strv_add(&argv, "make");
	strv_add(&argv, "--silent");
	strv_add(&argv, "--no-print-directory");
	strv_add(&argv, "-C");
	strv_add(&argv, m->dir);
	strv_add(&argv, "--eval=kassay-targets: ; @:$(info $(TARGETS))");
	strv_add(&argv, "kassay-targets");
	make_env(&env);
	struct run_spec spec = {
		.argv = strv_argv(&argv), .env_add = strv_argv(&env), .timeout = 60, .ret_out = &out
	};
	int r = run_ok(&spec, err);

	for (size_t i = 0; i < out.len; i++)
		if (out.data[i] == '\n')
			out.data[i] = ' ';
	rest = str_view(&out);
	while (r == 0 && ret->len < PROGRAMS_MAX && view_split(&rest, ' ', &name)) {
		AUTO_FREE char *word = mem_strndup(name.p, name.len);

		if (*word && !strpbrk(word, "/.") && !strv_has(ret, word))
			strv_add(ret, word);
	}
	if (r == 0 && !ret->len)
		r = err_set(err, ERR_NOT_FOUND,
			    "tools/testing/%s: its Makefile names no programs (TARGETS)",
			    m->spec->name);
	return r < 0 ? err_context(err, "tools/testing/%s", m->spec->name) : 0;
}

/* What make said of @name, else what it said first. */
static const struct kselftest_failure *failure_of(const struct kselftest_failures *all,
						  const char *name)
{
	vec_foreach(f, all)
		if (strcmp(path_base(f->target), name) == 0)
			return f;
	return all->len ? all->data : NULL;
}

/* Names in messages as they are in the tree, not as they are in the cache. */
static const char *in_tree(const struct making *m, const char *text)
{
	AUTO_FREE char *up = mem_printf("%s/../../../", m->dir), *dir = mem_printf("%s/", m->dir),
		       *tree = mem_printf("%s/", m->tree);
	const char *const cut[] = { up, dir, tree, "../../../" };
	AUTO_STR struct str out = STR_INIT;

	for (const char *p = text; *p;) {
		size_t n = 0;

		for (size_t i = 0; i < ARRAY_SIZE(cut) && !n; i++)
			n = strncmp(p, cut[i], strlen(cut[i])) == 0 ? strlen(cut[i]) : 0;
		if (!n)
			str_addc(&out, *p++);
		p += n;
	}
	return arena_strdup(m->t->arena, str_c(&out));
}

/* AddressSanitizer maps terabytes that are never used. */
static bool is_sanitized(const char *path)
{
	AUTO_STR struct str bytes = STR_INIT;
	struct err ignored = { 0 };

	return file_read(path, PROGRAM_MAX, &bytes, &ignored) == 0 &&
	       memmem(str_c(&bytes), bytes.len, "__asan_init", strlen("__asan_init")) != NULL;
}

/* *ret_all: every one is there. */
static void list_programs(const struct making *m, const struct strv *names,
			  const struct kselftest_failures *failures, bool *ret_all)
{
	*ret_all = true;
	vec_foreach(name, names) {
		struct tooltest_prog *p = vec_add(&m->t->programs);
		const struct kselftest_failure *f = failure_of(failures, *name);
		struct stat st;

		p->name = arena_strdup(m->t->arena, *name);
		p->path = arena_printf(m->t->arena, "%s/%s", m->dir, *name);
		if (stat(p->path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR)) {
			p->sanitized = is_sanitized(p->path);
			continue;
		}
		*ret_all = false;
		p->path = NULL;
		p->error = f ? in_tree(m, f->error) : "make did not say why";
		p->diagnostic = f ? in_tree(m, f->text) : NULL;
	}
}

/* What the programs are a function of. */
static void stamp_text(const struct making *m, struct str *ret)
{
	str_addf(ret, "recipe %d\n%s\n%s\n%s\n%s\n", TOOLTEST_RECIPE, m->src->content, m->src->dir,
		 m->tool.cc, m->tool.identity);
}

static bool is_made(const struct making *m, struct view stamp)
{
	AUTO_STR struct str old = STR_INIT;
	struct err ignored = { 0 };

	return file_read(m->stamp, STAMP_MAX, &old, &ignored) == 0 && old.len == stamp.len &&
	       memcmp(str_c(&old), stamp.p, stamp.len) == 0;
}

static int make(const struct making *m, struct err *err)
{
	AUTO_STR struct str stamp = STR_INIT;
	AUTO_STRV struct strv names = { 0 };
	struct kselftest_failures failures = { 0 };
	bool all, made;
	int r = 0;

	stamp_text(m, &stamp);
	made = is_made(m, str_view(&stamp));
	if (!made) {
		unlink(m->stamp);
		r = make_tree(m, err);
		if (r == 0)
			r = run_make(m, &failures, err);
		m->t->log = arena_strdup(m->t->arena, m->log);
	}
	if (r == 0)
		r = list_targets(m, &names, err);
	if (r == 0)
		list_programs(m, &names, &failures, &all);
	if (r == 0 && all && !made)
		r = file_write(m->stamp, str_view(&stamp), 0644, err);
	vec_release(&failures);
	return r < 0 ? r : tooltest_clean(m->t, err);
}

static int open_folder(struct making *m, struct err *err)
{
	const struct tooltest_spec *spec = m->spec;
	AUTO_FREE char *readable = mem_printf("%s-tools-%s", path_base(m->src->dir), spec->name);
	AUTO_FREE char *key = mem_printf("tools\n%s\n%s\n%s\n%s", m->src->key, m->src->dir,
					 spec->name, m->tool.cc);
	AUTO_FREE char *name = cache_name(readable, key);
	int r = cache_get("build", name, CACHE_EXCLUSIVE, spec->waiting, spec->data, &m->t->lock,
			  err);

	if (r < 0)
		return r;
	const char *dir = m->t->lock.dir;
	m->tree = path_join(dir, "tree");
	m->stamp = path_join(dir, "stamp");
	m->log = path_join(dir, "build.log");
	m->dir = mem_printf("%s/tools/testing/%s", m->tree, spec->name);
	m->t->run = arena_printf(m->t->arena, "%s/run", dir);
	if (strpbrk(dir, " :\t"))
		return err_set(
			err, ERR_USAGE,
			"%s: make cannot work in folders with spaces or colons in their names; set XDG_CACHE_HOME to "
			"another place",
			dir);
	return 0;
}

int tooltest_build(const struct source *src, const struct tooltest_spec *spec, struct tooltest *ret,
		   struct err *err)
{
	struct tooltest t = { .arena = arena_new(), .lock = { .lock_fd = -1 } };
	struct making m = { .src = src, .spec = spec, .t = &t };
	AUTO_STRV struct strv none = { 0 }, vars = { 0 };
	int r = 0;

	if (!tooltest_has(src->dir, spec->name))
		r = err_set(err, ERR_USAGE, "this kernel has no tests tools/testing/%s",
			    spec->name);
	if (r == 0)
		r = toolchain_vars(spec->toolchain, arch_host(), &none, &vars, err);
	if (r == 0)
		r = toolchain_find(&vars, &m.tool, err);
	if (r == 0)
		r = open_folder(&m, err);
	if (r == 0)
		r = make(&m, err);
	toolchain_release(&m.tool);
	free(m.tree);
	free(m.dir);
	free(m.stamp);
	free(m.log);
	if (r < 0)
		tooltest_release(&t);
	else
		*ret = t;
	return r;
}

int tooltest_clean(const struct tooltest *t, struct err *err)
{
	int r = dir_remove(t->run, err);

	return r < 0 ? r : dir_make(t->run, err);
}

void tooltest_release(struct tooltest *t)
{
	cache_put(&t->lock);
	vec_release(&t->programs);
	arena_free(t->arena);
	*t = (struct tooltest){ .lock = { .lock_fd = -1 } };
}
