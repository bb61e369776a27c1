/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interruption: a signal handler can only reach the program through static variables, so these are
 * the exception to "no mutable globals". They are written by interrupt_install() and the handler
 * only.
 */
#include "sys/loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t flag;
static int self_pipe[2] = { -1, -1 };

static void on_signal(int sig)
{
	int saved = errno;

	if (flag && sig == SIGINT) {
		/*
		 * Pending until this handler returns, and then it ends the program as the shell
		 * expects.
		 */
		signal(sig, SIG_DFL);
		raise(sig);
	} else if (!flag) {
		flag = 1;
		/*
		 * The pipe is empty, so this cannot fail; the byte stays in it, so every loop sees
		 * it.
		 */
		ssize_t n = write(self_pipe[1], "", 1);
		(void)n;
	}
	errno = saved;
}

void interrupt_install(void)
{
	if (self_pipe[0] >= 0)
		return;
	int failed = pipe2(self_pipe, O_CLOEXEC | O_NONBLOCK);
	assert(!failed);

	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	/* Under nohup a closed terminal is not an interruption. */
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &act, NULL);
}

bool interrupted(void)
{
	return flag != 0;
}

int interrupt_fd(void)
{
	return self_pipe[0];
}
