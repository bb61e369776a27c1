/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sha256.h"
#include "boot/rootfs_internal.h"
#include "sys/archive.h"
#include "sys/file.h"
#include "sys/loop.h"

/* Room for what tests write, in a sparse file: blocks that nobody writes to take no place. */
#define FREE_BYTES (2ull << 30)
#define MAKE_SECONDS 900.0

bool rootfs_is_none(const char *text)
{
	return !text || strcmp(text, "none") == 0;
}

bool rootfs_is_debian(const char *text)
{
	return text && (strcmp(text, "debian") == 0 || strncmp(text, "debian:", 7) == 0);
}

/* ---- what a file holds ---- */

static const struct {
	off_t at;
	const char *magic; /* superblocks: linux/magic.h, Documentation/filesystems */
	size_t len;
	const char *fs;
} kinds[] = {
	{ 1080, "\x53\xef", 2, "ext4" }, /* ext2 and ext3, too */
	{ 0, "XFSB", 4, "xfs" },
	{ 65600, "_BHRfS_M", 8, "btrfs" },
	{ 0, "hsqs", 4, "squashfs" },
	{ 1024, "\xe2\xe1\xf5\xe0", 4, "erofs" },
	{ 1024, "\x10\x20\xf5\xf2", 4, "f2fs" },
	{ 510, "\x55\xaa", 2, NULL }, /* partitions */
};

static int look_at_image(const char *path, const char **ret_fs, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool qcow2 = view_ends(view_of(path), ".qcow2");
	char bytes[8] = "";
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "--rootfs %s", path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(err, ERR_PARSE, "--rootfs %s: neither a file, a disk nor a folder",
			       path);
	bool is_qcow2 = pread(fd, bytes, 4, 0) == 4 && memcmp(bytes, "QFI\xfb", 4) == 0;
	if (is_qcow2 != qcow2)
		return err_set(err, ERR_PARSE,
			       is_qcow2 ? "--rootfs %s: a qcow2 image has to be named *.qcow2" :
					  "--rootfs %s: is no qcow2 image",
			       path);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = kinds[i].len;

		if (pread(fd, bytes, n, kinds[i].at) == (ssize_t)n &&
		    memcmp(bytes, kinds[i].magic, n) == 0) {
			*ret_fs = kinds[i].fs;
			return 0;
		}
	}
	return qcow2 ? 0 :
		       err_set(err, ERR_PARSE,
			       "--rootfs %s: neither a file system that kassay knows (ext4, xfs, btrfs, "
			       "squashfs, erofs, f2fs) nor partitions are in it",
			       path);
}

static int check_dir(const char *path, struct err *err)
{
	AUTO_FREE char *bin = path_join(path, "bin"), *usr = path_join(path, "usr/bin");
	struct stat st;

	return lstat(bin, &st) == 0 || lstat(usr, &st) == 0 ?
		       0 :
		       err_set(err, ERR_PARSE,
			       "--rootfs %s: not a root file system (it has neither bin nor usr/bin)",
			       path);
}

int rootfs_check(const char *text, const struct arch *arch, struct err *err)
{
	const char *fs;

	if (rootfs_is_none(text))
		return 0;
	if (rootfs_is_debian(text))
		return rootfs_debian_check(text, arch, err);
	if (!file_exists(text) && !dir_exists(text))
		return err_set(
			err, ERR_NOT_FOUND,
			"--rootfs %s: there is no such file or folder (none, debian[:SUITE], a folder or a disk image)",
			text);
	if (!dir_exists(text))
		return look_at_image(text, &fs, err);
	int r = check_dir(text, err);
	return r < 0 ? r : rootfs_tools(err);
}

/* ---- making images ---- */

/* An ordinary user's PATH may lack it. */
#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "

int rootfs_tools(struct err *err)
{
	AUTO_FREE char *fakeroot = NULL;

	if (!file_exists("/usr/sbin/mke2fs") && !file_exists("/sbin/mke2fs")) {
		AUTO_FREE char *found = NULL;
		int r = tool_need("mke2fs", "e2fsprogs", &found, err);

		if (r < 0)
			return r;
	}
	return geteuid() == 0 ? 0 : tool_need("fakeroot", "fakeroot", &fakeroot, err);
}

int rootfs_make_ext4(const char *from, bool tar, const char *image, struct err *err)
{
	/* Not lazily: a kernel would go on with it in the background of tests. */
	static const char script[] = SBIN
		"set -e\n"
		"dir=$1 image=$2 free=$3 tar=$4\n"
		"if [ -n \"$tar\" ]; then rm -rf \"$dir\"; mkdir \"$dir\"\n"
		"	tar -C \"$dir\" --numeric-owner -xpf \"$tar\"; fi\n"
		"used=$(du -sk --apparent-size \"$dir\" | cut -f1)\n"
		"rm -f \"$image.part\"\n"
		"trap 'rm -f \"$image.part\"' EXIT\n"
		"truncate -s $((used * 5 / 4 + free))k \"$image.part\"\n"
		"mke2fs -q -F -t ext4 -m 0 -J size=16 -L kassay-root -d \"$dir\" \\\n"
		"	-E lazy_itable_init=0,lazy_journal_init=0,nodiscard \"$image.part\"\n"
		"[ -z \"$tar\" ] || rm -rf \"$dir\"\n"
		"mv \"$image.part\" \"$image\"\n";
	AUTO_FREE char *dir = tar ? mem_printf("%s.d", from) : mem_strdup(from);
	AUTO_FREE char *free_kb = mem_printf("%llu", FREE_BYTES >> 10);
	char *argv[] = { (char *)"fakeroot",	    (char *)"sh", (char *)"-c",	 (char *)script,
			 (char *)"rootfs",	    dir,	  (char *)image, free_kb,
			 (char *)(tar ? from : ""), NULL };
	char *env[] = { (char *)"LC_ALL=C", NULL };

	return run_ok(&(struct run_spec){ .argv = geteuid() == 0 ? argv + 1 : argv,
					  .env_add = env,
					  .timeout = MAKE_SECONDS },
		      err);
}

int rootfs_folder(const char *dir, const char *image, struct err *err)
{
	struct err ignored = { 0 };

	return rootfs_tools(&ignored) < 0 ? 1 : rootfs_make_ext4(dir, false, image, err);
}

static void tell_waiting(const char *dir, void *data)
{
	(void)data;
	log_info("waiting for another kassay that makes %s", path_base(dir));
}

/* Shared when it is there already, so that runs do not wait for each other; else exclusive, to make it. */
static int get_entry(const char *name, enum cache_lock how, struct rootfs *fs, struct err *err)
{
	int r = cache_get("rootfs", name, how, tell_waiting, NULL, &fs->lock, err);

	free(fs->image);
	fs->image = r == 0 ? path_join(fs->lock.dir, ROOTFS_IMAGE) : NULL;
	return r;
}

int rootfs_cached(const char *name, int (*make)(const char *dir, void *data, struct err *err),
		  void *data, struct rootfs *ret, struct err *err)
{
	struct rootfs fs = { .fs = "ext4" };
	int r = get_entry(name, CACHE_SHARED, &fs, err);

	if (r == 0 && !file_exists(fs.image)) {
		cache_put(&fs.lock);
		r = get_entry(name, CACHE_EXCLUSIVE, &fs, err);
		if (r == 0 && !file_exists(fs.image))
			r = make(fs.lock.dir, data, err);
		if (r == 0)
			r = cache_downgrade(&fs.lock, err);
	}
	if (r < 0) {
		rootfs_release(&fs);
		return r;
	}
	*ret = fs;
	return 0;
}

/* ---- a folder ---- */

static int add_entry(const char *rel, const struct stat *st, void *data, struct err *err)
{
	AUTO_FREE char *text = mem_printf("%s %o %u %u %lld %lld.%09ld\n", rel, st->st_mode,
					  st->st_uid, st->st_gid,
					  S_ISDIR(st->st_mode) ? 0 : (long long)st->st_size,
					  (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);

	(void)err;
	sha256_add(data, text, strlen(text));
	return 0;
}

static int make_from_dir(const char *dir, void *data, struct err *err)
{
	AUTO_FREE char *image = path_join(dir, ROOTFS_IMAGE);

	return rootfs_make_ext4(data, false, image, err);
}

static int dir_identity(const char *path, char ret[65], struct err *err)
{
	AUTO_SHA256 struct sha256 *sha = sha256_new();
	AUTO_FREE char *place = path_absolute(path);
	int r = dir_walk(path, add_entry, sha, err);

	sha256_add(sha, place, strlen(place));
	sha256_hex(sha, ret);
	return r;
}

static int open_dir(const char *path, struct rootfs *ret, struct err *err)
{
	AUTO_FREE char *place = path_absolute(path), *name = NULL;
	char hex[65];
	int r = dir_identity(path, hex, err);

	if (r < 0)
		return r;
	name = cache_name(path_base(place), hex);
	r = rootfs_cached(name, make_from_dir, (void *)path, ret, err);
	return r < 0 ? err_context(err, "--rootfs %s", path) : 0;
}

/* ---- an image ---- */

static int open_image(const char *path, struct rootfs *ret, struct err *err)
{
	struct rootfs fs = { 0 };
	int r = look_at_image(path, &fs.fs, err);

	if (r < 0)
		return r;
	fs.image = path_absolute(path);
	*ret = fs;
	return 0;
}

/* ---- modules ---- */

struct modules {
	const char *from, *map, *to;
};

static int place_module(const char *rel, const struct stat *st, void *data, struct err *err)
{
	const struct modules *m = data;
	AUTO_FREE char *from = path_join(m->from, rel), *to = path_join(m->to, rel);

	/* Not the links "build" and "source": they say where on the host. */
	if (S_ISDIR(st->st_mode))
		return dir_make(to, err);
	if (!S_ISREG(st->st_mode) || link(from, to) == 0)
		return 0;
	return file_copy(from, to, err);
}

static int make_modules(const char *dir, void *data, struct err *err)
{
	static const char script[] = SBIN
		"if [ -n \"$3\" ]; then exec depmod -b \"$1\" -F \"$3\" \"$2\"; fi\n"
		"exec depmod -b \"$1\" \"$2\"\n";
	struct modules *m = data;
	AUTO_FREE char *stage = path_join(dir, "stage"), *lib = path_join(stage, "lib/modules");
	AUTO_FREE char *to = path_join(lib, path_base(m->from)),
		       *image = path_join(dir, ROOTFS_IMAGE);
	char *argv[] = { (char *)"sh",
			 (char *)"-c",
			 (char *)script,
			 (char *)"depmod",
			 stage,
			 (char *)path_base(m->from),
			 (char *)(m->map ? m->map : ""),
			 NULL };
	int r = dir_remove(stage, err);

	log_info("modules of %s: preparing them for modprobe, this once", path_base(m->from));
	m->to = to;
	if (r == 0)
		r = dir_make(to, err);
	if (r == 0)
		r = dir_walk(m->from, place_module, m, err);
	if (r == 0)
		r = run_ok(&(struct run_spec){ .argv = argv, .timeout = MAKE_SECONDS }, err);
	if (r == 0)
		r = rootfs_make_ext4(lib, false, image, err);
	return r;
}

int rootfs_modules(const char *dir, const char *system_map, struct rootfs *ret, struct err *err)
{
	struct modules m = { .from = dir, .map = system_map };
	char hex[65];
	int r = rootfs_tools(err);

	if (r == 0)
		r = dir_identity(dir, hex, err);
	if (r < 0)
		return r;
	AUTO_FREE char *readable = mem_printf("modules-%s", path_base(dir));
	AUTO_FREE char *name = cache_name(readable, hex);
	r = rootfs_cached(name, make_modules, &m, ret, err);
	if (r == 0) /* links to the same bytes, with what depmod wrote */
		ret->modules = mem_printf("%s/stage/lib/modules/%s", ret->lock.dir, path_base(dir));
	return r;
}

/* ---- all ---- */

int rootfs_identity(const struct rootfs_spec *spec, char **ret, struct err *err)
{
	char hex[65];
	struct stat st;
	int r = 0;

	if (rootfs_is_none(spec->text)) {
		*ret = mem_strdup("");
	} else if (rootfs_is_debian(spec->text)) {
		*ret = rootfs_debian_identity(spec);
	} else if (dir_exists(spec->text)) {
		r = dir_identity(spec->text, hex, err);
		if (r == 0)
			*ret = mem_strdup(hex);
	} else if (stat(spec->text, &st) < 0) {
		r = err_sys(err, "--rootfs %s", spec->text);
	} else {
		*ret = mem_printf("%s %lld %lld.%09ld", spec->text, (long long)st.st_size,
				  (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
	return r;
}

int rootfs_open(const struct rootfs_spec *spec, struct rootfs *ret, struct err *err)
{
	int r = rootfs_check(spec->text, spec->arch, err);

	if (r < 0)
		return r;
	if (rootfs_is_none(spec->text)) {
		*ret = (struct rootfs){ 0 };
		return 0;
	}
	if (rootfs_is_debian(spec->text))
		return rootfs_debian(spec, ret, err);
	return dir_exists(spec->text) ? open_dir(spec->text, ret, err) :
					open_image(spec->text, ret, err);
}

void rootfs_release(struct rootfs *r)
{
	free(TAKE(r->image));
	free(TAKE(r->modules));
	cache_put(&r->lock);
}
