/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between kvm_guest.c and what it needs to know of each processor (kvm_guest_x86_64.c, kvm_guest_arm64.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__) || defined(__aarch64__)
#define KVM_GUEST_KNOWN 1

#include <linux/kvm.h>

enum {
	KVM_GUEST_SIZE = 0x10000, /* bytes: a page wherever it runs */
	KVM_GUEST_CODE = 0x1000,  /* where it begins in there */
	KVM_GUEST_STEP = 3,	  /* added per loop */
};
extern const uint64_t kvm_guest_base; /* guest address of its memory */

/* The argument of KVM_CREATE_VM. */
unsigned long kvm_guest_type(int kvm);
/* Code and tables into its memory. */
void kvm_guest_fill(unsigned char *memory);
/* Make @vcpu ready to run @loops. -1 and errno: it cannot be. */
int kvm_guest_ready(int kvm, int vm, int vcpu, uint64_t loops);
/* Is this exit the guest telling its sum? Low byte into *ret. */
bool kvm_guest_answer(const struct kvm_run *run, uint8_t *ret);
/* Loops left to do. */
uint64_t kvm_guest_left(int vcpu);

#endif
