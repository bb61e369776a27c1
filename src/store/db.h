/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What store/ needs of a database and nothing of a particular one. db_sqlite.c is the first;
 * another stands beside it behind the same functions. SQL texts are written so that SQLite and
 * PostgreSQL both take them: parameters are $1, $2 ... in order of first appearance (so SQLite
 * numbers them alike), ON CONFLICT for upserts, RETURNING for new ids.
 *
 * Messages name the store as the user wrote it. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

enum { DB_BUSY_SECONDS = 30 }; /* how long a write waits for other writers */

struct db;
/*
 * Open the file @path, called @shown in messages. ERR_NOT_FOUND: there is none (or an empty one)
 * and @create is false. ERR_USAGE: a folder, not a database, another program's database. ERR_IO:
 * may not be read or written. ERR_PARSE: damaged.
 */
int db_open(const char *path, const char *shown, bool create, struct db **ret, struct err *err);
void db_close(struct db *db); /* accepts NULL; what is not committed is gone */
int db_version(struct db *db, int *ret, struct err *err); /* of the schema; 0: nothing there yet */
int db_set_version(struct db *db, int version, struct err *err); /* within a transaction */

/*
 * A transaction that writes. It waits up to DB_BUSY_SECONDS for other processes, then ERR_BUSY. A
 * failed db_commit() has rolled back. ERR_NO_SPACE: disk or quota full.
 */
int db_begin(struct db *db, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
/* One or more statements without parameters. */
int db_exec(struct db *db, const char *sql, struct err *err);

/*
 * A prepared statement, kept for the next time the same text is asked for. Give it back with
 * AUTO_STMT.
 */
struct db_stmt;
int db_stmt(struct db *db, const char *sql, struct db_stmt **ret, struct err *err);
void db_stmt_done(struct db_stmt *st);
DEFINE_AUTO(struct db_stmt *, db_stmt_done)
#define AUTO_STMT AUTO(db_stmt_done)

/*
 * Parameters count from 1. Text is borrowed until the statement is reset or given back; NULL binds
 * NULL.
 */
void db_bind_text(struct db_stmt *st, int i, const char *text);
void db_bind_int(struct db_stmt *st, int i, int64_t v);
void db_bind_real(struct db_stmt *st, int i, double v); /* NaN and infinities bind NULL */
int db_step(struct db_stmt *st, struct err *err);	/* 1: a row, 0: no more */
int db_run(struct db_stmt *st, struct err *err); /* to the end, then ready for new parameters */

/*
 * Columns of the row count from 0; text is valid until the next step. NULL reads as NULL, 0, 0.0.
 */
const char *db_text(struct db_stmt *st, int i);
int64_t db_int(struct db_stmt *st, int i);
double db_real(struct db_stmt *st, int i);
bool db_is_null(struct db_stmt *st, int i);
