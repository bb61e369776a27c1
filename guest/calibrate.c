/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much slower is this machine than the host? The same work is timed on both (here, and by
 * "kassay-init --calibrate"): a mix of what tests do. QEMU's emulator makes a tight loop 1.5 times
 * slower, memory 6, system calls and page faults 10, new processes 12 and indirect calls 25 times;
 * each part but the loop has its share of about 30 ms on a host of 2022.
 */
#include "init.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CALL_ROUNDS = 1500000,
	MEMORY_BYTES = 4 << 20,
	MEMORY_ROUNDS = 4,
	PIPE_ROUNDS = 8000,
	PIPE_BYTES = 512,
	FAULT_BYTES = 8 << 20,
	PAGE = 4096,
	FORK_ROUNDS = 25,
};

#define SCALE_MIN 1.0
#define SCALE_MAX 100.0

static uint64_t step_shift(uint64_t x)
{
	return x ^ x << 13;
}

static uint64_t step_back(uint64_t x)
{
	return x ^ x >> 7;
}

static uint64_t step_multiply(uint64_t x)
{
	return x * 6364136223846793005u + 1442695040888963407u;
}

/* Calls the compiler cannot see through. */
static uint64_t work_calls(void)
{
	static uint64_t (*const volatile steps[])(uint64_t) = { step_shift, step_multiply,
								step_back, step_multiply };
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < CALL_ROUNDS; i++)
		x = steps[x >> 62](x);
	return x;
}

static uint64_t work_memory(void)
{
	uint64_t *p = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	size_t n = MEMORY_BYTES / sizeof(*p);
	uint64_t sum = 0;

	if (p == MAP_FAILED)
		return 0;
	for (int round = 0; round < MEMORY_ROUNDS; round++)
		for (size_t i = 0; i < n; i++) {
			sum += p[i];
			p[i] = sum ^ i;
		}
	munmap(p, MEMORY_BYTES);
	return sum;
}

static void work_pipe(void)
{
	char buffer[PIPE_BYTES] = { 0 };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	for (int i = 0; i < PIPE_ROUNDS; i++)
		if (write(fds[1], buffer, sizeof(buffer)) < 0 ||
		    read(fds[0], buffer, sizeof(buffer)) < 0)
			break;
	close(fds[0]);
	close(fds[1]);
}

static void work_pages(void)
{
	char *p =
		mmap(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	for (size_t i = 0; i < FAULT_BYTES; i += PAGE)
		p[i] = 1;
	munmap(p, FAULT_BYTES);
}

static void work_processes(void)
{
	for (int i = 0; i < FORK_ROUNDS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

double calibrate_work(void)
{
	double start = clock_now();
	volatile uint64_t keep = work_calls();

	keep = work_memory();
	(void)keep;
	work_pipe();
	work_pages();
	work_processes();
	return clock_now() - start;
}

static double clamp(double scale)
{
	if (!(scale >= SCALE_MIN))
		return SCALE_MIN;
	return scale < SCALE_MAX ? scale : SCALE_MAX;
}

static void measure(struct guest *g)
{
	double seconds = calibrate_work();
	struct message m;

	g->scale = clamp(seconds / g->jobs.set.calibration_host);
	message_start(&m, FRAME_CALIBRATION);
	message_add(&m, "%.6f", seconds);
	message_add(&m, "%.3f", g->scale);
	channel_send(&g->channel, &m.frame);
}

void calibrate_guest(struct guest *g)
{
	const struct settings *set = &g->jobs.set;
	char text[32];

	g->scale = clamp(set->scale);
	if (set->scale <= 0 && set->calibration_host > 0)
		measure(g);
	/* For suites with limits of their own: configs/suites/ltp.sh. */
	snprintf(text, sizeof(text), "%d", (int)(g->scale + 0.999));
	setenv("KASSAY_SLOWDOWN", text, 1);
}
