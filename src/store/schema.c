/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/schema.h"

#include "base/mem.h"

/*
 * No foreign keys: KCIDB permits ids of objects that are not (yet) there. seq is the order of first
 * put. Text that is part of a key is '' where a record has none. Times are milliseconds since the
 * Unix epoch, 0 where not known; durations seconds.
 */
static const char first[] =
	"CREATE TABLE runs (\n"
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"	origin TEXT NOT NULL,\n"
	"	command TEXT, plan TEXT, source TEXT, directory TEXT, spec TEXT,\n"
	"	start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,\n"
	"	state INTEGER NOT NULL,\n" /* enum store_run_state */
	"	exit_status INTEGER NOT NULL,\n"
	"	pid INTEGER NOT NULL, pid_start INTEGER NOT NULL,\n"
	"	misc TEXT\n"
	") STRICT;\n"

	"CREATE TABLE checkouts (\n"
	"	seq INTEGER PRIMARY KEY,\n"
	"	id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,\n"
	"	tree_name TEXT, git_repository_url TEXT, git_commit_hash TEXT, git_commit_name TEXT,\n"
	"	git_repository_branch TEXT, comment TEXT,\n"
	"	start_ms INTEGER NOT NULL,\n"
	"	misc TEXT\n"
	") STRICT;\n"

	"CREATE TABLE builds (\n"
	"	seq INTEGER PRIMARY KEY,\n"
	"	id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, checkout_id TEXT NOT NULL,\n"
	"	run INTEGER NOT NULL,\n"
	"	name TEXT, architecture TEXT, command TEXT, compiler TEXT, config_name TEXT,\n"
	"	log_excerpt TEXT, comment TEXT, status TEXT,\n"
	"	start_ms INTEGER NOT NULL, duration REAL,\n"
	"	key TEXT, image_sha256 TEXT, build_id TEXT,\n"
	"	misc TEXT\n"
	") STRICT;\n"
	"CREATE INDEX builds_run ON builds (run);\n"
	"CREATE INDEX builds_key ON builds (key);\n"

	"CREATE TABLE tests (\n"
	"	seq INTEGER PRIMARY KEY,\n"
	"	id TEXT NOT NULL, origin TEXT NOT NULL, build_id TEXT NOT NULL,\n"
	"	run INTEGER NOT NULL,\n"
	"	platform TEXT NOT NULL, path TEXT NOT NULL,\n"
	"	status TEXT, comment TEXT, log_excerpt TEXT,\n"
	"	number REAL, unit TEXT,\n"
	"	start_ms INTEGER NOT NULL, duration REAL,\n"
	"	suite TEXT, reason TEXT,\n"
	"	misc TEXT,\n"
	"	UNIQUE (build_id, platform, path)\n"
	") STRICT;\n"
	"CREATE INDEX tests_id ON tests (id);\n"
	"CREATE INDEX tests_run ON tests (run);\n"
	"CREATE INDEX tests_path ON tests (path, run);\n"

	"CREATE TABLE findings (\n"
	"	seq INTEGER PRIMARY KEY,\n"
	"	id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,\n"
	"	run INTEGER NOT NULL,\n"
	"	build_id TEXT, test_id TEXT,\n"
	"	kind TEXT NOT NULL, severity TEXT, title TEXT NOT NULL, signature TEXT,\n"
	"	type TEXT, function TEXT, file TEXT, message TEXT, object TEXT, symbol TEXT, excerpt TEXT,\n"
	"	line_in_file INTEGER NOT NULL, column_in_file INTEGER NOT NULL, line INTEGER NOT NULL,\n"
	"	expected INTEGER NOT NULL, expected_by TEXT,\n"
	"	misc TEXT\n"
	") STRICT;\n"
	"CREATE INDEX findings_run ON findings (run);\n"
	"CREATE INDEX findings_build ON findings (build_id);\n"
	"CREATE INDEX findings_test ON findings (test_id);\n"
	"CREATE INDEX findings_signature ON findings (signature, run);\n"

	"CREATE TABLE artifacts (\n"
	"	seq INTEGER PRIMARY KEY,\n"
	"	run INTEGER NOT NULL,\n"
	"	build_id TEXT NOT NULL, test_id TEXT NOT NULL, platform TEXT NOT NULL,\n"
	"	role TEXT NOT NULL, name TEXT NOT NULL,\n"
	"	sha256 TEXT NOT NULL, size INTEGER NOT NULL,\n"
	"	UNIQUE (run, build_id, test_id, platform, role, name)\n"
	") STRICT;\n"
	"CREATE INDEX artifacts_build ON artifacts (build_id);\n"
	"CREATE INDEX artifacts_sha256 ON artifacts (sha256);\n"

	"CREATE TABLE expects (\n"
	"	key TEXT PRIMARY KEY,\n"
	"	seconds REAL NOT NULL\n"
	") STRICT;\n";

const char *const schema_steps[] = { first };
const int schema_version = ARRAY_SIZE(schema_steps);
