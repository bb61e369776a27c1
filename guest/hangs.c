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

#define LIMIT "/proc/sys/kernel/hung_task_timeout_secs"
#define LEFT "/proc/sys/kernel/hung_task_warnings" /* one less for each that was told */
#define LIMIT_SECONDS 10
#define STILL_SECONDS 2.0 /* of no context switch, to be looked at closer */
#define TOLD_SECONDS \
	(2 * LIMIT_SECONDS + 2.0) /* the detector looks every LIMIT_SECONDS and needs two looks */
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

static void wait_for(struct guest *g, double seconds)
{
	for (double end = clock_now() + seconds; clock_now() < end;)
		guest_wait(g, -1, end);
}

void hangs_tell(struct guest *g)
{
	struct stills before;
	char limit[32], left[32] = "", now[32];
	int fd;

	/* 0: somebody switched the detector off. */
	if (g->jobs.set.shell || text_read(LIMIT, limit, sizeof(limit)) < 0 ||
	    strtol(limit, NULL, 10) <= 0)
		return;
	look(&before);
	if (!before.n)
		return;
	wait_for(g, STILL_SECONDS);
	fd = same_sleep(&before) ? open(LIMIT, O_WRONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (strtol(limit, NULL, 10) > LIMIT_SECONDS)
		dprintf(fd, "%d\n", LIMIT_SECONDS);
	close(fd);
	text_read(LEFT, left, sizeof(left));
	memcpy(now, left, sizeof(now));
	for (double end = clock_now() + TOLD_SECONDS;
	     clock_now() < end && strcmp(left, now) == 0 && same_sleep(&before);) {
		wait_for(g, 1);
		text_read(LEFT, now, sizeof(now));
	}
}
