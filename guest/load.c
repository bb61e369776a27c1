/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules loaded (finit_module(2)): by PID 1 before all else, and by kassay-init as the program of a job. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *load_why(int error)
{
	return error == ENOEXEC ? "not a module for this kernel" :
	       error == ENOENT	? "it needs a symbol that this kernel does not have" :
	       error == ENODEV	? "there is no such device in this machine" :
	       error == ENOSYS	? "this kernel loads no modules" :
				  strerror(error);
}

/* "FILE", or "?FILE" that need not load. 0; else what errno says, with @ret_opened telling whether there was a file. */
static int load_file(const char *word, const char *params, bool *ret_opened)
{
	bool optional = word[0] == '?'; /* a soft dependency */
	int fd = open(word + optional, O_RDONLY | O_CLOEXEC), error = 0;

	*ret_opened = fd >= 0;
	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, params, 0) < 0 && errno != EEXIST && !optional)
		error = errno;
	close(fd);
	return error;
}

static const char *base_name(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

/* As a status: kselftest's SKIP, the shell's "cannot run", or a failure. */
static int load_failed(const char *file, int error)
{
	fprintf(stderr, "%s: %s\n", base_name(file), load_why(error));
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
		bool opened;
		int error = load_file(words[i], i + 1 == n ? params : "", &opened);

		if (error && opened)
			return load_failed(words[i], error);
		if (error) {
			fprintf(stderr, "%s: %s\n", words[i], strerror(error));
			return 126;
		}
	}
	return *p ? device_steps(p + 1) : 0;
}

void load_first(const struct settings *set, char *error, size_t cap)
{
	error[0] = '\0';
	for (size_t i = 0; i < set->n_load; i++) {
		bool opened;
		int why = load_file(set->load[i], "", &opened);

		if (why && !error[0])
			snprintf(error, cap, "module %s was not loaded: %s",
				 base_name(set->load[i]), opened ? load_why(why) : strerror(why));
	}
}
