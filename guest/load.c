/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kassay-init as the program of a job: load modules (finit_module(2)). */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Why a module was not loaded, as a status: kselftest's SKIP, the shell's "cannot run", or a failure. */
static int load_failed(const char *file, int error)
{
	const char *why = error == ENOEXEC ? "not a module for this kernel" :
			  error == ENOENT  ? "it needs a symbol that this kernel does not have" :
			  error == ENODEV  ? "there is no such device in this machine" :
			  error == ENOSYS  ? "this kernel loads no modules" :
					     strerror(error);

	fprintf(stderr, "%s: %s\n", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, why);
	return error == ENODEV ? 4 : error == ENOEXEC || error == ENOSYS ? 126 : 1;
}

int load_modules(char **words)
{
	size_t n = 0, used = 0;
	char params[4096] = "", **p;

	while (words[n] && strcmp(words[n], "--") != 0)
		n++;
	for (p = words[n] ? words + n + 1 : words + n; *p && strcmp(*p, "--") != 0; p++) {
		if (used < sizeof(params))
			used += (size_t)snprintf(params + used, sizeof(params) - used, "%s%s",
						 used ? " " : "", *p);
	}
	if (used >= sizeof(params))
		return load_failed(words[0], E2BIG);
	if (n == 0)
		puts("built into the kernel");
	for (size_t i = 0; i < n; i++) {
		bool optional = words[i][0] == '?'; /* a soft dependency */
		const char *file = words[i] + optional;
		int fd = open(file, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(file);
			return 126;
		}
		long r = syscall(SYS_finit_module, fd, i + 1 == n ? params : "", 0);
		if (r < 0 && errno != EEXIST && !optional)
			return load_failed(file, errno);
		close(fd);
	}
	return *p ? device_steps(p + 1) : 0;
}
