/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine: as few devices as a kernel with its tests needs, so that it boots no slower than a bare QEMU does. Every
 * further device is the user's to add (spec->qemu_args).
 */
#include "boot/qemu.h"

#include <errno.h>
#include <unistd.h>

#include "boot/frame.h"
#include "sys/file.h"

static const uint64_t mib = 1 << 20;

/* What differs from architecture to architecture. */
struct board {
	const char *arch;
	const char *machine;
	const char *cpu;     /* under TCG */
	const char *console; /* console= */
	const char *early;   /* for a second boot, when the first said nothing */
	const char *words;   /* further ones for the kernel */
	const char *port;    /* device that carries the virtio port */
	const char *disk;    /* a virtio disk */
	bool two_uarts;	     /* a PC */
};

/*
 * TCG's "max" is every feature it can emulate: RDRAND among them, so the kernel's random numbers are ready at once. But
 * not fast string instructions, which TCG does byte by byte (a boot of Debian's kernel takes six per cent less without
 * them), and of pointer authentication a cheap kind instead of the architecture's cipher. q35 is without what neither a kernel
 * that has no drivers nor one with all of them should have to probe. "virt" boards have one UART for the kernel; virtio-mmio there
 * needs no PCI.
 */
#define X86_BOARD \
	"q35,sata=off,smbus=off,vmport=off", "max,-erms,-fsrm", "ttyS0,115200", \
		"earlyprintk=serial,ttyS0,115200", "no_timer_check", "virtio-serial-pci", \
		"virtio-blk-pci", true
static const struct board boards[] = {
	{ "x86_64", X86_BOARD },
	{ "i386", X86_BOARD },
	{ "arm64", "virt,gic-version=max", "max,pauth-impdef=on", "ttyAMA0", "earlycon", NULL,
	  "virtio-serial-device", "virtio-blk-device", false },
	{ "arm", "virt", "max", "ttyAMA0", "earlycon", NULL, "virtio-serial-device",
	  "virtio-blk-device", false },
	{ "riscv64", "virt", "rv64", "ttyS0,115200", "earlycon=sbi", NULL, "virtio-serial-device",
	  "virtio-blk-device", false },
};

static const struct board *board_of(const struct machine_spec *spec)
{
	const struct arch *arch = machine_arch(spec);

	for (size_t i = 0; i < ARRAY_SIZE(boards); i++)
		if (!strcmp(boards[i].arch, arch->name))
			return &boards[i];
	return &boards[0];
}

/* Its drivers come with the bus. */
static bool on_pci(const char *device)
{
	return view_ends(view_of(device), "-pci");
}

const char *const *qemu_port_modules(const struct machine_spec *spec)
{
	static const char *const pci[] = { "virtio_pci", "virtio_console", NULL };
	static const char *const mmio[] = { "virtio_mmio", "virtio_console", NULL };

	return on_pci(board_of(spec)->port) ? pci : mmio;
}

const char *const *qemu_disk_modules(const struct machine_spec *spec)
{
	static const char *const pci[] = { "virtio_pci", "virtio_blk", NULL };
	static const char *const mmio[] = { "virtio_mmio", "virtio_blk", NULL };

	return on_pci(board_of(spec)->disk) ? pci : mmio;
}

const struct arch *machine_arch(const struct machine_spec *spec)
{
	return spec->arch ? spec->arch : arch_host();
}

/*
 * The kernel's words. The user's come last: where a word is given twice, the kernel takes the last.
 *
 *	console=		messages and /dev/console on the first UART
 *	panic=-1		reset at once after a panic, and a reset ends QEMU (-no-reboot)
 *	loglevel=7		a configuration may hide warnings, and results of KUnit, from the console
 *	printk.devkmsg=on	marks that kassay-init writes into the log are not rate-limited
 *	no_timer_check		on a busy host this check fails by chance under TCG, and that is a panic; under KVM the
 *				kernel leaves it out by itself
 *	earlyprintk=, earlycon	for a second boot, when the first said nothing
 */
static char *kernel_cmdline(const struct machine_spec *spec, const struct board *b)
{
	AUTO_STR struct str s = STR_INIT;

	str_addf(&s, "console=%s panic=-1 loglevel=7 printk.devkmsg=on", b->console);
	if (b->words)
		str_addf(&s, " %s", b->words);
	if (spec->earlyprintk)
		str_addf(&s, " %s", b->early);
	if (spec->cmdline && *spec->cmdline)
		str_addf(&s, " %s", spec->cmdline);
	return str_take(&s);
}

static void add(struct strv *v, const char *option, const char *value)
{
	strv_add(v, option);
	strv_add(v, value);
}

static void addf(struct strv *v, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void addf(struct strv *v, const char *option, const char *fmt, ...)
{
	AUTO_STR struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	add(v, option, str_c(&s));
}

/*
 * Everything that differs between KVM and TCG. x86 kernels patch their own code under the feet of other CPUs, by way of an int3;
 * with a thread for each CPU TCG now and then runs one that is long gone, and the kernel oopses ("int3 in ..."). They take turns
 * in one thread, then.
 */
static void add_cpu(struct strv *v, const struct machine_spec *spec, const struct board *b,
		    enum accel accel)
{
	bool turns = spec->cpus > 1 && !strcmp(machine_arch(spec)->folder, "x86");

	add(v, "-accel", accel == ACCEL_KVM ? "kvm" : turns ? "tcg,thread=single" : "tcg");
	add(v, "-cpu", accel == ACCEL_KVM ? "host" : b->cpu);
}

/*
 * CPUs of a PC are sockets: the MP table, all that a kernel without ACPI reads, has the first CPU of each only. "virt"
 * boards have a device tree.
 */
static void add_memory(struct strv *v, const struct machine_spec *spec, const struct board *b)
{
	uint64_t bytes = spec->memory ? spec->memory : MACHINE_MEMORY;
	long cpus = spec->cpus ? spec->cpus : 1;

	if (bytes % mib)
		addf(v, "-m", "%lluk", (unsigned long long)((bytes + 1023) / 1024));
	else
		addf(v, "-m", "%lluM", (unsigned long long)(bytes / mib));
	if (cpus > 1 && b->two_uarts)
		addf(v, "-smp", "%ld,sockets=%ld", cpus, cpus);
	else
		addf(v, "-smp", "%ld", cpus);
}

/* QEMU's first UART is ttyS0, its second ttyS1. */
static void add_serial(struct strv *v, const char *id, int fd, bool keys)
{
	if (fd < 0)
		return;
	if (keys)
		addf(v, "-chardev", "socket,id=%s,fd=%d", id, fd);
	else
		addf(v, "-chardev", "file,id=%s,path=/dev/fd/%d", id, fd);
	addf(v, "-serial", "chardev:%s", id);
}

static void add_channels(struct strv *v, const struct board *b, const struct qemu_fds *fds)
{
	add_serial(v, "console", fds->console, fds->keys);
	if (b->two_uarts)
		add_serial(v, "uart", fds->uart, false);
	if (fds->port >= 0) {
		addf(v, "-chardev", "socket,id=port,fd=%d", fds->port);
		/* Port 0 is for a console; more than two only make the guest allocate queues. */
		addf(v, "-device", "%s,max_ports=2", b->port);
		add(v, "-device", "virtserialport,chardev=port,name=" QEMU_PORT);
	}
	if (fds->qmp >= 0) {
		addf(v, "-chardev", "socket,id=qmp,fd=%d", fds->qmp);
		add(v, "-mon", "chardev=qmp,mode=control");
	}
}

/* The format is never guessed: a guest could write a header that names a file of the host. Commas are doubled. */
static void add_image(struct str *s, struct view name)
{
	str_addf(s, "format=%s,file=", view_ends(name, ".qcow2") ? "qcow2" : "raw");
	for (size_t i = 0; i < name.len; i++) {
		str_addc(s, name.p[i]);
		if (name.p[i] == ',')
			str_addc(s, ',');
	}
}

static void add_disk(struct strv *v, const char *disk)
{
	struct view name = view_of(disk);
	AUTO_STR struct str s = STR_INIT;
	bool read_only = view_ends(name, ":ro");

	if (read_only)
		name.len -= strlen(":ro");
	str_adds(&s, "if=virtio,");
	if (read_only)
		str_adds(&s, "readonly=on,");
	add_image(&s, name);
	add(v, "-drive", str_c(&s));
}

/* A disk of ours, known to kassay-init by its serial number. It comes after the user's, so that theirs is /dev/vda. */
static void add_our_disk(struct strv *v, const struct board *b, const char *image, const char *how,
			 const char *serial)
{
	AUTO_STR struct str s = STR_INIT;

	if (!image)
		return;
	str_addf(&s, "if=none,id=%s,%s,", serial, how);
	add_image(&s, view_of(image));
	add(v, "-drive", str_c(&s));
	addf(v, "-device", "%s,drive=%s,serial=%s", b->disk, serial, serial);
}

char *qemu_initrd(const struct machine_spec *spec)
{
	if (!spec->initrd_extra.len)
		return mem_strdup(spec->initrd);
	return path_join(spec->work, "initrd");
}

void qemu_args_fds(const struct machine_spec *spec, enum accel accel, const struct qemu_fds *fds,
		   struct strv *ret)
{
	AUTO_FREE char *initrd = qemu_initrd(spec);
	const struct board *board = board_of(spec);
	AUTO_FREE char *cmdline = kernel_cmdline(spec, board);

	strv_add(ret, spec->qemu ? spec->qemu : machine_arch(spec)->qemu);
	strv_add(ret, "-nodefaults");
	strv_add(ret, "-no-user-config");
	strv_add(ret, "-no-reboot");
	add(ret, "-display", "none");
	add(ret, "-machine", board->machine);
	add_cpu(ret, spec, board, accel);
	add_memory(ret, spec, board);
	add_channels(ret, board, fds);
	vec_foreach(disk, &spec->disks)
		add_disk(ret, *disk);
	add_our_disk(ret, board, spec->root, "snapshot=on", GUEST_DISK_ROOT);
	add_our_disk(ret, board, spec->root_modules, "readonly=on", GUEST_DISK_MODULES);
	add_our_disk(ret, board, spec->root_tests, "snapshot=on", GUEST_DISK_TESTS);
	add(ret, "-kernel", spec->image);
	if (initrd)
		add(ret, "-initrd", initrd);
	add(ret, "-append", cmdline);
	if (spec->gdb) {
		add(ret, "-gdb", "tcp:127.0.0.1:1234");
		strv_add(ret, "-S");
	}
	strv_add_all(ret, &spec->qemu_args);
}

void qemu_args(const struct machine_spec *spec, enum accel accel, struct strv *ret)
{
	struct qemu_fds fds = { .console = 3, .port = 4, .uart = 5, .qmp = 6 };

	qemu_args_fds(spec, accel, &fds, ret);
}

int qemu_program(const struct machine_spec *spec, char **ret, struct err *err)
{
	if (!spec->qemu || !strchr(spec->qemu, '/'))
		return tool_need(spec->qemu ? spec->qemu : machine_arch(spec)->qemu,
				 machine_arch(spec)->qemu_package, ret, err);
	if (access(spec->qemu, X_OK))
		return err_set(err, ERR_NO_TOOL, "%s: %s", spec->qemu, strerror(errno));
	*ret = mem_strdup(spec->qemu);
	return 0;
}

/* KVM runs guests of its own architecture. */
static void foreign(const struct arch *guest, struct kvm_probe *ret)
{
	ret->state = KVM_MISSING;
	snprintf(ret->why, sizeof(ret->why), "a machine of %s is emulated on this %s host",
		 guest->name, arch_host()->name);
}

int qemu_accel(const struct machine_spec *spec, enum accel *ret, char *why, size_t size,
	       struct err *err)
{
	struct kvm_probe kvm;

	if (spec->accel == ACCEL_TCG) {
		*ret = ACCEL_TCG;
		snprintf(why, size, "TCG was asked for");
		return 0;
	}
	if (arch_runs_here(machine_arch(spec)))
		kvm_probe(&kvm);
	else
		foreign(machine_arch(spec), &kvm);
	if (spec->accel == ACCEL_KVM && kvm.state != KVM_WORKS)
		return err_set(err, ERR_NOT_FOUND, "--accel kvm: %s", kvm.why);
	*ret = kvm.state == KVM_WORKS ? ACCEL_KVM : ACCEL_TCG;
	snprintf(why, size, "%s", kvm.state == KVM_WORKS ? "KVM runs a guest here" : kvm.why);
	return 0;
}
