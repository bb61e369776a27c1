/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/cas_memo.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/vec.h"
#include "sys/cas.h"
#include "sys/file.h"

enum {
	MEMO_MAX = 256, /* bytes of a memo */
	/* A file that changed a moment ago can change again under the same time stamp. */
	MEMO_SETTLED_MS = 1000,
};

static char *memo_path(const char *dir, const struct stat *st)
{
	AUTO_FREE char *key = mem_printf("%llu:%llu", (unsigned long long)st->st_dev,
					 (unsigned long long)st->st_ino);
	char hex[SHA256_HEX_LEN + 1];

	sha256_bytes_hex(key, strlen(key), hex);
	return mem_printf("%s/%.32s", dir, hex);
}

static void add_state(struct str *out, const struct stat *st)
{
	str_addf(out, "%lld %lld.%09ld %lld.%09ld ", (long long)st->st_size,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
		 st->st_ctim.tv_nsec);
}

/* The hash at the end of a memo, when it is one. */
static bool memo_hash(struct view text, char ret[65])
{
	struct view hex = view_sub(text, text.len > 65 ? text.len - 65 : 0, 64);

	if (text.len < 66 || text.p[text.len - 66] != ' ' || text.p[text.len - 1] != '\n')
		return false;
	memcpy(ret, hex.p, 64);
	ret[64] = '\0';
	return strspn(ret, "0123456789abcdef") == 64;
}

bool cas_memo_get(const char *dir, const struct stat *st, char ret[65])
{
	AUTO_FREE char *path = memo_path(dir, st);
	AUTO_STR struct str text = STR_INIT, state = STR_INIT;
	struct err ignored = { 0 };

	if (file_read(path, MEMO_MAX, &text, &ignored))
		return false;
	add_state(&state, st);
	return text.len == state.len + 65 && view_starts(str_view(&text), str_c(&state)) &&
	       memo_hash(str_view(&text), ret);
}

void cas_memo_set(const char *dir, const char *path, const struct stat *st, const char *sha256)
{
	AUTO_FREE char *memo = memo_path(dir, st);
	AUTO_STR struct str text = STR_INIT, now = STR_INIT;
	struct err ignored = { 0 };
	struct stat again;

	add_state(&text, st);
	if (stat(path, &again))
		return;
	add_state(&now, &again);
	if (strcmp(str_c(&text), str_c(&now)) ||
	    time_now_ms() - (st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000) <
		    MEMO_SETTLED_MS)
		return;
	str_addf(&text, "%s\n", sha256);
	file_write(memo, str_view(&text), 0644, &ignored);
}

void cas_memo_sweep(const char *dir, struct cas *c)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	dir_list(dir, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		AUTO_STR struct str text = STR_INIT;
		char hex[SHA256_HEX_LEN + 1];
		if (!file_read(path, MEMO_MAX, &text, &ignored) &&
		    memo_hash(str_view(&text), hex) && cas_has(c, hex))
			continue;
		unlink(path);
	}
}
