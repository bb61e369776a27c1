/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest that kvm.c runs, with raw ioctls (Documentation/virt/kvm/api.rst). A loop in 64-bit mode with paging on,
 * long enough that a KVM which only emulates instructions (some nested ones do, at a thousandth of the speed) does not
 * end it in time:
 *
 *	0x1000	loop:	add	%rbx, %rax
 *			dec	%rcx
 *			jnz	loop
 *			out	%al, $PORT
 *			hlt
 *	0x2000	page tables: one page of each level, mapping the first 2 MB to themselves
 */
#include "boot/kvm_guest.h"

#ifdef __x86_64__

#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "base/mem.h"
#include "boot/machine.h"

enum {
	GUEST_SIZE = 0x8000,
	GUEST_CODE = 0x1000,
	GUEST_PML4 = 0x2000,
	GUEST_PDPT = 0x3000,
	GUEST_PD = 0x4000,
	GUEST_PORT = 0x10,
	GUEST_STEP = 3,	       /* added per loop */
	GUEST_CPU_US = 300000, /* CPU time it may take */
	GUEST_CPUID_MAX = 256,
	PTE_PRESENT_WRITE = 3,
	PTE_LARGE = 0x80,
	CR0_PE_MP_ET_NE_WP_PG = 0x80010033,
	CR4_PAE = 0x20,
	EFER_LME_LMA = 0x500,
	TSS_ADDR = 0xfffbd000,
};

static const unsigned char guest_code[] = {
	0x48, 0x01,	  0xd8, 0x48, 0xff, 0xc9, 0x75, 0xf8, /* add, dec, jnz */
	0xe6, GUEST_PORT, 0xf4,				      /* out, hlt */
};

static void broken(struct kvm_probe *ret, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void broken(struct kvm_probe *ret, const char *fmt, ...)
{
	va_list ap;

	ret->state = KVM_BROKEN;
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
}

static void interrupt_run(int sig)
{
	(void)sig; /* that KVM_RUN returns EINTR is all that is wanted */
}

/* Interrupt KVM_RUN when the guest has used too much CPU time: a busy host does not make KVM look broken. */
static void limit_cpu(void)
{
	struct sigaction act = { .sa_handler = interrupt_run };
	struct itimerval t = { .it_value.tv_usec = GUEST_CPU_US,
			       .it_interval.tv_usec = GUEST_CPU_US };

	sigaction(SIGPROF, &act, NULL);
	setitimer(ITIMER_PROF, &t, NULL);
}

static unsigned char *guest_memory(int vm)
{
	unsigned char *m =
		mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		return NULL;
	memcpy(m + GUEST_CODE, guest_code, sizeof(guest_code));
	*(uint64_t *)(m + GUEST_PML4) = GUEST_PDPT | PTE_PRESENT_WRITE;
	*(uint64_t *)(m + GUEST_PDPT) = GUEST_PD | PTE_PRESENT_WRITE;
	*(uint64_t *)(m + GUEST_PD) = PTE_LARGE | PTE_PRESENT_WRITE;
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_SIZE,
		.userspace_addr = (uintptr_t)m,
	};
	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ? NULL : m;
}

/* Hand the vCPU what the CPU can do; without it 64-bit mode may be refused. */
static int set_cpuid(int kvm, int vcpu)
{
	AUTO_FREE struct kvm_cpuid2 *c =
		mem_alloc(sizeof(*c) + GUEST_CPUID_MAX * sizeof(struct kvm_cpuid_entry2));

	c->nent = GUEST_CPUID_MAX;
	return ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c) ? -1 : ioctl(vcpu, KVM_SET_CPUID2, c);
}

static int set_registers(int vcpu, uint64_t loops)
{
	struct kvm_sregs s;
	struct kvm_regs r = {
		.rip = GUEST_CODE,
		.rbx = GUEST_STEP,
		.rcx = loops,
		.rflags = 2,
	};

	if (ioctl(vcpu, KVM_GET_SREGS, &s))
		return -1;
	/* Flat segments: 64-bit code, read, accessed; data, written, accessed. */
	s.cs = (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = 8,
		.type = 11,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1,
	};
	s.ds = s.es = s.fs = s.gs = s.ss = (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = 16,
		.type = 3,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};
	s.cr0 = CR0_PE_MP_ET_NE_WP_PG;
	s.cr3 = GUEST_PML4;
	s.cr4 = CR4_PAE;
	s.efer = EFER_LME_LMA;
	return ioctl(vcpu, KVM_SET_SREGS, &s) ? -1 : ioctl(vcpu, KVM_SET_REGS, &r);
}

/* KVM_RUN came back without an error; is it the "out" with the sum? */
static void judge_exit(const struct kvm_run *run, uint64_t loops, struct kvm_probe *ret)
{
	uint8_t sum = (uint8_t)(loops * GUEST_STEP);
	const uint8_t *port_data = (const uint8_t *)run + run->io.data_offset;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.port != GUEST_PORT || *port_data != sum)
			broken(ret, "KVM ran a guest wrongly: it computed %u instead of %u",
			       *port_data, sum);
		else
			ret->state = KVM_WORKS;
		return;
	case KVM_EXIT_INTERNAL_ERROR:
		broken(ret, "KVM cannot run a guest: KVM_RUN gave internal error %u",
		       run->internal.suberror);
		return;
	case KVM_EXIT_FAIL_ENTRY:
		broken(ret, "KVM cannot run a guest: the CPU refused to enter it, reason 0x%llx",
		       (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
		return;
	default:
		broken(ret, "KVM cannot run a guest: KVM_RUN ended with exit reason %u",
		       run->exit_reason);
	}
}

static void run_guest(int vcpu, const struct kvm_run *run, uint64_t loops, struct kvm_probe *ret)
{
	struct kvm_regs r = { .rcx = loops };

	if (!ioctl(vcpu, KVM_RUN, 0)) {
		judge_exit(run, loops, ret);
		return;
	}
	if (errno != EINTR) {
		broken(ret, "KVM cannot run a guest: KVM_RUN gave \"%s\"", strerror(errno));
		return;
	}
	ioctl(vcpu, KVM_GET_REGS, &r);
	broken(ret,
	       "KVM opens but runs guests emulated: %llu of %llu loops in %.1f s",
	       (unsigned long long)(loops - r.rcx), (unsigned long long)loops, GUEST_CPU_US / 1e6);
}

void kvm_guest_try(int kvm, uint64_t loops, struct kvm_probe *ret)
{
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		broken(ret, "it is not the KVM device, or speaks another version than %d",
		       KVM_API_VERSION);
		return;
	}
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0) {
		broken(ret, "KVM opens, but KVM_CREATE_VM gave \"%s\"%s", strerror(errno),
		       errno == EBUSY ? ": is another hypervisor running?" : "");
		return;
	}
	ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDR); /* only Intel CPUs want it */
	unsigned char *memory = guest_memory(vm);
	int vcpu = memory ? ioctl(vm, KVM_CREATE_VCPU, 0) : -1;
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = MAP_FAILED;
	if (vcpu >= 0 && size > 0)
		run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED || set_cpuid(kvm, vcpu) || set_registers(vcpu, loops)) {
		broken(ret, "KVM makes a machine, but setting it up gave \"%s\"", strerror(errno));
		return;
	}
	limit_cpu();
	run_guest(vcpu, run, loops, ret);
}

#endif
