/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders; declared in sys/file.h. */
#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool dir_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int dir_make(const char *path, struct err *err)
{
	AUTO_FREE char *p = mem_strdup(path);

	for (char *at = p + strspn(p, "/"); *at;) {
		at += strcspn(at, "/");
		char slash = *at;
		*at = '\0';
		int saved = mkdir(p, 0777) ? errno : 0;
		if (saved && !dir_exists(p)) {
			errno = saved == EEXIST ? ENOTDIR : saved;
			return err_sys(err, "%s", p);
		}
		*at = slash;
		at += strspn(at, "/");
	}
	return 0;
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/*
 * Names in the folder @fd (taken over). Sorted, so that what we do with them does not depend on the
 * disk.
 */
static int list_fd(int fd, const char *name, struct strv *ret, struct err *err)
{
	__attribute__((cleanup(close_dir))) DIR *d = fdopendir(fd);
	AUTO_STRV struct strv names = { 0 };

	if (!d) {
		err_sys(err, "%s", name);
		close(fd);
		return -err->code;
	}
	for (;;) {
		errno = 0;
		struct dirent *e = readdir(d);
		if (!e)
			break;
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			strv_add(&names, e->d_name);
	}
	if (errno)
		return err_sys(err, "%s", name);
	strv_sort(&names);
	strv_add_all(ret, &names);
	return 0;
}

static int open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int dir_list(const char *dir, struct strv *ret, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "%s", dir) : list_fd(fd, dir, ret, err);
}

/*
 * Walking: one descriptor open per level, so that no path is too long and none can be changed under
 * us.
 */
struct walk {
	const char *dir;
	dir_walk_fn fn;
	void *data;
	struct str rel;
	int depth;
	bool remove; /* instead of calling fn */
	struct err *err;
};

static int walk_dir(struct walk *w, int at, const char *name);

static int walk_error(struct walk *w)
{
	return err_sys(w->err, "%s%s%s", w->dir, w->rel.len ? "/" : "", str_c(&w->rel));
}

static int walk_remove(struct walk *w, int at, const char *name)
{
	if (!unlinkat(at, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return walk_error(w);
	int r = walk_dir(w, at, name);
	if (r)
		return r;
	return unlinkat(at, name, AT_REMOVEDIR) && errno != ENOENT ? walk_error(w) : 0;
}

static int walk_visit(struct walk *w, int at, const char *name)
{
	struct stat st;

	if (w->remove)
		return walk_remove(w, at, name);
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : walk_error(w); /* gone since it was listed */
	int r = w->fn(str_c(&w->rel), &st, w->data, w->err);
	if (r || !S_ISDIR(st.st_mode))
		return r < 0 ? r : 0;
	return walk_dir(w, at, name);
}

static int walk_dir(struct walk *w, int at, const char *name)
{
	AUTO_STRV struct strv names = { 0 };

	/*
	 * What is to go may lack the permissions it takes, or be gone: others may remove it, too.
	 */
	if (w->remove && fchmodat(at, name, 0700, 0) && errno == ENOENT)
		return 0;
	AUTO_FD int fd = open_dir(at, name);
	if (fd < 0)
		return w->remove && errno == ENOENT ? 0 : walk_error(w);
	if (w->depth == DIR_DEPTH_MAX)
		return err_set(w->err, ERR_LIMIT, "%s: more than %d folders deep", w->dir,
			       DIR_DEPTH_MAX);
	int listed = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int r = listed < 0 ? walk_error(w) : list_fd(listed, w->dir, &names, w->err);
	size_t len = w->rel.len;
	w->depth++;
	for (size_t i = 0; i < names.len && !r; i++) {
		str_addf(&w->rel, "%s%s", len ? "/" : "", names.data[i]);
		r = walk_visit(w, fd, names.data[i]);
		w->rel.len = len;
		w->rel.data[len] = '\0';
	}
	w->depth--;
	return r;
}

int dir_walk(const char *dir, dir_walk_fn fn, void *data, struct err *err)
{
	struct walk w = { .dir = dir, .fn = fn, .data = data, .err = err };
	AUTO_FD int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_sys(err, "%s", dir);
	int r = walk_dir(&w, top, ".");
	str_release(&w.rel);
	return r;
}

int dir_remove(const char *path, struct err *err)
{
	struct walk w = { .dir = path, .remove = true, .err = err };
	int r = walk_remove(&w, AT_FDCWD, path);

	str_release(&w.rel);
	return r;
}

static int add_size(const char *rel, const struct stat *st, void *data, struct err *err)
{
	(void)rel, (void)err;
	*(uint64_t *)data += (uint64_t)st->st_blocks * 512;
	return 0;
}

uint64_t dir_size(const char *dir)
{
	struct err ignored = { 0 };
	uint64_t size = 0;

	dir_walk(dir, add_size, &size, &ignored);
	return size;
}

int dir_temp(const char *tag, char **ret, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *path = mem_printf("%s/kassay-%s.XXXXXX", tmp && tmp[0] ? tmp : "/tmp", tag);

	if (!mkdtemp(path))
		return err_sys(err, "%s", path);
	*ret = TAKE(path);
	return 0;
}
