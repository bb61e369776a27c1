/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQLite behind db.h. Write-ahead log and synchronous=FULL: a commit is on the disk when it
 * returns, and readers do not wait for writers. Where the file system cannot share memory SQLite
 * keeps its rollback journal, which is as durable.
 */
#include "store/db.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#include "base/str.h"
#include "base/vec.h"
#include "sys/file.h"

enum {
	APPLICATION_ID =
		0x6b617373, /* "kass", in the file's header (sqlite.org/fileformat2.html, 1.3.16) */
	BUSY_PAUSE_MS = 5,
};

struct db {
	sqlite3 *handle;
	char *shown;
	struct map *statements; /* SQL text -> struct db_stmt */
	double wait_until;	/* time_mono() */
};

struct db_stmt {
	struct db *db;
	sqlite3_stmt *handle;
};

static bool out_of_space(int sys)
{
	return sys == ENOSPC || sys == EDQUOT || sys == EFBIG;
}

/*
 * errno of the I/O that failed; 0: not known. SQLite 3.40 forgets that of a COMMIT, but the log's
 * file has it.
 */
static int io_errno(struct db *db)
{
	int sys = sqlite3_system_errno(db->handle);
	sqlite3_file *wal = NULL;

	if (sys == 0 &&
	    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) ==
		    SQLITE_OK &&
	    wal && wal->pMethods)
		wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &sys);
	return sys;
}

static int fail_io(struct db *db, struct err *err)
{
	int sys = io_errno(db);

	if (out_of_space(sys))
		return err_set(err, ERR_NO_SPACE, "%s: %s", db->shown, strerror(sys));
	if (sys != 0)
		return err_set(err, ERR_IO, "%s: %s: %s", db->shown, sqlite3_errmsg(db->handle),
			       strerror(sys));
	return err_set(err, ERR_IO, "%s: %s", db->shown, sqlite3_errmsg(db->handle));
}

/* What SQLite's result @rc means to a person. */
static int fail(struct db *db, int rc, struct err *err)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_set(err, ERR_NO_SPACE, "%s: no space left on the disk", db->shown);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_BUSY, "%s: another program has kept it locked for %d s",
			       db->shown, DB_BUSY_SECONDS);
	case SQLITE_NOTADB:
		return err_set(err, ERR_USAGE, "%s is not a kassay store (not an SQLite database)",
			       db->shown);
	case SQLITE_CORRUPT:
		return err_set(
			err, ERR_PARSE,
			"%s is damaged (%s): move it away, or save what can be read with sqlite3's .recover",
			db->shown, sqlite3_errmsg(db->handle));
	case SQLITE_READONLY:
		return err_set(err, ERR_IO, "cannot write to %s: it is read-only", db->shown);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN: return fail_io(db, err);
	default:
		return err_set(err, ERR_INTERNAL, "%s: SQLite: %s", db->shown,
			       sqlite3_errmsg(db->handle));
	}
}

static bool may_wait(struct db *db)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_MS * 1000000L };

	if (time_mono() >= db->wait_until)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* SQLite's busy handler: @attempt counts from 0 for every lock it wants. */
static int wait_for_lock(void *data, int attempt)
{
	struct db *db = data;

	if (attempt == 0)
		db->wait_until = time_mono() + DB_BUSY_SECONDS;
	return may_wait(db);
}

/*
 * SQLite does not ask the handler where waiting could be a deadlock (recovery of the log, change of
 * the journal mode): such statements are tried again as a whole.
 */
static int exec_patiently(struct db *db, const char *sql, struct err *err)
{
	int rc;

	db->wait_until = time_mono() + DB_BUSY_SECONDS;
	while (((rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL)) & 0xff) == SQLITE_BUSY &&
	       may_wait(db))
		;
	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

/* The one number a query without parameters gives. */
static int query_int(struct db *db, const char *sql, int64_t *ret, struct err *err)
{
	AUTO_STMT struct db_stmt *st = NULL;
	int r = db_stmt(db, sql, &st, err);

	if (r == 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	*ret = db_int(st, 0);
	return 0;
}

/* What is at @path, before SQLite touches it; where it would only say "unable to open". */
static int check_path(const char *path, const char *shown, bool create, struct err *err)
{
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path + 1));
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return err_sys(err, "cannot open %s", shown);
		if (!create)
			return err_set(err, ERR_NOT_FOUND,
				       "no store at %s yet: kassay run makes one", shown);
		if (dir_make(dir, err) < 0)
			return err_context(err, "cannot make %s", shown);
	} else if (S_ISDIR(st.st_mode)) {
		return err_set(err, ERR_USAGE, "%s is a folder, not a kassay store", shown);
	} else if (!S_ISREG(st.st_mode)) {
		return err_set(err, ERR_USAGE, "%s is not a regular file, so not a kassay store",
			       shown);
	} else if (access(path, R_OK) < 0) {
		return err_sys(err, "cannot read %s", shown);
	} else if (access(path, W_OK) < 0) {
		return err_sys(err, "cannot write to %s", shown);
	}
	/* The write-ahead log is a file beside it. */
	if (access(dir, W_OK | X_OK) < 0)
		return err_sys(err, "cannot write to %s: its folder %s", shown, dir);
	return 0;
}

/*
 * Whose database is it? Nothing has been written until this has said "ours", or "nobody's" to one
 * who creates. Tables first: another process may make them, and sets the id in the same
 * transaction.
 */
static int check_identity(struct db *db, bool create, struct err *err)
{
	int64_t id = 0, objects = 0;
	int r = query_int(db, "SELECT count(*) FROM sqlite_master", &objects, err);

	if (r == 0)
		r = query_int(db, "PRAGMA application_id", &id, err);
	if (r < 0 || id == APPLICATION_ID)
		return r;
	if (id != 0 || objects > 0)
		return err_set(err, ERR_USAGE,
			       "%s is another program's SQLite database, not a kassay store",
			       db->shown);
	if (!create)
		return err_set(err, ERR_NOT_FOUND, "no store at %s yet: kassay run makes one",
			       db->shown);
	return 0;
}

/*
 * A database file may come from anybody: nothing in its schema is trusted to run, nothing may
 * change the schema by hand.
 */
static void harden(sqlite3 *handle)
{
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
}

static int open_handle(struct db *db, const char *path, bool create, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (create ? SQLITE_OPEN_CREATE : 0);
	int rc = sqlite3_open_v2(path, &db->handle, flags, NULL), r;

	if (!db->handle)
		abort(); /* out of memory */
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	sqlite3_busy_handler(db->handle, wait_for_lock, db);
	harden(db->handle);
	r = check_identity(db, create, err);
	if (r == 0)
		r = exec_patiently(
			db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY",
			err);
	return r;
}

DEFINE_AUTO(struct db *, db_close)

int db_open(const char *path, const char *shown, bool create, struct db **ret, struct err *err)
{
	AUTO(db_close) struct db *db = NULL;
	int r = check_path(path, shown, create, err);

	if (r < 0)
		return r;
	db = NEW(struct db);
	db->shown = mem_strdup(shown);
	db->statements = map_new();
	r = open_handle(db, path, create, err);
	if (r < 0)
		return r;
	*ret = TAKE(db);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < map_len(db->statements); i++) {
		void *value;

		map_at(db->statements, i, &value);
		sqlite3_finalize(((struct db_stmt *)value)->handle);
		free(value);
	}
	map_free(db->statements);
	sqlite3_close(db->handle);
	free(db->shown);
	free(db);
}

int db_version(struct db *db, int *ret, struct err *err)
{
	int64_t version = 0;
	int r = query_int(db, "PRAGMA user_version", &version, err);

	if (r == 0)
		*ret = (int)version;
	return r;
}

int db_set_version(struct db *db, int version, struct err *err)
{
	AUTO_STR struct str sql = STR_INIT;

	str_addf(&sql, "PRAGMA user_version = %d; PRAGMA application_id = %d", version,
		 APPLICATION_ID);
	return db_exec(db, str_c(&sql), err);
}

int db_begin(struct db *db, struct err *err)
{
	return exec_patiently(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct err *err)
{
	int r = db_exec(db, "COMMIT", err);

	if (r < 0)
		db_rollback(db);
	return r;
}

void db_rollback(struct db *db)
{
	/* Some failures (a full disk) have rolled back already. */
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

int db_stmt(struct db *db, const char *sql, struct db_stmt **ret, struct err *err)
{
	struct db_stmt *st = map_get(db->statements, sql);
	sqlite3_stmt *handle;

	if (!st) {
		int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle,
					    NULL);

		if (rc != SQLITE_OK)
			return fail(db, rc, err);
		st = NEW(struct db_stmt);
		*st = (struct db_stmt){ db, handle };
		map_set(db->statements, sql, st);
	}
	*ret = st;
	return 0;
}

void db_stmt_done(struct db_stmt *st)
{
	sqlite3_reset(st->handle);
	sqlite3_clear_bindings(st->handle);
}

void db_bind_text(struct db_stmt *st, int i, const char *text)
{
	sqlite3_bind_text(st->handle, i, text, -1, SQLITE_STATIC);
}

void db_bind_int(struct db_stmt *st, int i, int64_t v)
{
	sqlite3_bind_int64(st->handle, i, v);
}

void db_bind_real(struct db_stmt *st, int i, double v)
{
	if (isfinite(v))
		sqlite3_bind_double(st->handle, i, v);
	else
		sqlite3_bind_null(st->handle, i);
}

int db_step(struct db_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st->handle);

	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(st->db, rc, err);
}

int db_run(struct db_stmt *st, struct err *err)
{
	int r;

	while ((r = db_step(st, err)) > 0)
		;
	db_stmt_done(st);
	return r;
}

const char *db_text(struct db_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st->handle, i);
}

int64_t db_int(struct db_stmt *st, int i)
{
	return sqlite3_column_int64(st->handle, i);
}

double db_real(struct db_stmt *st, int i)
{
	return sqlite3_column_double(st->handle, i);
}

bool db_is_null(struct db_stmt *st, int i)
{
	return sqlite3_column_type(st->handle, i) == SQLITE_NULL;
}
