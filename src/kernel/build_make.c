/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running make, and making sense of what it says. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "kernel/build_internal.h"
#include "logs/buildlog.h"
#include "sys/file.h"
#include "sys/loop.h"

struct make {
	struct build *b;
	const char *phase;
	struct buildlog *log;
	struct str clean; /* the line at hand without folder names */
	struct str what;  /* target at work */
	size_t done;
	size_t errors;	 /* findings */
	size_t faults;	 /* those of them that are the kernel's own */
	int write_errno; /* the log could not be written */
	bool log_only;	 /* nothing runs: an old log is read */
	bool no_space, killed, ccache_broken;
	enum toolchain_missing missing;
	const char *missing_what, *package;
	struct map *targets; /* when reading an old log */
	const char *last;
};

static bool is_compile(struct view tool, struct view target)
{
	static const char *const tools[] = { "CC", "AS", "CXX", "RUSTC", "HOSTCC", "HOSTCXX" };

	if (view_starts(target, ".tmp_"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		if (view_starts(tool, tools[i]) &&
		    (tool.len == strlen(tools[i]) || tool.p[strlen(tools[i])] == ' '))
			return true;
	return false;
}

static void on_target(void *data, struct view tool, struct view target)
{
	struct make *m = data;
	struct build *b = m->b;

	warnings_target(b->warnings, target);
	b->targets++;
	if (is_compile(tool, target))
		b->ret->compiled++;
	if (view_ends(tool, "[M]") || view_ends(target, ".ko"))
		b->modules_made = true;
	m->done++;
	str_clear(&m->what);
	str_addv(&m->what, target);
	if (m->targets) {
		m->last = arena_strndup(b->arena, target.p, target.len);
		map_set(m->targets, m->last, NULL);
	}
}

static void on_finding(void *data, const struct finding *f)
{
	struct make *m = data;

	if (f->severity == SEVERITY_ERROR) {
		m->errors++;
		m->faults += strcmp(f->type, "tool") != 0 && strcmp(f->type, "make") != 0;
	}
	warnings_add(m->b->warnings, f);
}

static bool begins_word(struct view v, size_t at)
{
	return at == 0 || !(isalnum((unsigned char)v.p[at - 1]) || strchr("./-_", v.p[at - 1]));
}

/* "In file included from /cache/build/x/src/include/a.h:5" names include/a.h, whichever way the folder is written. */
static void clean_line(const struct build *b, struct view line, struct str *ret)
{
	AUTO_FREE char *src = mem_printf("%s/", b->link), *objects = mem_printf("%s/", b->objects);
	const char *const prefixes[] = { src, objects, "../src/" };

	str_clear(ret);
	for (size_t at = 0; at < line.len;) {
		struct view rest = view_sub(line, at, line.len);
		bool cut = false;

		for (size_t i = 0;
		     i < ARRAY_SIZE(prefixes) && (rest.p[0] == '/' || rest.p[0] == '.') && !cut;
		     i++)
			cut = begins_word(line, at) && view_skip(&rest, prefixes[i]);
		if (cut)
			at = line.len - rest.len;
		else
			str_addc(ret, line.p[at++]);
	}
}

/* "make[2]: *** [scripts/Makefile.vmlinux:34: vmlinux] Error 137": of what make itself starts, ld, pahole, objtool. */
bool build_says_killed(struct view line)
{
	static const char *const ends[] = { "] Killed", "] Error 137", "] Terminated",
					    "] Error 143" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (view_ends(line, ends[i]))
			return view_starts(line, "make") && view_find(line, ": *** [") >= 0;
	return view_find(line, "Killed signal terminated program") >= 0 ||
	       view_find(line, "unable to execute command: Killed") >= 0;
}

bool build_says_full(struct view line)
{
	return view_find(line, "No space left on device") >= 0 ||
	       view_find(line, "Disk quota exceeded") >= 0;
}

static void watch_line(struct make *m, struct view line)
{
	if (!m->missing)
		m->missing = toolchain_missing(line, &m->missing_what, &m->package);
	m->no_space |= build_says_full(line);
	m->killed |= build_says_killed(line);
	m->ccache_broken |= view_starts(line, "ccache: error:");
}

static void on_line(struct view line, bool from_stderr, void *data)
{
	struct make *m = data;
	struct build *b = m->b;
	struct err ignored = { 0 };

	(void)from_stderr;
	if (!m->log_only && !m->write_errno &&
	    (fd_write_all(b->log_fd, line.p, line.len, "build.log", &ignored) < 0 ||
	     fd_write_all(b->log_fd, "\n", 1, "build.log", &ignored) < 0))
		m->write_errno = ignored.sys ? ignored.sys : EIO;
	clean_line(b, line, &m->clean);
	watch_line(m, str_view(&m->clean));
	buildlog_line(m->log, str_view(&m->clean), ++b->log_lines);
}

static void on_tick(void *data)
{
	struct make *m = data;
	const struct build_spec *spec = m->b->spec;

	if (spec->progress)
		spec->progress(spec->data, m->phase, m->done, 0, str_c(&m->what));
}

static void make_init(struct make *m, struct build *b, const char *phase)
{
	struct log_sink sink = { .finding = on_finding, .data = m };

	*m = (struct make){ .b = b, .phase = phase };
	m->log = buildlog_new(NULL, NULL, &sink);
	buildlog_on_target(m->log, on_target, m);
}

static void make_release(struct make *m)
{
	buildlog_free(m->log);
	str_release(&m->clean);
	str_release(&m->what);
	map_free(m->targets);
}

static int no_space(const struct build *b, struct err *err)
{
	struct statvfs fs;
	AUTO_STR struct str room = STR_INIT;

	if (statvfs(b->dir, &fs) == 0)
		str_add_size(&room, (uint64_t)fs.f_bavail * fs.f_frsize);
	return err_set(err, ERR_NO_SPACE,
		       "%s: the disk is full (%s free); 'kassay cache clean' empties the cache",
		       b->dir, str_c(&room));
}

/* make failed: is this machine to blame? */
static int blame(const struct make *m, const struct child_end *end, struct err *err)
{
	if (m->no_space || m->write_errno == ENOSPC || m->write_errno == EDQUOT)
		return no_space(m->b, err);
	if (m->write_errno) {
		errno = m->write_errno;
		return err_sys(err, "%s/build.log", m->b->dir);
	}
	if (end->signalled)
		return err_set(err, ERR_INTERNAL, "make was killed by signal %d", end->code);
	if (m->ccache_broken)
		return err_set(err, ERR_IO,
			       "ccache does not work here (see its message in %s/build.log); "
			       "CCACHE_DISABLE=1 goes without it",
			       m->b->dir);
	if (m->killed)
		return err_set(
			err, ERR_LIMIT,
			"a program of the build was killed, probably for lack of memory; fewer --jobs need less");
	if (m->missing == MISSING_FILES || (m->missing && !m->faults))
		return err_set(err, ERR_NO_TOOL, "%s is not installed (Debian package: %s)",
			       m->missing_what, m->package);
	return 0;
}

/* The reader found nothing that looks like an error: the last lines have to do. */
static void add_unexplained(struct build *b)
{
	enum { TAIL = 4000 };
	char text[TAIL + 1];
	AUTO_FREE char *path = path_join(b->dir, "build.log.part");
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	ssize_t n = fd >= 0 ? pread(fd, text, TAIL, size > TAIL ? size - TAIL : 0) : 0;
	const char *const parts[] = { "make failed" };
	struct finding f = {
		.kind = FINDING_BUILD,
		.severity = SEVERITY_ERROR,
		.type = "make",
		.title = "make failed",
		.message = "make failed without a message that kassay knows",
		.excerpt = text,
		.line = b->log_lines,
		.line_end = b->log_lines,
	};

	text[n > 0 ? n : 0] = '\0';
	signature_of(FINDING_BUILD, parts, 1, f.signature);
	warnings_add(b->warnings, &f);
}

static int make_run(struct make *m, char *const *argv, struct child_end *end, struct err *err)
{
	struct build *b = m->b;
	int keep[] = { b->ret->lock.lock_fd, b->src->lock.dir ? b->src->lock.lock_fd : -1, -1 };
	struct run_spec spec = {
		.loop = b->spec->loop,
		.argv = argv,
		.env_add = strv_argv(&b->env),
		.line = on_line,
		.tick = on_tick,
		.data = m,
		.keep = keep,
	};

	return run(&spec, end, err);
}

int build_make(struct build *b, const char *phase, const char *const *targets, bool *ret_ok,
	       struct err *err)
{
	struct make m;
	struct child_end end = { 0 };
	AUTO_STRV struct strv argv = { 0 };

	make_init(&m, b, phase);
	/* One pipe for both streams: the messages of a target must stay behind its line. */
	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, "exec \"$@\" 2>&1");
	strv_add(&argv, "sh");
	strv_add_all(&argv, &b->make);
	for (const char *const *t = targets; *t; t++)
		strv_add(&argv, *t);
	on_tick(&m);
	int r = make_run(&m, strv_argv(&argv), &end, err);
	if (r == 0)
		buildlog_end(m.log);
	bool ok = !end.signalled && end.code == 0 && !m.write_errno;
	if (r == 0 && !ok)
		r = blame(&m, &end, err);
	if (r == 0 && !ok && !m.errors)
		add_unexplained(b);
	make_release(&m);
	if (r == 0)
		*ret_ok = ok;
	return r;
}

/* Kinds of files that messages of a build belong to. */
static bool has_messages(struct view name)
{
	return view_ends(name, ".o") || view_ends(name, ".ko") || view_ends(name, ".symvers") ||
	       view_eq(name, "vmlinux");
}

struct sweep {
	struct make *m;
	struct timespec since;
};

/* @target is from a log: only what lies in o/ is removed. */
static void remove_target(const struct build *b, const char *target)
{
	AUTO_FREE char *path = path_join(b->objects, target);

	if (target[0] != '/' && !strstr(target, "..") && has_messages(view_of(path_base(target))))
		unlink(path);
}

/* ".foo.o.cmd" written since the killed make began, and foo.o not in its log: nobody saw its messages. */
static int sweep_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct sweep *s = data;
	struct view name = view_of(path_base(rel));
	struct view dir = view_sub(view_of(rel), 0, (size_t)(name.p - rel));
	AUTO_STR struct str target = STR_INIT;

	(void)err;
	if (!S_ISREG(st->st_mode) || !view_ends(name, ".cmd") || name.p[0] != '.')
		return 0;
	if (st->st_mtim.tv_sec < s->since.tv_sec ||
	    (st->st_mtim.tv_sec == s->since.tv_sec && st->st_mtim.tv_nsec < s->since.tv_nsec))
		return 0;
	str_addv(&target, dir);
	str_addv(&target, view_sub(name, 1, name.len - 5));
	if (!map_has(s->m->targets, str_c(&target)))
		remove_target(s->m->b, str_c(&target));
	return 0;
}

int build_recover(struct build *b, const char *log, struct err *err)
{
	AUTO_STR struct str text = STR_INIT;
	struct view rest, line;
	struct stat st;
	struct make m;
	AUTO_FREE char *started = path_join(b->dir, "started");
	int r = file_read(log, BUILD_STATE_MAX, &text, err);

	if (r < 0)
		return r;
	make_init(&m, b, "recover");
	m.log_only = true;
	m.targets = map_new();
	rest = str_view(&text);
	warnings_begin(b->warnings);
	while (view_line(&rest, &line))
		on_line(line, false, &m);
	buildlog_end(m.log);
	/* The last one may have been cut in the middle of its messages. */
	if (m.last)
		remove_target(b, m.last);
	struct sweep s = { .m = &m };
	if (stat(started, &st) == 0)
		s.since = st.st_mtim;
	r = dir_walk(b->objects, sweep_one, &s, err);
	make_release(&m);
	b->recovered = true;
	b->state.modules = NULL;
	b->ret->compiled = b->targets = b->log_lines = 0;
	return r;
}
