/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary folder with files in it, for the tests of src/kernel/. */
#pragma once

#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "sys/file.h"

struct files {
	char *dir;
	struct arena *a;
	struct err err;
};

static inline int files_setup(void **state)
{
	struct files *f = NEW(struct files);

	*state = f;
	f->a = arena_new();
	return dir_temp("kernel", &f->dir, &f->err);
}

static inline int files_teardown(void **state)
{
	struct files *f = *state;
	int r = dir_remove(f->dir, &f->err);

	arena_free(f->a);
	free(f->dir);
	free(f);
	return r;
}

/* In the arena. */
static inline const char *at(struct files *f, const char *name)
{
	return arena_printf(f->a, "%s/%s", f->dir, name);
}

static inline void put_bytes(struct files *f, const char *name, struct view bytes)
{
	const char *path = at(f, name);
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(path_base(path) - path));

	assert_int_equal(dir_make(dir, &f->err), 0);
	assert_int_equal(file_write(path, bytes, 0644, &f->err), 0);
}

static inline void put(struct files *f, const char *name, const char *text)
{
	put_bytes(f, name, view_of(text));
}

static inline void put_script(struct files *f, const char *name, const char *text)
{
	put(f, name, text);
	assert_int_equal(chmod(at(f, name), 0755), 0);
}

/* The last call failed with @code, and its message has @part in it. */
static inline void expect_error(struct files *f, int r, enum err_code code, const char *part)
{
	if (r == -(int)code && strstr(f->err.msg, part)) {
		f->err = (struct err){ 0 };
		return;
	}
	fail_msg("%d, \"%s\" is not %d with \"%s\"", r, f->err.msg, -(int)code, part);
}

#define F(fn) cmocka_unit_test_setup_teardown(fn, files_setup, files_teardown)
