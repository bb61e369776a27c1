/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/vec.h"

void vec_grow_(void *data_ptr, size_t *cap, size_t elem, size_t need)
{
	size_t grown = *cap ? *cap * 2 : 8;
	void *data;

	if (need > SIZE_MAX / 4 / elem)
		abort();
	if (grown < need)
		grown = need;
	/* data_ptr is the address of a T *; copied, for a T ** may not be read as a void **. */
	memcpy(&data, data_ptr, sizeof(data));
	data = mem_realloc(data, grown * elem);
	memcpy(data_ptr, &data, sizeof(data));
	*cap = grown;
}

void strv_add(struct strv *v, const char *s)
{
	char *copy = mem_strdup(s);

	*vec_add(v) = copy;
}

void strv_addf(struct strv *v, const char *fmt, ...)
{
	AUTO_STR struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	*vec_add(v) = str_take(&s);
}

void strv_add_all(struct strv *v, const struct strv *more)
{
	for (size_t i = 0, n = more->len; i < n; i++)
		strv_add(v, more->data[i]);
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->len; i++)
		if (strcmp(v->data[i], s) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	if (v->len > 1)
		qsort(v->data, v->len, sizeof(*v->data), compare);
}

char **strv_argv(struct strv *v)
{
	if (v->len == v->cap)
		vec_grow_(&v->data, &v->cap, sizeof(*v->data), v->len + 1);
	v->data[v->len] = NULL;
	return v->data;
}

void strv_release(struct strv *v)
{
	for (size_t i = 0; i < v->len; i++)
		free(v->data[i]);
	vec_release(v);
}
