/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console on a terminal of its own, and on a pipe. */
#include "tiny_guest.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "boot/machine.h"
#include "sys/loop.h"

enum { WAIT_SECONDS = 20 };

static char *dir, *image;

/* In a child, which ends with exit() so that coverage sees it: its status is the outcome, or 100 when it failed, 101 when it was interrupted. */
static void child(void)
{
	struct machine_spec spec = {
		.image = image, .accel = ACCEL_TCG, .work = dir, .memory = 32 << 20
	};
	struct machine_end end = { 0 };
	struct err err = { 0 };

	interrupt_install();
	int r = machine_interactive(&spec, &end, &err);
	exit(r == -ERR_CANCELLED ? 101 : r ? 100 : (int)end.outcome);
}

/* Read into @s until it holds @text. */
static bool read_until(int fd, struct str *s, const char *text)
{
	double until = time_mono() + WAIT_SECONDS;
	char buf[4096];

	while (time_mono() < until) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n = poll(&p, 1, 100) > 0 ? read(fd, buf, sizeof(buf)) : 0;
		if (n < 0)
			break;
		str_add(s, buf, (size_t)n);
		if (strstr(str_c(s), text))
			return true;
	}
	print_error("no \"%s\" in \"%s\"\n", text, str_c(s));
	return false;
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int ended(pid_t pid)
{
	int status = -1;

	for (int i = 0; i < WAIT_SECONDS * 10; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		usleep(100000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -1;
}

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

/* Type @keys, or send @sig; the terminal is raw before and as it was after. */
static int session(const char *keys, const char *echo, int sig)
{
	AUTO_STR struct str seen = STR_INIT;
	struct termios before, during, after;
	int slave, master;
	pid_t pid;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(master);
		login_tty(slave);
		child();
	}
	assert_true(read_until(master, &seen, "READY"));
	assert_int_equal(tcgetattr(slave, &during), 0);
	assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
	if (echo) {
		put(master, echo);
		assert_true(read_until(master, &seen, echo));
	}
	if (keys)
		put(master, keys);
	else
		kill(pid, sig);
	int status = ended(pid);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_true(same(&before, &after));
	/* One line tells how to leave. */
	assert_non_null(strstr(seen.data, "Ctrl-A x"));
	close(master);
	close(slave);
	return status;
}

static void leaves_with_a_key(void **state)
{
	(void)state;
	/* Ctrl-A c is nothing, Ctrl-C is the guest's, and an x alone is an x. */
	assert_int_equal(session("\x01"
				 "c\x03x\x01x",
				 "xyz", 0),
			 MACHINE_KILLED);
}

static void guest_ends(void **state)
{
	(void)state;
	/* Ctrl-D: this guest switches itself off. */
	assert_int_equal(session("\x04", "abc", 0), MACHINE_POWERED_OFF);
}

static void ctrl_a_twice_is_one(void **state)
{
	AUTO_STR struct str seen = STR_INIT;
	int master;
	(void)state;

	fflush(NULL);
	pid_t pid = forkpty(&master, NULL, NULL, NULL);
	if (!pid)
		child();
	assert_true(read_until(master, &seen, "READY"));
	put(master, "<\x01\x01>");
	assert_true(read_until(master, &seen, "<\x01>"));
	put(master, "\x01x");
	assert_int_equal(ended(pid), MACHINE_KILLED);
	close(master);
}

static void interrupted_session(void **state)
{
	(void)state;
	assert_int_equal(session(NULL, NULL, SIGTERM), 101);
	assert_int_equal(session(NULL, NULL, SIGHUP), 101);
}

static void qemu_killed(void **state)
{
	AUTO_STR struct str seen = STR_INIT;
	AUTO_FREE char *children = NULL;
	struct termios before, after;
	struct err err = { 0 };
	AUTO_STR struct str pids = STR_INIT;
	int slave, master;
	(void)state;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		close(master);
		login_tty(slave);
		child();
	}
	assert_true(read_until(master, &seen, "READY"));
	children = mem_printf("/proc/%d/task/%d/children", pid, pid);
	assert_int_equal(file_read(children, 100, &pids, &err), 0);
	long qemu = strtol(str_c(&pids), NULL, 10);
	assert_true(qemu > 1);
	kill((pid_t)qemu, SIGKILL);
	assert_int_equal(ended(pid), MACHINE_DIED);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_true(same(&before, &after));
	close(master);
	close(slave);
}

/* Bytes go in, and its end is typed as Ctrl-D. */
static void a_pipe(void **state)
{
	AUTO_STR struct str seen = STR_INIT;
	int in[2], out[2];
	(void)state;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		close(in[1]);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		child();
	}
	close(in[0]);
	close(out[1]);
	put(in[1], "\x01xhello");
	close(in[1]);
	assert_true(read_until(out[0], &seen, "READY\n\x01xhello"));
	assert_int_equal(ended(pid), MACHINE_POWERED_OFF);
	close(out[0]);
}

static void no_input_and_no_output(void **state)
{
	(void)state;
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		int full = open("/dev/full", O_WRONLY);
		dup2(full, STDOUT_FILENO);
		close(STDIN_FILENO);
		child();
	}
	assert_int_equal(ended(pid), MACHINE_KILLED);
}

static int make_image(void **state)
{
	AUTO_STR struct str code = STR_INIT;
	struct err err = { 0 };
	(void)state;

	if (dir_temp("test-interactive", &dir, &err))
		return -1;
	image = path_join(dir, "guest");
	tiny_print(&code, TINY_COM1, "READY\n");
	tiny_frame(&code, TINY_COM2, FRAME_HELLO, 1, "1");
	tiny_echo(&code);
	tiny_power_off(&code);
	tiny_write(image, &code);
	return 0;
}

static int remove_image(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(dir, &err);

	(void)state;
	free(image);
	free(dir);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(leaves_with_a_key),	   T(guest_ends),  T(ctrl_a_twice_is_one),
		T(interrupted_session),	   T(qemu_killed), T(a_pipe),
		T(no_input_and_no_output),
	};

	return cmocka_run_group_tests_name(NULL, tests, make_image, remove_image);
}
