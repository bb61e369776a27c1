/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of store.h, member by member. */
#include "store/store.h"
#include "store/table.h"

#define COLUMN(record, member, column_type) \
	{ \
		.name = #member, .type = column_type, .offset = offsetof(struct record, member) \
	}
#define NEEDED(record, member, column_type) \
	{ \
		.name = #member, .type = column_type, .need = true, \
		.offset = offsetof(struct record, member) \
	}

static const struct column run_columns[] = {
	COLUMN(store_run, id, COL_INT64),	 NEEDED(store_run, origin, COL_ORIGIN),
	COLUMN(store_run, command, COL_TEXT),	 COLUMN(store_run, plan, COL_TEXT),
	COLUMN(store_run, source, COL_TEXT),	 COLUMN(store_run, directory, COL_TEXT),
	COLUMN(store_run, spec, COL_JSON),	 COLUMN(store_run, start_ms, COL_INT64),
	COLUMN(store_run, end_ms, COL_INT64),	 COLUMN(store_run, state, COL_INT),
	COLUMN(store_run, exit_status, COL_INT), COLUMN(store_run, pid, COL_INT64),
	COLUMN(store_run, pid_start, COL_INT64), COLUMN(store_run, misc, COL_JSON),
};

const struct table table_run = {
	.name = "runs",
	.noun = "run",
	.key = "id",
	.record_size = sizeof(struct store_run),
	.columns = run_columns,
	.n = ARRAY_SIZE(run_columns),
};

static const struct column checkout_columns[] = {
	NEEDED(store_checkout, id, COL_ID),
	NEEDED(store_checkout, origin, COL_ORIGIN),
	COLUMN(store_checkout, tree_name, COL_TEXT),
	COLUMN(store_checkout, git_repository_url, COL_TEXT),
	COLUMN(store_checkout, git_commit_hash, COL_TEXT),
	COLUMN(store_checkout, git_commit_name, COL_TEXT),
	COLUMN(store_checkout, git_repository_branch, COL_TEXT),
	COLUMN(store_checkout, comment, COL_TEXT),
	COLUMN(store_checkout, start_ms, COL_INT64),
	COLUMN(store_checkout, misc, COL_JSON),
};

const struct table table_checkout = {
	.name = "checkouts",
	.noun = "checkout",
	.key = "id",
	.record_size = sizeof(struct store_checkout),
	.columns = checkout_columns,
	.n = ARRAY_SIZE(checkout_columns),
};

static const struct column build_columns[] = {
	NEEDED(store_build, id, COL_ID),
	NEEDED(store_build, origin, COL_ORIGIN),
	NEEDED(store_build, checkout_id, COL_ID),
	COLUMN(store_build, run, COL_INT64),
	COLUMN(store_build, name, COL_TEXT),
	COLUMN(store_build, architecture, COL_TEXT),
	COLUMN(store_build, command, COL_TEXT),
	COLUMN(store_build, compiler, COL_TEXT),
	COLUMN(store_build, config_name, COL_TEXT),
	COLUMN(store_build, log_excerpt, COL_TEXT),
	COLUMN(store_build, comment, COL_TEXT),
	COLUMN(store_build, status, COL_STATUS),
	COLUMN(store_build, start_ms, COL_INT64),
	COLUMN(store_build, duration, COL_REAL),
	COLUMN(store_build, key, COL_TEXT),
	COLUMN(store_build, image_sha256, COL_TEXT),
	COLUMN(store_build, build_id, COL_TEXT),
	COLUMN(store_build, misc, COL_JSON),
};

const struct table table_build = {
	.name = "builds",
	.noun = "build",
	.key = "id",
	.record_size = sizeof(struct store_build),
	.columns = build_columns,
	.n = ARRAY_SIZE(build_columns),
};

static const struct column test_columns[] = {
	NEEDED(store_test, id, COL_ID),
	NEEDED(store_test, origin, COL_ORIGIN),
	NEEDED(store_test, build_id, COL_ID),
	COLUMN(store_test, run, COL_INT64),
	COLUMN(store_test, platform, COL_PART),
	NEEDED(store_test, path, COL_TEXT),
	COLUMN(store_test, status, COL_STATUS),
	COLUMN(store_test, comment, COL_TEXT),
	COLUMN(store_test, log_excerpt, COL_TEXT),
	{ .name = "number",
	  .type = COL_NUMBER,
	  .offset = offsetof(struct store_test, number),
	  .has = offsetof(struct store_test, has_number) },
	COLUMN(store_test, unit, COL_TEXT),
	COLUMN(store_test, start_ms, COL_INT64),
	COLUMN(store_test, duration, COL_REAL),
	COLUMN(store_test, suite, COL_TEXT),
	COLUMN(store_test, reason, COL_TEXT),
	COLUMN(store_test, misc, COL_JSON),
};

const struct table table_test = {
	.name = "tests",
	.noun = "test",
	.key = "build_id, platform, path",
	.record_size = sizeof(struct store_test),
	.columns = test_columns,
	.n = ARRAY_SIZE(test_columns),
};

static const struct column finding_columns[] = {
	NEEDED(store_finding, id, COL_ID),
	NEEDED(store_finding, origin, COL_ORIGIN),
	COLUMN(store_finding, run, COL_INT64),
	COLUMN(store_finding, build_id, COL_ID),
	COLUMN(store_finding, test_id, COL_ID),
	NEEDED(store_finding, kind, COL_TEXT),
	COLUMN(store_finding, severity, COL_TEXT),
	NEEDED(store_finding, title, COL_TEXT),
	COLUMN(store_finding, signature, COL_TEXT),
	COLUMN(store_finding, type, COL_TEXT),
	COLUMN(store_finding, function, COL_TEXT),
	COLUMN(store_finding, file, COL_TEXT),
	COLUMN(store_finding, message, COL_TEXT),
	COLUMN(store_finding, object, COL_TEXT),
	COLUMN(store_finding, symbol, COL_TEXT),
	COLUMN(store_finding, excerpt, COL_TEXT),
	COLUMN(store_finding, line_in_file, COL_INT64),
	{ .name = "column_in_file",
	  .type = COL_INT64,
	  .offset = offsetof(struct store_finding, column) },
	COLUMN(store_finding, line, COL_INT64),
	COLUMN(store_finding, expected, COL_BOOL),
	COLUMN(store_finding, expected_by, COL_TEXT),
	COLUMN(store_finding, misc, COL_JSON),
};

const struct table table_finding = {
	.name = "findings",
	.noun = "finding",
	.key = "id",
	.record_size = sizeof(struct store_finding),
	.columns = finding_columns,
	.n = ARRAY_SIZE(finding_columns),
};

static const struct column artifact_columns[] = {
	COLUMN(store_artifact, run, COL_INT64),	   COLUMN(store_artifact, build_id, COL_PART),
	COLUMN(store_artifact, test_id, COL_PART), COLUMN(store_artifact, platform, COL_PART),
	NEEDED(store_artifact, role, COL_TEXT),	   COLUMN(store_artifact, name, COL_PART),
	NEEDED(store_artifact, sha256, COL_TEXT),  COLUMN(store_artifact, size, COL_INT64),
};

const struct table table_artifact = {
	.name = "artifacts",
	.noun = "artifact",
	.key = "run, build_id, test_id, platform, role, name",
	.record_size = sizeof(struct store_artifact),
	.columns = artifact_columns,
	.n = ARRAY_SIZE(artifact_columns),
};

static const struct column expect_columns[] = {
	NEEDED(expect, key, COL_TEXT),
	COLUMN(expect, seconds, COL_REAL),
};

/*
 * A new duration counts three tenths: five runs after a change the mean has followed it by more
 * than four fifths.
 */
const struct table table_expect = {
	.name = "expects",
	.noun = "expectation",
	.key = "key",
	.on_replace = "seconds = expects.seconds + 0.3 * (excluded.seconds - expects.seconds)",
	.record_size = sizeof(struct expect),
	.columns = expect_columns,
	.n = ARRAY_SIZE(expect_columns),
};
