/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/qemu_process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot/qemu.h"
#include "sys/file.h"

/* Cut at the length of the text, which is enough to tell a warning. */
void qemu_complaint_feed(struct qemu_complaint *c, const char *p, size_t n)
{
	size_t len = strlen(c->text);

	for (size_t i = 0; i < n && !c->done; i++) {
		unsigned char ch = (unsigned char)p[i];
		if (ch != '\n') {
			if (len < QEMU_COMPLAINT_MAX - 1)
				c->text[len++] = ch < ' ' || ch > '~' ? '?' : (char)ch;
			continue;
		}
		c->text[len] = '\0';
		c->done = len && !strcasestr(c->text, "warning");
		if (!c->done)
			len = 0;
	}
	c->text[len] = '\0';
}

static int check_readable(const char *path, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "%s", path);
	if (dir_exists(path))
		return err_set(err, ERR_NOT_FOUND, "%s: is a folder, not a kernel image", path);
	return 0;
}

/* The kernel unpacks one archive after the other, and wants each to begin at a multiple of four bytes. */
static int append_archive(int to, const char *path, struct err *err)
{
	static const char zeros[4];
	AUTO_FREE char *buf = mem_alloc(256 << 10);
	AUTO_FD int from = open(path, O_RDONLY | O_CLOEXEC);
	size_t total = 0;
	ssize_t n;

	if (from < 0)
		return err_sys(err, "%s", path);
	while ((n = read(from, buf, 256 << 10)) > 0) {
		int r = fd_write_all(to, buf, (size_t)n, "initrd", err);
		if (r)
			return r;
		total += (size_t)n;
	}
	if (n < 0)
		return err_sys(err, "%s", path);
	return fd_write_all(to, zeros, -total % sizeof(zeros), "initrd", err);
}

static int join_initrd(const struct machine_spec *spec, struct err *err)
{
	AUTO_FREE char *path = qemu_initrd(spec);
	AUTO_FD int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (to < 0)
		return err_sys(err, "%s", path);
	int r = spec->initrd ? append_archive(to, spec->initrd, err) : 0;
	vec_foreach(extra, &spec->initrd_extra)
		if (!r)
			r = append_archive(to, *extra, err);
	return r;
}

enum { PIPE_BYTES = 1 << 20 };

static int take_pair(const int fds[2], int *ours, int *theirs, struct err *err)
{
	*ours = fds[0];
	/* Not where QEMU gets its stdin, stdout and stderr, should ours be closed. */
	*theirs = fcntl(fds[1], F_DUPFD_CLOEXEC, 3);
	close(fds[1]);
	return *theirs < 0 ? err_sys(err, "descriptors for QEMU") : 0;
}

static int make_pair(int *ours, int *theirs, struct err *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(err, "socketpair");
	return take_pair(fds, ours, theirs, err);
}

/* As large as any user may have it, so that a busy host may be late in reading. */
static int make_pipe(int *ours, int *theirs, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return err_sys(err, "pipe");
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES);
	return take_pair(fds, ours, theirs, err);
}

static void close_all(struct qemu_process *p)
{
	int *fds[] = { &p->console, &p->port, &p->uart, &p->qmp, &p->errors };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			close(TAKE_FD(*fds[i]));
}

/* Sockets and pipes for all of @p; the other ends into @theirs, that of stderr into *ret_errors. */
static int make_sockets(struct qemu_process *p, struct qemu_fds *theirs, int *ret_errors,
			struct err *err)
{
	int pipe_fds[2];
	int r = (theirs->keys ? make_pair : make_pipe)(&p->console, &theirs->console, err);

	if (!r)
		r = make_pair(&p->port, &theirs->port, err);
	if (!r)
		r = make_pipe(&p->uart, &theirs->uart, err);
	if (!r)
		r = make_pair(&p->qmp, &theirs->qmp, err);
	if (r)
		return r;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return err_sys(err, "pipe");
	p->errors = pipe_fds[0];
	*ret_errors = pipe_fds[1];
	return 0;
}

static int spawn(struct loop *l, const struct machine_spec *spec, enum accel accel,
		 const struct qemu_fds *fds, int errors, child_fn fn, void *data,
		 struct child **ret, struct err *err)
{
	AUTO_STRV struct strv args = { 0 };
	AUTO_FREE char *program = NULL;
	int keep[] = { fds->console, fds->port, fds->uart, fds->qmp, -1 };
	/* What the guest writes to its root file system lies there, without a name. */
	AUTO_FREE char *tmp = mem_printf("TMPDIR=%s", spec->work ? spec->work : "");
	char *env[] = { tmp, NULL };
	int r = qemu_program(spec, &program, err);

	if (r)
		return r;
	qemu_args_fds(spec, accel, fds, &args);
	free(args.data[0]);
	args.data[0] = TAKE(program);
	struct child_spec child = {
		.argv = strv_argv(&args),
		.env_add = spec->root && spec->work ? env : NULL,
		.in = -1,
		.out = -1,
		.error = errors,
		.keep = keep,
		.own_group = true,
		.die_with_us = true,
	};
	return child_start(l, &child, fn, data, ret, err);
}

int qemu_start(struct loop *l, const struct machine_spec *spec, enum accel accel, bool keys,
	       child_fn fn, void *data, struct qemu_process *ret, struct err *err)
{
	struct qemu_process p = { .console = -1, .port = -1, .uart = -1, .qmp = -1, .errors = -1 };
	struct qemu_fds theirs = { .console = -1, .keys = keys, .port = -1, .uart = -1, .qmp = -1 };
	int errors = -1;
	int r = check_readable(spec->image, err);

	if (!r && spec->initrd)
		r = check_readable(spec->initrd, err);
	if (!r && spec->initrd_extra.len)
		r = join_initrd(spec, err);
	if (!r)
		r = make_sockets(&p, &theirs, &errors, err);
	if (!r)
		r = spawn(l, spec, accel, &theirs, errors, fn, data, &p.child, err);
	/* What is QEMU's is QEMU's alone, so that its end is the end of our streams. */
	int closing[] = { theirs.console, theirs.port, theirs.uart, theirs.qmp, errors };
	for (size_t i = 0; i < ARRAY_SIZE(closing); i++)
		if (closing[i] >= 0)
			close(closing[i]);
	if (r) {
		close_all(&p);
		return r;
	}
	*ret = p;
	return 0;
}
