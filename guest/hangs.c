/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that hang when all has run. The kernel's detector (CONFIG_DETECT_HUNG_TASK) tells of them after a minute or two; when a
 * task really stands still, it gets less time and we wait for it (Documentation/admin-guide/sysctl/kernel.rst).
 */
#include "init.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HUNG_TIMEOUT "/proc/sys/kernel/hung_task_timeout_secs"
#define HUNG_WARNINGS "/proc/sys/kernel/hung_task_warnings" /* one less for each that is told */
#define LIMIT_SECONDS 10.0
#define STILL_SECONDS 2.0 /* without a context switch, to be looked at closer */
enum { STILL_MAX = 64 };

struct still {
	long tid;
	unsigned long switches;
};
struct stills {
	struct still task[STILL_MAX];
	size_t n;
};

static unsigned long number_after(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoul(p + strlen(key), NULL, 10) : 0;
}

/* Of /proc/PID/task/TID/status: the switches of a task in uninterruptible sleep. */
static void add_task(const char *pid, const char *tid, struct stills *s)
{
	char path[80], text[4096];

	snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/status", pid, tid);
	if (s->n == STILL_MAX || text_read(path, text, sizeof(text)) < 0 ||
	    !strstr(text, "\nState:\tD"))
		return;
	s->task[s->n++] = (struct still){
		.tid = strtol(tid, NULL, 10),
		.switches = number_after(text, "\nvoluntary_ctxt_switches:") +
			    number_after(text, "\nnonvoluntary_ctxt_switches:"),
	};
}

static void look(struct stills *s)
{
	DIR *procs = opendir("/proc");

	s->n = 0;
	for (struct dirent *e; procs && (e = readdir(procs));) {
		char path[48];
		DIR *tasks = NULL;

		snprintf(path, sizeof(path), "/proc/%.20s/task", e->d_name);
		if (isdigit((unsigned char)e->d_name[0]))
			tasks = opendir(path);
		for (struct dirent *t; tasks && (t = readdir(tasks));)
			if (isdigit((unsigned char)t->d_name[0]))
				add_task(e->d_name, t->d_name, s);
		if (tasks)
			closedir(tasks);
	}
	if (procs)
		closedir(procs);
}

/* Does one of @before still sleep, the same sleep? */
static bool same_sleep(const struct stills *before)
{
	struct stills now;

	look(&now);
	for (size_t i = 0; i < before->n; i++)
		for (size_t k = 0; k < now.n; k++)
			if (now.task[k].tid == before->task[i].tid &&
			    now.task[k].switches == before->task[i].switches)
				return true;
	return false;
}

static void limit_set(const char *seconds)
{
	int fd = open(HUNG_TIMEOUT, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "%s\n", seconds);
	close(fd);
}

/* Until nothing more is told, or nothing hangs any more. */
static void wait_told(struct guest *g, const struct stills *before, double seconds)
{
	char left[32] = "", now[32] = "";
	bool told = false;

	text_read(HUNG_WARNINGS, left, sizeof(left));
	for (double end = clock_now() + seconds; clock_now() < end;) {
		guest_sleep(g, 1);
		text_read(HUNG_WARNINGS, now, sizeof(now));
		/* It counts before it prints, and there may be several. */
		if (strcmp(left, now) != 0)
			told = true;
		else if (told || !same_sleep(before))
			break;
		memcpy(left, now, sizeof(left));
	}
}

void hangs_tell(struct guest *g)
{
	double scale = g->scale > 1 ? g->scale : 1;
	char limit[32], less[32];
	struct stills before;

	/* 0: somebody switched the detector off. */
	if (g->jobs.set.shell || text_read(HUNG_TIMEOUT, limit, sizeof(limit)) < 0 ||
	    strtol(limit, NULL, 10) <= 0)
		return;
	look(&before);
	if (!before.n)
		return;
	guest_sleep(g, STILL_SECONDS);
	snprintf(less, sizeof(less), "%.0f", LIMIT_SECONDS * scale);
	if (!same_sleep(&before))
		return;
	if (strtol(limit, NULL, 10) > strtol(less, NULL, 10))
		limit_set(less);
	/* The detector looks as often as its limit says, and needs two looks. */
	wait_told(g, &before, 2 * LIMIT_SECONDS * scale + 2);
	limit_set(limit);
}
