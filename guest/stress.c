/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load on everything a kernel does all day: computing, memory, files, processes, pipes; one process for each, of the first
 * one for each CPU. What comes back is compared with what went in. stress-ng takes its place where the machine has it.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPUS_MAX = 64, FILE_BYTES = 64 << 10, MEMORY_MAX = 64 << 20, CHILD_STATUS = 7, WRONG = 1 };
#define STRESS_NG "/usr/bin/stress-ng"

/* One round: 0, WRONG, or -1 when this kernel has no such thing. */
static int round_cpu(unsigned long n)
{
	volatile unsigned long x = n;
	unsigned long y = n;

	for (int i = 0; i < 100000; i++) {
		x = x * 6364136223846793005ul + 1442695040888963407ul;
		y = y * 6364136223846793005ul + 1442695040888963407ul;
	}
	return x == y ? 0 : WRONG;
}

static int round_memory(unsigned long n)
{
	struct sysinfo info = { 0 };
	size_t size, bad = 0;

	sysinfo(&info);
	size = (size_t)info.freeram * (info.mem_unit ? info.mem_unit : 1) / 8;
	size = size > MEMORY_MAX ? MEMORY_MAX : size & ~(size_t)4095;
	unsigned char *p =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!size || p == MAP_FAILED)
		return 0; /* others have it now */
	for (size_t i = 0; i < size; i += 512)
		p[i] = (unsigned char)(i / 512 + n);
	for (size_t i = 0; i < size; i += 512)
		bad += p[i] != (unsigned char)(i / 512 + n);
	munmap(p, size);
	return bad ? WRONG : 0;
}

static int round_files(unsigned long n)
{
	static unsigned char out[FILE_BYTES], in[FILE_BYTES];
	static const char one[] = "/tmp/kassay-stress.a", two[] = "/tmp/kassay-stress.b";
	int fd = open(one, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	memset(out, (int)(n & 0xff), sizeof(out));
	ssize_t written = write(fd, out, sizeof(out));

	if (rename(one, two) < 0 || lseek(fd, 0, SEEK_SET) != 0 ||
	    (written > 0 && read(fd, in, (size_t)written) != written))
		written = -1;
	close(fd);
	unlink(two);
	if (written < 0 && errno != ENOSPC)
		return WRONG;
	return written > 0 && memcmp(in, out, (size_t)written) != 0 ? WRONG : 0;
}

static int round_processes(unsigned long n)
{
	int status = 0;
	pid_t pid = fork();

	(void)n;
	if (pid == 0)
		_exit(CHILD_STATUS);
	if (pid < 0)
		return 0;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			       WEXITSTATUS(status) == CHILD_STATUS ?
		       0 :
		       WRONG;
}

/* There and back through another process. */
static int round_pipes(unsigned long n)
{
	int there[2], back[2];
	unsigned long got = 0;

	if (pipe2(there, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(back, O_CLOEXEC) < 0) {
		close(there[0]);
		close(there[1]);
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0)
		_exit(read(there[0], &got, sizeof(got)) != sizeof(got) ||
		      write(back[1], &got, sizeof(got)) != sizeof(got));
	bool ok = pid < 0 || (write(there[1], &n, sizeof(n)) == sizeof(n) &&
			      read(back[0], &got, sizeof(got)) == sizeof(got) && got == n);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return ok ? 0 : WRONG;
}

static const struct {
	const char *name;
	int (*round)(unsigned long n);
} kinds[] = { { "computing", round_cpu },
	      { "memory", round_memory },
	      { "files", round_files },
	      { "processes", round_processes },
	      { "pipes", round_pipes } };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void __attribute__((noreturn))
work(size_t kind, double until, volatile unsigned long *rounds)
{
	int r = 0;

	while (r == 0 && clock_now() < until) {
		r = kinds[kind].round(*rounds);
		*rounds += r == 0;
	}
	_exit(r > 0 ? WRONG : 0);
}

/* What became of one worker: said, and true when it was well. */
static bool told(const char *name, pid_t pid, const volatile unsigned long *rounds)
{
	int status = 0;
	bool ok = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;

	if (pid > 0 && WIFSIGNALED(status))
		printf("%s: signal %d after %lu rounds\n", name, WTERMSIG(status), *rounds);
	else
		printf("%s: %lu rounds%s\n", name, *rounds, ok ? "" : ", and then a wrong result");
	return ok;
}

int stress_run(const char *seconds)
{
	double until = clock_now() + strtod(seconds, NULL);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = (size_t)(cpus < 1 ? 1 : cpus > CPUS_MAX ? CPUS_MAX : cpus) + KINDS - 1, bad = 0;
	pid_t pids[CPUS_MAX + KINDS];

	if (access(STRESS_NG, X_OK) == 0) {
		execl(STRESS_NG, "stress-ng", "--timeout", seconds, "--cpu", "0", "--vm", "1",
		      "--vm-bytes", "20%", "--hdd", "1", "--fork", "1", "--pipe", "1", "--verify",
		      "--temp-path", "/tmp", (char *)NULL);
		perror(STRESS_NG);
	}
	unsigned long *rounds = mmap(NULL, sizeof(*rounds) * (CPUS_MAX + KINDS),
				     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (rounds == MAP_FAILED) {
		perror("memory for the counts");
		return 126;
	}
	for (size_t i = 0; i < n; i++) {
		size_t kind = i < KINDS ? i : 0;

		pids[i] = fork();
		if (pids[i] == 0)
			work(kind, until, &rounds[i]);
	}
	for (size_t i = 0; i < n; i++)
		bad += !told(kinds[i < KINDS ? i : 0].name, pids[i], &rounds[i]);
	return bad ? 1 : 0;
}
