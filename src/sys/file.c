/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "sys/temp.h"

enum { FILE_CHUNK = 64 << 10 };

static ssize_t read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

int file_read(const char *path, size_t max, struct str *ret, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_STR struct str text = STR_INIT;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	/* Only a hint: files of /proc say 0, and a file may grow. */
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max)
		str_reserve(&text, (size_t)st.st_size + 1);
	for (;;) {
		if (text.cap - text.len < 2)
			str_reserve(&text, FILE_CHUNK);
		ssize_t n = read_some(fd, text.data + text.len, text.cap - text.len - 1);
		if (n < 0)
			return err_sys(err, "%s", path);
		if (!n)
			break;
		text.len += (size_t)n;
		if (text.len > max)
			return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
	}
	if (text.len)
		str_addv(ret, str_view(&text));
	return 0;
}

int fd_write_all(int fd, const void *p, size_t n, const char *name, struct err *err)
{
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(err, "%s", name);
		p = (const char *)p + done;
		n -= (size_t)done;
	}
	return 0;
}

bool file_is_special(const char *path)
{
	struct stat st;

	if (stat(path, &st) || S_ISDIR(st.st_mode))
		return false;
	return !S_ISREG(st.st_mode) || view_starts(view_of(path), "/dev/") ||
	       view_starts(view_of(path), "/proc/");
}

static int write_special(const char *path, struct view text, struct err *err)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(err, "%s", path);
	return fd_write_all(fd, text.p, text.len, path, err);
}

int file_write(const char *path, struct view text, unsigned mode, struct err *err)
{
	AUTO_TEMP struct temp t = TEMP_INIT;

	if (file_is_special(path))
		return write_special(path, text, err);
	int r = temp_open(&t, path, err);
	if (!r)
		r = fd_write_all(t.fd, text.p, text.len, path, err);
	if (r)
		return r;
	if (fchmod(t.fd, mode))
		return err_sys(err, "%s", path);
	return temp_commit(&t, path, err);
}

static int copy_bytes(int in, int out, const char *from, const char *to, struct err *err)
{
	char buf[FILE_CHUNK];

	if (!ioctl(out, FICLONE, in))
		return 0;
	/*
	 * In the kernel where it can; it may stop half-way (across file systems): the loop below
	 * goes on.
	 */
	while (copy_file_range(in, NULL, out, NULL, (size_t)1 << 30, 0) > 0)
		;
	for (;;) {
		ssize_t n = read_some(in, buf, sizeof(buf));
		if (n < 0)
			return err_sys(err, "%s", from);
		if (!n)
			return 0;
		int r = fd_write_all(out, buf, (size_t)n, to, err);
		if (r)
			return r;
	}
}

int file_copy(const char *from, const char *to, struct err *err)
{
	AUTO_TEMP struct temp t = TEMP_INIT;
	AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || fstat(in, &st))
		return err_sys(err, "%s", from);
	int r = temp_open(&t, to, err);
	if (!r)
		r = copy_bytes(in, t.fd, from, to, err);
	if (r)
		return r;
	struct timespec times[2] = { st.st_atim, st.st_mtim };
	if (fchmod(t.fd, st.st_mode & 07777) || futimens(t.fd, times))
		return err_sys(err, "%s", to);
	return temp_rename(&t, to, err);
}

bool file_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISDIR(st.st_mode);
}

int file_sha256(const char *path, char ret[65], struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *buf = mem_alloc(FILE_CHUNK);
	ssize_t n;

	if (fd < 0)
		return err_sys(err, "%s", path);
	struct sha256 *h = sha256_new();
	while ((n = read_some(fd, buf, FILE_CHUNK)) > 0)
		sha256_add(h, buf, (size_t)n);
	if (!n)
		sha256_hex(h, ret);
	sha256_free(h);
	return n < 0 ? err_sys(err, "%s", path) : 0;
}

/* Paths */

char *path_join(const char *dir, const char *name)
{
	if (name[0] == '/' || !dir[0])
		return mem_strdup(name);
	return mem_printf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_absolute(const char *path)
{
	AUTO_FREE char *cwd = path[0] == '/' ? mem_strdup("/") : getcwd(NULL, 0);
	AUTO_FREE char *full = path_join(cwd ? cwd : "/", path);
	AUTO_STR struct str out = STR_INIT;
	struct view rest = view_of(full), part;

	while (view_split(&rest, '/', &part)) {
		if (!part.len || view_eq(part, "."))
			continue;
		if (!view_eq(part, "..")) {
			str_addc(&out, '/');
			str_addv(&out, part);
			continue;
		}
		while (out.len && out.data[--out.len] != '/')
			;
		if (out.data)
			out.data[out.len] = '\0';
	}
	return out.len ? str_take(&out) : mem_strdup("/");
}

char *path_which(const char *name)
{
	const char *path = getenv("PATH");
	struct view rest = view_of(path ? path : "/usr/local/bin:/usr/bin:/bin"), dir;

	if (strchr(name, '/'))
		return file_exists(name) && !access(name, X_OK) ? mem_strdup(name) : NULL;
	while (view_split(&rest, ':', &dir)) {
		AUTO_FREE char *full =
			mem_printf(VIEW_FMT "%s%s", VIEW_ARG(dir), dir.len ? "/" : "./", name);
		if (file_exists(full) && !access(full, X_OK))
			return TAKE(full);
	}
	return NULL;
}

int tool_need(const char *name, const char *package, char **ret_path, struct err *err)
{
	char *path = path_which(name);

	if (!path)
		return err_set(err, ERR_NO_TOOL, "%s is not installed (Debian package: %s)", name,
			       package);
	*ret_path = path;
	return 0;
}
