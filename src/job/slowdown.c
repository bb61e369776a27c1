/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slowdown of a machine kind, measured once by kassay-init and remembered. */
#include "job/boot_internal.h"
#include "sys/dirs.h"
#include "sys/memo.h"

double slowdown_load(const char *identity)
{
	AUTO_FREE char *name = cache_name("scale", identity);
	AUTO_STR struct str text = STR_INIT;
	double scale = 0;

	if (memo_get("machine", name, identity, &text) == 0)
		view_double(view_trim(str_view(&text)), &scale);
	return scale;
}

void slowdown_save(const char *identity, double scale)
{
	AUTO_FREE char *name = cache_name("scale", identity), *text = mem_printf("%.3f", scale);

	memo_put("machine", name, identity, text);
}
