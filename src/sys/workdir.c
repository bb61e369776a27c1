/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"

#define LOCK ".lock"
enum { YOUNG = 10 }; /* seconds between making the file and holding its lock, at most */

static bool is_ours(const char *path, mode_t type)
{
	struct stat st;

	/* Not through links, and before anything is opened: /tmp is everybody's. */
	return lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid();
}

static bool lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* Its maker is gone? Then the lock file goes last: a kill in between is made up for by the next. */
static void remove_left(const char *lock_path, const char *dir)
{
	AUTO_FD int fd = is_ours(lock_path, S_IFREG) ?
				 open(lock_path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) :
				 -1;
	struct err ignored = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_mtime + YOUNG >= time(NULL) || !lock(fd))
		return;
	if (!is_ours(dir, S_IFDIR) || dir_remove(dir, &ignored) == 0)
		unlink(lock_path);
}

/* All "kassay-TAG.XXXXXX.lock" in @place. */
static void sweep(const char *place)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	if (dir_list(place, &names, &ignored) < 0)
		return;
	vec_foreach(name, &names) {
		AUTO_FREE char *path = path_join(place, *name);
		AUTO_FREE char *dir = mem_strdup(path);

		if (!view_starts(view_of(*name), "kassay-") || !view_ends(view_of(*name), LOCK))
			continue;
		dir[strlen(dir) - strlen(LOCK)] = '\0';
		remove_left(path, dir);
	}
}

int workdir_make(const char *tag, struct workdir *ret, struct err *err)
{
	struct workdir w = { .lock_fd = -1 };
	int r = dir_temp(tag, &w.path, err);

	if (r < 0)
		return r;
	AUTO_FREE char *place = mem_strndup(w.path, (size_t)(path_base(w.path) - w.path));
	AUTO_FREE char *path = mem_printf("%s" LOCK, w.path);

	w.lock_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* Where there are no such locks, nobody else gets one either. */
	if (w.lock_fd < 0 || (!lock(w.lock_fd) && (errno == EAGAIN || errno == EACCES))) {
		r = err_sys(err, "%s", path);
		workdir_end(&w, false);
		return r;
	}
	sweep(place);
	*ret = w;
	return 0;
}

void workdir_end(struct workdir *w, bool keep)
{
	struct err ignored = { 0 };

	if (!w->path)
		return;
	AUTO_FREE char *path = mem_printf("%s" LOCK, w->path);

	if (keep || dir_remove(w->path, &ignored) == 0)
		unlink(path);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	free(w->path);
	*w = (struct workdir){ 0 };
}
