/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_SECONDS 10.0
#define REAP_STEP 0.01
enum { POLITE_PASSES = 3, FIELDS_BEFORE_FLAGS = 5, PF_KTHREAD = 0x00200000 };

/* A process of user space that still runs, by /proc/PID/stat (proc(5)). */
static bool user_process(const char *pid)
{
	char path[64], stat[512];

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (text_read(path, stat, sizeof(stat)) < 0)
		return false;
	/* ") STATE PPID PGRP SESSION TTY TPGID FLAGS": the name before may hold anything. */
	char *p = strrchr(stat, ')');

	if (!p || strlen(p) < 4 || p[2] == 'Z' || p[2] == 'X')
		return false;
	p += 3;
	for (int i = 0; i < FIELDS_BEFORE_FLAGS; i++)
		strtol(p, &p, 10);
	return !(strtoul(p, NULL, 10) & PF_KTHREAD);
}

/* SIGKILL to all of user space. Kernel threads are left out where we can: some obey that signal. */
static void kill_all(bool polite)
{
	DIR *dir = polite ? opendir("/proc") : NULL;

	if (!dir) {
		/* In one step, so nothing can fork its way out. */
		kill(-1, SIGKILL);
		return;
	}
	for (struct dirent *e; (e = readdir(dir));)
		if (isdigit((unsigned char)e->d_name[0]) && strcmp(e->d_name, "1") != 0 &&
		    user_process(e->d_name))
			kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL);
	closedir(dir);
}

bool reap_all(struct guest *g)
{
	double until = clock_now() + REAP_SECONDS;

	for (int pass = 0;; pass++) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		/* Whoever is left is a child of ours or below one: orphans are given to PID 1. */
		if (pid < 0)
			return true;
		double now = clock_now();

		if (now >= until)
			return false;
		kill_all(pass < POLITE_PASSES);
		guest_wait(g, -1, now + REAP_STEP);
	}
}
