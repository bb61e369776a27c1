/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that emulates a TPM for QEMU, for as long as one machine runs. */
#pragma once

#include "base/err.h"

#define SWTPM_PROGRAM "swtpm"
#define SWTPM_PACKAGE "swtpm"
#define SWTPM_SOCKET "tpm.sock" /* in the machine's work folder: QEMU connects to it */

struct loop;
struct child;
/*
 * Start it with its state and socket in @work, and wait until QEMU can connect. It ends when QEMU does, and when *@ret is
 * freed. ERR_NO_TOOL names its package.
 */
int swtpm_start(struct loop *l, const char *work, struct child **ret, struct err *err);
