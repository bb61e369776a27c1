/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slowdown of a machine kind, measured once by kassay-init and kept in the cache. */
#include "base/log.h"
#include "job/boot_internal.h"
#include "sys/file.h"

static int scale_entry(const char *identity, struct cache_entry *ret, struct err *err)
{
	AUTO_FREE char *name = cache_name("scale", identity);

	return cache_get("machine", name, CACHE_EXCLUSIVE, NULL, NULL, ret, err);
}

double slowdown_load(const char *identity)
{
	struct cache_entry e = { .lock_fd = -1 };
	AUTO_STR struct str text = STR_INIT;
	struct err err = { 0 };
	double scale = 0;

	if (scale_entry(identity, &e, &err) == 0) {
		AUTO_FREE char *path = path_join(e.dir, "scale");

		if (file_exists(path) && file_read(path, 64, &text, &err) == 0)
			view_double(view_trim(str_view(&text)), &scale);
	}
	cache_put(&e);
	return scale;
}

void slowdown_save(const char *identity, double scale)
{
	struct cache_entry e = { .lock_fd = -1 };
	AUTO_FREE char *text = mem_printf("%.3f\n", scale);
	struct err err = { 0 };

	if (scale_entry(identity, &e, &err) == 0) {
		AUTO_FREE char *path = path_join(e.dir, "scale");

		if (file_write(path, view_of(text), 0644, &err) < 0)
			log_debug("%s", err.msg);
	}
	cache_put(&e);
}
