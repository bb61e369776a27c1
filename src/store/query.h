/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SELECT of whole records as it grows: conditions with their parameters, then an order. */
#pragma once

#include "base/str.h"
#include "store/store_impl.h"

enum { QUERY_ARGS_MAX = 8 };

struct query {
	const struct table *table;
	struct str sql;
	struct {
		const char *text; /* NULL: the number */
		int64_t number;
	} args[QUERY_ARGS_MAX];
	size_t n;
	const char *glob; /* what @also of query_start() has to match, or NULL */
};

/* Rows of any table, laid out as every "struct store_tests" and its like. */
struct rows {
	void *data;
	size_t len, cap;
};

/* @also: one more column, an SQL expression, or NULL. */
void query_start(struct query *q, const struct table *t, const char *also);
void query_release(struct query *q);
#define AUTO_QUERY __attribute__((cleanup(query_release)))

/*
 * Add a condition; its first '?' becomes the next parameter, @text or, when that is NULL, @number.
 * Borrowed.
 */
void query_where(struct query *q, const char *condition, const char *text, int64_t number);
int query_prepare(struct store *s, const struct query *q, struct db_stmt **ret, struct err *err);
/* At most @limit rows (0: all), texts in @a; free(ret->data). */
int query_rows(struct store *s, struct arena *a, const struct query *q, size_t limit,
	       struct rows *ret, struct err *err);
/* 1: *@ret_record is the first row; 0: there is none. */
int query_one(struct store *s, struct arena *a, const struct query *q, void *ret_record,
	      struct err *err);
