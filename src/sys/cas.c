/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   <root>/ab/cdef....zst      an object
 *   <root>/tmp/.kassay-...     one that is being written
 *   <root>/memo/0123...        the hash of a file that was put, by its device and inode
 */
#include "sys/cas.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "sys/cas_memo.h"
#include "sys/file.h"
#include "sys/temp.h"

enum {
	CAS_LEVEL = 3,
	CAS_LEVEL_BIG = 1, /* for objects larger than CAS_BIG */
	CAS_BIG = 64 << 20,
	CAS_TEMP_MAX_AGE = 86400, /* seconds */
	CAS_CHUNK = 128 << 10,
};

struct cas {
	char *root;
};

struct cas_writer {
	struct cas *cas;
	struct temp temp;
	ZSTD_CCtx *zstd;
	struct sha256 *sha;
	uint64_t size;
	char *buf; /* CAS_CHUNK */
};

int cas_open(const char *root, struct cas **ret, struct err *err)
{
	AUTO_FREE char *tmp = path_join(root, "tmp"), *memo = path_join(root, "memo");
	int r = dir_make(tmp, err);

	if (!r)
		r = dir_make(memo, err);
	if (r)
		return r;
	*ret = NEW(struct cas);
	(*ret)->root = path_absolute(root);
	return 0;
}

void cas_close(struct cas *c)
{
	if (c)
		free(c->root);
	free(c);
}

static bool is_name(const char *sha256)
{
	return strspn(sha256, "0123456789abcdef") == SHA256_HEX_LEN && !sha256[SHA256_HEX_LEN];
}

static char *object_path(const struct cas *c, const char *sha256)
{
	return mem_printf("%s/%.2s/%s.zst", c->root, sha256, sha256 + 2);
}

bool cas_has(struct cas *c, const char *sha256)
{
	AUTO_FREE char *path = is_name(sha256) ? object_path(c, sha256) : NULL;

	return path && file_exists(path);
}

/* There, and from now on safe from a sweep for its time of grace. */
static bool has_and_touch(struct cas *c, const char *sha256)
{
	AUTO_FREE char *path = object_path(c, sha256);

	return !utimensat(AT_FDCWD, path, NULL, 0);
}

/* Writing */

static int writer_new(struct cas *c, int level, struct cas_writer **ret, struct err *err)
{
	AUTO_FREE char *path = path_join(c->root, "tmp/object");
	struct cas_writer *w = NEW(struct cas_writer);

	w->cas = c;
	w->temp = TEMP_INIT;
	w->zstd = ZSTD_createCCtx();
	w->sha = sha256_new();
	w->buf = mem_alloc(CAS_CHUNK);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level);
	int r = temp_open(&w->temp, path, err);
	if (r) {
		cas_w_abort(w);
		return r;
	}
	*ret = w;
	return 0;
}

int cas_w_begin(struct cas *c, struct cas_writer **ret, struct err *err)
{
	return writer_new(c, CAS_LEVEL, ret, err);
}

static int compress(struct cas_writer *w, ZSTD_inBuffer *in, ZSTD_EndDirective mode,
		    struct err *err)
{
	size_t left;

	do {
		ZSTD_outBuffer out = { .dst = w->buf, .size = CAS_CHUNK };
		left = ZSTD_compressStream2(w->zstd, &out, in, mode);
		if (ZSTD_isError(left))
			return err_set(err, ERR_INTERNAL, "%s: %s", w->cas->root,
				       ZSTD_getErrorName(left));
		int r = fd_write_all(w->temp.fd, w->buf, out.pos, w->cas->root, err);
		if (r)
			return r;
	} while (in->pos < in->size || (mode == ZSTD_e_end && left));
	return 0;
}

int cas_w_add(struct cas_writer *w, const void *p, size_t n, struct err *err)
{
	ZSTD_inBuffer in = { .src = p, .size = n };

	sha256_add(w->sha, p, n);
	w->size += n;
	return compress(w, &in, ZSTD_e_continue, err);
}

static int commit(struct cas_writer *w, const char *sha256, struct err *err)
{
	AUTO_FREE char *path = object_path(w->cas, sha256);
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(path_base(path) - path));

	/* Two writers of one object both get here in the end, and both files are right. */
	if (has_and_touch(w->cas, sha256))
		return 0;
	int r = dir_make(dir, err);
	return r ? r : temp_commit(&w->temp, path, err);
}

int cas_w_end(struct cas_writer *w, struct cas_ref *ret, struct err *err)
{
	ZSTD_inBuffer nothing = { 0 };
	struct cas_ref ref = { .size = w->size };
	int r = compress(w, &nothing, ZSTD_e_end, err);

	if (!r) {
		sha256_hex(w->sha, ref.sha256);
		r = commit(w, ref.sha256, err);
	}
	cas_w_abort(w);
	if (!r)
		*ret = ref;
	return r;
}

void cas_w_abort(struct cas_writer *w)
{
	if (!w)
		return;
	temp_release(&w->temp);
	ZSTD_freeCCtx(w->zstd);
	sha256_free(w->sha);
	free(w->buf);
	free(w);
}

static int level_for(uint64_t size)
{
	return size > CAS_BIG ? CAS_LEVEL_BIG : CAS_LEVEL;
}

int cas_put_bytes(struct cas *c, struct view bytes, struct cas_ref *ret, struct err *err)
{
	struct cas_ref ref = { .size = bytes.len };
	struct cas_writer *w;

	sha256_bytes_hex(bytes.p, bytes.len, ref.sha256);
	if (has_and_touch(c, ref.sha256)) {
		*ret = ref;
		return 0;
	}
	int r = writer_new(c, level_for(bytes.len), &w, err);
	if (r)
		return r;
	r = cas_w_add(w, bytes.p, bytes.len, err);
	if (r) {
		cas_w_abort(w);
		return r;
	}
	return cas_w_end(w, ret, err);
}

/* From the file @fd as it is now; what it holds is hashed again on the way, in case it changed. */
static int put_fd(struct cas *c, int fd, uint64_t size, const char *path, struct cas_ref *ret,
		  struct err *err)
{
	AUTO_FREE char *buf = mem_alloc(CAS_CHUNK);
	struct cas_writer *w;
	int r = writer_new(c, level_for(size), &w, err);
	ssize_t n = 0;

	if (r)
		return r;
	while (!r && (n = read(fd, buf, CAS_CHUNK)) > 0)
		r = cas_w_add(w, buf, (size_t)n, err);
	if (!r && n < 0)
		r = err_sys(err, "%s", path);
	if (r) {
		cas_w_abort(w);
		return r;
	}
	return cas_w_end(w, ret, err);
}

int cas_put_file(struct cas *c, const char *path, struct cas_ref *ret, struct err *err)
{
	AUTO_FREE char *memo = path_join(c->root, "memo");
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct cas_ref ref = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	ref.size = (uint64_t)st.st_size;
	bool known = cas_memo_get(memo, &st, ref.sha256);
	if (!known) {
		int r = file_sha256(path, ref.sha256, err);
		if (r)
			return r;
	}
	if (!has_and_touch(c, ref.sha256)) {
		int r = put_fd(c, fd, ref.size, path, &ref, err);
		if (r)
			return r;
	}
	if (!known)
		cas_memo_set(memo, path, &st, ref.sha256);
	*ret = ref;
	return 0;
}

/* Reading */

struct reading {
	struct sha256 *sha;
	uint64_t size, max;
	struct str *text; /* to here, or */
	int fd;		  /* to here, named */
	const char *name;
};

static int reading_add(struct reading *r, const void *p, size_t n, struct err *err)
{
	sha256_add(r->sha, p, n);
	r->size += n;
	if (r->size > r->max)
		return err_set(err, ERR_LIMIT, "%s: larger than %llu bytes", r->name,
			       (unsigned long long)r->max);
	if (r->text) {
		str_add(r->text, p, n);
		return 0;
	}
	return fd_write_all(r->fd, p, n, r->name, err);
}

static int damaged(const char *path, struct err *err)
{
	return err_set(err, ERR_PARSE, "%s: the stored object is damaged", path);
}

static int decompress(int fd, const char *path, ZSTD_DCtx *zstd, struct reading *reading,
		      struct err *err)
{
	AUTO_FREE char *in_buf = mem_alloc(CAS_CHUNK), *out_buf = mem_alloc(CAS_CHUNK);
	ssize_t n;

	while ((n = read(fd, in_buf, CAS_CHUNK)) > 0) {
		ZSTD_inBuffer in = { .src = in_buf, .size = (size_t)n };
		bool more = true;
		while (more) {
			ZSTD_outBuffer out = { .dst = out_buf, .size = CAS_CHUNK };
			if (ZSTD_isError(ZSTD_decompressStream(zstd, &out, &in)))
				return damaged(path, err);
			int r = reading_add(reading, out_buf, out.pos, err);
			if (r)
				return r;
			more = in.pos < in.size || out.pos == out.size;
		}
	}
	/* One that ends too early does not have the right hash. */
	return n < 0 ? err_sys(err, "%s", path) : 0;
}

static int read_object(struct cas *c, const char *sha256, struct reading *reading, struct err *err)
{
	AUTO_FREE char *path = is_name(sha256) ? object_path(c, sha256) : NULL;
	AUTO_FD int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char got[SHA256_HEX_LEN + 1];

	if (fd < 0 && (!path || errno == ENOENT))
		return err_set(err, ERR_NOT_FOUND, "%.*s: not in the store %s", SHA256_HEX_LEN,
			       sha256, c->root);
	if (fd < 0)
		return err_sys(err, "%s", path);
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	reading->sha = sha256_new();
	int r = decompress(fd, path, zstd, reading, err);
	sha256_hex(reading->sha, got);
	sha256_free(reading->sha);
	ZSTD_freeDCtx(zstd);
	if (!r && strcmp(got, sha256))
		r = damaged(path, err);
	return r;
}

int cas_read(struct cas *c, const char *sha256, size_t max, struct str *ret, struct err *err)
{
	AUTO_STR struct str text = STR_INIT;
	struct reading reading = { .text = &text, .max = max, .name = sha256 };
	int r = read_object(c, sha256, &reading, err);

	if (!r && text.len)
		str_addv(ret, str_view(&text));
	return r;
}

int cas_extract(struct cas *c, const char *sha256, const char *path, struct err *err)
{
	AUTO_TEMP struct temp temp = TEMP_INIT;
	int r = temp_open(&temp, path, err);

	if (r)
		return r;
	struct reading reading = { .fd = temp.fd, .max = UINT64_MAX, .name = path };
	r = read_object(c, sha256, &reading, err);
	if (r)
		return r;
	if (fchmod(temp.fd, 0644))
		return err_sys(err, "%s", path);
	return temp_rename(&temp, path, err);
}

/* Sweeping */

struct sweep {
	struct cas *cas;
	time_t before; /* what is younger stays */
	bool (*keep)(const char *sha256, void *data);
	void *data;
	uint64_t freed;
};

static int sweep_object(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct sweep *s = data;
	char name[SHA256_HEX_LEN + 1];

	if (S_ISDIR(st->st_mode))
		return strlen(rel) != 2; /* "tmp" and "memo" are no concern here */
	if (strlen(rel) != SHA256_HEX_LEN + strlen("/.zst"))
		return 0;
	snprintf(name, sizeof(name), "%.2s%.62s", rel, rel + 3);
	AUTO_FREE char *path = object_path(s->cas, name);
	if (!is_name(name) || strcmp(path + strlen(s->cas->root) + 1, rel) ||
	    st->st_mtime >= s->before || s->keep(name, s->data))
		return 0;
	if (unlink(path))
		return errno == ENOENT ? 0 : err_sys(err, "%s", path);
	s->freed += (uint64_t)st->st_blocks * 512;
	return 0;
}

static void sweep_temporaries(struct cas *c, uint64_t *freed)
{
	AUTO_FREE char *dir = path_join(c->root, "tmp");
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	dir_list(dir, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		struct stat st;
		if (!lstat(path, &st) && st.st_mtime < time(NULL) - CAS_TEMP_MAX_AGE &&
		    !unlink(path))
			*freed += (uint64_t)st.st_blocks * 512;
	}
}

int cas_sweep(struct cas *c, double grace, bool (*keep)(const char *sha256, void *data), void *data,
	      uint64_t *ret_freed, struct err *err)
{
	AUTO_FREE char *memo = path_join(c->root, "memo");
	struct sweep s = {
		.cas = c, .before = time(NULL) + 1 - (time_t)grace, .keep = keep, .data = data
	};
	int r = dir_walk(c->root, sweep_object, &s, err);

	if (r)
		return r;
	sweep_temporaries(c, &s.freed);
	cas_memo_sweep(memo, c);
	*ret_freed = s.freed;
	return 0;
}
