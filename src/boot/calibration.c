/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/utsname.h>

#include "boot/initramfs.h"
#include "sys/memo.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { CPUINFO_MAX = 4 << 20 };

/* What the result depends on, as one line. */
static int calibration_key(const char *init, struct str *ret, struct err *err)
{
	AUTO_STR struct str cpuinfo = STR_INIT;
	struct utsname uts;
	char hash[65];
	int r = file_sha256(init, hash, err);

	if (r || (r = file_read("/proc/cpuinfo", CPUINFO_MAX, &cpuinfo, err)))
		return r;
	struct view rest = str_view(&cpuinfo), line;

	while (view_line(&rest, &line) && !view_starts(line, "model name"))
		;
	str_addv(ret, line);
	if (uname(&uts) == 0)
		str_addf(ret, " %s %s", uts.release, uts.version);
	str_addf(ret, " %s", hash);
	return 0;
}

static int calibration_run(const char *init, struct str *ret, struct err *err)
{
	char *argv[] = { (char *)init, (char *)"--calibrate", NULL };

	return run_ok(&(struct run_spec){ .argv = argv, .timeout = 60, .ret_out = ret }, err);
}

int calibration_host(const char *init, double *ret, struct err *err)
{
	AUTO_STR struct str key = STR_INIT, text = STR_INIT;
	double seconds = 0;
	int r = calibration_key(init, &key, err);

	if (r)
		return r;
	bool known = memo_get("machine", "calibration", str_c(&key), &text) == 0;

	if (!known && (r = calibration_run(init, &text, err)))
		return r;
	struct view v = view_trim(str_view(&text));

	if (view_double(v, &seconds) || !(seconds > 0))
		return err_set(err, ERR_PARSE, "%s --calibrate: not a number of seconds: " VIEW_FMT,
			       init, VIEW_ARG(v));
	if (!known) {
		AUTO_FREE char *line = mem_printf("%.6f", seconds);

		memo_put("machine", "calibration", str_c(&key), line);
	}
	*ret = seconds;
	return 0;
}
