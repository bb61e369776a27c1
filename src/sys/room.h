/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much this host has to give. */
#pragma once

#include <stdint.h>

/* CPUs that are online, at least 1. */
long room_cores(void);
/*
 * Bytes of memory that programs can still take without swapping: MemAvailable of /proc/meminfo, or less where a memory
 * limit (cgroup v2) of ours or above us leaves less; file cache that the kernel drops first (inactive_file) counts as
 * free there. UINT64_MAX: not known.
 */
uint64_t room_memory(void);
/* The same with /proc and /sys/fs/cgroup elsewhere, for tests. */
uint64_t room_memory_at(const char *proc, const char *cgroup);
