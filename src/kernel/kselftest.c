/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kselftest.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "base/sha256.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { STATE_VERSION = 2 };
#define LINE_BUFFERED "line_buffered"

/*
 * A program is linked statically when that works as well: not with a sanitizer, and not when the linker says that it would
 * need libraries when it runs (dlopen); and with LINE_BUFFERED when that works: not for other word sizes. What does not link
 * so is linked as its Makefile says, and only then are errors shown. Folder names are mapped away, so that equal sources give
 * equal programs.
 */
static const char wrapper[] =
	"#!/bin/sh\n"
	"own=\n"
	"for arg; do\n"
	"	case $arg in\n"
	"	-static | -static-pie | -pie) own=y ;;\n"
	"	-c | -S | -E | -M | -MM | -shared | -r | -nostdlib | -fsanitize=* | - | -x | \\\n"
	"	--version | -v | -V | -print-* | --print-* | -dump* | '-###')\n"
	"		exec @CC@ \"$@\" @MAP@ ;;\n"
	"	esac\n"
	"done\n"
	"try()\n"
	"{\n"
	"	said=$(@CC@ \"$@\" @MAP@ 2>&1 </dev/null) || return\n"
	"	case $said in *'statically linked applications'*) return ;; esac\n"
	"	[ -z \"$said\" ] || printf '%s\\n' \"$said\" >&2\n"
	"	exit 0\n"
	"}\n"
	"buffered=${0%/*}/" LINE_BUFFERED ".o\n"
	"if [ -z \"$own\" ]; then\n"
	"	try \"$@\" \"$buffered\" -static\n"
	"	try \"$@\" -static\n"
	"fi\n"
	"try \"$@\" \"$buffered\"\n"
	"exec @CC@ \"$@\" @MAP@\n";

/*
 * What a test printed before it hung or died is to be seen, and its forked children shall not print it once more. The kernel's
 * run_kselftest.sh has stdbuf(1) for that, which does nothing for static programs.
 */
static const char line_buffered[] = "#include <stdio.h>\n"
				    "__attribute__((constructor)) static void line_buffered(void)\n"
				    "{\n"
				    "	setvbuf(stdout, NULL, _IOLBF, 0);\n"
				    "}\n";

static void replace(struct str *out, const char *text, const char *cc, const char *map)
{
	for (const char *p = text; *p;) {
		if (strncmp(p, "@CC@", 4) == 0) {
			str_adds(out, cc);
			p += 4;
		} else if (strncmp(p, "@MAP@", 5) == 0) {
			str_adds(out, map);
			p += 5;
		} else {
			str_addc(out, *p++);
		}
	}
}

/*
 * The compiler of programs, which need a C library where the kernel does not: clang has to be told the target (the tests'
 * Makefiles would put it into the CC that is ours), and gcc -m32 has no library on most machines.
 */
static char *user_compiler(const struct kselftest *k)
{
	const struct arch *arch = k->b->arch;

	if (arch != arch_host() && strstr(k->b->tool.compiler, "clang"))
		return mem_printf("%s --target=%s", k->b->tool.plain_cc, arch->triplet);
	if (arch == arch_host() || make_var(&k->b->vars, "CROSS_COMPILE"))
		return mem_strdup(k->b->tool.plain_cc);
	return mem_printf("%s-gcc", arch->triplet);
}

/* Without a C library there is none, and nothing that it could be linked to. */
static int make_line_buffered(const char *cc, const char *dir, struct err *err)
{
	AUTO_FREE char *source = path_join(dir, LINE_BUFFERED ".c"),
		       *object = path_join(dir, LINE_BUFFERED ".o");
	AUTO_FREE char *script =
		mem_printf("exec %s -O2 -fPIE -c \"$1\" -o \"$2\" 2>/dev/null", cc);
	char *argv[] = { (char *)"sh", (char *)"-c", script, (char *)"cc", source, object, NULL };
	struct child_end end;
	int r = file_write(source, view_of(line_buffered), 0644, err);

	return r < 0 ? r : run(&(struct run_spec){ .argv = argv }, &end, err);
}

static int write_wrapper(const struct kselftest *k, struct err *err)
{
	AUTO_FREE char *dir = path_join(k->dir, "bin");
	AUTO_FREE char *map =
		mem_printf("-ffile-prefix-map=%s/= -ffile-prefix-map=%s/=", k->tree, k->b->objects);
	AUTO_STR struct str text = STR_INIT;
	int r = dir_make(dir, err);

	AUTO_FREE char *cc = user_compiler(k);
	replace(&text, wrapper, cc, map);
	if (r == 0)
		r = make_line_buffered(cc, dir, err);
	return r < 0 ? r : file_write(k->compiler, str_view(&text), 0755, err);
}

struct running {
	struct kselftest_log *log;
	int fd;
	const struct build *b;
	struct str what;
	size_t done;
	struct err failed; /* of this machine, not of the tests */
};

static void on_line(struct view line, bool from_stderr, void *data)
{
	struct running *r = data;
	struct view name = line;

	(void)from_stderr;
	if (!r->failed.code &&
	    fd_write_all(r->fd, line.p, line.len, "kselftest.log", &r->failed) == 0)
		fd_write_all(r->fd, "\n", 1, "kselftest.log", &r->failed);
	if (!r->failed.code && build_says_full(line))
		err_set(&r->failed, ERR_NO_SPACE, "kselftests: " VIEW_FMT, VIEW_ARG(line));
	if (!r->failed.code && build_says_killed(line))
		err_set(&r->failed, ERR_LIMIT, "kselftests: " VIEW_FMT, VIEW_ARG(line));
	kselftest_log_line(r->log, line);
	if (view_skip(&name, "  CC ")) {
		name = view_trim(name);
		str_clear(&r->what);
		str_addv(&r->what, name);
		r->done++;
	}
}

static void on_tick(void *data)
{
	struct running *r = data;

	if (r->b->spec->progress)
		r->b->spec->progress(r->b->spec->data, "selftests", r->done, 0, str_c(&r->what));
}

static void make_args(const struct kselftest *k, struct strv *ret)
{
	const struct strv *vars = &k->b->vars;
	AUTO_STR struct str targets = STR_INIT;
	static const char *const passed[] = { "LLVM", "CROSS_COMPILE", "USERCFLAGS",
					      "USERLDFLAGS" };
	long jobs = k->b->spec->jobs > 0 ? k->b->spec->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	for (size_t i = 0; i < k->collections.len; i++)
		str_addf(&targets, "%s%s", i ? " " : "", k->collections.data[i]);
	strv_add(ret, "sh");
	strv_add(ret, "-c");
	strv_add(ret, "exec \"$@\" 2>&1");
	strv_add(ret, "sh");
	strv_add(ret, "make");
	/* What fails is left out, by make and by its install rules; which it was is read from the messages. */
	strv_add(ret, "--ignore-errors");
	strv_add(ret, "--print-directory");
	strv_add(ret, "--output-sync=target");
	strv_addf(ret, "-j%ld", jobs > 0 ? jobs : 1);
	strv_add(ret, "-C");
	strv_addf(ret, "%s/tools/testing/selftests", k->tree);
	strv_addf(ret, "O=%s", k->b->objects);
	strv_addf(ret, "KSFT_INSTALL_PATH=%s", k->install);
	strv_addf(
		ret, "KDIR=%s",
		k->b->objects); /* else modules of tests are built for the kernel of this machine */
	/* Their Makefiles know architectures by their folder: "x86", never "x86_64". */
	strv_addf(ret, "ARCH=%s", k->b->arch->folder);
	strv_addf(ret, "CC=%s", k->compiler);
	strv_addf(ret, "TARGETS=%s", str_c(&targets));
	strv_add(ret, "SKIP_TARGETS=");
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		if (make_var(vars, passed[i]))
			strv_addf(ret, "%s=%s", passed[i], make_var(vars, passed[i]));
	strv_add(ret, "install");
}

/* Compile and install. What failed is in @ret. */
static int run_make(const struct kselftest *k, struct kselftest_failures *ret, struct err *err)
{
	AUTO_FREE char *log = path_join(k->dir, "kselftest.log"), *rsync = NULL;
	AUTO_STRV struct strv argv = { 0 };
	struct child_end end;
	struct running run_data = { .b = k->b };
	int r = tool_need("rsync", "rsync", &rsync, err);

	if (r < 0)
		return r;
	AUTO_FD int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, "%s", log);
	make_args(k, &argv);
	run_data.fd = fd;
	run_data.log = kselftest_log_new(k->b->arena, k->compiler);
	int keep[] = { k->b->ret->lock.lock_fd, k->b->src->lock.dir ? k->b->src->lock.lock_fd : -1,
		       -1 };
	struct run_spec spec = {
		.loop = k->b->spec->loop,
		.argv = strv_argv(&argv),
		.env_add = strv_argv(&k->b->env),
		.line = on_line,
		.tick = on_tick,
		.data = &run_data,
		.keep = keep,
	};
	r = run(&spec, &end, err);
	kselftest_log_end(run_data.log, ret);
	str_release(&run_data.what);
	if (r == 0 && run_data.failed.code) {
		*err = run_data.failed;
		r = -err->code;
	}
	if (r == 0 && end.signalled)
		r = err_set(err, ERR_INTERNAL, "kselftests: make was killed by signal %d",
			    end.code);
	return r;
}

/* kselftest/state.json */

static void write_program(struct jwriter *jw, const struct kselftest_prog *p)
{
	jw_obj(jw);
	jw_kstr(jw, "collection", p->collection);
	jw_kstr(jw, "test", p->test);
	jw_kstr_opt(jw, "path", p->path);
	jw_kstr_opt(jw, "error", p->error);
	jw_kstr_opt(jw, "diagnostic", p->diagnostic);
	jw_kstr_opt(jw, "sha256", p->sha256);
	jw_kbool(jw, "needs_shell", p->needs_shell);
	jw_kdouble(jw, "timeout", p->timeout);
	jw_obj_end(jw);
}

static int write_state(const struct kselftest *k, const char *stamp, const char *headers,
		       struct err *err)
{
	AUTO_FREE char *path = path_join(k->dir, "state.json");
	AUTO_STR struct str text = STR_INIT;
	struct jwriter jw;

	jw_init(&jw, &text, 1);
	jw_obj(&jw);
	jw_kint(&jw, "version", STATE_VERSION);
	jw_kstr(&jw, "stamp", stamp);
	jw_kstr(&jw, "headers", headers);
	jw_key(&jw, "programs");
	jw_arr(&jw);
	vec_foreach(p, &k->b->ret->programs)
		write_program(&jw, p);
	jw_arr_end(&jw);
	jw_obj_end(&jw);
	return file_write(path, str_view(&text), 0644, err);
}

static void read_program(const struct kselftest *k, const struct jnode *n)
{
	struct arena *a = k->b->arena;
	const char *sha = jt_get_str(n, "sha256"), *collection = jt_get_str(n, "collection"),
		   *test = jt_get_str(n, "test");

	if (!collection || !test)
		return;
	struct kselftest_prog *p = vec_add(&k->b->ret->programs);
	p->collection = arena_strdup(a, collection);
	p->test = arena_strdup(a, test);
	p->path = arena_strdup(a, jt_get_str(n, "path"));
	p->error = arena_strdup(a, jt_get_str(n, "error"));
	p->diagnostic = arena_strdup(a, jt_get_str(n, "diagnostic"));
	snprintf(p->sha256, sizeof(p->sha256), "%s", sha ? sha : "");
	p->needs_shell = jt_get_bool(n, "needs_shell", false);
	p->timeout = jt_get_double(n, "timeout", KSELFTEST_TIMEOUT_DEFAULT);
}

/* The programs of the last time, when what they are made from is the same. *ret_headers: that of the last time, or "". */
static bool read_state(const struct kselftest *k, const char *stamp, char ret_headers[65])
{
	AUTO_FREE char *path = path_join(k->dir, "state.json");
	AUTO_STR struct str text = STR_INIT;
	AUTO_ARENA struct arena *a = arena_new();
	struct err ignored = { 0 };
	struct jnode *root;

	ret_headers[0] = '\0';
	if (file_read(path, BUILD_STATE_MAX, &text, &ignored) < 0 ||
	    jt_parse(a, path, str_view(&text), &root, &ignored) < 0 ||
	    jt_get_int(root, "version", 0) != STATE_VERSION)
		return false;
	const char *old = jt_get_str(root, "stamp"), *headers = jt_get_str(root, "headers");
	if (headers)
		snprintf(ret_headers, 65, "%s", headers);
	if (!old || strcmp(old, stamp) != 0)
		return false;
	const struct jnode *programs = jt_get(root, "programs");
	for (const struct jnode *n = programs ? programs->child : NULL; n; n = n->next)
		read_program(k, n);
	return true;
}

/* By these folders' time stamps a package came or went: what lacked a header or library may compile now. */
static void add_host_stamps(struct str *text)
{
	static const char *const patterns[] = { "/usr/include",	      "/usr/include/*-linux-*",
						"/usr/lib",	      "/usr/lib/*-linux-*",
						"/usr/local/include", "/usr/local/lib" };

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		glob_t found = { 0 };
		struct stat st;

		glob(patterns[i], 0, NULL, &found);
		for (size_t n = 0; n < found.gl_pathc; n++)
			if (stat(found.gl_pathv[n], &st) == 0)
				str_addf(text, "%s %lld.%09ld\n", found.gl_pathv[n],
					 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
		globfree(&found);
	}
}

static void hash_text(const struct kselftest *k, const char *all, char ret[65])
{
	AUTO_STR struct str text = STR_INIT;

	str_addf(&text, "recipe %d.1\n%s\n%s\n%s%s\n", BUILD_RECIPE, all, k->b->tool.identity,
		 wrapper, line_buffered);
	for (size_t i = 0; i < k->collections.len; i++)
		str_addf(&text, "%s\n", k->collections.data[i]);
	add_host_stamps(&text);
	sha256_bytes_hex(str_c(&text), text.len, ret);
}

struct hashes {
	const char *dir;
	struct str text;
};

static int hash_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct hashes *h = data;
	AUTO_FREE char *path = path_join(h->dir, rel);
	char sha[65];

	if (!S_ISREG(st->st_mode))
		return 0;
	int r = file_sha256(path, sha, err);
	if (r == 0)
		str_addf(&h->text, "%s  %s\n", sha, rel);
	return r;
}

static int write_hashes(const struct kselftest *k, const char *out, struct err *err)
{
	struct hashes h = { .dir = k->install };
	int r = dir_walk(h.dir, hash_one, &h, err);

	if (r == 0)
		r = file_write(out, str_view(&h.text), 0644, err);
	str_release(&h.text);
	return r;
}

static int remake(struct kselftest *k, bool everything, struct err *err)
{
	struct kselftest_failures failures = { 0 };
	AUTO_FREE char *hashes = path_join(k->dir, "test-hashes"),
		       *state = path_join(k->dir, "state.json");
	int r = 0;

	unlink(state); /* a kill from here on leaves nothing to believe in */
	if (everything)
		r = dir_remove(k->objects, err);
	if (r == 0)
		r = dir_remove(k->install, err);
	if (r == 0)
		r = kselftest_copy_tree(k, err);
	if (r == 0)
		r = write_wrapper(k, err);
	if (r == 0)
		r = run_make(k, &failures, err);
	if (r == 0)
		r = dir_make(k->install, err);
	if (r == 0)
		r = kselftest_list_programs(k, &failures, err);
	if (r == 0)
		r = kselftest_stage_libraries(k, err);
	if (r == 0)
		r = write_hashes(k, hashes, err);
	vec_release(&failures);
	return r;
}

static int build(struct kselftest *k, struct err *err)
{
	char all[65], headers[65], old[65], stamp[65];
	int r = kselftest_fingerprint(k, all, headers, err);

	if (r < 0)
		return r;
	hash_text(k, all, stamp);
	if (!read_state(k, stamp, old) || !dir_exists(k->install)) {
		vec_release(&k->b->ret->programs);
		r = remake(k, strcmp(old, headers) != 0, err);
		if (r == 0)
			r = write_state(k, stamp, headers, err);
	}
	return r < 0 ? r : kselftest_select(k, err);
}

static void add_results(const struct kselftest *k)
{
	AUTO_FREE char *hashes = path_join(k->dir, "test-hashes"),
		       *log = path_join(k->dir, "kselftest.log");
	struct build *b = k->b;

	b->ret->kselftest_dir = arena_strdup(b->arena, k->install);
	if (dir_exists(k->root))
		b->ret->kselftest_root = arena_strdup(b->arena, k->root);
	build_add_artifact(b, "test-hashes", hashes);
	build_add_artifact(b, "kselftest-log", log);
}

int build_kselftests(struct build *b, struct err *err)
{
	const struct strv *wants = &b->spec->kselftests;
	struct kselftest k = { .b = b };
	AUTO_FREE char *cc = mem_strndup(b->tool.plain_cc, strcspn(b->tool.plain_cc, " "));

	k.dir = path_join(b->dir, "kselftest");
	k.tree = path_join(k.dir, "tree");
	k.install = path_join(k.dir, "install");
	k.root = path_join(k.dir, "root");
	k.objects = path_join(b->objects, "kselftest");
	k.compiler = mem_printf("%s/bin/%s", k.dir, path_base(cc));
	for (size_t i = 0; i < wants->len; i++) {
		AUTO_FREE char *name = mem_strndup(wants->data[i], strcspn(wants->data[i], ":"));
		if (!strv_has(&k.collections, name))
			strv_add(&k.collections, name);
	}
	strv_sort(&k.collections);
	int r = build(&k, err);
	if (r == 0)
		add_results(&k);
	free(k.dir);
	free(k.tree);
	free(k.install);
	free(k.root);
	free(k.objects);
	free(k.compiler);
	strv_release(&k.collections);
	return r;
}
