/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOBS_BYTES_MAX = 16 << 20, JOB_LINE_FIELDS_MAX = 1024 };

struct line {
	char *field[JOB_LINE_FIELDS_MAX + 1]; /* NULL after the last */
	size_t n;
};

/* Cut @text, one line without its end, at the tabs and decode the fields in place. */
static int line_split(char *text, struct line *ret)
{
	ret->n = 0;
	for (char *p = text; p;) {
		char *tab = strchr(p, '\t');
		size_t len = tab ? (size_t)(tab - p) : strlen(p);

		if (ret->n == JOB_LINE_FIELDS_MAX || frame_unescape(p, len) < 0)
			return -1;
		ret->field[ret->n++] = p;
		p = tab ? tab + 1 : NULL;
	}
	ret->field[ret->n] = NULL;
	return 0;
}

static int add_load(struct settings *s, char *file)
{
	char **more = realloc(s->load, (s->n_load + 1) * sizeof(*more));

	if (!more)
		return -1;
	s->load = more;
	s->load[s->n_load++] = file;
	return 0;
}

static int apply_set(struct settings *s, const struct line *line)
{
	const char *key = line->n > 1 ? line->field[1] : "";
	const char *value = line->n > 2 ? line->field[2] : "";

	if (strcmp(key, "heartbeat") == 0)
		s->heartbeat = strtod(value, NULL);
	else if (strcmp(key, "calibration-host") == 0)
		s->calibration_host = strtod(value, NULL);
	else if (strcmp(key, "scale") == 0)
		s->scale = strtod(value, NULL);
	else if (strcmp(key, "output-max") == 0)
		s->output_max = strtoull(value, NULL, 10);
	else if (strcmp(key, "shell") == 0)
		s->shell = true;
	else if (strcmp(key, "report-kmsg") == 0)
		s->report_kmsg = true;
	else if (strcmp(key, "applets") == 0)
		s->applets = true;
	else if (strcmp(key, "load") == 0 && line->n > 2)
		return add_load(s, line->field[2]);
	else if (strcmp(key, "root") == 0)
		s->root = value;
	else if (strcmp(key, "kselftest-disk") == 0)
		s->tests_disk = true;
	else
		return -1;
	return 0;
}

/* A copy of @n pointers and a NULL. */
static char **copy_pointers(char *const *from, size_t n)
{
	char **copy = calloc(n + 1, sizeof(*copy));

	if (copy)
		memcpy(copy, from, n * sizeof(*copy));
	return copy;
}

/* job NAME TIMEOUT SCALED CWD PROGRAM [ARGUMENT...] */
static int apply_job(struct jobs *jobs, const struct line *line)
{
	if (line->n < 6)
		return -1;
	struct job *more = realloc(jobs->job, (jobs->n + 1) * sizeof(*more));
	char **argv = copy_pointers(line->field + 5, line->n - 5);

	if (more)
		jobs->job = more;
	if (!more || !argv) {
		free(argv);
		return -1;
	}
	jobs->job[jobs->n++] = (struct job){
		.name = line->field[1],
		.timeout = strtod(line->field[2], NULL),
		.scaled = strcmp(line->field[3], "1") == 0,
		.cwd = line->field[4],
		.argv = argv,
	};
	return 0;
}

/* env NAME=value ...: for the job before it, once. */
static int apply_env(struct jobs *jobs, const struct line *line)
{
	struct job *job = jobs->n > 0 ? &jobs->job[jobs->n - 1] : NULL;

	if (!job || job->env)
		return -1;
	job->env = copy_pointers(line->field + 1, line->n - 1);
	job->n_env = job->env ? line->n - 1 : 0;
	return job->env ? 0 : -1;
}

static int apply(struct jobs *jobs, const struct line *line)
{
	if (strcmp(line->field[0], "set") == 0)
		return apply_set(&jobs->set, line);
	if (strcmp(line->field[0], "job") == 0)
		return apply_job(jobs, line);
	if (strcmp(line->field[0], "env") == 0)
		return apply_env(jobs, line);
	return -1;
}

static char *read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	size_t len = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size <= JOBS_BYTES_MAX)
		text = malloc((size_t)st.st_size + 1);
	while (text && len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (text)
		text[len] = '\0';
	close(fd);
	return text;
}

int jobs_read(const char *path, struct jobs *ret, char *error, size_t cap)
{
	struct line line;
	size_t number = 0;
	int result = 0;

	*ret = (struct jobs){ .set = { .heartbeat = 1, .output_max = 1 << 20 } };
	ret->text = read_all(path);
	if (!ret->text) {
		snprintf(error, cap, "%s: %s", path, strerror(errno));
		return -1;
	}
	for (char *p = ret->text; *p;) {
		char *end = strchrnul(p, '\n');
		char *next = *end ? end + 1 : end;

		*end = '\0';
		number++;
		if (*p && *p != '#' && (line_split(p, &line) < 0 || apply(ret, &line) < 0)) {
			snprintf(error, cap, "%s:%zu: not understood: %.40s", path, number, p);
			result = -1;
		}
		p = next;
	}
	return result;
}
