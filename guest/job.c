/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TERM_GRACE 2.0	 /* seconds from SIGTERM to SIGKILL */
#define KILL_GRACE 15.0	 /* from SIGKILL until we go on without it */
#define OUTPUT_GRACE 1.0 /* for a pipeline to write its rest once the main process ended */
#define FLUSH_SECONDS 0.1
/* So many small frames go out at once per FLUSH_SECONDS: a test may be about to crash. */
enum { FLUSHES_AT_ONCE = 32 };

struct run {
	const struct job *job;
	size_t index;
	pid_t pid;   /* also its session and process group */
	int out;     /* its stdout and stderr; -1 after the end */
	int failure; /* where a child that could not exec says why */
	double started, limit;
	double deadline; /* of this stage */
	enum { NORMAL, ASKED, KILLED, STUCK } stage;
	bool ended; /* the main process; its status: */
	int status;
	uint64_t bytes;
	struct job_end *end;
	char index_text[24];
	size_t waiting; /* bytes in chunk */
	double window;	/* FLUSH_SECONDS begin here */
	unsigned flushes;
	char chunk[OUTPUT_CHUNK];
};

static size_t chunk_size(const struct guest *g)
{
	return g->channel.console ? OUTPUT_CHUNK_CONSOLE : OUTPUT_CHUNK;
}

static void output_flush(struct guest *g, struct run *r)
{
	struct frame f = {
		.type = FRAME_OUTPUT,
		.n = 2,
		.field = { r->index_text, r->chunk },
		.len = { strlen(r->index_text), r->waiting },
	};

	if (r->waiting == 0)
		return;
	channel_send(&g->channel, &f);
	r->waiting = 0;
	r->flushes++;
}

/* The rest is sent now, or when the window is over. */
static void output_flush_soon(struct guest *g, struct run *r, double now)
{
	if (now - r->window >= FLUSH_SECONDS) {
		r->window = now;
		r->flushes = 0;
	}
	if (r->flushes < FLUSHES_AT_ONCE)
		output_flush(g, r);
}

/* The next harsher step: the stage's time is over. */
static void run_push(struct run *r, double now)
{
	switch (r->stage) {
	case NORMAL:
		kill(-r->pid, SIGTERM);
		kill(-r->pid, SIGCONT);
		r->stage = ASKED;
		r->deadline = now + TERM_GRACE;
		break;
	case ASKED:
		kill(-r->pid, SIGKILL);
		r->stage = KILLED;
		r->deadline = now + KILL_GRACE;
		break;
	case KILLED:
		r->stage = STUCK;
		snprintf(r->end->text, sizeof(r->end->text), "process %d does not die",
			 (int)r->pid);
		break;
	case STUCK: break;
	}
}

/* What can be read now. False: nothing more for the moment, or ever (r->out is -1 then). */
static bool output_take(struct guest *g, struct run *r)
{
	uint64_t max = g->jobs.set.output_max;
	size_t room = chunk_size(g) - r->waiting;
	ssize_t n = read(r->out, r->chunk + r->waiting, room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		close(r->out);
		r->out = -1;
		return false;
	}
	if (r->bytes + (uint64_t)n > max) {
		n = (ssize_t)(max - r->bytes);
		if (r->stage == NORMAL || r->stage == ASKED) {
			r->end->how = JOB_OUTPUT_CAP;
			r->stage = ASKED;
			run_push(r, clock_now());
		}
	}
	r->bytes += (uint64_t)n;
	r->waiting += (size_t)n;
	if (r->waiting == chunk_size(g))
		output_flush(g, r);
	return true;
}

/* Collect whatever ended; orphans of the job are children of PID 1 too. */
static void run_reap(struct run *r)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == r->pid) {
			r->ended = true;
			r->status = status;
		}
}

static void run_main(struct guest *g, struct run *r)
{
	for (run_reap(r); !r->ended && r->stage != STUCK; run_reap(r)) {
		double now = clock_now();

		if (now >= r->deadline) {
			if (r->stage == NORMAL)
				r->end->how = JOB_TIMEOUT;
			run_push(r, now);
			continue;
		}
		double until = r->deadline;

		if (r->waiting > 0 && r->window + FLUSH_SECONDS < until)
			until = r->window + FLUSH_SECONDS;
		bool room = channel_room(&g->channel);
		bool more = guest_wait(g, r->out, until);

		/* A job that is held up because the channel is slow gets that time back. */
		if (!room && r->stage == NORMAL)
			r->deadline += clock_now() - now;
		if (more)
			output_take(g, r);
		else
			output_flush_soon(g, r, clock_now());
	}
}

/* Output that is still on its way; then an end to all that the job left behind. */
static void run_rest(struct guest *g, struct run *r)
{
	double until = clock_now() + OUTPUT_GRACE;

	while (r->out >= 0 && clock_now() < until) {
		if (guest_wait(g, r->out, until))
			output_take(g, r);
		else
			output_flush(g, r);
	}
	if (!reap_all(g) && r->stage != STUCK)
		guest_error(g, "%s left processes that do not die", r->job->name);
	while (r->out >= 0 && output_take(g, r))
		;
	output_flush(g, r);
	if (r->out >= 0)
		close(r->out);
}

/* In the child: @failure is closed by a successful exec. */
static void __attribute__((noreturn)) child_main(const struct job *job, int out, int failure)
{
	struct job_end end = { .how = JOB_ERROR };
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (null > 2)
		close(null);
	job_exec(job, &end);
	(void)!write(failure, &end, sizeof(end));
	_exit(127);
}

/* 0, or -1 with r->end filled. */
static int run_start(struct run *r)
{
	int out[2] = { -1, -1 }, failure[2] = { -1, -1 };

	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(failure, O_CLOEXEC) == 0)
		r->pid = fork();
	if (r->pid == 0)
		child_main(r->job, out[1], failure[1]);
	if (r->pid < 0) {
		r->end->how = JOB_ERROR;
		snprintf(r->end->text, sizeof(r->end->text), "cannot start a process: %s",
			 strerror(errno));
		close(out[0]);
		close(failure[0]);
	} else {
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		fcntl(failure[0], F_SETFL, O_NONBLOCK);
		r->out = out[0];
		r->failure = failure[0];
	}
	close(out[1]);
	close(failure[1]);
	return r->pid < 0 ? -1 : 0;
}

static void run_judge(struct run *r)
{
	struct job_end said;

	if (read(r->failure, &said, sizeof(said)) == sizeof(said)) {
		*r->end = said;
		r->end->text[sizeof(r->end->text) - 1] = '\0';
	} else if (r->ended && r->end->how == JOB_EXIT) {
		r->end->how = WIFSIGNALED(r->status) ? JOB_SIGNAL : JOB_EXIT;
		r->end->code = WIFSIGNALED(r->status) ? WTERMSIG(r->status) :
							WEXITSTATUS(r->status);
	}
	close(r->failure);
}

static void send_end(struct guest *g, const struct run *r, double seconds)
{
	static const char *const how[] = { "exit",	 "signal",  "timeout",
					   "output-cap", "missing", "error" };
	const struct job_end *end = r->end;
	struct message m;

	message_start(&m, FRAME_END);
	message_add(&m, "%s", r->index_text);
	message_add(&m, "%s", how[end->how]);
	if (end->how == JOB_EXIT || end->how == JOB_SIGNAL)
		message_add(&m, "%d", end->code);
	else
		message_add(&m, "%s", end->text);
	message_add(&m, "%.3f", seconds);
	message_add(&m, "%llu", (unsigned long long)r->bytes);
	message_add(&m, "%.3f", r->limit);
	message_add(&m, "%.3f", r->job->scaled ? g->scale : 1.0);
	channel_send(&g->channel, &m.frame);
}

void job_run(struct guest *g, size_t index, struct job_end *ret)
{
	const struct job *job = &g->jobs.job[index];
	struct run r = { .job = job, .index = index, .pid = -1, .out = -1, .end = ret };
	struct message m;

	*ret = (struct job_end){ .how = JOB_EXIT };
	r.limit = job->timeout * (job->scaled ? g->scale : 1);
	snprintf(r.index_text, sizeof(r.index_text), "%zu", index);
	kmsg_mark("start", job->name);
	message_start(&m, FRAME_START);
	message_add(&m, "%s", r.index_text);
	message_add(&m, "%s", job->name);
	channel_send(&g->channel, &m.frame);
	r.started = clock_now();
	r.deadline = r.started + r.limit;
	double ended = r.started;

	if (run_start(&r) == 0) {
		run_main(g, &r);
		ended = clock_now();
		run_rest(g, &r);
		run_judge(&r);
	}
	kmsg_mark("end", job->name);
	send_end(g, &r, ended - r.started);
}
