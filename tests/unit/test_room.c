/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test_folder.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/file.h"
#include "sys/room.h"

static void put(const char *path, const char *text)
{
	AUTO_FREE char *full = path_join(dir, path);
	AUTO_FREE char *folder = mem_strndup(full, (size_t)(path_base(full) - full));
	struct err err = { 0 };

	if (dir_make(folder, &err) < 0 || file_write(full, view_of(text), 0600, &err) < 0)
		fail_msg("%s", err.msg);
}

static uint64_t free_mb(void)
{
	AUTO_FREE char *proc = path_join(dir, "proc"), *cgroup = path_join(dir, "cgroup");
	uint64_t n = room_memory_at(proc, cgroup);

	return n == UINT64_MAX ? n : n >> 20;
}

/* The least of what the host has and what every limit above us leaves. */
static void least_counts(void **state)
{
	(void)state;
	assert_int_equal(free_mb(), UINT64_MAX);
	put("proc/meminfo",
	    "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:    4096000 kB\n");
	assert_int_equal(free_mb(), 4000);
	put("proc/self/cgroup", "3:cpu:/other\n0::/user/session\n");
	assert_int_equal(free_mb(), 4000);
	put("cgroup/user/session/memory.max", "max\n");
	put("cgroup/user/session/memory.current", "1048576000\n");
	assert_int_equal(free_mb(), 4000);
	put("cgroup/user/session/memory.max", "2097152000\n");
	assert_int_equal(free_mb(), 1000);
	put("cgroup/user/session/memory.stat", "anon 5\ninactive_file 524288000\nactive_file 7\n");
	assert_int_equal(free_mb(), 1500);
	put("cgroup/user/memory.max", "1048576000\n");
	put("cgroup/user/memory.current", "943718400\n");
	assert_int_equal(free_mb(), 100);
	put("cgroup/user/memory.current", "2000000000\n");
	assert_int_equal(free_mb(), 0);
	put("proc/self/cgroup", "0::/\n"); /* in a container */
	assert_int_equal(free_mb(), 4000);
	put("cgroup/memory.max", "104857600\n");
	put("cgroup/memory.current", "0\n");
	assert_int_equal(free_mb(), 100);
}

static void this_host(void **state)
{
	(void)state;
	assert_in_range(room_cores(), 1, 100000);
	assert_in_range(room_memory(), 1 << 20, (uint64_t)1 << 50);
}

RUN_IN_FOLDER(T(least_counts), T(this_host))
