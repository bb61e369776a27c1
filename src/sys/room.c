/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/room.h"

#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "sys/file.h"

enum { FILE_MAX = 64 << 10 };

long room_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? n : 1;
}

/* The number behind @key and blanks at the beginning of a line; false: there is none. */
static bool number_of(const char *path, const char *key, uint64_t *ret)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line, word;

	if (file_read(path, FILE_MAX, &text, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		if (!view_skip(&line, key))
			continue;
		line = view_trim(line);
		return view_split(&line, ' ', &word) && view_u64(word, 10, ret) == 0;
	}
	return false;
}

static bool number_in(const char *dir, const char *file, const char *key, uint64_t *ret)
{
	AUTO_FREE char *path = path_join(dir, file);

	return number_of(path, key, ret);
}

/* What the limit of this one group leaves. */
static uint64_t left_in(const char *dir)
{
	uint64_t max, current, inactive = 0;

	if (!number_in(dir, "memory.max", "", &max) ||
	    !number_in(dir, "memory.current", "", &current))
		return UINT64_MAX; /* "max" is no number */
	number_in(dir, "memory.stat", "inactive_file ", &inactive);
	current -= inactive < current ? inactive : current;
	return current < max ? max - current : 0;
}

uint64_t room_memory_at(const char *proc, const char *cgroup)
{
	AUTO_FREE char *self = path_join(proc, "self/cgroup");
	AUTO_STR struct str text = STR_INIT, dir = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	uint64_t least = UINT64_MAX, kb;

	if (number_in(proc, "meminfo", "MemAvailable:", &kb))
		least = kb << 10;
	if (file_read(self, FILE_MAX, &text, &ignored) < 0)
		return least;
	rest = str_view(&text);
	while (view_line(&rest, &line))
		if (view_skip(&line, "0::")) /* cgroups(7): the unified hierarchy */
			str_addv(&dir, line);
	for (;;) {
		AUTO_FREE char *path = mem_printf("%s%s", cgroup, str_c(&dir));
		uint64_t left = left_in(path);
		char *slash = dir.data ? strrchr(dir.data, '/') : NULL;

		least = left < least ? left : least;
		if (!slash)
			return least;
		*slash = '\0';
	}
}

uint64_t room_memory(void)
{
	return room_memory_at("/proc", "/sys/fs/cgroup");
}
