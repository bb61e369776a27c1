/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	RECORD_MAX = 8192,     /* the kernel's own limit for one record */
	RECORDS_AT_ONCE = 256, /* then heartbeats and jobs have their turn */
	LEVEL_CRIT = 2,
	LEVEL_INFO = 6,
	TEXT_MAX = 1024,
};

void kmsg_line(int level, const char *text)
{
	char line[512];
	/* Opened each time: writers are rate-limited per open file. */
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int n = snprintf(line, sizeof(line), "<%d>%.500s\n", level, text);

	if (fd < 0)
		return;
	(void)!write(fd, line, (size_t)n);
	close(fd);
}

void kmsg_say(int level, const char *text)
{
	char line[480];

	snprintf(line, sizeof(line), "kassay: %.450s", text);
	kmsg_line(level, line);
}

void kmsg_mark(const char *what, const char *name)
{
	char text[450];

	snprintf(text, sizeof(text), "%s %s", what, name);
	kmsg_say(LEVEL_INFO, text);
}

int kmsg_open(void)
{
	/* From the first message that is still there. */
	return open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* Our own marks say whose the messages between them are. */
static void follow_mark(struct guest *g, const char *text)
{
	const char *start = "kassay: start ", *end = "kassay: end ";

	if (strncmp(text, start, strlen(start)) == 0)
		snprintf(g->kmsg_job, sizeof(g->kmsg_job), "%.*s",
			 (int)strcspn(text + strlen(start), "\n"), text + strlen(start));
	else if (strncmp(text, end, strlen(end)) == 0)
		g->kmsg_job[0] = '\0';
}

/* "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT\n ..." (Documentation/ABI/testing/dev-kmsg) */
static void follow_record(struct guest *g, char *record)
{
	char *rest, *text = strchr(record, ';');
	unsigned long priority = strtoul(record, &rest, 10);
	struct message m;

	/* Above the three bits of the level stands who wrote it: 0 is the kernel. */
	if (text && *rest == ',' && priority > LEVEL_CRIT)
		follow_mark(g, text + 1);
	if (!text || *rest != ',' || priority > LEVEL_CRIT)
		return;
	strtoull(rest + 1, &rest, 10);
	unsigned long long us = *rest == ',' ? strtoull(rest + 1, NULL, 10) : 0;

	*strchrnul(text, '\n') = '\0';
	message_start(&m, FRAME_KMSG);
	message_add(&m, "%lu", priority);
	message_add(&m, "%.*s", TEXT_MAX, text + 1);
	message_add(&m, "%llu", us);
	message_add(&m, "%s", g->kmsg_job);
	channel_send(&g->channel, &m.frame);
}

void kmsg_follow(struct guest *g)
{
	char record[RECORD_MAX + 1];

	for (int i = 0; g->kmsg >= 0 && i < RECORDS_AT_ONCE && channel_room(&g->channel); i++) {
		ssize_t n = read(g->kmsg, record, RECORD_MAX);

		if (n > 0) {
			record[n] = '\0';
			follow_record(g, record);
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else if (n == 0 || (errno != EPIPE && errno != EINTR)) {
			/* EPIPE: messages were overwritten; the next read goes on behind them. */
			close(g->kmsg);
			g->kmsg = -1;
		}
	}
}
