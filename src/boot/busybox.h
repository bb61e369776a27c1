/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The busybox that is put into a guest. */
#pragma once

#include "base/err.h"
#include "base/vec.h"

/*
 * ERR_NO_TOOL, naming busybox-static, when @path is not there or is a program that needs shared libraries, which a guest
 * does not have.
 */
int busybox_check(const char *path, struct err *err);
/* Names of all its applets but its own, appended. Errors as above. */
int busybox_applets(const char *path, struct strv *ret, struct err *err);
/* This host's busybox: from PATH, else where Debian has the static one. Heap. */
char *busybox_find(void);
