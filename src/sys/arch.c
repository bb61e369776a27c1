/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/arch.h"

#include <string.h>

#include "base/str.h"

const struct arch arches[] = {
	{ "x86_64", "x86_64", "x86", "bzImage", "arch/x86/boot/bzImage", "x86_64", "amd64",
	  "x86_64-linux-gnu", "qemu-system-x86_64", "qemu-system-x86" },
	{ "i386", "i386", "x86", "bzImage", "arch/x86/boot/bzImage", "i686", "i386",
	  "i686-linux-gnu", "qemu-system-i386", "qemu-system-x86" },
	{ "arm64", "arm64", "arm64", "Image", "arch/arm64/boot/Image", "aarch64", "arm64",
	  "aarch64-linux-gnu", "qemu-system-aarch64", "qemu-system-arm" },
	{ "arm", "arm", "arm", "zImage", "arch/arm/boot/zImage", "armv7l", "armhf",
	  "arm-linux-gnueabihf", "qemu-system-arm", "qemu-system-arm" },
	{ "riscv64", "riscv", "riscv", "Image", "arch/riscv/boot/Image", "riscv64", "riscv64",
	  "riscv64-linux-gnu", "qemu-system-riscv64", "qemu-system-misc" },
	{ 0 }
};

const struct arch *arch_find(const char *name)
{
	for (const struct arch *a = arches; a->name; a++)
		if (!strcmp(name, a->name) || !strcmp(name, a->machine) ||
		    !strcmp(name, a->debian) || !strcmp(name, a->kbuild))
			return a;
	return NULL;
}

int arch_need(const char *what, const char *name, const struct arch **ret, struct err *err)
{
	AUTO_STR struct str known = STR_INIT;

	*ret = arch_find(name);
	if (*ret)
		return 0;
	for (const struct arch *a = arches; a->name; a++)
		str_addf(&known, "%s%s", known.len ? ", " : "", a->name);
	return err_set(err, ERR_USAGE, "%s: no architecture '%s'; known are %s", what, name,
		       str_c(&known));
}

const struct arch *arch_host(void)
{
#if defined(__x86_64__)
	return arch_find("x86_64");
#elif defined(__i386__)
	return arch_find("i386");
#elif defined(__aarch64__)
	return arch_find("arm64");
#elif defined(__arm__)
	return arch_find("arm");
#elif defined(__riscv) && __riscv_xlen == 64
	return arch_find("riscv64");
#else
#error "kassay does not know this architecture: give it a row in arches[]"
#endif
}

bool arch_runs_here(const struct arch *a)
{
	const struct arch *host = arch_host();

	return a == host || (!strcmp(a->name, "i386") && !strcmp(host->name, "x86_64"));
}
