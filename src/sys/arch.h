/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectures kernels are built and booted for. This table is the one place that names what kbuild, Debian and QEMU call them. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct arch {
	const char *name;	 /* in records and plans, KCIDB's: "x86_64", "arm64" */
	const char *kbuild;	 /* make's ARCH= */
	const char *folder;	 /* of the tree, below arch/ */
	const char *target;	 /* what make calls the image, and where it lies in the build folder */
	const char *image;
	const char *machine;	 /* uname -m */
	const char *debian;	 /* dpkg --print-architecture */
	const char *triplet;	 /* of compilers: TRIPLET-gcc */
	const char *qemu;	 /* program of a whole machine */
	const char *qemu_package;
};
extern const struct arch arches[]; /* ends with a name of NULL */

/* By any name that is in use for it: "arm64", "aarch64"; NULL: unknown. */
const struct arch *arch_find(const char *name);
/* The same, with ERR_USAGE that lists the known ones, after @what ("--arch"). */
int arch_need(const char *what, const char *name, const struct arch **ret, struct err *err);
/* The one that kassay was compiled for. */
const struct arch *arch_host(void);
/* Does this machine's compiler make kernels of @a, and its KVM run them? i386 on x86_64, too, where no programs of it need be. */
bool arch_runs_here(const struct arch *a);
