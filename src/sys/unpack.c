/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/file.h"
#include "sys/loop.h"

enum {
	UNPACK_DEPTH_MAX = 100, /* folders */
	UNPACK_NAME_MAX = 4000, /* bytes of a path */
};

int unpack_init(struct unpack *u, const char *dir, struct err *err)
{
	int r = dir_make(dir, err);

	if (r)
		return r;
	u->dir = dir;
	u->parent_fd = -1;
	u->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return u->dir_fd < 0 ? err_sys(err, "%s", dir) : 0;
}

void unpack_release(struct unpack *u)
{
	if (u->parent_fd >= 0)
		close(u->parent_fd);
	if (u->dir_fd >= 0)
		close(u->dir_fd);
	free(u->parent);
}

int unpack_bad(const struct unpack *u, struct archive *a, struct err *err)
{
	const char *why = archive_error_string(a);

	return err_set(err, ERR_PARSE, "%s: truncated or not a %s%s%s%s", u->path, u->what,
		       why ? " (" : "", why ? why : "", why ? ")" : "");
}

/* "./a//b/" to "a/b"; what would lead out is refused. The archive's own folder gives "". */
static int clean_name(const struct unpack *u, const char *name, struct str *ret, struct err *err)
{
	struct view rest = view_of(name), part;
	int depth = 0;

	if (!name || name[0] == '/' || rest.len > UNPACK_NAME_MAX)
		return err_set(err, ERR_PARSE,
			       "%s: refused: an entry's path is absolute or too long", u->path);
	while (view_split(&rest, '/', &part)) {
		if (!part.len || view_eq(part, "."))
			continue;
		if (view_eq(part, "..") || ++depth > UNPACK_DEPTH_MAX)
			return err_set(err, ERR_PARSE, "%s: refused: %s", u->path, name);
		if (ret->len)
			str_addc(ret, '/');
		str_addv(ret, part);
	}
	return 0;
}

static int place_error(const struct unpack *u, const char *rel, struct err *err)
{
	if (errno == ELOOP || errno == ENOTDIR)
		return err_set(err, ERR_PARSE,
			       "%s: refused: %s would be written through a link or a file", u->path,
			       rel);
	return err_sys(err, "%s/%s", u->dir, rel);
}

/* Open folder @rel below the top, made where it is missing. */
static int open_below(struct unpack *u, const char *rel, struct err *err)
{
	AUTO_FD int fd = fcntl(u->dir_fd, F_DUPFD_CLOEXEC, 3);
	struct view rest = view_of(rel), part;

	while (fd >= 0 && view_split(&rest, '/', &part)) {
		AUTO_FREE char *name = mem_strndup(part.p, part.len);
		if (mkdirat(fd, name, 0755) && errno != EEXIST)
			return place_error(u, rel, err);
		int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int saved = errno;
		close(fd);
		fd = next;
		errno = saved;
	}
	return fd < 0 ? place_error(u, rel, err) : TAKE_FD(fd);
}

/* The folder @rel is to lie in: borrowed. */
static int open_parent(struct unpack *u, const char *rel, struct err *err)
{
	size_t len = (size_t)(path_base(rel) - rel);
	AUTO_FREE char *parent = mem_strndup(rel, len ? len - 1 : 0);

	if (u->parent && !strcmp(parent, u->parent))
		return u->parent_fd;
	int fd = open_below(u, parent, err);
	if (fd < 0)
		return fd;
	if (u->parent_fd >= 0)
		close(u->parent_fd);
	free(u->parent);
	u->parent_fd = fd;
	u->parent = TAKE(parent);
	return fd;
}

static int copy_data(struct unpack *u, struct archive *a, int fd, const char *rel, struct err *err)
{
	const void *p;
	size_t n;
	la_int64_t at;
	int r;

	while ((r = archive_read_data_block(a, &p, &n, &at)) == ARCHIVE_OK) {
		u->bytes += n;
		if (u->bytes > UNPACK_BYTES_MAX)
			return err_set(err, ERR_LIMIT, "%s: more than %llu bytes", u->path,
				       UNPACK_BYTES_MAX);
		/* A sparse file comes in pieces. */
		if (lseek(fd, at, SEEK_SET) < 0)
			return place_error(u, rel, err);
		int w = fd_write_all(fd, p, n, rel, err);
		if (w)
			return err_context(err, "%s", u->dir);
	}
	return r == ARCHIVE_EOF ? 0 : unpack_bad(u, a, err);
}

static int place_file(struct unpack *u, struct archive *a, struct archive_entry *entry,
		      const char *rel, struct err *err)
{
	int parent = open_parent(u, rel, err);
	la_int64_t size = archive_entry_size(entry);

	if (parent < 0)
		return parent;
	if (size < 0 || (uint64_t)size > UNPACK_BYTES_MAX - u->bytes)
		return err_set(err, ERR_LIMIT, "%s: more than %llu bytes", u->path,
			       UNPACK_BYTES_MAX);
	unlinkat(parent, path_base(rel), 0);
	AUTO_FD int fd = openat(parent, path_base(rel),
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return place_error(u, rel, err);
	int r = copy_data(u, a, fd, rel, err);
	if (r)
		return r;
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
				     { archive_entry_mtime(entry),
				       archive_entry_mtime_nsec(entry) } };
	if (ftruncate(fd, size) || fchmod(fd, (archive_entry_perm(entry) & 0777) | 0600) ||
	    futimens(fd, times))
		return place_error(u, rel, err);
	return 0;
}

/*
 * Does the link @rel with @target, both as text, stay inside the folder? A ".." behind a name may go up from where another
 * link led, so it stands at the front only.
 */
static bool stays_inside(const char *rel, const char *target)
{
	struct view rest = view_of(target), part;
	bool named = false;
	int depth = 0;

	for (const char *p = rel; *p; p++)
		depth += *p == '/';
	if (target[0] == '/')
		return false;
	while (view_split(&rest, '/', &part)) {
		if (view_eq(part, ".."))
			depth--;
		else if (part.len && !view_eq(part, "."))
			named = true;
		if (depth < 0 || (named && view_eq(part, "..")))
			return false;
	}
	return true;
}

static int place_symlink(struct unpack *u, const char *target, const char *rel, struct err *err)
{
	if (!target || !target[0])
		return err_set(err, ERR_PARSE, "%s: refused: link %s without a target", u->path,
			       rel);
	if (!stays_inside(rel, target)) {
		log_debug("%s: left out: %s is a link to %s", u->path, rel, target);
		return 0;
	}
	int parent = open_parent(u, rel, err);
	if (parent < 0)
		return parent;
	unlinkat(parent, path_base(rel), 0);
	return symlinkat(target, parent, path_base(rel)) ? place_error(u, rel, err) : 0;
}

static enum unpack_answer ask(struct unpack *u, const char *name, struct str *ret)
{
	if (!u->filter) {
		str_adds(ret, name);
		return UNPACK_TAKE;
	}
	enum unpack_answer answer = u->filter(name, ret, u->data);
	if (answer == UNPACK_TAKE && !ret->len)
		str_adds(ret, name);
	return answer;
}

static int place_hardlink(struct unpack *u, const char *target, const char *rel, struct err *err)
{
	AUTO_STR struct str name = STR_INIT, to = STR_INIT;
	int r = clean_name(u, target, &name, err);

	if (r)
		return r;
	if (ask(u, str_c(&name), &to) != UNPACK_TAKE)
		return err_set(err, ERR_PARSE, "%s: %s is a link to %s, which is left out", u->path,
			       rel, str_c(&name));
	int old = open_parent(u, str_c(&to), err);
	if (old < 0)
		return old;
	AUTO_FD int kept = fcntl(old, F_DUPFD_CLOEXEC, 3); /* open_parent() keeps one only */
	int parent = open_parent(u, rel, err);
	if (parent < 0)
		return parent;
	unlinkat(parent, path_base(rel), 0);
	return linkat(kept, path_base(str_c(&to)), parent, path_base(rel), 0) ?
		       place_error(u, rel, err) :
		       0;
}

static int place(struct unpack *u, struct archive *a, struct archive_entry *entry, const char *rel,
		 struct err *err)
{
	if (archive_entry_hardlink(entry))
		return place_hardlink(u, archive_entry_hardlink(entry), rel, err);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG: return place_file(u, a, entry, rel, err);
	case AE_IFLNK: return place_symlink(u, archive_entry_symlink(entry), rel, err);
	case AE_IFDIR: break;
	default:
		return err_set(err, ERR_PARSE, "%s: refused: %s is a device or a pipe", u->path,
			       rel);
	}
	AUTO_FD int fd = open_below(u, rel, err);
	return fd < 0 ? fd : 0;
}

int unpack_entry(struct unpack *u, struct archive *a, struct archive_entry *entry, struct err *err)
{
	AUTO_STR struct str name = STR_INIT, to = STR_INIT, rel = STR_INIT;

	if (interrupted())
		return err_set(err, ERR_CANCELLED, "%s: interrupted", u->path);
	if (++u->entries > UNPACK_FILES_MAX)
		return err_set(err, ERR_LIMIT, "%s: more than %d entries", u->path,
			       UNPACK_FILES_MAX);
	int r = clean_name(u, archive_entry_pathname(entry), &name, err);
	if (r || !name.len)
		return r;
	enum unpack_answer answer = ask(u, str_c(&name), &to);
	if (answer != UNPACK_TAKE)
		return answer == UNPACK_STOP;
	r = clean_name(u, str_c(&to), &rel, err);
	return r || !rel.len ? r : place(u, a, entry, str_c(&rel), err);
}
