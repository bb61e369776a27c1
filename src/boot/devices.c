/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/devices.h"

#include "base/yaml.h"

#define VIRTIO_BOUND(driver) "wait=/sys/bus/virtio/drivers/" driver "/virtio*"
#define GPIO_BANK "/sys/kernel/config/gpio-sim/kassay"

/* Modules of the kernel. */
#define BY_KERNEL(name_, module_, symbol_, steps_) \
	.name = name_, .module = module_, .symbol = symbol_, .steps = steps_
/* Drivers of what QEMU has. */
#define BY_QEMU(name_, model_, qemu_, params_) \
	.name = name_, .model = model_, .qemu = qemu_, .params = params_

/*
 * pcie_ports=compat for cxl: a kernel that is given control of CXL's errors wants an interrupt for them, which expanders of
 * QEMU before 8.1 do not have; it is not given then.
 */
const struct device_kind device_kinds[] = {
	{ BY_KERNEL("null_blk", "null_blk", "BLK_DEV_NULL_BLK", "wait=/sys/block/nullb*") },
	{ BY_KERNEL("brd", "brd", "BLK_DEV_RAM", "wait=/sys/block/ram*") },
	{ BY_KERNEL("loop", "loop", "BLK_DEV_LOOP", "wait=/sys/class/misc/loop-control") },
	{ BY_KERNEL("zram", "zram", "ZRAM", "wait=/sys/block/zram*") },
	{ BY_KERNEL("scsi_debug", "scsi_debug", "SCSI_DEBUG",
		    "wait=/sys/bus/pseudo/devices/adapter*\ntry=/sys/block/sd*"),
	  .also = "sd_mod" },
	{ BY_KERNEL("gpio-sim", "gpio-sim", "GPIO_SIM",
		    "mount=configfs:/sys/kernel/config\nmkdir=" GPIO_BANK "\nmkdir=" GPIO_BANK
		    "/bank0\nwrite=" GPIO_BANK "/bank0/num_lines:#\nwrite=" GPIO_BANK
		    "/live:1\nwait=/sys/bus/gpio/devices/gpiochip*"),
	  .params = "", .number = "lines", .least = 1, .most = 1024, .usual = 8 },
	{ BY_KERNEL("netdevsim", "netdevsim", "NETDEVSIM",
		    "write=/sys/bus/netdevsim/new_device:1 #\n"
		    "wait=/sys/bus/netdevsim/devices/netdevsim1/net"),
	  .params = "", .number = "ports", .least = 1, .most = 64, .usual = 1 },
	{ BY_KERNEL("vivid", "vivid", "VIDEO_VIVID", "wait=/sys/class/video4linux/video*") },
	{ BY_KERNEL("vkms", "vkms", "DRM_VKMS", "wait=/sys/class/drm/card*") },
	{ BY_KERNEL("dummy_hcd", "dummy_hcd", "USB_DUMMY_HCD", "wait=/sys/class/udc/dummy_udc*") },
	{ BY_QEMU("nvme", DEVICE_NVME, "nvme nvme-ns", "size zoned"), .module = "nvme",
	  .symbol = "BLK_DEV_NVME", .steps = "wait=/sys/block/nvme*" },
	{ BY_QEMU("virtio-blk", DEVICE_BLK, "virtio-blk-*", "size"), .module = "virtio_blk",
	  .also = "virtio_pci virtio_mmio", .symbol = "VIRTIO_BLK",
	  .steps = VIRTIO_BOUND("virtio_blk") "\nwait=/sys/block/vd*" },
	{ BY_QEMU("virtio-scsi", DEVICE_SCSI, "virtio-scsi-* scsi-hd", "size"),
	  .module = "virtio_scsi", .also = "virtio_pci virtio_mmio sd_mod", .symbol = "SCSI_VIRTIO",
	  .steps = VIRTIO_BOUND("virtio_scsi") "\ntry=/sys/block/sd*" },
	{ BY_QEMU("virtio-rng", DEVICE_RNG, "virtio-rng-*", ""), .module = "virtio-rng",
	  .also = "virtio_pci virtio_mmio", .symbol = "HW_RANDOM_VIRTIO",
	  .steps = VIRTIO_BOUND("virtio_rng") },
	{ BY_QEMU("virtio-net", DEVICE_NET, "virtio-net-*", ""), .module = "virtio_net",
	  .also = "virtio_pci virtio_mmio", .symbol = "VIRTIO_NET",
	  .steps = VIRTIO_BOUND("virtio_net") },
	{ BY_QEMU("virtio-balloon", DEVICE_BALLOON, "virtio-balloon-*", ""),
	  .module = "virtio_balloon", .also = "virtio_pci virtio_mmio", .symbol = "VIRTIO_BALLOON",
	  .steps = VIRTIO_BOUND("virtio_balloon") },
	{ BY_QEMU("cxl", DEVICE_CXL, "pxb-cxl cxl-rp cxl-type3", "size"), .module = "cxl_mem",
	  .also = "cxl_port cxl_acpi cxl_pci", .symbol = "CXL_MEM",
	  .steps = "wait=/sys/bus/cxl/devices/mem*", .words = "pcie_ports=compat", .x86 = true },
	{ BY_QEMU("numa", DEVICE_NUMA, NULL, ""), .symbol = "NUMA",
	  .steps = "wait=/sys/devices/system/node/node@", .number = "nodes", .least = 2, .most = 64,
	  .usual = 2 },
	{ BY_QEMU("viommu", DEVICE_IOMMU, "intel-iommu", ""), .symbol = "INTEL_IOMMU",
	  .steps = "wait=/sys/class/iommu/dmar*", .words = "intel_iommu=on", .first = true,
	  .x86 = true },
	{ BY_QEMU("virtio-iommu", DEVICE_VIRTIO_IOMMU, "virtio-iommu-pci", ""),
	  .module = "virtio-iommu", .also = "virtio_pci", .symbol = "VIRTIO_IOMMU",
	  .steps = VIRTIO_BOUND("virtio_iommu"), .first = true },
	{ BY_QEMU("tpm", DEVICE_TPM, "tpm-tis", ""), .module = "tpm_tis", .symbol = "TCG_TIS",
	  .steps = "wait=/sys/class/tpm/tpm*", .x86 = true },
	{ 0 },
};

static int unknown(const char *text, const char *name, struct err *err)
{
	AUTO_STR struct str all = STR_INIT;
	const char *names[ARRAY_SIZE(device_kinds)];
	size_t n = 0;

	for (; device_kinds[n].name; n++) {
		names[n] = device_kinds[n].name;
		str_addf(&all, "%s%s", n ? ", " : "", names[n]);
	}
	const char *near = str_nearest(name, names, n);

	return near ? err_set(err, ERR_USAGE, "unknown device '%s'; did you mean '%s'?", text,
			      near) :
		      err_set(err, ERR_USAGE, "unknown device '%s'; there are %s", text,
			      str_c(&all));
}

static bool takes(const struct device_kind *k, struct view name)
{
	struct view rest = view_of(k->params), one;

	while (view_split(&rest, ' ', &one))
		if (one.len == name.len && memcmp(one.p, name.p, name.len) == 0)
			return true;
	return false;
}

/* A parameter of ours: "size=1G", "zoned". */
static int parse_own(struct device *d, struct view part, struct err *err)
{
	struct view rest = part, name;
	bool valued = view_find_chr(part, '=') >= 0;

	view_split(&rest, '=', &name);
	if (!takes(d->kind, name))
		return err_set(err, ERR_USAGE, "device '%s': %s takes %s%s, not '" VIEW_FMT "'",
			       d->text, d->kind->name, *d->kind->params ? "only " : "no parameters",
			       d->kind->params, VIEW_ARG(part));
	if (view_eq(name, "zoned") && !valued) {
		d->zoned = true;
		return 0;
	}
	AUTO_FREE char *value = mem_strndup(rest.p, rest.len);
	if (!view_eq(name, "size") || parse_size(value, &d->size) < 0 || d->size < 1 << 20)
		return err_set(err, ERR_USAGE,
			       "device '%s': '" VIEW_FMT "'; write size=SIZE, 1M or more%s",
			       d->text, VIEW_ARG(part),
			       takes(d->kind, VIEW("zoned")) ? ", or zoned" : "");
	return 0;
}

/* "numa=4": @value, or the usual number without one. */
static int parse_number(struct device *d, struct view value, bool given, struct err *err)
{
	const struct device_kind *k = d->kind;
	int64_t n = k->usual;

	if (given && !k->number)
		return err_set(err, ERR_USAGE,
			       "device '%s': %s has no number; parameters follow a comma", d->text,
			       k->name);
	if (given && (view_i64(value, &n) < 0 || n < k->least || n > k->most))
		return err_set(err, ERR_USAGE, "device '%s': %s=N with %ld to %ld %s", d->text,
			       k->name, k->least, k->most, k->number);
	d->number = (long)n;
	return 0;
}

int device_parse(struct arena *a, const char *text, struct device *ret, struct err *err)
{
	struct device d = { .kind = device_kinds, .text = arena_strdup(a, text) };
	struct view rest = view_of(d.text), head = VIEW(""), name = VIEW(""), part;
	AUTO_STR struct str params = STR_INIT;
	int r;

	if (strcspn(text, " \t\n/\"'") != strlen(text))
		return err_set(
			err, ERR_USAGE,
			"device '%s': no blanks, slashes or quotes; write NAME or NAME,PARAM=VALUE",
			text);
	view_split(&rest, ',', &head);
	bool given = view_find_chr(head, '=') >= 0;
	view_split(&head, '=', &name);
	while (d.kind->name && !view_eq(name, d.kind->name))
		d.kind++;
	if (!d.kind->name)
		return unknown(text, arena_strndup(a, name.p, name.len), err);
	r = parse_number(&d, head, given, err);
	while (r == 0 && view_split(&rest, ',', &part)) {
		if (d.kind->params && part.len)
			r = parse_own(&d, part, err);
		else if (part.len)
			str_addf(&params, "%s" VIEW_FMT, params.len ? " " : "", VIEW_ARG(part));
	}
	if (r < 0)
		return r;
	d.params = arena_strdup(a, str_c(&params));
	*ret = d;
	return 0;
}

int devices_add(struct arena *a, struct devices *to, const char *text, struct err *err)
{
	struct device d;
	int r = device_parse(a, text, &d, err);

	if (r < 0)
		return r;
	vec_foreach(old, to) {
		if (old->kind != d.kind)
			continue;
		return strcmp(old->text, text) == 0 ?
			       0 :
			       err_set(err, ERR_USAGE,
				       "devices '%s' and '%s': a machine has one %s", old->text,
				       text, d.kind->name);
	}
	*vec_add(to) = d;
	return 0;
}

void device_steps(const struct device *d, struct strv *ret)
{
	struct view rest = view_of(d->kind->steps), one;

	while (view_split(&rest, '\n', &one)) {
		AUTO_STR struct str step = STR_INIT;

		for (size_t i = 0; i < one.len; i++) {
			if (one.p[i] == '#' || one.p[i] == '@')
				str_addf(&step, "%ld", d->number - (one.p[i] == '@'));
			else
				str_addc(&step, one.p[i]);
		}
		strv_add(ret, str_c(&step));
	}
}
