/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree that tests are compiled in. Their Makefiles find the rest of the kernel at ../../.., and some write beside
 * their sources; the source itself stays as it is.
 */
#include <sys/stat.h>

#include "base/sha256.h"
#include "kernel/kselftest.h"
#include "sys/file.h"

/* Headers of these, not of folders below: mm/gup_test.h, lib/test_hmm_uapi.h. */
static const char *const header_folders[] = { "mm", "lib" };

/* Not copied: large, and nothing that tests need. */
static bool passed_over(const char *rel)
{
	return strcmp(rel, "perf") == 0 ||
	       (strncmp(rel, "testing/", 8) == 0 && strncmp(rel, "testing/selftests", 17) != 0);
}

struct fingerprint {
	struct sha256 *all, *headers;
	bool tools;
	size_t files;
};

static bool is_dependency(const char *rel)
{
	struct view v = view_of(path_base(rel));

	return view_ends(v, ".c") || view_ends(v, ".sh") || view_ends(v, ".py") ||
	       view_eq(v, "config") || view_eq(v, "settings");
}

static void add_stat(struct fingerprint *f, const char *rel, const struct stat *st)
{
	AUTO_FREE char *text = mem_printf("%s %lld %lld.%09ld\n", rel, (long long)st->st_size,
					  (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);

	sha256_add(f->all, text, strlen(text));
	if (!is_dependency(rel))
		sha256_add(f->headers, text, strlen(text));
}

static int fingerprint_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct fingerprint *f = data;

	if (f->tools && passed_over(rel))
		return 1;
	if (S_ISDIR(st->st_mode))
		return 0;
	if (++f->files > KSELFTEST_FILES_MAX)
		return err_set(err, ERR_LIMIT, "tools/: more than %d files", KSELFTEST_FILES_MAX);
	add_stat(f, rel, st);
	return 0;
}

static void fingerprint_headers(struct fingerprint *f, const char *dir)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };
	struct stat st;

	if (dir_list(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		if (view_ends(view_of(names.data[i]), ".h") && lstat(path, &st) == 0)
			add_stat(f, names.data[i], &st);
	}
}

int kselftest_fingerprint(const struct kselftest *k, char ret_all[65], char ret_headers[65],
			  struct err *err)
{
	AUTO_SHA256 struct sha256 *all = sha256_new(), *headers = sha256_new();
	struct fingerprint f = { .all = all, .headers = headers };
	int r = 0;

	/* Folders that tests and the user's headers are made from. Of tools/testing only selftests/. */
	AUTO_FREE char *uapi = mem_printf("arch/%s/include/uapi", k->b->arch->folder);
	AUTO_FREE char *syscalls = mem_printf("arch/%s/entry/syscalls", k->b->arch->folder);
	const char *const inputs[] = { "tools", "include/uapi", uapi, syscalls };
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(inputs); i++) {
		AUTO_FREE char *dir = path_join(k->b->link, inputs[i]);

		f.tools = i == 0;
		if (dir_exists(dir))
			r = dir_walk(dir, fingerprint_one, &f, err);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(header_folders); i++) {
		AUTO_FREE char *dir = path_join(k->b->link, header_folders[i]);
		fingerprint_headers(&f, dir);
	}
	if (r < 0)
		return r;
	sha256_hex(all, ret_all);
	sha256_hex(headers, ret_headers);
	return 0;
}

/* A link at @to that leads to @target; what is there already may be right. */
static int make_link(const char *target, const char *to, struct err *err)
{
	char old[4096];
	ssize_t n = readlink(to, old, sizeof(old) - 1);

	if (n >= 0 && (size_t)n == strlen(target) && memcmp(old, target, (size_t)n) == 0)
		return 0;
	int r = dir_remove(to, err);
	if (r == 0 && symlink(target, to) < 0)
		r = err_sys(err, "%s", to);
	return r;
}

int tree_link_all(const char *from, const char *to, const char *but, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_make(to, err);

	if (r == 0)
		r = dir_list(from, &names, err);
	for (size_t i = 0; r == 0 && i < names.len; i++) {
		AUTO_FREE char *target = path_join(from, names.data[i]),
			       *link = path_join(to, names.data[i]);
		if (strcmp(names.data[i], but) != 0)
			r = make_link(target, link, err);
	}
	return r;
}

struct copy {
	const char *from, *to;
	struct map *files; /* names below tools/ */
};

static bool same_file(const struct stat *a, const char *path)
{
	struct stat b;

	return lstat(path, &b) == 0 && a->st_mode == b.st_mode && a->st_size == b.st_size &&
	       a->st_mtim.tv_sec == b.st_mtim.tv_sec && a->st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static int copy_one(const char *rel, const struct stat *st, void *data, struct err *err)
{
	struct copy *c = data;
	AUTO_FREE char *from = path_join(c->from, rel), *to = path_join(c->to, rel);
	char target[4096];

	if (passed_over(rel))
		return 1;
	if (S_ISDIR(st->st_mode))
		return dir_make(to, err);
	map_set(c->files, rel, NULL);
	if (S_ISLNK(st->st_mode)) {
		ssize_t n = readlink(from, target, sizeof(target) - 1);
		if (n < 0)
			return err_sys(err, "%s", from);
		target[n] = '\0';
		return make_link(target, to, err);
	}
	return !S_ISREG(st->st_mode) || same_file(st, to) ? 0 : file_copy(from, to, err);
}

/* What was copied once and is not in the source any more goes; what tests made there stays. */
static int remove_gone(const struct kselftest *k, const struct copy *c, struct err *err)
{
	AUTO_FREE char *list = path_join(k->dir, "files");
	AUTO_STR struct str old = STR_INIT, text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;

	if (file_read(list, LIST_FILE_MAX, &old, &ignored) == 0) {
		rest = str_view(&old);
		while (view_line(&rest, &line)) {
			AUTO_FREE char *rel = mem_strndup(line.p, line.len);
			AUTO_FREE char *path = path_join(c->to, rel);
			if (line.len && line.p[0] != '/' && !strstr(rel, "..") &&
			    !map_has(c->files, rel))
				unlink(path);
		}
	}
	for (size_t i = 0; i < map_len(c->files); i++)
		str_addf(&text, "%s\n", map_at(c->files, i, NULL));
	return file_write(list, str_view(&text), 0644, err);
}

int kselftest_copy_tree(const struct kselftest *k, struct err *err)
{
	AUTO_FREE char *from = path_join(k->b->link, "tools"), *to = path_join(k->tree, "tools");
	AUTO_MAP struct map *files = map_new();
	struct copy c = { .from = from, .to = to, .files = files };
	int r = tree_link_all(k->b->link, k->tree, "tools", err);

	if (r == 0)
		r = dir_make(to, err);
	if (r == 0)
		r = dir_walk(from, copy_one, &c, err);
	return r < 0 ? r : remove_gone(k, &c, err);
}
