/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs for the tests of run() and of what is below it. */
#pragma once

#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/loop.h"

#define ARGV(...) ((char *const[]){ __VA_ARGS__, NULL })
#define SH(script) ARGV((char *)"sh", (char *)"-c", (char *)(script))

/* Processes that test what happens to us: the test's own process must survive. */

static inline pid_t fork_test(void (*fn)(int out), int *ret_from)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (!pid) {
		fn(p[1]);
		_exit(0);
	}
	close(p[1]);
	*ret_from = p[0];
	return pid;
}

static inline void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(9);
}

static inline void wait_said(int fd, const char *text)
{
	char buf[100] = "";
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	assert_true(n > 0);
	assert_string_equal(buf, text);
}
