/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Initramfs images; declared in sys/archive.h. Equal input gives equal bytes: inode numbers count
 * up, times and owners are 0.
 */
#include "sys/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/vec.h"
#include "sys/file.h"
#include "sys/temp.h"

enum {
	CPIO_BUFFER = 1 << 20,
	CPIO_DIR_MODE = 0755, /* of parents that nobody asked for */
};

struct cpio {
	char *path;
	struct temp temp;
	struct str out;	  /* waits to be written */
	uint64_t written; /* bytes, with those that wait */
	unsigned inode;
	struct map *names; /* what is in it; the value says whether it is a folder */
};

struct cpio_head {
	unsigned mode, links, size, major, minor;
};

int cpio_new(const char *path, struct cpio **ret, struct err *err)
{
	struct cpio *c = NEW(struct cpio);

	c->path = mem_strdup(path);
	c->temp = TEMP_INIT;
	c->names = map_new();
	int r = temp_open(&c->temp, path, err);
	if (r)
		cpio_abort(c);
	else
		*ret = c;
	return r;
}

void cpio_abort(struct cpio *c)
{
	if (!c)
		return;
	temp_release(&c->temp);
	str_release(&c->out);
	map_free(c->names);
	free(c->path);
	free(c);
}

static int flush(struct cpio *c, struct err *err)
{
	int r = fd_write_all(c->temp.fd, c->out.data, c->out.len, c->path, err);

	str_clear(&c->out);
	return r;
}

static int add(struct cpio *c, const void *p, size_t n, struct err *err)
{
	if (n)
		str_add(&c->out, p, n);
	c->written += n;
	return c->out.len >= CPIO_BUFFER ? flush(c, err) : 0;
}

static int pad(struct cpio *c, struct err *err)
{
	return add(c, "\0\0\0", -c->written & 3, err);
}

static int add_head(struct cpio *c, const char *name, const struct cpio_head *h, struct err *err)
{
	size_t len = strlen(name) + 1;

	str_addf(&c->out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08zX%08X", ++c->inode,
		 h->mode, 0, 0, h->links, 0, h->size, 0, 0, h->major, h->minor, len, 0);
	c->written += 110;
	int r = add(c, name, len, err);
	return r ? r : pad(c, err);
}

/* Without slashes at the ends and "." parts; the kernel takes names up to PATH_MAX. */
static int clean(const struct cpio *c, const char *name, struct str *ret, struct err *err)
{
	struct view rest = view_of(name), part;

	while (view_split(&rest, '/', &part)) {
		if (!part.len || view_eq(part, "."))
			continue;
		if (view_eq(part, ".."))
			return err_set(err, ERR_USAGE, "%s: \"%s\" cannot be in an initramfs",
				       c->path, name);
		if (ret->len)
			str_addc(ret, '/');
		str_addv(ret, part);
	}
	if (ret->len >= PATH_MAX)
		return err_set(err, ERR_LIMIT, "%s: a name of more than %d bytes: %s", c->path,
			       PATH_MAX, name);
	return 0;
}

/* One folder, unless it is there. */
static int add_dir(struct cpio *c, const char *name, unsigned mode, struct err *err)
{
	bool is_file = map_has(c->names, name) && !map_get(c->names, name);

	if (is_file)
		return err_set(err, ERR_USAGE, "%s: %s is there already, and no folder", c->path,
			       name);
	if (map_has(c->names, name))
		return 0;
	map_set(c->names, name, c);
	return add_head(c, name,
			&(struct cpio_head){ .mode = S_IFDIR | (mode & 07777), .links = 2 }, err);
}

static int add_parents(struct cpio *c, const char *name, struct err *err)
{
	int r = 0;

	for (const char *slash = strchr(name, '/'); slash && !r; slash = strchr(slash + 1, '/')) {
		AUTO_FREE char *parent = mem_strndup(name, (size_t)(slash - name));
		r = add_dir(c, parent, CPIO_DIR_MODE, err);
	}
	return r;
}

int cpio_dir(struct cpio *c, const char *name, unsigned mode, struct err *err)
{
	AUTO_STR struct str path = STR_INIT;
	int r = clean(c, name, &path, err);

	if (r || !path.len)
		return r;
	r = add_parents(c, str_c(&path), err);
	return r ? r : add_dir(c, str_c(&path), mode, err);
}

/* Everything up to the bytes of an entry that is no folder. */
static int begin(struct cpio *c, const char *name, const struct cpio_head *h, struct err *err)
{
	AUTO_STR struct str path = STR_INIT;
	int r = clean(c, name, &path, err);

	if (r)
		return r;
	if (!path.len || map_has(c->names, str_c(&path)))
		return err_set(err, ERR_USAGE, "%s: \"%s\" is there already", c->path, name);
	r = add_parents(c, str_c(&path), err);
	if (r)
		return r;
	map_set(c->names, str_c(&path), NULL);
	return add_head(c, str_c(&path), h, err);
}

static int too_large(const struct cpio *c, const char *name, struct err *err)
{
	return err_set(err, ERR_LIMIT, "%s: %s is larger than the 4 GB a cpio archive can hold",
		       c->path, name);
}

int cpio_bytes(struct cpio *c, const char *name, unsigned mode, struct view bytes, struct err *err)
{
	struct cpio_head h = { .mode = S_IFREG | (mode & 07777),
			       .links = 1,
			       .size = (unsigned)bytes.len };

	if (bytes.len > UINT32_MAX)
		return too_large(c, name, err);
	int r = begin(c, name, &h, err);
	if (!r)
		r = add(c, bytes.p, bytes.len, err);
	return r ? r : pad(c, err);
}

static int add_fd(struct cpio *c, int fd, uint64_t size, const char *from, struct err *err)
{
	while (size) {
		size_t want = size < CPIO_BUFFER ? (size_t)size : CPIO_BUFFER;
		str_reserve(&c->out, want);
		ssize_t n = read(fd, c->out.data + c->out.len, want);
		if (n < 0)
			return err_sys(err, "%s", from);
		if (!n)
			return err_set(err, ERR_IO, "%s: became shorter while it was read", from);
		c->out.len += (size_t)n;
		c->written += (size_t)n;
		size -= (size_t)n;
		int r = c->out.len >= CPIO_BUFFER ? flush(c, err) : 0;
		if (r)
			return r;
	}
	return pad(c, err);
}

int cpio_file(struct cpio *c, const char *name, unsigned mode, const char *from, struct err *err)
{
	AUTO_FD int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", from);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_USAGE, "%s: not a file", from);
	if ((uint64_t)st.st_size > UINT32_MAX)
		return too_large(c, from, err);
	struct cpio_head h = { .mode = S_IFREG | (mode & 07777),
			       .links = 1,
			       .size = (unsigned)st.st_size };
	int r = begin(c, name, &h, err);
	return r ? r : add_fd(c, fd, (uint64_t)st.st_size, from, err);
}

int cpio_link(struct cpio *c, const char *name, const char *target, struct err *err)
{
	size_t len = strlen(target);
	struct cpio_head h = { .mode = S_IFLNK | 0777, .links = 1, .size = (unsigned)len };

	if (len >= PATH_MAX)
		return err_set(err, ERR_LIMIT, "%s: %s points to more than %d bytes", c->path, name,
			       PATH_MAX);
	int r = begin(c, name, &h, err);
	if (!r)
		r = add(c, target, len, err);
	return r ? r : pad(c, err);
}

int cpio_node(struct cpio *c, const char *name, unsigned mode, unsigned major, unsigned minor,
	      struct err *err)
{
	struct cpio_head h = { .mode = mode, .links = 1, .major = major, .minor = minor };

	return begin(c, name, &h, err);
}

struct tree {
	struct cpio *cpio;
	const char *name, *from;
};

static int tree_link(struct cpio *c, const char *name, const char *from, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(err, "%s", from);
	target[n] = '\0';
	return cpio_link(c, name, target, err);
}

static int on_tree(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct tree *t = data;
	AUTO_FREE char *name = path_join(t->name, rel), *from = path_join(t->from, rel);

	switch (st->st_mode & S_IFMT) {
	case S_IFDIR: return cpio_dir(t->cpio, name, st->st_mode, err);
	case S_IFREG: return cpio_file(t->cpio, name, st->st_mode, from, err);
	case S_IFLNK: return tree_link(t->cpio, name, from, err);
	case S_IFSOCK: return 0; /* nobody would be listening */
	default:
		return cpio_node(t->cpio, name, st->st_mode, major(st->st_rdev), minor(st->st_rdev),
				 err);
	}
}

int cpio_tree(struct cpio *c, const char *name, const char *from, struct err *err)
{
	struct tree t = { .cpio = c, .name = name, .from = from };

	int r = cpio_dir(c, name, CPIO_DIR_MODE, err);
	return r ? r : dir_walk(from, on_tree, &t, err);
}

int cpio_end(struct cpio *c, struct err *err)
{
	int r = add_head(c, "TRAILER!!!", &(struct cpio_head){ .links = 1 }, err);

	if (!r)
		r = flush(c, err);
	if (!r && fchmod(c->temp.fd, 0644))
		r = err_sys(err, "%s", c->path);
	if (!r)
		r = temp_rename(&c->temp, c->path, err);
	cpio_abort(c);
	return r;
}
