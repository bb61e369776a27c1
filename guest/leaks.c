/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kmemleak found (Documentation/dev-tools/kmemleak.rst): it looks only when asked, and tells of an object only when it is
 * five seconds old and nothing pointed to it twice.
 */
#include "init.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEAKS "/sys/kernel/debug/kmemleak"
#define LEAK_AGE 5.5 /* seconds; MSECS_MIN_AGE is 5000 */
enum { LEAKS_MAX = 64 << 10, LEVEL_ERROR = 3 };

static char text[LEAKS_MAX];

static bool scan(void)
{
	int fd = open(LEAKS, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "scan", 4) == 4;

	if (fd >= 0)
		close(fd);
	return done;
}

/* One object: "unreferenced object 0x... (size 64):", then lines that begin with blanks. */
static void tell_line(const char *line)
{
	if (strncmp(line, "unreferenced object", 19) == 0)
		kmsg_line(LEVEL_ERROR, "BUG: memory leak");
	kmsg_line(LEVEL_ERROR, line);
}

static size_t read_leaks(void)
{
	size_t len = 0;
	ssize_t n = 1;
	int fd = open(LEAKS, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n > 0 && len < sizeof(text) - 1) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return len;
}

void leaks_tell(struct guest *g)
{
	if (g->jobs.set.shell || access(LEAKS, W_OK) < 0 || !scan())
		return;
	guest_sleep(g, LEAK_AGE);
	/* Twice, as what is left on a stack may look like a pointer. */
	for (int i = 0; i < 2; i++)
		if (!scan() || read_leaks())
			break;
	for (char *line = text, *end; *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		tell_line(line);
	}
}
