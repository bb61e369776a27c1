/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop at EL1, its sum stored where there is no memory:
 *
 *	loop:	add	x1, x1, x2
 *		subs	x0, x0, #1
 *		b.ne	loop
 *		str	w1, [x3]
 */
#include "boot/kvm_guest_arch.h"

#ifdef __aarch64__

#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

enum { GUEST_DEVICE = 0x10000000 };

const uint64_t kvm_guest_base = 0x40000000;

static const uint32_t guest_code[] = { 0x8b020021, 0xf1000400, 0x54ffffc1, 0xb9000061 };

/* Guest addresses have 40 bits unless said otherwise, which some hosts do not have (Apple's M1: 36). */
unsigned long kvm_guest_type(int kvm)
{
	int bits = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);

	return bits > 0 && bits < 40 ? KVM_VM_TYPE_ARM_IPA_SIZE(bits) : 0;
}

void kvm_guest_fill(unsigned char *m)
{
	memcpy(m + KVM_GUEST_CODE, guest_code, sizeof(guest_code));
}

/* Documentation/virt/kvm/api.rst, KVM_SET_ONE_REG: registers are numbered by their place in struct kvm_regs. */
static uint64_t reg_id(size_t offset)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / sizeof(uint32_t);
}

static int set_reg(int vcpu, size_t offset, uint64_t value)
{
	struct kvm_one_reg r = { .id = reg_id(offset), .addr = (uintptr_t)&value };

	return ioctl(vcpu, KVM_SET_ONE_REG, &r);
}

#define X(n) (offsetof(struct kvm_regs, regs.regs) + (n) * sizeof(uint64_t))

int kvm_guest_ready(int kvm, int vm, int vcpu, uint64_t loops)
{
	struct kvm_vcpu_init init = { 0 };

	(void)kvm;
	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) || ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		return -1;
	return set_reg(vcpu, offsetof(struct kvm_regs, regs.pc), kvm_guest_base + KVM_GUEST_CODE) ||
			       set_reg(vcpu, X(0), loops) || set_reg(vcpu, X(1), 0) ||
			       set_reg(vcpu, X(2), KVM_GUEST_STEP) ||
			       set_reg(vcpu, X(3), GUEST_DEVICE) ?
		       -1 :
		       0;
}

bool kvm_guest_answer(const struct kvm_run *run, uint8_t *ret)
{
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != GUEST_DEVICE ||
	    !run->mmio.is_write)
		return false;
	*ret = run->mmio.data[0];
	return true;
}

uint64_t kvm_guest_left(int vcpu)
{
	uint64_t left = 0;
	struct kvm_one_reg r = { .id = reg_id(X(0)), .addr = (uintptr_t)&left };

	return ioctl(vcpu, KVM_GET_ONE_REG, &r) ? 0 : left;
}

#endif
