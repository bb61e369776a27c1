/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing arrays and a string-keyed hash map. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

/* VEC(int) v = { 0 }; *vec_add(&v) = 3; v.data[0]; v.len; vec_release(&v); elements are not freed */
#define VEC(type) \
	struct { \
		type *data; \
		size_t len, cap; \
	}
void vec_grow_(void *data_ptr, size_t *cap, size_t elem, size_t need);
/* Append one zeroed element and return a pointer to it (valid until the next add). */
#define vec_add(v) \
	({ \
		if ((v)->len == (v)->cap) \
			vec_grow_(&(v)->data, &(v)->cap, sizeof(*(v)->data), (v)->len + 1); \
		memset(&(v)->data[(v)->len], 0, sizeof(*(v)->data)); \
		&(v)->data[(v)->len++]; \
	})
#define vec_release(v) \
	do { \
		free((v)->data); \
		(v)->data = NULL; \
		(v)->len = (v)->cap = 0; \
	} while (0)
#define vec_foreach(item, v) \
	for (__typeof__(*(v)->data) *item = (v)->data; item && item < (v)->data + (v)->len; item++)

/* Strings the vector owns; NULL-terminated by strv_argv() for exec. */
struct strv {
	char **data;
	size_t len, cap;
};
void strv_add(struct strv *v, const char *s); /* copies */
void strv_addf(struct strv *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strv_add_all(struct strv *v, const struct strv *more);
bool strv_has(const struct strv *v, const char *s);
void strv_sort(struct strv *v);	  /* strcmp order */
char **strv_argv(struct strv *v); /* terminated, still owned by @v */
void strv_release(struct strv *v);
#define AUTO_STRV __attribute__((cleanup(strv_release)))

/* Map from a string (copied) to a pointer (not owned). Iterates in order of insertion. */
struct map;
struct map *map_new(void);
void map_free(struct map *m);			     /* accepts NULL */
void *map_get(const struct map *m, const char *key); /* NULL: not there */
void *map_getv(const struct map *m, struct view key);
void map_set(struct map *m, const char *key, void *value); /* value NULL is allowed and "there" */
bool map_has(const struct map *m, const char *key);
size_t map_len(const struct map *m);
/* i from 0 to map_len() - 1; returns the key */
const char *map_at(const struct map *m, size_t i, void **ret_value);
DEFINE_AUTO(struct map *, map_free)
#define AUTO_MAP AUTO(map_free)
