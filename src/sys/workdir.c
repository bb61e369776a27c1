/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/workdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"

enum { YOUNG = 10 }; /* seconds between making the file and holding its lock, at most */

static int open_lock(const char *dir, int flags)
{
	AUTO_FREE char *path = path_join(dir, ".lock");

	return open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Of the open file, so that two of one process are told apart. */
static bool lock_now(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* Its maker is gone? Only our own: /tmp is everybody's. */
static bool is_left(const char *dir)
{
	AUTO_FD int fd = open_lock(dir, O_RDWR);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       st.st_mtime + YOUNG < time(NULL) && lock_now(fd);
}

/* Beside @path, with the same name but for the last six characters. */
static void sweep(const char *path)
{
	AUTO_FREE char *place = mem_strndup(path, (size_t)(path_base(path) - path));
	struct view prefix = view_of(path_base(path));
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	prefix.len -= strlen("XXXXXX");
	if (dir_list(place, &names, &ignored) < 0)
		return;
	vec_foreach(name, &names) {
		AUTO_FREE char *dir = path_join(place, *name);

		if (strncmp(*name, prefix.p, prefix.len) == 0 && is_left(dir))
			dir_remove(dir, &ignored);
	}
}

int workdir_make(const char *tag, struct workdir *ret, struct err *err)
{
	struct workdir w = { .lock_fd = -1 };
	int r = dir_temp(tag, &w.path, err);

	if (r < 0)
		return r;
	w.lock_fd = open_lock(w.path, O_RDWR | O_CREAT | O_EXCL);
	if (w.lock_fd < 0 || !lock_now(w.lock_fd)) {
		r = err_sys(err, "%s", w.path);
		workdir_end(&w, false);
		return r;
	}
	sweep(w.path);
	*ret = w;
	return 0;
}

void workdir_end(struct workdir *w, bool keep)
{
	struct err ignored = { 0 };

	if (!w->path)
		return;
	if (keep) {
		AUTO_FREE char *lock = path_join(w->path, ".lock");

		unlink(lock);
	} else {
		dir_remove(w->path, &ignored);
	}
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	free(w->path);
	*w = (struct workdir){ 0 };
}
