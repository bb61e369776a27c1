/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /dev/kvm is good for. That it opens says little: it may be a nested KVM whose guests hang, or run a thousand
 * times too slowly. So a guest is run, in a process of its own which is killed when it does not come back.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/kvm_guest.h"
#include "boot/kvm_guest_arch.h"
#include "boot/machine.h"
#include "sys/memo.h"
#include "sys/file.h"

enum {
	PROBE_MS = 2000, /* for the guest, which needs a millisecond */
	REAP_MS = 1000,	 /* for the killed process to go away */
	CPUINFO_MAX = 16 << 20,
};
static const double slow_failure = 0.1; /* s */

static void say(struct kvm_probe *ret, enum kvm_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct kvm_probe *ret, enum kvm_state state, const char *fmt, ...)
{
	va_list ap;

	ret->state = state;
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
}

#ifdef __aarch64__

static void missing(struct kvm_probe *ret, const char *path)
{
	say(ret, KVM_MISSING,
	    "there is no %s: this kernel has no KVM, or was not started at EL2 (in a virtual machine: switch "
	    "nested virtualisation on in its host)",
	    path);
}

#else

/* The module for this CPU, NULL: it has no virtualisation. */
static const char *kvm_module(void)
{
	AUTO_STR struct str cpuinfo = STR_INIT;
	struct err err = { 0 };

	file_read("/proc/cpuinfo", CPUINFO_MAX, &cpuinfo, &err);
	if (strstr(str_c(&cpuinfo), " vmx"))
		return "kvm-intel";
	return strstr(str_c(&cpuinfo), " svm") ? "kvm-amd" : NULL;
}

static void missing(struct kvm_probe *ret, const char *path)
{
	const char *module = kvm_module();

	if (module)
		say(ret, KVM_MISSING,
		    "there is no %s, but the CPU can: load its module (modprobe %s)", path, module);
	else
		say(ret, KVM_MISSING,
		    "there is no %s, and the CPU has neither vmx (kvm-intel) nor svm (kvm-amd): "
		    "switch virtualisation on in the firmware or, in a virtual machine, nested "
		    "virtualisation in its host",
		    path);
}

#endif

static void not_permitted(struct kvm_probe *ret, const char *path)
{
	struct stat st;
	struct group *g = NULL;

	if (!stat(path, &st) && st.st_gid && (st.st_mode & 060) == 060)
		g = getgrgid(st.st_gid);
	if (g)
		say(ret, KVM_NOT_PERMITTED,
		    "no permission to open %s: join the group %s (sudo adduser \"$USER\" %s) and "
		    "log in again",
		    path, g->gr_name, g->gr_name);
	else
		say(ret, KVM_NOT_PERMITTED,
		    "no permission to open %s: give it to the group kvm (sudo chgrp kvm %s; sudo "
		    "chmod 660 %s), join that (sudo adduser \"$USER\" kvm) and log in again",
		    path, path, path);
}

#ifdef KVM_GUEST_KNOWN

/* A process stuck in the kernel may not even be killed: do not wait for ever. */
static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	for (int ms = 0; ms < REAP_MS && !waitpid(pid, NULL, WNOHANG); ms++)
		usleep(1000);
}

/* All of *@ret out of the pipe @from in time? */
static bool receive(int from, struct kvm_probe *ret)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	int r;

	do
		r = poll(&p, 1, PROBE_MS);
	while (r < 0 && errno == EINTR);
	return r > 0 && read(from, ret, sizeof(*ret)) == sizeof(*ret);
}

/* Run the guest in a child, which sends struct kvm_probe through a pipe. */
static void try_in_child(int kvm, struct kvm_probe *ret)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC)) {
		say(ret, KVM_BROKEN, "KVM could not be tried: %s", strerror(errno));
		return;
	}
	AUTO_FD int from = fds[0];
	AUTO_FD int to = fds[1];
	pid_t pid = fork();
	if (!pid) {
		struct kvm_probe result = { 0 };
		kvm_guest_try(kvm, KVM_GUEST_LOOPS, &result);
		_exit(write(to, &result, sizeof(result)) != sizeof(result));
	}
	close(TAKE_FD(to));
	if (pid < 0)
		say(ret, KVM_BROKEN, "KVM could not be tried: %s", strerror(errno));
	else if (!receive(from, ret))
		say(ret, KVM_BROKEN, "KVM opens, but its guest hung: nothing came back in %d s",
		    PROBE_MS / 1000);
	if (pid > 0)
		reap(pid);
}

#else

static void try_in_child(int kvm, struct kvm_probe *ret)
{
	(void)kvm;
	say(ret, KVM_MISSING, "kassay knows how to try the KVM of x86_64 and arm64 hosts only");
}

#endif

/* True when @path opens: *ret_fd. Else @ret says why not. */
static bool open_device(const char *path, struct kvm_probe *ret, int *ret_fd)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		*ret_fd = fd;
		return true;
	}
	switch (errno) {
	case EACCES:
	case EPERM: not_permitted(ret, path); break;
	case ENOENT:
	case ENODEV: /* a node without its module */
	case ENXIO: missing(ret, path); break;
	default: say(ret, KVM_BROKEN, "cannot open %s: %s", path, strerror(errno));
	}
	return false;
}

void kvm_probe_path(const char *path, struct kvm_probe *ret)
{
	AUTO_FD int fd = -1;
	struct kvm_probe p = { 0 };

	if (open_device(path, &p, &fd))
		try_in_child(fd, &p);
	*ret = p;
}

/* What the answer depends on besides the permission, which is tried each time: this boot of the host, the device. */
static char *probe_key(int fd)
{
	AUTO_STR struct str boot_id = STR_INIT;
	struct err err = { 0 };
	struct stat st = { 0 };

	file_read("/proc/sys/kernel/random/boot_id", 64, &boot_id, &err);
	fstat(fd, &st);
	return mem_printf("%.*s %lu %lu %lld", VIEW_ARG(view_trim(str_view(&boot_id))),
			  (unsigned long)st.st_dev, (unsigned long)st.st_ino,
			  (long long)st.st_ctim.tv_sec);
}

void kvm_probe(struct kvm_probe *ret)
{
	static const char path[] = "/dev/kvm";
	AUTO_FD int fd = -1;
	AUTO_STR struct str known = STR_INIT;
	struct kvm_probe p = { 0 };

	if (!open_device(path, &p, &fd)) {
		*ret = p;
		return;
	}
	AUTO_FREE char *key = probe_key(fd);
	if (!memo_get("machine", "kvm", key, &known)) {
		p.state = known.len ? KVM_BROKEN : KVM_WORKS;
		snprintf(p.why, sizeof(p.why), "%s", str_c(&known));
	} else {
		double start = time_mono();
		try_in_child(fd, &p);
		/* A failure found at once may pass, as another hypervisor does, and is cheap to find again. */
		if (p.state == KVM_WORKS || time_mono() - start > slow_failure)
			memo_put("machine", "kvm", key, p.state == KVM_WORKS ? "" : p.why);
	}
	*ret = p;
}
