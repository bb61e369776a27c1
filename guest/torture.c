/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A torture module of the kernel for some seconds: loaded, left alone, unloaded. What it found it says in the kernel log,
 * "... End of test: SUCCESS ..." (Documentation/RCU/torture.rst).
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TORTURE_VERDICT "End of test: "
enum { CANNOT_TELL = 126, RECORD_MAX = 8192 };

/* The message of the next record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg), or NULL after the last. */
static char *next_message(int log, char record[RECORD_MAX])
{
	ssize_t n;

	do
		n = read(log, record, RECORD_MAX - 1);
	while (n < 0 && (errno == EPIPE || errno == EINTR)); /* older ones are lost */
	if (n <= 0)
		return NULL;
	record[n] = '\0';
	record[strcspn(record, "\n")] = '\0';
	char *text = strchr(record, ';');
	return text ? text + 1 : record;
}

/* Verdicts in the log since it was opened: the host judges by them. */
static void print_verdicts(int log)
{
	static char record[RECORD_MAX];
	char *text;

	while ((text = next_message(log, record)))
		if (strstr(text, TORTURE_VERDICT))
			puts(text);
}

int torture_run(char **words)
{
	double until = clock_now() + strtod(words[0], NULL);
	const char *name = words[1];
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0) {
		perror("/dev/kmsg");
		return CANNOT_TELL;
	}
	lseek(log, 0, SEEK_END);
	int status = load_modules(words + 2);

	if (status != 0)
		return status;
	while (clock_now() < until)
		poll(NULL, 0, 100);
	if (syscall(SYS_delete_module, name, O_NONBLOCK) < 0) {
		fprintf(stderr, "%s cannot be unloaded: %s\n", name, strerror(errno));
		return CANNOT_TELL;
	}
	print_verdicts(log);
	return 0;
}
