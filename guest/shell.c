/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SHELL_POLL 0.5 /* seconds until a wish to switch off is seen */

/* The terminal behind /dev/console, which itself cannot control a session: the last named. */
static int open_terminal(void)
{
	char active[128], path[160];
	int fd = -1;

	if (text_read("/sys/class/tty/console/active", active, sizeof(active)) > 0) {
		const char *last = strrchr(active, ' ');

		snprintf(path, sizeof(path), "/dev/%s", last ? last + 1 : active);
		fd = open(path, O_RDWR);
	}
	return fd >= 0 ? fd : open("/dev/console", O_RDWR);
}

static void terminal_sane(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	t.c_iflag = ICRNL | IXON | BRKINT;
	t.c_oflag = OPOST | ONLCR;
	t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD | CLOCAL | HUPCL;
	t.c_cc[VINTR] = 3;
	t.c_cc[VQUIT] = 28;
	t.c_cc[VERASE] = 127;
	t.c_cc[VKILL] = 21;
	t.c_cc[VEOF] = 4;
	t.c_cc[VSUSP] = 26;
	tcsetattr(fd, TCSANOW, &t);
}

static void __attribute__((noreturn)) child_main(const char *cwd, const char *welcome)
{
	sigset_t none;

	setsid();
	int fd = open_terminal();

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	ioctl(fd, TIOCSCTTY, 1);
	terminal_sane(fd);
	for (int i = 0; i <= 2; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	if (chdir(cwd) < 0)
		(void)!chdir("/");
	setenv("TERM", "vt102", 1);
	setenv("PS1", "\\w # ", 1);
	dprintf(1, "\n%s\n\n", welcome);
	/* Of a root file system; its sh may be one for scripts only. */
	execl("/bin/bash", "bash", "--norc", (char *)NULL);
	execl("/bin/sh", "sh", (char *)NULL);
	dprintf(2, "kassay-init: /bin/sh: %s\n", strerror(errno));
	_exit(127);
}

/* busybox's halt, poweroff and reboot ask PID 1 by these signals, which are blocked here. */
static bool asked_to_end(bool wait_for_none)
{
	sigset_t set;
	bool asked = false;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	while (sigtimedwait(&set, NULL, &(struct timespec){ 0 }) > 0 && !wait_for_none)
		asked = true;
	return asked;
}

void shell_run(struct guest *g, const char *cwd, const char *welcome)
{
	asked_to_end(true);
	channel_drain(&g->channel, 1);
	pid_t pid = fork();

	if (pid < 0) {
		guest_error(g, "no shell: %s", strerror(errno));
		return;
	}
	if (pid == 0)
		child_main(cwd, welcome);
	/* Frames among what a person types at would be a nuisance. */
	g->channel.mute = g->channel.console;
	for (pid_t ended = 0; ended != pid && !asked_to_end(false);) {
		guest_wait(g, -1, clock_now() + SHELL_POLL);
		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0 && ended != pid)
			;
	}
	reap_all(g);
	g->channel.mute = false;
}
