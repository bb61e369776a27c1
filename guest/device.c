/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last steps that make a virtual device (src/boot/devices.c), after its modules were loaded:
 *
 *   mount=TYPE:DIR  mkdir=DIR  write=FILE:TEXT
 *   wait=PATTERN    until there is such a path; wildcards in its last part only
 *   try=PATTERN     the same, a while, and without it all the same
 *   unsure          from here on what fails is SKIP: nobody knows whether this kernel has the device
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_SECONDS 20.0 /* an emulated machine probes a disk in one or two */
#define TRY_SECONDS 5.0
enum { POLL_US = 20000, SKIPPED = 4 };

/* "A:B" cut in two; NULL: no ':'. */
static char *cut(char *text)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon++ = '\0';
	return colon;
}

static bool there(const char *dir, const char *pattern)
{
	DIR *d = opendir(dir);
	bool found = false;

	for (struct dirent *e = d ? readdir(d) : NULL; e && !found; e = readdir(d))
		found = e->d_name[0] != '.' && fnmatch(pattern, e->d_name, 0) == 0;
	if (d)
		closedir(d);
	return found;
}

static int wait_for(char *path, double seconds)
{
	double until = clock_now() + seconds;
	char *base = strrchr(path, '/');

	if (!base)
		return -1;
	*base++ = '\0';
	while (!there(path, base)) {
		if (clock_now() > until) {
			base[-1] = '/';
			return -1;
		}
		usleep(POLL_US);
	}
	return 0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);
	bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return ok ? 0 : -1;
}

static int step(char *word)
{
	char *arg = strchr(word, '='), *second;

	if (!arg)
		return -1;
	*arg++ = '\0';
	if (strcmp(word, "wait") == 0) {
		if (wait_for(arg, WAIT_SECONDS) == 0)
			return 0;
		fprintf(stderr, "the device did not come up: there is no %s\n", arg);
		return -1;
	}
	if (strcmp(word, "try") == 0) {
		wait_for(arg, TRY_SECONDS);
		return 0;
	}
	second = cut(arg);
	if (strcmp(word, "mkdir") == 0 && (mkdir(arg, 0755) == 0 || errno == EEXIST))
		return 0;
	if (strcmp(word, "write") == 0 && second && write_text(arg, second) == 0)
		return 0;
	if (strcmp(word, "mount") == 0 && second &&
	    (mount(arg, second, arg, 0, NULL) == 0 || errno == EBUSY))
		return 0;
	fprintf(stderr, "%s %s: %s\n", word, arg, strerror(errno));
	return -1;
}

int device_steps(char **words)
{
	int failed = 1;

	for (; *words; words++) {
		if (strcmp(*words, "unsure") == 0)
			failed = SKIPPED;
		else if (step(*words) < 0)
			return failed;
	}
	return 0;
}
