/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop in 64-bit mode with paging on:
 *
 *	0x1000	loop:	add	%rbx, %rax
 *			dec	%rcx
 *			jnz	loop
 *			out	%al, $PORT
 *			hlt
 *	0x2000	page tables: one page of each level, mapping the first 2 MB to themselves
 */
#include "boot/kvm_guest_arch.h"

#ifdef __x86_64__

#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"

enum {
	GUEST_PML4 = 0x2000,
	GUEST_PDPT = 0x3000,
	GUEST_PD = 0x4000,
	GUEST_PORT = 0x10,
	GUEST_CPUID_MAX = 256,
	PTE_PRESENT_WRITE = 3,
	PTE_LARGE = 0x80,
	CR0_PE_MP_ET_NE_WP_PG = 0x80010033,
	CR4_PAE = 0x20,
	EFER_LME_LMA = 0x500,
	TSS_ADDR = 0xfffbd000,
};

const uint64_t kvm_guest_base = 0;

static const unsigned char guest_code[] = {
	0x48, 0x01,	  0xd8, 0x48, 0xff, 0xc9, 0x75, 0xf8, /* add, dec, jnz */
	0xe6, GUEST_PORT, 0xf4,				      /* out, hlt */
};

unsigned long kvm_guest_type(int kvm)
{
	(void)kvm;
	return 0;
}

void kvm_guest_fill(unsigned char *m)
{
	memcpy(m + KVM_GUEST_CODE, guest_code, sizeof(guest_code));
	*(uint64_t *)(m + GUEST_PML4) = GUEST_PDPT | PTE_PRESENT_WRITE;
	*(uint64_t *)(m + GUEST_PDPT) = GUEST_PD | PTE_PRESENT_WRITE;
	*(uint64_t *)(m + GUEST_PD) = PTE_LARGE | PTE_PRESENT_WRITE;
}

/* Hand the vCPU what the CPU can do; without it 64-bit mode may be refused. */
static int set_cpuid(int kvm, int vcpu)
{
	AUTO_FREE struct kvm_cpuid2 *c =
		mem_alloc(sizeof(*c) + GUEST_CPUID_MAX * sizeof(struct kvm_cpuid_entry2));

	c->nent = GUEST_CPUID_MAX;
	return ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c) ? -1 : ioctl(vcpu, KVM_SET_CPUID2, c);
}

int kvm_guest_ready(int kvm, int vm, int vcpu, uint64_t loops)
{
	struct kvm_sregs s;
	struct kvm_regs r = {
		.rip = KVM_GUEST_CODE,
		.rbx = KVM_GUEST_STEP,
		.rcx = loops,
		.rflags = 2,
	};

	ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDR); /* only Intel CPUs want it */
	if (set_cpuid(kvm, vcpu) || ioctl(vcpu, KVM_GET_SREGS, &s))
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

bool kvm_guest_answer(const struct kvm_run *run, uint8_t *ret)
{
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != GUEST_PORT)
		return false;
	*ret = *((const uint8_t *)run + run->io.data_offset);
	return true;
}

uint64_t kvm_guest_left(int vcpu)
{
	struct kvm_regs r = { 0 };

	return ioctl(vcpu, KVM_GET_REGS, &r) ? 0 : r.rcx;
}

#endif
