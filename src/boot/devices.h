/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual devices of a machine, by name: what each needs of QEMU and of the kernel, and how the guest brings it up.
 *
 *   null_blk,nr_devices=2   made by the kernel: a module loaded with these parameters
 *   nvme,size=1G,zoned      made by QEMU: parameters are ours
 *   numa=4                  a number of something
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/vec.h"
#include "boot/machine.h"

enum device_model {
	DEVICE_NONE, /* made by the kernel */
	DEVICE_NVME,
	DEVICE_BLK,
	DEVICE_SCSI,
	DEVICE_RNG,
	DEVICE_NET,
	DEVICE_BALLOON,
	DEVICE_CXL,
	DEVICE_NUMA,
	DEVICE_IOMMU,
	DEVICE_VIRTIO_IOMMU,
	DEVICE_TPM,
};

struct device_kind {
	const char *name;
	const char *params; /* ours, by blanks; NULL: those of the module */
	const char *number; /* what NAME=N counts; NULL: nothing */
	const char *qemu;   /* devices QEMU must have, by blanks, "*" for the bus of virtio; NULL: none */
	const char *module; /* loaded last, with the parameters; NULL: always built in */
	const char *also;   /* modules that are loaded before it where the kernel has them, by blanks */
	const char *symbol; /* that has to be y or m, without CONFIG_ */
	const char *steps;  /* of kassay-init (guest/device.c), by newlines; "#": the number, "@": one less */
	const char *words;  /* for the kernel's command line */
	enum device_model model;
	bool first;	 /* drivers of the others wait for it */
	bool x86;	 /* only boards of x86 have a place for it */
	long least, most, usual; /* the number */
};
extern const struct device_kind device_kinds[]; /* the last has no name */

struct device {
	const struct device_kind *kind;
	const char *text;   /* as written */
	const char *params; /* of the module, blanks between */
	uint64_t size;	    /* bytes; 0: the usual */
	long number;
	bool zoned;
};
struct devices {
	struct device *data;
	size_t len, cap;
};

/* ERR_USAGE names what is wrong with @text; for an unknown name the nearest. Members live in @a. */
int device_parse(struct arena *a, const char *text, struct device *ret, struct err *err);
/*
 * Parse @text and add it, where the same is not there yet. ERR_USAGE also for two that are of one kind and differ: a
 * machine has one of each, and tests are named by the kind.
 */
int devices_add(struct arena *a, struct devices *to, const char *text, struct err *err);
/* Steps of kassay-init that wait until the device is there. */
void device_steps(const struct device *d, struct strv *ret);

/*
 * devices_qemu.c: why the QEMU of @spec, or this host, cannot make @d; 0 with @why, for people, empty: it can. Asked of QEMU
 * once for each of its programs. Negative: there is no QEMU.
 */
int device_lacks(const struct machine_spec *spec, const struct device *d, struct str *why, struct err *err);
/*
 * QEMU's arguments for @d added to @spec->qemu_args, which the user's come after; backing files, sparse, are made in
 * @spec->work, memory of the machine is divided. ERR_LIMIT: it cannot be divided so.
 */
int device_args(struct machine_spec *spec, const struct device *d, struct err *err);
