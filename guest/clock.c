/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <time.h>

static double clock_read(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		return -1;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double clock_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

double clock_uptime(void)
{
	double up = clock_read(CLOCK_BOOTTIME);

	return up >= 0 ? up : clock_now();
}
