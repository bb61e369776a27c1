/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/temp.h"

#include <fcntl.h>
#include <unistd.h>

#include "sys/file.h"

int temp_open(struct temp *t, const char *path, struct err *err)
{
	int dir_len = (int)(path_base(path) - path);

	t->path = mem_printf("%.*s.kassay-XXXXXX", dir_len, path);
	t->fd = mkostemp(t->path, O_CLOEXEC);
	if (t->fd >= 0)
		return 0;
	free(TAKE(t->path));
	return err_sys(err, "%s", path);
}

int temp_rename(struct temp *t, const char *path, struct err *err)
{
	if (rename(t->path, path))
		return err_sys(err, "%s", path);
	free(TAKE(t->path));
	return 0;
}

int temp_commit(struct temp *t, const char *path, struct err *err)
{
	size_t len = (size_t)(path_base(path) - path);
	AUTO_FREE char *dir = len ? mem_strndup(path, len) : mem_strdup(".");

	if (fsync(t->fd))
		return err_sys(err, "%s", path);
	int r = temp_rename(t, path, err);
	if (r)
		return r;
	/* Some file systems cannot sync a folder; then there is nothing to do about it. */
	AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
	return 0;
}

void temp_release(struct temp *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->path)
		unlink(t->path);
	free(t->path);
}
