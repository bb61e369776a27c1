/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes. Not uv_spawn(): between fork and exec we also need a death signal, descriptors
 * kept under their numbers, and the reason when exec fails. The end comes through a pidfd, so there
 * is no SIGCHLD handler.
 */
#include "sys/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "sys/confine.h"
#include "sys/file.h"
#include "sys/loop_uv.h"

struct child {
	uv_poll_t poll; /* of pidfd */
	int pidfd;
	pid_t pid;
	bool group;
	bool ending; /* it was asked to end */
	bool ended;
	child_fn fn;
	void *data;
};

/* What the child says when it did not get to exec. */
struct exec_error {
	enum { STEP_REDIRECT, STEP_CWD, STEP_CONFINE, STEP_EXEC } step;
	int sys;
};

/* All that is needed after fork, so that nothing is allocated there. */
struct plan {
	const struct child_spec *spec;
	const char *path;
	char **env;
	pid_t parent;
	int report; /* pipe for struct exec_error */
};

static bool names_same(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return !strncmp(a, b, n) && b[n] == '=';
}

/* Our environment with @add on top; the strings are borrowed. */
static char **make_env(char *const *add)
{
	VEC(char *) env = { 0 };

	for (char **e = environ; e && *e; e++) {
		bool replaced = false;
		for (char *const *a = add; a && *a && !replaced; a++)
			replaced = names_same(*a, *e);
		if (!replaced)
			*vec_add(&env) = *e;
	}
	for (char *const *a = add; a && *a; a++) {
		const char *eq = strchr(*a, '=');
		if (eq && eq[1])
			*vec_add(&env) = *a;
	}
	*vec_add(&env) = NULL;
	return env.data;
}

/* In the child from here: async-signal-safe calls only. */

static void child_fail(const struct plan *plan, int step)
{
	struct exec_error e = { .step = step, .sys = errno };
	ssize_t n = write(plan->report, &e, sizeof(e));

	(void)n;
	_exit(127);
}

static void child_signals(void)
{
	sigset_t none;
	struct sigaction act;

	/*
	 * What we ignore would be ignored after exec, too. Only SIGHUP was ignored by whoever
	 * started us (nohup).
	 */
	for (int sig = 1; sig < NSIG; sig++)
		if (!sigaction(sig, NULL, &act) && (sig != SIGHUP || act.sa_handler != SIG_IGN))
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_fds(const struct plan *plan)
{
	const struct child_spec *spec = plan->spec;
	int fds[3] = { spec->in, spec->out, spec->error };

	/* First out of the way of 0 to 2, so that they may be given crosswise. */
	for (int i = 0; i < 3; i++) {
		int fd = fds[i] >= 0 ? fds[i] :
				       open("/dev/null", (i ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (fds[i] < 0)
			child_fail(plan, STEP_REDIRECT);
	}
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			child_fail(plan, STEP_REDIRECT);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (const int *fd = spec->keep; fd && *fd >= 0; fd++)
		if (fcntl(*fd, F_SETFD, 0))
			child_fail(plan, STEP_REDIRECT);
}

static void child_main(const struct plan *plan)
{
	const struct child_spec *spec = plan->spec;

	if (spec->own_session)
		setsid();
	else if (spec->own_group)
		setpgid(0, 0);
	if (spec->die_with_us) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != plan->parent)
			_exit(127); /* it went before it could have an effect */
	}
	child_signals();
	child_fds(plan);
	if (spec->cwd && chdir(spec->cwd))
		child_fail(plan, STEP_CWD);
	if (spec->confine && confine_enter(spec->confine, plan->report))
		child_fail(plan, STEP_CONFINE);
	execve(plan->path, spec->argv, plan->env);
	child_fail(plan, STEP_EXEC);
}

/* In the parent again. */

static int reap(pid_t pid, struct child_end *ret)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	ret->signalled = WIFSIGNALED(status);
	ret->code = ret->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static void on_exit_(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	struct child *c = (struct child *)p;
	struct child_end end = { 0 };

	uv_poll_stop(&c->poll);
	/*
	 * The rest of the group goes with it. Not after reap(): then the number may be somebody
	 * else's.
	 */
	if (c->group && c->ending)
		kill(-c->pid, SIGKILL);
	reap(c->pid, &end);
	c->ended = true;
	if (c->fn)
		c->fn(&end, c->data);
}

/* Block all signals around fork, so that none of our handlers runs in the child. */
static pid_t fork_child(const struct plan *plan)
{
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork();
	if (!pid)
		child_main(plan);
	int saved = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return pid;
}

static int exec_failed(const struct plan *plan, const struct exec_error *e, struct err *err)
{
	errno = e->sys;
	switch (e->step) {
	case STEP_CWD: return err_sys(err, "%s", plan->spec->cwd);
	case STEP_EXEC: return err_sys(err, "%s", plan->path);
	case STEP_CONFINE: return err_sys(err, "cannot confine %s", plan->path);
	case STEP_REDIRECT: break;
	}
	return err_sys(err, "cannot start %s", plan->path);
}

/* Fork, and wait until exec is done or has failed. */
static int spawn(struct plan *plan, pid_t *ret, struct err *err)
{
	int report[2];

	if (pipe2(report, O_CLOEXEC))
		return err_sys(err, "cannot start %s", plan->path);
	AUTO_FD int from = report[0];
	AUTO_FD int to = fcntl(report[1], F_DUPFD_CLOEXEC, 3); /* not what the child overwrites */
	close(report[1]);
	plan->report = to;
	pid_t pid = to < 0 ? -1 : fork_child(plan);
	if (pid < 0)
		return err_sys(err, "cannot start %s", plan->path);
	close(TAKE_FD(to));

	struct exec_error e;
	ssize_t n;
	do
		n = read(from, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(e)) {
		struct child_end end;
		reap(pid, &end);
		return exec_failed(plan, &e, err);
	}
	*ret = pid;
	return 0;
}

static int find_program(const char *name, char **ret, struct err *err)
{
	*ret = strchr(name, '/') ? mem_strdup(name) : path_which(name);
	return *ret ? 0 : err_set(err, ERR_NO_TOOL, "%s is not installed", name);
}

int child_start(struct loop *l, const struct child_spec *spec, child_fn fn, void *data,
		struct child **ret, struct err *err)
{
	AUTO_FREE char *path = NULL;
	AUTO_FREE char **env = make_env(spec->env_add);
	struct plan plan = { .spec = spec, .env = env, .parent = getpid() };
	pid_t pid = -1;
	int r = find_program(spec->argv[0], &path, err);

	if (r)
		return r;
	plan.path = path;
	r = spawn(&plan, &pid, err);
	if (r)
		return r;
	AUTO_FD int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		err_sys(err, "cannot watch %s", path);
		struct child_end end;
		kill(pid, SIGKILL);
		reap(pid, &end);
		return -err->code;
	}
	struct child *c = NEW(struct child);
	c->pid = pid;
	c->pidfd = TAKE_FD(pidfd);
	c->group = spec->own_group || spec->own_session;
	c->fn = fn;
	c->data = data;
	uv_poll_init(loop_uv(l), &c->poll, c->pidfd);
	uv_poll_start(&c->poll, UV_READABLE, on_exit_);
	*ret = c;
	return 0;
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

void child_kill(struct child *c, int sig)
{
	if (c->ended)
		return;
	c->ending |= sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT ||
		     sig == SIGKILL;
	kill(c->group ? -c->pid : c->pid, sig);
}

static void free_child(uv_handle_t *h)
{
	free(h);
}

void child_free(struct child *c)
{
	struct child_end end;

	if (!c)
		return;
	uv_close((uv_handle_t *)&c->poll, free_child);
	close(c->pidfd);
	if (!c->ended) {
		child_kill(c, SIGKILL);
		reap(c->pid, &end);
	}
}
