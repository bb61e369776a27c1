/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_SECONDS 5.0
enum { CALIBRATE_ROUNDS = 5 };

/* The one instance: its buffer is too much for a stack, and a signal handler needs to find it. */
static struct guest the_guest = { .kmsg = -1, .scale = 1 };

void guest_error(struct guest *g, const char *fmt, ...)
{
	char text[512];
	struct message m;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	message_start(&m, FRAME_ERROR);
	message_add(&m, "%s", text);
	channel_send(&g->channel, &m.frame);
}

static void beat(struct guest *g, double now)
{
	struct message m;

	g->next_beat = now + g->jobs.set.heartbeat;
	/* Behind output that waits is fine; not when nobody reads at all. */
	if (g->channel.len > CHANNEL_BUFFER / 2)
		return;
	message_start(&m, FRAME_BEAT);
	message_add(&m, "%.3f", clock_uptime());
	channel_send(&g->channel, &m.frame);
}

/* Signals that PID 1 holds back: a child's end outside ppoll(), and what shell.c looks for. */
static void blocked_signals(sigset_t *ret, bool child)
{
	sigemptyset(ret);
	sigaddset(ret, SIGUSR1);
	sigaddset(ret, SIGUSR2);
	sigaddset(ret, SIGTERM);
	if (child)
		sigaddset(ret, SIGCHLD);
}

bool guest_wait(struct guest *g, int fd, double until)
{
	struct channel *c = &g->channel;
	bool room = channel_room(c);
	struct pollfd p[] = {
		{ .fd = c->len > 0 ? c->fd : -1, .events = POLLOUT },
		{ .fd = room ? g->kmsg : -1, .events = POLLIN },
		{ .fd = room ? fd : -1, .events = POLLIN },
	};
	double wait = (until < g->next_beat ? until : g->next_beat) - clock_now();
	sigset_t mask;

	if (wait < 0)
		wait = 0;
	struct timespec t = { .tv_sec = (time_t)wait };

	t.tv_nsec = (long)((wait - (double)t.tv_sec) * 1e9);
	blocked_signals(&mask, false);
	int n = ppoll(p, sizeof(p) / sizeof(p[0]), &t, &mask);

	if (n > 0 && p[0].revents) {
		/* A port that nobody has open at the other end says so at once, every time. */
		if (!(p[0].revents & POLLOUT))
			poll(NULL, 0, 10);
		channel_push(c);
	}
	if (n > 0 && p[1].revents)
		kmsg_follow(g);
	double now = clock_now();

	if (now >= g->next_beat)
		beat(g, now);
	return n > 0 && p[2].revents;
}

void guest_sleep(struct guest *g, double seconds)
{
	for (double end = clock_now() + seconds; clock_now() < end;)
		guest_wait(g, -1, end);
}

static void on_child(int sig)
{
	(void)sig; /* ppoll() returns: that is all */
}

/* PID 1 itself is broken: say so on the channel and in the kernel log, then panic by ending. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	struct channel *c = &the_guest.channel;
	char text[96], line[256];
	struct frame f = { .type = FRAME_ERROR, .seq = c->seq + 1, .n = 1, .field = { text } };

	(void)context;
	/* A test that sends us the signal is no reason. */
	if (info->si_code <= 0 && info->si_pid != getpid())
		return;
	f.len[0] = (size_t)snprintf(text, sizeof(text), "kassay-init crashed: signal %d at %p", sig,
				    info->si_code > 0 ? info->si_addr : NULL);
	size_t n = frame_encode(&f, line, sizeof(line));

	(void)!write(c->fd, "\n", 1);
	(void)!write(c->fd, line, n);
	kmsg_say(0, text);
	_exit(128 + sig);
}

static void catch_signals(void)
{
	struct sigaction child = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };
	struct sigaction crash = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO };
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	sigset_t mask;

	blocked_signals(&mask, true);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGCHLD, &child, NULL);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &crash, NULL);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* What every job finds. */
static void prepare(void)
{
	struct rlimit no_core = { 0, 0 };
	/* At the CPU before jobs: what a test says last is out before it crashes the kernel. */
	struct sched_param first = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	setrlimit(RLIMIT_CORE, &no_core);
	(void)!sethostname("kassay", 6);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("SHELL", "/bin/sh", 1);
	setenv("USER", "root", 1);
	setenv("TERM", "dumb", 1);
	umask(022);
	mkdir("/root", 0700);
	loopback_up();
}

/* A busybox of another architecture than the host's could not be asked there. What is in /bin already stays. */
static void link_applets(struct guest *g)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, 1);
		dup2(null, 2);
		execl("/bin/busybox", "busybox", "--install", "-s", "/bin", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		guest_error(g, "busybox does not run: %s", strerror(errno));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		guest_error(g, "busybox does not run here (%s %d): is it for this machine?",
			    WIFSIGNALED(status) ? "signal" : "exit",
			    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void run_shell(struct guest *g)
{
	struct utsname uts = { 0 };
	char welcome[256];

	uname(&uts);
	snprintf(welcome, sizeof(welcome),
		 "Linux %.64s in a machine of kassay's. \"exit\" switches it off.", uts.release);
	shell_run(g, "/", welcome);
}

static void run_jobs(struct guest *g)
{
	struct job_end end;

	for (size_t i = 0; i < g->jobs.n; i++)
		job_run(g, i, &end);
}

static void send_last(struct guest *g)
{
	char taint[32];
	struct message m;

	kmsg_follow(g);
	taint_read(taint, sizeof(taint));
	message_start(&m, FRAME_TAINT);
	message_add(&m, "%s", taint);
	channel_send(&g->channel, &m.frame);
	sync();
	message_start(&m, FRAME_DONE);
	channel_send(&g->channel, &m.frame);
	channel_drain(&g->channel, DRAIN_SECONDS);
}

/* Who waits for a shell sees the console only. */
static void tell_person(const char *why)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "kassay-init: %s\n", why);
		close(fd);
	}
}

/* Jobs would not find what they need: none runs, and the host learns why. */
static void no_root(struct guest *g, const char *why)
{
	struct message m;

	message_start(&m, FRAME_ERROR);
	message_add(&m, "%s", why);
	message_add(&m, "root");
	channel_send(&g->channel, &m.frame);
	g->jobs.n = 0;
	if (g->jobs.set.shell)
		tell_person(why);
}

static void __attribute__((noreturn)) be_init(void)
{
	struct guest *g = &the_guest;
	char error[256] = "", unloaded[256] = "";

	catch_signals();
	mount_first();
	int bad = jobs_read("/kassay/jobs", &g->jobs, error, sizeof(error));

	load_first(&g->jobs.set, unloaded, sizeof(unloaded));
	channel_open(&g->channel);
	g->channel.mute = g->channel.console && g->jobs.set.shell && g->jobs.n == 0;
	identity_send(g);
	beat(g, clock_now());
	if (bad)
		guest_error(g, "%s", error);
	if (unloaded[0])
		guest_error(g, "%s", unloaded);
	if (g->jobs.set.root &&
	    root_switch(g->jobs.set.root, g->jobs.set.tests_disk, error, sizeof(error)) < 0)
		no_root(g, error);
	mount_rest();
	prepare();
	if (g->jobs.set.applets)
		link_applets(g);
	if (g->jobs.set.report_kmsg)
		g->kmsg = kmsg_open();
	calibrate_guest(g);
	run_jobs(g);
	leaks_tell(g);
	hangs_tell(g);
	if (g->jobs.set.shell)
		run_shell(g);
	send_last(g);
	reboot(RB_POWER_OFF);
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (getpid() == 1)
		be_init();
	if (argc > 2 && strcmp(argv[1], "--load") == 0)
		return load_modules(argv + 2);
	if (argc > 4 && strcmp(argv[1], "--torture") == 0)
		return torture_run(argv + 2);
	if (argc > 2 && strcmp(argv[1], "--kunit") == 0)
		return kunit_load(argv + 2);
	if (argc == 3 && strcmp(argv[1], "--stress") == 0)
		return stress_run(argv[2]);
	if (argc == 2 && strcmp(argv[1], "--calibrate") == 0) {
		double best = calibrate_work();

		for (int i = 1; i < CALIBRATE_ROUNDS; i++) {
			double seconds = calibrate_work();

			best = seconds < best ? seconds : best;
		}
		printf("%.6f\n", best);
		return 0;
	}
	fprintf(stderr,
		"kassay-init: PID 1 of kassay's test machines, --calibrate, --load, --torture or --stress\n");
	return 129;
}
