/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit XML for other CI systems, in the form that Jenkins and GitLab read (testsuites, testsuite, testcase with
 * failure, error or skipped). One testsuite per build, platform and suite; tests that only sum up others are left out, but not
 * one that failed while its subtests did not.
 */
#pragma once

#include "store/store.h"

/* FAIL is a failure, ERROR and MISS are errors, SKIP is skipped. Replaces @path whole or not at all. */
int junit_write(const char *path, const struct store_tests *tests, struct err *err);
