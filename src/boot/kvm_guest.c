/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest that kvm.c runs, with raw ioctls (Documentation/virt/kvm/api.rst): a loop that adds, and tells the sum. It is
 * long enough that a KVM which only emulates instructions (some nested ones do, at a thousandth of the speed) does not end
 * it in time.
 */
#include "boot/kvm_guest.h"

#include "boot/kvm_guest_arch.h"

#ifdef KVM_GUEST_KNOWN

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "boot/machine.h"

enum { GUEST_CPU_US = 300000 /* CPU time it may take */ };

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

static int add_memory(int vm)
{
	unsigned char *m = mmap(NULL, KVM_GUEST_SIZE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		return -1;
	kvm_guest_fill(m);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = kvm_guest_base,
		.memory_size = KVM_GUEST_SIZE,
		.userspace_addr = (uintptr_t)m,
	};
	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* KVM_RUN came back without an error; is it the guest with its sum? */
static void judge_exit(const struct kvm_run *run, uint64_t loops, struct kvm_probe *ret)
{
	uint8_t sum = (uint8_t)(loops * KVM_GUEST_STEP), told = 0;

	if (kvm_guest_answer(run, &told)) {
		if (told == sum)
			ret->state = KVM_WORKS;
		else
			broken(ret, "KVM ran a guest wrongly: it computed %u instead of %u", told,
			       sum);
		return;
	}
	switch (run->exit_reason) {
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
	if (!ioctl(vcpu, KVM_RUN, 0)) {
		judge_exit(run, loops, ret);
		return;
	}
	if (errno != EINTR) {
		broken(ret, "KVM cannot run a guest: KVM_RUN gave \"%s\"", strerror(errno));
		return;
	}
	broken(ret, "KVM opens but runs guests emulated: %llu of %llu loops in %.1f s",
	       (unsigned long long)(loops - kvm_guest_left(vcpu)), (unsigned long long)loops,
	       GUEST_CPU_US / 1e6);
}

void kvm_guest_try(int kvm, uint64_t loops, struct kvm_probe *ret)
{
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		broken(ret, "it is not the KVM device, or speaks another version than %d",
		       KVM_API_VERSION);
		return;
	}
	int vm = ioctl(kvm, KVM_CREATE_VM, kvm_guest_type(kvm));
	if (vm < 0) {
		broken(ret, "KVM opens, but KVM_CREATE_VM gave \"%s\"%s", strerror(errno),
		       errno == EBUSY ? ": is another hypervisor running?" : "");
		return;
	}
	int vcpu = add_memory(vm) ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = MAP_FAILED;
	if (vcpu >= 0 && size > 0)
		run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED || kvm_guest_ready(kvm, vm, vcpu, loops)) {
		broken(ret, "KVM makes a machine, but setting it up gave \"%s\"", strerror(errno));
		return;
	}
	limit_cpu();
	run_guest(vcpu, run, loops, ret);
}

#endif
