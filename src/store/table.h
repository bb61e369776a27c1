/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One description per record: which member is which column, and what a value must look like.
 * Checking, copying, binding, reading and the SQL of puts and lists all come from it; only the
 * CREATE TABLE texts (schema.c) stand apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/db.h"

enum column_type {
	COL_TEXT,
	COL_PART,   /* text that is part of the key: NULL is kept as "" and read as NULL */
	COL_ID,	    /* KCIDB id: ORIGIN:ANYTHING */
	COL_ORIGIN, /* KCIDB origin: [a-z0-9_]+ */
	COL_STATUS, /* KCIDB status name */
	COL_JSON,   /* text of a JSON object */
	COL_INT64,
	COL_INT, /* int, or an enum */
	COL_BOOL,
	COL_REAL,
	COL_NUMBER, /* double; NULL unless the bool at offset @has is true */
};

struct column {
	const char *name; /* in SQL */
	enum column_type type;
	bool need;	 /* text that must be given */
	uint16_t offset; /* of the member */
	uint16_t has;
};

struct table {
	const char *name;	/* in SQL */
	const char *noun;	/* in messages: "test" */
	const char *key;	/* columns by which a record replaces another */
	const char *on_replace; /* SET clause; NULL: every column is replaced */
	size_t record_size;
	const struct column *columns;
	size_t n;
};

extern const struct table table_run, table_checkout, table_build, table_test, table_finding,
	table_artifact, table_expect;

struct expect { /* a row of table_expect */
	const char *key;
	double seconds;
};

bool store_status_valid(const char *s); /* one of KCIDB's status names */
/*
 * May @record be stored? ERR_USAGE: a needed text is missing, an id, origin or status is not one;
 * ERR_PARSE, ERR_LIMIT: its JSON is not an object, or it is too large.
 */
int table_check(const struct table *t, const void *record, struct err *err);
size_t table_text_size(const struct table *t, const void *record); /* bytes of all texts */
/* A copy that lives in @a, texts and all. */
void *table_copy(const struct table *t, const void *record, struct arena *a);
/* "INSERT INTO t (...) VALUES (...)"; @give_id: the first column is left to the database. */
void table_insert_sql(const struct table *t, bool give_id, struct str *out);
void table_upsert_sql(const struct table *t, struct str *out);
void table_columns_sql(const struct table *t, struct str *out); /* "a, b, c" */
/* Columns @first and on become parameters $1 and on. */
void table_bind(const struct table *t, const void *record, size_t first, struct db_stmt *st);
/* Columns 0 to n - 1 of the row into the zeroed @ret_record, texts into @a. */
void table_read(const struct table *t, struct db_stmt *st, struct arena *a, void *ret_record);
