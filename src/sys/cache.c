/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache; declared in sys/dirs.h.
 *
 *   <cache>/snap/linux-3f2a...         the entry
 *   <cache>/snap/linux-3f2a....lock    locked while in use; its mtime is the last use
 *   <cache>/snap/linux-3f2a....size    how large it was found to be after that use
 *   <cache>/snap/.trash-...            on its way out
 *
 * Who removes an entry removes its lock file while holding the lock. So whoever got a lock looks
 * whether the file it locked is still the one in the folder, and begins again if it is not.
 */
#include "sys/dirs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "sys/file.h"
#include "sys/loop.h"

enum {
	CACHE_POLL_MS = 100,   /* between two looks at a lock */
	CACHE_NAME_MAX = 60,   /* readable part of an entry's name */
	CACHE_HASH_LEN = 16,   /* hex digits of the rest */
	CACHE_STAMP_MAX = 100, /* bytes of a .size file */
};

static struct flock whole(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* Is the open file @fd the one that @path names? */
static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* 0: locked, 1: somebody else has it, 2: the file was removed meanwhile. */
static int try_lock(int fd, const char *path, short type, struct err *err)
{
	struct flock lock = whole(type);

	if (fcntl(fd, F_OFD_SETLK, &lock))
		return errno == EAGAIN || errno == EACCES || errno == EINTR ?
			       1 :
			       err_sys(err, "%s", path);
	return same_file(fd, path) ? 0 : 2;
}

static int wait_a_little(const char *dir, struct err *err)
{
	struct pollfd p = { .fd = interrupt_fd(), .events = POLLIN };

	poll(&p, 1, CACHE_POLL_MS);
	return interrupted() ?
		       err_set(err, ERR_CANCELLED, "%s: interrupted while waiting for it", dir) :
		       0;
}

struct waiting {
	void (*fn)(const char *dir, void *data);
	void *data;
};

static int lock_entry(const char *dir, short type, struct waiting waiting, int *ret_fd,
		      struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s.lock", dir);

	for (bool told = false;;) {
		AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0)
			return err_sys(err, "%s", path);
		int r;
		while ((r = try_lock(fd, path, type, err)) == 1) {
			if (!told && waiting.fn)
				waiting.fn(dir, waiting.data);
			told = true;
			r = wait_a_little(dir, err);
			if (r)
				return r;
		}
		if (r < 0)
			return r;
		if (!r) {
			*ret_fd = TAKE_FD(fd);
			return 0;
		}
	}
}

static int kind_dir(const char *kind, char **ret, struct err *err)
{
	AUTO_FREE char *cache = NULL;
	int r = dirs_cache(&cache, err);

	if (!r)
		*ret = path_join(cache, kind);
	return r;
}

int cache_get(const char *kind, const char *name, enum cache_lock how,
	      void (*waiting)(const char *dir, void *data), void *data, struct cache_entry *ret,
	      struct err *err)
{
	AUTO_FREE char *parent = NULL, *dir = NULL;
	AUTO_FD int fd = -1;

	assert(name[0] && name[0] != '.' && !strchr(name, '/'));
	int r = kind_dir(kind, &parent, err);
	if (!r)
		r = dir_make(parent, err);
	if (r)
		return r;
	dir = path_join(parent, name);
	r = lock_entry(dir, how == CACHE_SHARED ? F_RDLCK : F_WRLCK,
		       (struct waiting){ waiting, data }, &fd, err);
	if (r)
		return r;
	futimens(fd, NULL);
	bool made = !mkdir(dir, 0777);
	if (!made && !dir_exists(dir)) {
		mkdir(dir, 0777); /* for its errno */
		return err_sys(err, "%s", dir);
	}
	*ret = (struct cache_entry){ .dir = TAKE(dir), .lock_fd = TAKE_FD(fd), .fresh = made };
	return 0;
}

int cache_downgrade(struct cache_entry *e, struct err *err)
{
	struct flock lock = whole(F_RDLCK);

	/* In one step, unlike with flock(2): nobody gets in between. */
	return fcntl(e->lock_fd, F_OFD_SETLK, &lock) ? err_sys(err, "%s.lock", e->dir) : 0;
}

void cache_put(struct cache_entry *e)
{
	if (e->dir)
		close(e->lock_fd);
	free(e->dir);
	*e = (struct cache_entry){ .lock_fd = -1 };
}

/* Listing */

static bool entry_busy(const char *lock_path)
{
	AUTO_FD int fd = open(lock_path, O_RDWR | O_CLOEXEC);
	struct flock lock = whole(F_WRLCK);

	return fd >= 0 && !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static int64_t used_ns(const char *lock_path)
{
	struct stat st;

	return stat(lock_path, &st) ? 0 : st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* The remembered size, when the entry was not used since. */
static bool size_known(const char *path, int64_t used, uint64_t *ret)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, when;
	int64_t stamp;

	if (file_read(path, CACHE_STAMP_MAX, &text, &ignored))
		return false;
	rest = view_trim(str_view(&text));
	return view_split(&rest, ' ', &when) && !view_i64(when, &stamp) && stamp == used &&
	       !view_u64(rest, 10, ret);
}

static uint64_t entry_size(const char *dir, const char *lock_path, int64_t used, bool busy)
{
	AUTO_FREE char *path = mem_printf("%s.size", dir);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	uint64_t size;

	if (size_known(path, used, &size))
		return size;
	size = dir_size(dir);
	if (!busy && !entry_busy(lock_path) && used_ns(lock_path) == used) {
		str_addf(&text, "%lld %llu\n", (long long)used, (unsigned long long)size);
		file_write(path, str_view(&text), 0644, &ignored); /* else it is counted again */
	}
	return size;
}

static void list_kind(const char *cache, const char *kind, struct cache_list *ret)
{
	AUTO_FREE char *parent = path_join(cache, kind);
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	dir_list(parent, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		AUTO_FREE char *dir = path_join(parent, names.data[i]),
			       *lock_path = mem_printf("%s.lock", dir);
		if (names.data[i][0] == '.' || !dir_exists(dir))
			continue;
		struct cache_info *info = vec_add(ret);
		int64_t used = used_ns(lock_path);
		info->kind = mem_strdup(kind);
		info->name = mem_strdup(names.data[i]);
		info->used_ms = used / 1000000;
		info->busy = entry_busy(lock_path);
		info->size = entry_size(dir, lock_path, used, info->busy);
	}
}

static int by_use(const void *a, const void *b)
{
	const struct cache_info *x = a, *y = b;

	return (x->used_ms > y->used_ms) - (x->used_ms < y->used_ms);
}

int cache_list(struct cache_list *ret, struct err *err)
{
	AUTO_FREE char *cache = NULL;
	AUTO_STRV struct strv kinds = { 0 };
	int r = dirs_cache(&cache, err);

	if (r)
		return r;
	*ret = (struct cache_list){ 0 };
	r = dir_list(cache, &kinds, err);
	if (r)
		return r == -ERR_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < kinds.len; i++)
		list_kind(cache, kinds.data[i], ret);
	if (ret->len)
		qsort(ret->data, ret->len, sizeof(*ret->data), by_use);
	return 0;
}

void cache_list_release(struct cache_list *l)
{
	vec_foreach(info, l) {
		free(info->kind);
		free(info->name);
	}
	vec_release(l);
}

/* Removing */

/* What was moved aside by a trim that was killed. Two may remove the same at once. */
static int empty_trash(const char *parent, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_list(parent, &names, err);

	for (size_t i = 0; i < names.len && !r; i++) {
		AUTO_FREE char *path = path_join(parent, names.data[i]);
		if (!strncmp(names.data[i], ".trash-", strlen(".trash-")))
			r = dir_remove(path, err);
	}
	return r;
}

/* 0: gone, 1: busy or gone already. */
static int remove_entry(const char *parent, const char *name, struct err *err)
{
	AUTO_FREE char *dir = path_join(parent, name), *lock_path = mem_printf("%s.lock", dir);
	AUTO_FREE char *size_path = mem_printf("%s.size", dir), *trash = NULL;
	AUTO_FD int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_sys(err, "%s", lock_path);
	int r = try_lock(fd, lock_path, F_WRLCK, err);
	if (r)
		return r < 0 ? r : 1;
	trash = mem_printf("%s/.trash-%s-%d", parent, name, (int)getpid());
	if (rename(dir, trash) && errno != ENOENT)
		return err_sys(err, "%s", dir);
	unlink(size_path);
	unlink(lock_path);
	close(TAKE_FD(fd));
	return dir_remove(trash, err);
}

static int empty_all_trash(const char *cache, struct err *err)
{
	AUTO_STRV struct strv kinds = { 0 };
	int r = dir_list(cache, &kinds, err);

	for (size_t i = 0; i < kinds.len && !r; i++) {
		AUTO_FREE char *parent = path_join(cache, kinds.data[i]);
		if (dir_exists(parent))
			r = empty_trash(parent, err);
	}
	return r == -ERR_NOT_FOUND ? 0 : r;
}

static int trim_list(const char *cache, const struct cache_list *list, uint64_t limit,
		     uint64_t *freed, size_t *busy, struct err *err)
{
	uint64_t total = 0;

	vec_foreach(info, list)
		total += info->size;
	vec_foreach(info, list) {
		if (limit && total <= limit)
			return 0;
		AUTO_FREE char *parent = path_join(cache, info->kind);
		int r = info->busy ? 1 : remove_entry(parent, info->name, err);
		if (r < 0)
			return r;
		if (r) {
			++*busy;
			continue;
		}
		*freed += info->size;
		total -= info->size;
	}
	return 0;
}

int cache_trim(uint64_t limit, uint64_t *ret_freed, size_t *ret_busy, struct err *err)
{
	AUTO_FREE char *cache = NULL;
	struct cache_list list;
	uint64_t freed = 0;
	size_t busy = 0;
	int r = dirs_cache(&cache, err);

	if (!r)
		r = empty_all_trash(cache, err);
	if (!r)
		r = cache_list(&list, err);
	if (r)
		return r;
	r = trim_list(cache, &list, limit, &freed, &busy, err);
	cache_list_release(&list);
	if (r)
		return r;
	*ret_freed = freed;
	*ret_busy = busy;
	return 0;
}

char *cache_name(const char *readable, const char *key)
{
	AUTO_STR struct str out = STR_INIT;
	char hex[SHA256_HEX_LEN + 1];

	for (const char *p = readable; *p && out.len < CACHE_NAME_MAX; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || strchr("._+-", *p);
		bool leading_dot = *p == '.' && !out.len;
		str_addc(&out, plain && !leading_dot ? *p : '_');
	}
	sha256_bytes_hex(key, strlen(key), hex);
	str_addf(&out, "%s%.*s", out.len ? "-" : "", CACHE_HASH_LEN, hex);
	return str_take(&out);
}
