/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct kvm_probe;

/*
 * Make a virtual machine with the opened KVM device @kvm and let it compute in 64-bit mode. KVM_WORKS, or KVM_BROKEN
 * with the step that failed in @ret->why. May hang in the kernel: call it in a process that can be killed.
 */
void kvm_guest_try(int kvm, struct kvm_probe *ret);
