/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading archives. A Debian package is an ar archive of tar archives: there, one libarchive reader
 * feeds another.
 *
 *   x.deb:  debian-binary  control.tar.xz  data.tar.xz ──► tar reader ──► unpack_entry()
 */
#include "sys/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"
#include "sys/unpack.h"

enum {
	ARCHIVE_BLOCK = 64 << 10,
	TAR_BLOCK = 512,
	CONTROL_MAX = 256 << 10, /* bytes of a control file */
	DEB_MEMBERS_MAX = 32,
};

static void free_archive(struct archive *a)
{
	archive_read_free(a);
}
DEFINE_AUTO(struct archive *, free_archive)
#define AUTO_ARCHIVE AUTO(free_archive)

static struct archive *tar_reader(void)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	return a;
}

/*
 * All entries of the tar archive @a. One that ends without its two blocks of zeros was cut off
 * between two entries, which libarchive takes for its end.
 */
static int read_tar(struct archive *a,
		    int (*fn)(struct archive *a, struct archive_entry *e, void *data,
			      struct err *err),
		    void *data, struct unpack *u, struct err *err)
{
	struct archive_entry *entry;
	la_int64_t end = 0;
	int r;

	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		int done = fn(a, entry, data, err);
		if (done)
			return done < 0 ? done : 0;
		if (archive_read_data_skip(a) != ARCHIVE_OK)
			return unpack_bad(u, a, err);
		end = archive_filter_bytes(a, 0);
	}
	if (r != ARCHIVE_EOF || archive_filter_bytes(a, 0) < end + TAR_BLOCK)
		return unpack_bad(u, a, err);
	return 0;
}

static int on_entry(struct archive *a, struct archive_entry *e, void *data, struct err *err)
{
	return unpack_entry(data, a, e, err);
}

static int open_file(const char *path, int *ret, struct err *err)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, "%s", path) : 0;
}

int unpack_tar(const char *path, const char *dir, unpack_filter filter, void *data, struct err *err)
{
	struct unpack u = {
		.path = path, .what = "tar archive", .filter = filter, .data = data, .dir_fd = -1
	};
	AUTO_ARCHIVE struct archive *a = tar_reader();
	AUTO_FD int fd = -1;
	int r = open_file(path, &fd, err);

	if (r)
		return r;
	if (archive_read_open_fd(a, fd, ARCHIVE_BLOCK))
		return unpack_bad(&u, a, err);
	r = unpack_init(&u, dir, err);
	if (!r)
		r = read_tar(a, on_entry, &u, &u, err);
	unpack_release(&u);
	return r;
}

static int copy_data(struct archive *a, struct unpack *u, int to, struct err *err)
{
	const void *p;
	size_t n;
	la_int64_t at;
	uint64_t total = 0;
	int r;

	while ((r = archive_read_data_block(a, &p, &n, &at)) == ARCHIVE_OK) {
		total += n;
		if (total > UNPACK_FILE_MAX)
			return err_set(err, ERR_LIMIT, "%s: more than %llu bytes", u->path,
				       (unsigned long long)UNPACK_FILE_MAX);
		int w = fd_write_all(to, p, n, u->dir, err);
		if (w < 0)
			return w;
	}
	return r == ARCHIVE_EOF ? 0 : unpack_bad(u, a, err);
}

int unpack_file(const char *path, const char *to, struct err *err)
{
	AUTO_ARCHIVE struct archive *a = archive_read_new();
	AUTO_FREE char *part = mem_printf("%s.part", to);
	struct unpack u = { .path = path, .what = "compressed file", .dir = part };
	struct archive_entry *entry;
	AUTO_FD int fd = -1;
	AUTO_FD int out = -1;
	int r = open_file(path, &fd, err);

	if (r)
		return r;
	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_fd(a, fd, ARCHIVE_BLOCK) ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return unpack_bad(&u, a, err);
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0)
		return err_sys(err, "%s", part);
	r = copy_data(a, &u, out, err);
	if (r == 0 && rename(part, to) < 0)
		r = err_sys(err, "%s", to);
	if (r < 0)
		unlink(part);
	return r;
}

/* Debian packages: deb(5) */

static la_ssize_t read_member(struct archive *inner, void *data, const void **ret)
{
	struct archive *outer = data;
	la_int64_t at;
	size_t n;
	int r = archive_read_data_block(outer, ret, &n, &at);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r == ARCHIVE_OK)
		return (la_ssize_t)n;
	archive_set_error(inner, EIO, "%s", archive_error_string(outer));
	return ARCHIVE_FATAL;
}

/* Go to the member that is @name or starts with "@name.". */
static int find_member(struct archive *outer, const char *name, struct unpack *u, struct err *err)
{
	struct archive_entry *entry;
	size_t len = strlen(name);

	for (int i = 0; i < DEB_MEMBERS_MAX; i++) {
		if (archive_read_next_header(outer, &entry) != ARCHIVE_OK)
			return unpack_bad(u, outer, err);
		const char *member = archive_entry_pathname(entry);
		if (member && !strncmp(member, name, len) && (!member[len] || member[len] == '.'))
			return 0;
	}
	return unpack_bad(u, outer, err);
}

static int read_deb(struct unpack *u, const char *member,
		    int (*fn)(struct archive *a, struct archive_entry *e, void *data,
			      struct err *err),
		    void *data, struct err *err)
{
	AUTO_ARCHIVE struct archive *outer = archive_read_new(), *inner = tar_reader();
	AUTO_FD int fd = -1;
	int r = open_file(u->path, &fd, err);

	if (r)
		return r;
	archive_read_support_format_ar(outer);
	if (archive_read_open_fd(outer, fd, ARCHIVE_BLOCK))
		return unpack_bad(u, outer, err);
	r = find_member(outer, "debian-binary", u, err);
	if (!r)
		r = find_member(outer, member, u, err);
	if (r)
		return r;
	if (archive_read_open(inner, outer, NULL, read_member, NULL))
		return unpack_bad(u, inner, err);
	return read_tar(inner, fn, data, u, err);
}

int unpack_deb(const char *path, const char *dir, unpack_filter filter, void *data, struct err *err)
{
	struct unpack u = {
		.path = path, .what = "Debian package", .filter = filter, .data = data, .dir_fd = -1
	};
	int r = unpack_init(&u, dir, err);

	if (!r)
		r = read_deb(&u, "data.tar", on_entry, &u, err);
	unpack_release(&u);
	return r;
}

struct control {
	struct unpack *u;
	struct str text;
};

static int on_control(struct archive *a, struct archive_entry *e, void *data, struct err *err)
{
	struct control *c = data;
	const char *name = archive_entry_pathname(e);

	if (!name || (strcmp(name, "./control") && strcmp(name, "control")))
		return 0;
	la_int64_t size = archive_entry_size(e);
	if (size < 0 || size > CONTROL_MAX)
		return err_set(err, ERR_LIMIT, "%s: its control file is larger than %d bytes",
			       c->u->path, CONTROL_MAX);
	str_reserve(&c->text, (size_t)size + 1);
	la_ssize_t n = archive_read_data(a, c->text.data, (size_t)size);
	if (n != size)
		return unpack_bad(c->u, a, err);
	c->text.len = (size_t)n;
	return 1;
}

/* The value of @field in a control file (deb-control(5)), or NULL. Heap. */
static char *control_field(struct view text, const char *field)
{
	struct view line;
	size_t len = strlen(field);

	while (view_line(&text, &line)) {
		if (line.len <= len || line.p[len] != ':' || strncasecmp(line.p, field, len))
			continue;
		struct view value = view_trim(view_sub(line, len + 1, line.len));
		return value.len && !memchr(value.p, '\0', value.len) ?
			       mem_strndup(value.p, value.len) :
			       NULL;
	}
	return NULL;
}

int deb_control(const char *path, char **ret_package, char **ret_version, char **ret_arch,
		struct err *err)
{
	struct unpack u = { .path = path, .what = "Debian package" };
	struct control c = { .u = &u };
	struct {
		const char *field;
		char **ret, *value;
	} want[] = { { "Package", ret_package, NULL },
		     { "Version", ret_version, NULL },
		     { "Architecture", ret_arch, NULL } };
	int r = read_deb(&u, "control.tar", on_control, &c, err);

	for (size_t i = 0; i < ARRAY_SIZE(want) && !r; i++) {
		want[i].value = control_field(str_view(&c.text), want[i].field);
		if (!want[i].value)
			r = err_set(err, ERR_PARSE, "%s: its control file has no %s", path,
				    want[i].field);
	}
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		if (!r && want[i].ret)
			*want[i].ret = TAKE(want[i].value);
		free(want[i].value);
	}
	str_release(&c.text);
	return r;
}
