/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/loop.h"

enum { CAPABILITIES_MAX = 64, SIGNAL_STATUS = 128 };

static int limit(int what, uint64_t value)
{
	struct rlimit l = { value, value };

	return value ? setrlimit((__rlimit_resource_t)what, &l) : 0;
}

static int set_limits(const struct confine *c)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || limit(RLIMIT_CPU, c->cpu_seconds) < 0 ||
	    limit(RLIMIT_AS, c->address_space) < 0 || limit(RLIMIT_FSIZE, c->file_size) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* "1000 1000 1": an id is in there what it is here. */
static void map_text(unsigned id, char ret[32])
{
	char digits[11];
	size_t n = 0, at = 0;

	do
		digits[n++] = (char)('0' + id % 10);
	while ((id /= 10) > 0);
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = n; i > 0; i--)
			ret[at++] = digits[i - 1];
		ret[at++] = ' ';
	}
	ret[at++] = '1';
	ret[at] = '\0';
}

static int map_ids(unsigned user, unsigned group)
{
	char text[32];

	map_text(user, text);
	if (write_text("/proc/self/uid_map", text) < 0 ||
	    write_text("/proc/self/setgroups", "deny") < 0)
		return -1;
	map_text(group, text);
	return write_text("/proc/self/gid_map", text);
}

/* Everything can be read, and written only below the folder. */
static int close_files(const char *dir)
{
	struct mount_attr closed = { .attr_set = MOUNT_ATTR_RDONLY };
	struct mount_attr open_again = { .attr_clr = MOUNT_ATTR_RDONLY };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(dir, dir, NULL, MS_BIND, NULL) < 0 ||
	    mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &closed, sizeof(closed)) < 0 ||
	    mount_setattr(AT_FDCWD, dir, 0, &open_again, sizeof(open_again)) < 0)
		return -1;
	return chdir(dir); /* what was entered before lies below the new mount */
}

/* Root in there could undo all this. */
static void drop_capabilities(void)
{
	for (int i = 0; i < CAPABILITIES_MAX; i++)
		prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

/* End as process @pid does. All other children are reaped on the way. */
static void __attribute__((noreturn)) end_as(pid_t pid)
{
	int status = 0;
	pid_t ended;

	do
		ended = waitpid(-1, &status, 0);
	while (ended != pid && (ended > 0 || errno == EINTR));
	_exit(WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Go on in a new process; this one waits for it. */
static int go_on_in_child(int report)
{
	pid_t pid = fork();

	if (pid > 0) {
		close(report);
		end_as(pid);
	}
	return pid < 0 ? -1 : prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int confine_enter(const struct confine *c, int report)
{
	unsigned user = geteuid(), group = getegid();

	if (set_limits(c) < 0)
		return -1;
	if (!c->spaces)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID) < 0 ||
	    map_ids(user, group) < 0 || close_files(c->dir) < 0 || go_on_in_child(report) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
	    go_on_in_child(report) < 0)
		return -1;
	drop_capabilities();
	return 0;
}

bool confine_possible(const char *dir, const char **ret_why)
{
	static char why[sizeof(((struct err *)0)->msg)];
	struct confine c = { .dir = dir, .spaces = true };
	char *argv[] = { (char *)"true", NULL };
	struct run_spec spec = { .argv = argv, .confine = &c, .timeout = 30 };
	struct child_end end;
	struct err err = { 0 };

	*ret_why = why;
	if (run(&spec, &end, &err) == 0 && !end.signalled && end.code == 0)
		return true;
	snprintf(why, sizeof(why), "%s", err.code ? err.msg : "a program does not run in them");
	return false;
}
