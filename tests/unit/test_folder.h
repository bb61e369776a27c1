/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder for all tests of a file, removed after them: RUN_IN_FOLDER(T(a), T(b)). */
#pragma once

#include "test.h"

#include <stdlib.h>

#include "sys/file.h"

static char *dir;

static int make_folder(void **state)
{
	struct err err = { 0 };

	(void)state;
	return dir_temp("test", &dir, &err);
}

static int remove_folder(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(dir, &err);

	(void)state;
	free(dir);
	return r;
}

#define RUN_IN_FOLDER(...) \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
\
		return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder); \
	}
