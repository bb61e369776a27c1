/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a folder of its own, for the tests of src/store. */
#pragma once

#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/vec.h"
#include "store/store.h"
#include "sys/file.h"

/* Text that would hurt if it ever became part of an SQL statement, and bytes that are no UTF-8. */
#define NASTY "'; DROP TABLE tests; -- \" $1 ? \xff\n\xe2\x82\xac"

struct scene {
	char *dir, *path;
	struct store *store;
	struct arena *arena;
	struct err err;
};

static inline int scene_setup(void **state)
{
	struct scene *s = NEW(struct scene);

	*state = s;
	if (dir_temp("store", &s->dir, &s->err) < 0)
		return -1;
	s->path = path_join(s->dir, "new/k.db");
	s->arena = arena_new();
	return store_open(s->path, true, &s->store, &s->err);
}

static inline int scene_teardown(void **state)
{
	struct scene *s = *state;
	int r;

	store_close(s->store);
	r = dir_remove(s->dir, &s->err);
	arena_free(s->arena);
	free(s->dir);
	free(s->path);
	free(s);
	return r;
}

#define SCENE(fn) cmocka_unit_test_setup_teardown(fn, scene_setup, scene_teardown)

/* @call succeeds; its message is shown when it does not. */
#define OK(s, call) \
	do { \
		if ((call) < 0) \
			fail_msg("%s: %s", #call, (s)->err.msg); \
	} while (0)
/* @call fails with @error_code and a message that has @text in it. */
#define FAILS(s, call, error_code, text) \
	do { \
		assert_int_equal((call), -(error_code)); \
		assert_int_equal((s)->err.code, (error_code)); \
		if (!strstr((s)->err.msg, (text))) \
			fail_msg("\"%s\" is not in \"%s\"", (text), (s)->err.msg); \
	} while (0)

static inline struct store_test a_test(struct scene *s, const char *build, const char *path,
				       const char *status)
{
	return (struct store_test){
		.id = arena_printf(s->arena, "%s:q:%s", build, path),
		.origin = "me",
		.build_id = build,
		.platform = "qemu-x86_64",
		.path = path,
		.status = status,
		.run = 1,
	};
}

static inline void put_test(struct scene *s, const char *build, const char *path, const char *status)
{
	struct store_test t = a_test(s, build, path, status);

	OK(s, store_put_test(s->store, &t, &s->err));
}

/* The paths of the tests that @f lets through, joined by spaces. */
static inline const char *paths(struct scene *s, const struct store_filter *f)
{
	AUTO_STR struct str out = STR_INIT;
	struct store_tests list;

	OK(s, store_tests(s->store, s->arena, f, &list, &s->err));
	vec_foreach(t, &list)
		str_addf(&out, "%s%s", out.len > 0 ? " " : "", t->path);
	vec_release(&list);
	return arena_strdup(s->arena, str_c(&out));
}

static inline bool write_proc(const char *path, const char *text)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/*
 * For a child: mounts of its own, which end with it. Root needs nothing for it, others a user
 * namespace.
 */
static inline bool own_mounts(void)
{
	AUTO_FREE char *uids = mem_printf("0 %u 1", geteuid()),
		       *gids = mem_printf("0 %u 1", getegid());

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0 &&
		       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_proc("/proc/self/setgroups", "deny") &&
	       write_proc("/proc/self/uid_map", uids) && write_proc("/proc/self/gid_map", gids);
}
