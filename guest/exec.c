/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INTERPRETER_WORDS_MAX = 16, FIRST_LINE_MAX = 256 };

/* The words after "#!" in @path's first line, split in place at blanks; 0: no such line. */
static size_t interpreter_words(const char *path, char line[FIRST_LINE_MAX], char *words[])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, line, FIRST_LINE_MAX - 1) : 0;
	size_t n = 0;

	if (fd >= 0)
		close(fd);
	line[got > 0 ? got : 0] = '\0';
	*strchrnul(line, '\n') = '\0';
	if (strncmp(line, "#!", 2) != 0)
		return 0;
	for (char *p = line + 2; n < INTERPRETER_WORDS_MAX;) {
		p += strspn(p, " \t\r");
		if (!*p)
			break;
		words[n++] = p;
		p += strcspn(p, " \t\r");
		if (*p)
			*p++ = '\0';
	}
	return n;
}

static size_t count(char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

/* Run @words, then @argv as its arguments. */
static void exec_through(char *const *words, size_t n_words, char *const *argv)
{
	size_t n = count(argv);
	char **all = calloc(n_words + n + 1, sizeof(*all));

	if (!all)
		return;
	memcpy(all, words, n_words * sizeof(*all));
	memcpy(all + n_words, argv, n * sizeof(*all));
	execvp(all[0], all);
	int saved = errno;

	free(all);
	errno = saved;
}

static void __attribute__((format(printf, 2, 3))) fail(struct job_end *ret, const char *fmt, ...)
{
	va_list ap;

	ret->how = JOB_ERROR;
	va_start(ap, fmt);
	vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
	va_end(ap);
}

/*
 * A test without the executable bit is run as the kernel's own tools/testing/selftests/kselftest/
 * runner.sh does: by the collection's ksft_runner.sh, else by the interpreter of its first line.
 */
static void exec_not_executable(char *const *argv, struct job_end *ret)
{
	char line[FIRST_LINE_MAX], *runner[] = { (char *)"./ksft_runner.sh" };
	char *words[INTERPRETER_WORDS_MAX];

	if (access(runner[0], X_OK) == 0) {
		exec_through(runner, 1, argv);
		fail(ret, "%s: %s", runner[0], strerror(errno));
		return;
	}
	size_t n = interpreter_words(argv[0], line, words);

	if (n == 0) {
		fail(ret, "%.200s: not executable", argv[0]);
		return;
	}
	exec_through(words, n, argv);
	fail(ret, "%.200s: %s", words[0], strerror(errno));
}

static bool is_elf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[4] = "";
	bool elf = fd >= 0 && read(fd, magic, 4) == 4 && memcmp(magic, "\177ELF", 4) == 0;

	if (fd >= 0)
		close(fd);
	return elf;
}

/* A shell would read what the kernel cannot run; a program of another architecture is no script. */
static void exec_program(const char *program, char *const *argv)
{
	char *shell[] = { (char *)"/bin/sh" };

	if (!strchr(program, '/')) {
		execvp(program, argv);
		return;
	}
	execv(program, argv);
	int error = errno;
	if (error == ENOEXEC && !is_elf(program)) {
		exec_through(shell, 1, argv);
		return;
	}
	errno = error;
}

void job_exec(const struct job *job, struct job_end *ret)
{
	const char *program = job->argv[0];

	if (chdir(job->cwd) < 0) {
		fail(ret, "%.200s: %s", job->cwd, strerror(errno));
		return;
	}
	for (size_t i = 0; i < job->n_env; i++)
		putenv(job->env[i]);
	/* root may "execute" by access() what has one such bit for anybody; exec asks the same. */
	if (strchr(program, '/') && access(program, F_OK) == 0 && access(program, X_OK) < 0) {
		exec_not_executable(job->argv, ret);
		return;
	}
	exec_program(program, job->argv);
	char line[FIRST_LINE_MAX], *words[INTERPRETER_WORDS_MAX];

	if (errno == ENOEXEC) {
		fail(ret, "%.200s: not a program for this machine", program);
	} else if (errno != ENOENT) {
		fail(ret, "%.200s: %s", program, strerror(errno));
	} else if (!strchr(program, '/') || access(program, F_OK) < 0) {
		ret->how = JOB_MISSING;
		snprintf(ret->text, sizeof(ret->text), "%.250s", program);
	} else if (interpreter_words(program, line, words) > 0) {
		fail(ret, "%.120s: no %.120s" GUEST_NO_INTERPRETER, program, words[0]);
	} else {
		fail(ret, "%.200s: its dynamic loader is missing", program);
	}
}
