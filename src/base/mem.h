/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory: allocation that aborts, cleanup attributes, arenas. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* These never return NULL: out of memory aborts. Sizes from input meet a named limit before. */
void *mem_alloc(size_t size);		 /* zeroed */
void *mem_realloc(void *p, size_t size); /* added bytes are not zeroed */
char *mem_strdup(const char *s);	 /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* NEW(struct foo): one zeroed struct. */
#define NEW(type) ((type *)mem_alloc(sizeof(type)))

/* AUTO(foo_free) struct foo *f = NULL; calls foo_free(f) on leaving the scope. */
#define DEFINE_AUTO(type, free_fn) \
	static inline void auto_##free_fn(type *p) \
	{ \
		if (*p) \
			free_fn(*p); \
	}
#define AUTO(free_fn) __attribute__((cleanup(auto_##free_fn)))

static inline void auto_free_(void *p)
{
	free(*(void **)p);
}
static inline void auto_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FREE __attribute__((cleanup(auto_free_))) /* char *p = NULL; */
#define AUTO_FD __attribute__((cleanup(auto_close_)))  /* int fd = -1; */

/* Hand ownership out of an AUTO_ variable: return TAKE(p); */
#define TAKE(p) \
	({ \
		__typeof__(p) taken_ = (p); \
		(p) = NULL; \
		taken_; \
	})
#define TAKE_FD(fd) \
	({ \
		int taken_ = (fd); \
		(fd) = -1; \
		taken_; \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* An arena: many small allocations freed at once. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);		 /* accepts NULL */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
DEFINE_AUTO(struct arena *, arena_free)
#define AUTO_ARENA AUTO(arena_free)
