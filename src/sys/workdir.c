/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"

#define LOCK ".lock"
enum {
	YOUNG = 10, /* seconds between making the file and holding its lock, at most */
	RANDOM = 6, /* characters of mkstemps(3) */
};

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

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size || st.st_mtime + YOUNG >= time(NULL) ||
	    !lock(fd))
		return;
	if (!is_ours(dir, S_IFDIR) || dir_remove(dir, &ignored) == 0)
		unlink(lock_path);
}

/* "kassay-TAG.XXXXXX.lock", the six as mkstemps(3) makes them; a user's "kassay-notes.lock" is not ours. */
static bool is_lock_name(struct view name)
{
	ssize_t dot;

	if (!view_skip(&name, "kassay-") || !view_ends(name, LOCK))
		return false;
	name.len -= strlen(LOCK);
	dot = view_find_chr(name, '.');
	if (dot <= 0 || (size_t)dot + 1 + RANDOM != name.len)
		return false;
	for (size_t i = (size_t)dot + 1; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
			    name.p[i]))
			return false;
	return true;
}

static void sweep(const char *place)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	if (dir_list(place, &names, &ignored) < 0)
		return;
	vec_foreach(name, &names) {
		AUTO_FREE char *path = path_join(place, *name);
		AUTO_FREE char *dir = mem_strndup(path, strlen(path) - strlen(LOCK));

		if (is_lock_name(view_of(*name)))
			remove_left(path, dir);
	}
}

/* The lock before the folder, so that there is never one without. */
int workdir_make(const char *tag, struct workdir *ret, struct err *err)
{
	const char *tmp = getenv("TMPDIR"), *place = tmp && tmp[0] ? tmp : "/tmp";
	AUTO_FREE char *path = mem_printf("%s/kassay-%s.XXXXXX" LOCK, place, tag);
	struct workdir w = { .lock_fd = mkostemps(path, (int)strlen(LOCK), O_CLOEXEC) };

	if (w.lock_fd < 0)
		return err_sys(err, "temporary folder %s ($TMPDIR)", place);
	w.path = mem_strndup(path, strlen(path) - strlen(LOCK));
	/* Where there are no such locks, nobody else gets one either. */
	if ((!lock(w.lock_fd) && (errno == EAGAIN || errno == EACCES)) || mkdir(w.path, 0700) < 0) {
		int r = err_sys(err, "temporary folder %s", w.path);

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
