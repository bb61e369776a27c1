/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/memo.h"

#include "sys/dirs.h"
#include "sys/file.h"

enum { MEMO_MAX = 4096 };

/* The file is replaced whole, so a shared lock, which only keeps the folder there, does for both. */
static char *memo_file(const char *kind, const char *name, struct cache_entry *e)
{
	struct err err = { 0 };

	if (cache_get(kind, name, CACHE_SHARED, NULL, NULL, e, &err))
		return NULL;
	return path_join(e->dir, "memo");
}

int memo_get(const char *kind, const char *name, const char *key, struct str *ret)
{
	struct cache_entry e = { .lock_fd = -1 };
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };
	AUTO_FREE char *path = memo_file(kind, name, &e);
	int r = path ? file_read(path, MEMO_MAX, &text, &err) : -1;
	struct view rest = str_view(&text), line;

	cache_put(&e);
	if (r || !view_line(&rest, &line) || !view_eq(line, key) || !view_line(&rest, &line))
		return -1;
	str_addv(ret, line);
	return 0;
}

void memo_put(const char *kind, const char *name, const char *key, const char *text)
{
	struct cache_entry e = { .lock_fd = -1 };
	AUTO_STR struct str out = STR_INIT;
	struct err err = { 0 };
	AUTO_FREE char *path = memo_file(kind, name, &e);

	str_addf(&out, "%s\n%s\n", key, text);
	if (path)
		file_write(path, str_view(&out), 0644, &err);
	cache_put(&e);
}
