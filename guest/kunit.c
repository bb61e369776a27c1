/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that hold KUnit suites: they run while they are loaded, and print into the kernel log. What debugfs keeps of the
 * suites that came with them (Documentation/dev-tools/kunit/run_manual.rst) is printed after, for a log that was cut.
 */
#include "init.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESULTS "/sys/kernel/debug/kunit"
enum { SUITES_MAX = 1024 };

struct names {
	char *name[SUITES_MAX];
	size_t n;
};

static void list_suites(struct names *ret)
{
	DIR *d = opendir(RESULTS);

	for (struct dirent *e = d ? readdir(d) : NULL; e && ret->n < SUITES_MAX; e = readdir(d))
		if (e->d_name[0] != '.')
			ret->name[ret->n++] = strdup(e->d_name);
	if (d)
		closedir(d);
}

static bool has(const struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->name[i], name) == 0)
			return true;
	return false;
}

static void print_results(const char *suite)
{
	char path[512], chunk[4096];
	ssize_t n;

	snprintf(path, sizeof(path), RESULTS "/%s/results", suite);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		fwrite(chunk, 1, (size_t)n, stdout);
	if (fd >= 0)
		close(fd);
}

int kunit_load(char **words)
{
	static struct names before, after;

	list_suites(&before);
	int status = load_modules(words);

	list_suites(&after);
	for (size_t i = 0; i < after.n; i++)
		if (!has(&before, after.name[i]))
			print_results(after.name[i]);
	return status;
}
