/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU has of the devices, and its arguments for them. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/devices.h"
#include "boot/qemu.h"
#include "boot/swtpm.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/memo.h"

enum { PROBE_SECONDS = 30 };
static const uint64_t mib = 1 << 20;
static const uint64_t disk_size = 64 << 20, cxl_size = 256 << 20;

/* Boards of x86 have their devices on PCI, the "virt" ones as virtio-mmio, where kernels without PCI find them. */
static const char *virtio_bus(const struct machine_spec *spec)
{
	return strcmp(machine_arch(spec)->folder, "x86") == 0 ? "pci" : "device";
}

/* Names of QEMU's devices that a kind needs; @bus NULL: as they are in the table. */
static void needed(const struct device_kind *k, const char *bus, struct strv *ret)
{
	struct view rest = view_of(k->qemu ? k->qemu : ""), one;

	while (view_split(&rest, ' ', &one)) {
		if (bus && view_ends(one, "*"))
			strv_addf(ret, VIEW_FMT "%s", VIEW_ARG(view_sub(one, 0, one.len - 1)), bus);
		else
			strv_addf(ret, VIEW_FMT, VIEW_ARG(one));
	}
}

/* Those of @names that stand as name "X" in what "-device help" prints, by blanks. */
static void pick(struct view help, const struct strv *names, struct str *ret)
{
	struct view line;

	while (view_line(&help, &line)) {
		struct view name;

		if (!view_skip(&line, "name \"") || !view_split(&line, '"', &name))
			continue;
		vec_foreach(n, names)
			if (view_eq(name, *n))
				str_addf(ret, "%s ", *n);
	}
}

/* By what changes when the program does, and by what is asked. */
static char *probe_key(const char *program, const struct strv *names)
{
	AUTO_STR struct str key = STR_INIT;
	struct stat st = { 0 };

	stat(program, &st);
	str_addf(&key, "%s %lld %lld.%09ld", program, (long long)st.st_size,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	vec_foreach(n, names)
		str_addf(&key, " %s", *n);
	return str_take(&key);
}

static int ask_qemu(const struct machine_spec *spec, struct str *ret, struct err *err)
{
	AUTO_FREE char *program = NULL;
	AUTO_STRV struct strv names = { 0 };
	AUTO_STR struct str help = STR_INIT;
	int r = qemu_program(spec, &program, err);

	if (r < 0)
		return r;
	for (const struct device_kind *k = device_kinds; k->name; k++)
		needed(k, virtio_bus(spec), &names);
	AUTO_FREE char *key = probe_key(program, &names),
		       *memo = mem_printf("devices-%s", path_base(program));
	if (memo_get("machine", memo, key, ret) == 0)
		return 0;
	struct run_spec command = {
		.argv = (char *[]){ program, (char *)"-machine", (char *)"none", (char *)"-device",
				    (char *)"help", NULL },
		.timeout = PROBE_SECONDS,
		.ret_out = &help,
	};
	r = run_ok(&command, err);
	if (r < 0)
		return r;
	pick(str_view(&help), &names, ret);
	memo_put("machine", memo, key, str_c(ret));
	return 0;
}

int device_lacks(const struct machine_spec *spec, const struct device *d, struct str *why,
		 struct err *err)
{
	AUTO_STR struct str have = STR_INIT;
	AUTO_STRV struct strv names = { 0 };
	AUTO_FREE char *swtpm = NULL;
	struct err missing = { 0 };
	int r;

	if (d->kind->x86 && strcmp(machine_arch(spec)->folder, "x86") != 0) {
		str_addf(why, "a machine of %s has no place for %s", machine_arch(spec)->name,
			 d->kind->name);
		return 0;
	}
	if (!d->kind->qemu)
		return 0;
	r = ask_qemu(spec, &have, err);
	if (r < 0)
		return r;
	needed(d->kind, virtio_bus(spec), &names);
	for (size_t i = 0; i < names.len && !why->len; i++) {
		struct view rest = str_view(&have), one;
		bool found = false;

		while (view_split(&rest, ' ', &one))
			found |= view_eq(one, names.data[i]);
		if (!found)
			str_addf(why, "this QEMU has no %s", names.data[i]);
	}
	if (!why->len && d->kind->model == DEVICE_TPM &&
	    tool_need(SWTPM_PROGRAM, SWTPM_PACKAGE, &swtpm, &missing) < 0)
		str_adds(why, missing.msg);
	return 0;
}

/* Else QEMU may take the bus of an expander bridge. */
#define ON_PCI ",bus=pcie.0"

/* -device of virtio on the board's bus. */
static void add_virtio(struct machine_spec *spec, const char *name, const char *rest)
{
	const char *bus = virtio_bus(spec);

	strv_add(&spec->qemu_args, "-device");
	strv_addf(&spec->qemu_args, "virtio-%s-%s%s%s", name, bus,
		  strcmp(bus, "pci") == 0 ? ON_PCI : "", rest);
}

static void add(struct strv *v, const char *option, const char *value)
{
	strv_add(v, option);
	strv_add(v, value);
}

/* A path as QEMU reads it: commas doubled. */
static void add_path(struct str *s, const char *path)
{
	for (; *path; path++) {
		str_addc(s, *path);
		if (*path == ',')
			str_addc(s, ',');
	}
}

/* A sparse file in the boot's folder. */
static int make_backing(const struct machine_spec *spec, const char *name, uint64_t size,
			char **ret, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/%s.img", spec->work, name);
	AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return err_sys(err, "%s", path);
	*ret = TAKE(path);
	return 0;
}

/* -drive for a backing file, under the kind's name. */
static int add_drive(struct machine_spec *spec, const struct device *d, struct err *err)
{
	AUTO_STR struct str s = STR_INIT;
	AUTO_FREE char *path = NULL;
	int r = make_backing(spec, d->kind->name, d->size ? d->size : disk_size, &path, err);

	if (r < 0)
		return r;
	str_addf(&s, "if=none,id=disk-%s,format=raw,cache=unsafe,file=", d->kind->name);
	add_path(&s, path);
	add(&spec->qemu_args, "-drive", str_c(&s));
	return 0;
}

static int disk_args(struct machine_spec *spec, const struct device *d, struct err *err)
{
	struct strv *v = &spec->qemu_args;
	int r = add_drive(spec, d, err);

	if (r < 0)
		return r;
	if (d->kind->model == DEVICE_NVME) {
		add(v, "-device", "nvme,id=nvme,serial=kassay" ON_PCI);
		add(v, "-device",
		    d->zoned ? "nvme-ns,bus=nvme,drive=disk-nvme,zoned=on,zoned.zone_size=4M" :
			       "nvme-ns,bus=nvme,drive=disk-nvme");
	} else if (d->kind->model == DEVICE_BLK) {
		add_virtio(spec, "blk", ",drive=disk-virtio-blk,serial=kassay");
	} else {
		add_virtio(spec, "scsi", ",id=scsi");
		add(v, "-device", "scsi-hd,bus=scsi.0,drive=disk-virtio-scsi,serial=kassay");
	}
	return 0;
}

/* A host bridge, a root port below it and a memory expander, with a window of physical addresses that reaches it. */
static int cxl_args(struct machine_spec *spec, const struct device *d, struct err *err)
{
	struct strv *v = &spec->qemu_args;
	uint64_t size = d->size ? d->size : cxl_size;
	AUTO_FREE char *mem = NULL, *labels = NULL;
	AUTO_STR struct str s = STR_INIT, t = STR_INIT;

	if (size % (256 * mib))
		return err_set(err, ERR_USAGE, "device '%s': a multiple of 256M", d->text);
	int r = make_backing(spec, "cxl", size, &mem, err);
	if (r == 0)
		r = make_backing(spec, "cxl-labels", mib, &labels, err);
	if (r < 0)
		return r;
	add(v, "-machine", "cxl=on,cxl-fmw.0.targets.0=cxl-bridge,cxl-fmw.0.size=4G");
	str_addf(&s, "memory-backend-file,id=cxl-memory,share=on,size=%lluM,mem-path=",
		 (unsigned long long)(size / mib));
	add_path(&s, mem);
	add(v, "-object", str_c(&s));
	str_adds(&t, "memory-backend-file,id=cxl-labels,share=on,size=1M,mem-path=");
	add_path(&t, labels);
	add(v, "-object", str_c(&t));
	add(v, "-device", "pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl-bridge");
	add(v, "-device", "cxl-rp,port=0,bus=cxl-bridge,id=cxl-port,chassis=0,slot=2");
	add(v, "-device",
	    "cxl-type3,bus=cxl-port,memdev=cxl-memory,lsa=cxl-labels,id=cxl-expander");
	return 0;
}

/* Memory in as many parts, the first with what is left over. */
static int numa_args(struct machine_spec *spec, const struct device *d, struct err *err)
{
	uint64_t all = (spec->memory ? spec->memory : MACHINE_MEMORY) / mib;
	uint64_t each = all / (uint64_t)d->number, first = all - each * ((uint64_t)d->number - 1);

	if ((spec->memory ? spec->memory : MACHINE_MEMORY) % mib || each < 16)
		return err_set(err, ERR_LIMIT,
			       "device %s: %llu MB of memory are not enough for %ld nodes", d->text,
			       (unsigned long long)all, d->number);
	for (long i = 0; i < d->number; i++) {
		strv_add(&spec->qemu_args, "-object");
		strv_addf(&spec->qemu_args, "memory-backend-ram,id=node%ld,size=%lluM", i,
			  (unsigned long long)(i ? each : first));
		strv_add(&spec->qemu_args, "-numa");
		strv_addf(&spec->qemu_args, "node,nodeid=%ld,memdev=node%ld", i, i);
	}
	return 0;
}

static void tpm_args(struct machine_spec *spec)
{
	AUTO_FREE char *socket = path_join(spec->work, SWTPM_SOCKET);
	AUTO_STR struct str s = STR_INIT;

	spec->tpm = true;
	str_adds(&s, "socket,id=tpm,path=");
	add_path(&s, socket);
	add(&spec->qemu_args, "-chardev", str_c(&s));
	add(&spec->qemu_args, "-tpmdev", "emulator,id=tpm,chardev=tpm");
	add(&spec->qemu_args, "-device", "tpm-tis,tpmdev=tpm");
}

int device_args(struct machine_spec *spec, const struct device *d, struct err *err)
{
	struct strv *v = &spec->qemu_args;

	switch (d->kind->model) {
	case DEVICE_NONE: break;
	case DEVICE_NVME:
	case DEVICE_BLK:
	case DEVICE_SCSI: return disk_args(spec, d, err);
	case DEVICE_CXL: return cxl_args(spec, d, err);
	case DEVICE_NUMA: return numa_args(spec, d, err);
	case DEVICE_TPM: tpm_args(spec); break;
	case DEVICE_RNG:
		add(v, "-object", "rng-builtin,id=rng");
		add_virtio(spec, "rng", ",rng=rng");
		break;
	case DEVICE_NET: /* a hub that nothing else hangs on: a guest has no network */
		add(v, "-netdev", "hubport,id=net,hubid=0");
		add_virtio(spec, "net", ",netdev=net");
		break;
	case DEVICE_BALLOON: add_virtio(spec, "balloon", ""); break;
	case DEVICE_IOMMU: add(v, "-device", "intel-iommu"); break;
	case DEVICE_VIRTIO_IOMMU: add(v, "-device", "virtio-iommu-pci" ON_PCI); break;
	}
	return 0;
}
