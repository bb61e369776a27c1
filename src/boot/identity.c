/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/machine.h"
#include "boot/qemu.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { CPUINFO_MAX = 16 << 20, VERSION_SECONDS = 30 };

/* "7.2.22" of "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)". */
static struct view find_version(struct view text)
{
	static const char before[] = " version ";
	struct view word = VIEW("unknown");
	ssize_t at = view_find(text, before);

	if (at >= 0) {
		struct view rest = view_sub(text, (size_t)at + strlen(before), text.len);
		view_line(&rest, &rest);
		view_split(&rest, ' ', &word);
	}
	return word;
}

/* The first CPU's name; "" on hosts that give none. */
static struct view find_cpu(struct view cpuinfo)
{
	struct view line;

	while (view_line(&cpuinfo, &line))
		if (view_skip(&line, "model name") && view_split(&line, ':', &(struct view){ 0 }))
			return view_trim(line);
	return (struct view){ 0 };
}

int machine_identity(const struct machine_spec *spec, enum accel accel, char **ret, struct err *err)
{
	AUTO_FREE char *program = NULL;
	AUTO_STR struct str version = STR_INIT, cpuinfo = STR_INIT;
	struct err ignored = { 0 };
	int r = qemu_program(spec, &program, err);

	if (r)
		return r;
	struct run_spec command = {
		.argv = (char *[]){ program, (char *)"--version", NULL },
		.timeout = VERSION_SECONDS,
		.ret_out = &version,
	};
	r = run_ok(&command, err);
	if (r)
		return r;
	file_read("/proc/cpuinfo", CPUINFO_MAX, &cpuinfo, &ignored);
	struct view v = find_version(str_view(&version)), cpu = find_cpu(str_view(&cpuinfo));
	*ret = mem_printf("qemu-" VIEW_FMT " %s %s " VIEW_FMT, VIEW_ARG(v),
			  machine_arch(spec)->name, accel_names[accel],
			  VIEW_ARG(cpu.len ? cpu : VIEW("unknown CPU")));
	return 0;
}
