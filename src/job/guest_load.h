/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules that a guest needs before its first job: put in, and loaded by kassay-init first of all. */
#pragma once

#include "boot/initramfs.h"
#include "kernel/modules.h"

struct machine_spec;

/* Put @file into the guest. Where it lies there, heap: "/PATH", or "?/PATH" when it need not load. */
char *guest_add_module(struct guest_spec *g, const struct module_file *file);
/*
 * Have module @name and what it needs loaded, from @modules, a folder lib/modules/RELEASE, through folder @work, which
 * lasts until the initramfs is written. What is built in, and what is loaded already, is left out. As module_files().
 */
int guest_load(struct guest_spec *g, const char *modules, const char *name, const char *work,
	       struct err *err);
/* The same for the virtio port of @spec; a kernel that has none of it gets none, and uses another channel. */
int guest_load_channel(struct guest_spec *g, const struct machine_spec *spec, const char *modules,
		       const char *work, struct err *err);
/* And for virtio disks. */
int guest_load_disks(struct guest_spec *g, const struct machine_spec *spec, const char *modules,
		     const char *work, struct err *err);
