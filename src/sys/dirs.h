/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are (XDG base directories) and the locked, bounded cache. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* Heap paths; not created. ERR_USAGE when neither the variable nor HOME is set. */
int dirs_data(char **ret, struct err *err);   /* $XDG_DATA_HOME/kassay */
int dirs_cache(char **ret, struct err *err);  /* $XDG_CACHE_HOME/kassay */
int dirs_config(char **ret, struct err *err); /* $XDG_CONFIG_HOME/kassay */
/*
 * The folder of what we ship: configs/, expect.yaml, kassay-init. $KASSAY_SHARE, else share/kassay
 * beside the program (a build folder), else ../share/kassay (installed); the first that has a
 * folder configs.
 */
int dirs_share(char **ret, struct err *err);

/*
 * A cache entry is a folder <cache>/<kind>/<name>, locked by an open file description lock
 * (fcntl(2): unlike flock(2) it goes from exclusive to shared in one step) on
 * <cache>/<kind>/<name>.lock. Kinds: "apt" its answers, "deb" packages, "src" unpacked sources, "git" fetched
 * repositories, "snap" snapshots, "build" build folders, "guest" programs for machines
 * of other architectures, "keys", "machine" what was measured of a
 * machine kind.
 */
struct cache_entry {
	char *dir; /* exists while the entry is held */
	/*
	 * Close-on-exec; given to a build by its spec's keep, so that the entry stays locked until its
	 * last compiler ends, also when we are killed.
	 */
	int lock_fd;
	bool fresh; /* the folder was made by this call */
};
enum cache_lock { CACHE_SHARED, CACHE_EXCLUSIVE };
/*
 * Get an entry, making its folder. When another process holds it, @waiting (may be NULL) is called
 * once and then this waits; an interrupt ends the wait with ERR_CANCELLED. Stamps the entry as used
 * now.
 */
int cache_get(const char *kind, const char *name, enum cache_lock how,
	      void (*waiting)(const char *dir, void *data), void *data, struct cache_entry *ret,
	      struct err *err);
/* Exclusive to shared. */
int cache_downgrade(struct cache_entry *e, struct err *err);
/* Unlock. Accepts an entry without dir: one that was put before, or never got. */
void cache_put(struct cache_entry *e);

struct cache_info {
	char *kind, *name;
	uint64_t size;	 /* bytes */
	int64_t used_ms; /* last use, Unix epoch */
	bool busy;	 /* locked by somebody now */
};
struct cache_list {
	struct cache_info *data;
	size_t len, cap;
};
int cache_list(struct cache_list *ret, struct err *err); /* least recently used first */
void cache_list_release(struct cache_list *l);
/*
 * Remove least recently used entries until the whole is at most @limit bytes (0: everything); busy
 * ones stay. An entry is moved aside before it is emptied, so a kill half-way leaves nothing under
 * its name.
 */
int cache_trim(uint64_t limit, uint64_t *ret_freed, size_t *ret_busy, struct err *err);
/* A name for a cache entry from any text: readable start, then a hash. Heap. */
char *cache_name(const char *readable, const char *key);
