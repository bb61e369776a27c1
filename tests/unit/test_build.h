/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A desk with a small tree that behaves as kbuild does (tests/data/fake-kernel). */
#pragma once

#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "kernel/build.h"
#include "sys/file.h"
#include "sys/loop.h"

struct desk {
	char *dir; /* temporary: cache/ and trees */
	char *tree;
	struct source src;
	struct build_spec spec;
	struct build_result r;
	struct err err;
};

static inline char *below(const struct desk *d, const char *name)
{
	return path_join(d->dir, name);
}

static inline void copy_tree(struct desk *d, const char *name)
{
	AUTO_FREE char *from = mem_printf("%s/fake-kernel", getenv("KASSAY_TEST_DATA"));
	char *argv[] = { (char *)"cp", (char *)"-r", from, NULL, NULL };

	free(d->tree);
	d->tree = argv[3] = below(d, name);
	assert_int_equal(run_ok(&(struct run_spec){ .argv = argv }, &d->err), 0);
	d->src.dir = d->tree;
	d->src.key = d->tree;
}

static inline int setup(void **state)
{
	struct desk *d = NEW(struct desk);

	assert_int_equal(dir_temp("build", &d->dir, &d->err), 0);
	AUTO_FREE char *cache = below(d, "cache");
	setenv("XDG_CACHE_HOME", cache, 1);
	setenv("CCACHE_DISABLE", "1", 1);
	d->src = (struct source){
		.kind = SOURCE_TREE,
		.how = "plain",
		.name = (char *)"fake",
		.content = (char *)"c0ffee",
		.version = (char *)"6.12.0",
		.lock = { .lock_fd = -1 },
	};
	d->spec = (struct build_spec){ .name = "tiny",
				       .arch = arch_host(),
				       .modules = true,
				       .share_dir = "/nonexistent",
				       .jobs = 2 };
	copy_tree(d, "tree");
	*state = d;
	return 0;
}

static inline int teardown(void **state)
{
	struct desk *d = *state;

	build_result_release(&d->r);
	strv_release(&d->spec.config.inline_symbols);
	strv_release(&d->spec.make_vars);
	strv_release(&d->spec.kselftests);
	assert_int_equal(dir_remove(d->dir, &d->err), 0);
	free(d->dir);
	free(d->tree);
	free(d);
	return 0;
}

/* Time stamps of files written one after the other can be equal: a change must be newer than what was built. */
static inline void put(struct desk *d, const char *name, const char *text)
{
	AUTO_FREE char *path = path_join(d->tree, name);

	usleep(20000);
	assert_int_equal(file_write(path, view_of(text), 0644, &d->err), 0);
}

static inline void build(struct desk *d)
{
	build_result_release(&d->r);
	d->err = (struct err){ 0 };
	if (build_run(&d->src, &d->spec, &d->r, &d->err) < 0)
		fail_msg("build: %s", d->err.msg);
}

static inline void build_fails(struct desk *d, enum err_code code, const char *text)
{
	build_result_release(&d->r);
	d->err = (struct err){ 0 };
	assert_int_equal(build_run(&d->src, &d->spec, &d->r, &d->err), -(int)code);
	if (!strstr(d->err.msg, text))
		fail_msg("'%s' is not in '%s'", text, d->err.msg);
}

static inline const struct build_finding *finding(const struct desk *d, const char *title)
{
	vec_foreach(f, &d->r.findings)
		if (strstr(f->f.title, title))
			return f;
	return NULL;
}

static inline const char *artifact(const struct desk *d, const char *role)
{
	vec_foreach(a, &d->r.artifacts)
		if (strcmp(a->role, role) == 0)
			return a->path;
	return NULL;
}

static inline void read_all(struct desk *d, const char *path, struct str *ret)
{
	str_clear(ret);
	if (file_read(path, 1 << 20, ret, &d->err) < 0)
		fail_msg("%s", d->err.msg);
}

/* Lines of o/NAME: how often a recipe of the fake ran. */
static inline size_t count(struct desk *d, const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/o/%s", d->r.dir, name);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	size_t n = 0;

	file_read(path, 1 << 20, &text, &ignored);
	rest = str_view(&text);
	while (view_line(&rest, &line))
		n++;
	return n;
}

#define DESK(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
