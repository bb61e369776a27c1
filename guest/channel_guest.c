/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

enum { PATH_LEN = 300, PORT_WAIT_MS = 1000, PORT_STEP_MS = 5 };

static int open_device(const char *path)
{
	return open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/* The device of /sys/class/virtio-ports/@port; its node is made where no devtmpfs did. */
static int open_port(const char *port)
{
	char path[PATH_LEN], number[32];

	snprintf(path, sizeof(path), "/dev/%s", port);
	int fd = open_device(path);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	char dev[PATH_LEN], *minor;

	snprintf(dev, sizeof(dev), "/sys/class/virtio-ports/%s/dev", port);
	if (text_read(dev, number, sizeof(number)) < 0)
		return -1;
	unsigned major = (unsigned)strtoul(number, &minor, 10);

	if (*minor++ != ':')
		return -1;
	mknod(path, S_IFCHR | 0600, makedev(major, (unsigned)strtoul(minor, NULL, 10)));
	return open_device(path);
}

static int open_named_port(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	int fd = -1;

	if (!dir)
		return -1;
	for (struct dirent *e; fd < 0 && (e = readdir(dir));) {
		char path[PATH_LEN], name[64];

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		if (e->d_name[0] != '.' && text_read(path, name, sizeof(name)) > 0 &&
		    strcmp(name, "kassay") == 0)
			fd = open_port(e->d_name);
	}
	closedir(dir);
	return fd;
}

/* Does the driver have a device? Its ports come a little later, announced one by one. */
static bool virtio_console_there(void)
{
	DIR *dir = opendir("/sys/bus/virtio/drivers/virtio_console");
	bool there = false;

	if (!dir)
		return false;
	for (struct dirent *e; !there && (e = readdir(dir));)
		there = strncmp(e->d_name, "virtio", 6) == 0;
	closedir(dir);
	return there;
}

static int open_virtio(void)
{
	int fd = open_named_port();

	if (fd < 0 && virtio_console_there())
		for (int ms = 0; fd < 0 && ms < PORT_WAIT_MS; ms += PORT_STEP_MS) {
			poll(NULL, 0, PORT_STEP_MS);
			fd = open_named_port();
		}
	return fd;
}

/* The kernel has nodes for ports that no hardware stands behind; those have no type. */
static int open_uart(const char *path)
{
	int fd = open_device(path);
	struct serial_struct serial = { 0 };
	struct termios t;

	if (fd < 0)
		return -1;
	if (ioctl(fd, TIOCGSERIAL, &serial) < 0 || serial.type == PORT_UNKNOWN ||
	    tcgetattr(fd, &t) < 0) {
		close(fd);
		return -1;
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

void channel_open(struct channel *c)
{
	c->console = false;
	c->name = "virtio";
	c->fd = open_virtio();
	if (c->fd >= 0)
		return;
	c->name = "ttyS1";
	c->fd = open_uart("/dev/ttyS1");
	if (c->fd >= 0)
		return;
	c->name = "console";
	c->console = true;
	c->fd = open_device("/dev/console");
	if (c->fd < 0)
		c->name = "none";
}

bool channel_room(const struct channel *c)
{
	return c->len < CHANNEL_HIGH;
}

void channel_push(struct channel *c)
{
	size_t done = 0;

	while (done < c->len) {
		ssize_t n = c->fd >= 0 ? write(c->fd, c->out + done, c->len - done) : -1;

		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && c->fd >= 0) {
			/* Hung up under us: by a test, or a driver that went. What is cut in two
			 * is dropped by the reader. */
			close(c->fd);
			channel_open(c);
		}
		break;
	}
	memmove(c->out, c->out + done, c->len - done);
	c->len -= done;
}

/* Until it may take more. A port whose host end is closed says so at once, again and again. */
static void wait_writable(const struct channel *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };

	if (poll(&p, 1, ms) > 0 && !(p.revents & POLLOUT))
		poll(NULL, 0, ms);
}

/* One of the frames that must not be missing. */
static bool key_frame(enum frame_type type)
{
	return type != FRAME_BEAT && type != FRAME_OUTPUT && type != FRAME_KMSG;
}

void channel_send(struct channel *c, const struct frame *f)
{
	struct frame numbered = *f;
	bool twice = key_frame(f->type) || (c->console && f->type != FRAME_BEAT);

	if (c->mute || c->fd < 0)
		return;
	/* Only when the host has not read for long: then nothing else is worth doing. */
	while (CHANNEL_BUFFER - c->len < 2 * FRAME_LINE_MAX) {
		wait_writable(c, 10);
		channel_push(c);
	}
	numbered.seq = ++c->seq;
	size_t n = frame_encode(&numbered, c->out + c->len, FRAME_LINE_MAX);

	c->len += n;
	if (twice) {
		memcpy(c->out + c->len, c->out + c->len - n, n);
		c->len += n;
	}
	channel_push(c);
}

void channel_drain(struct channel *c, double seconds)
{
	double until = clock_now() + seconds;
	int waiting = 0;

	while (c->fd >= 0 && c->len > 0 && clock_now() < until) {
		wait_writable(c, 10);
		channel_push(c);
	}
	/* Not tcdrain(), which may wait for ever; and a virtio port has no such queue. */
	while (c->fd >= 0 && ioctl(c->fd, TIOCOUTQ, &waiting) == 0 && waiting > 0 &&
	       clock_now() < until)
		poll(NULL, 0, 1);
}
