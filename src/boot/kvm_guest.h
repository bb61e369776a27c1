/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

struct kvm_probe;

enum { KVM_GUEST_LOOPS = 1000000 }; /* about a millisecond of a CPU */
/*
 * Make a virtual machine with the opened KVM device @kvm and let it compute in 64-bit mode, @loops times. KVM_WORKS, or
 * KVM_BROKEN with the step that failed in @ret->why. May hang in the kernel: call it in a process that can be killed.
 */
void kvm_guest_try(int kvm, uint64_t loops, struct kvm_probe *ret);
