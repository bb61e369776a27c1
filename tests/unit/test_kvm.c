/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "boot/kvm_guest.h"
#include "boot/machine.h"
#include "sys/file.h"

static int make_folder(void **state)
{
	char *dir = NULL;
	struct err err = { 0 };
	int r = dir_temp("test-kvm", &dir, &err);

	*state = dir;
	if (!r)
		setenv("XDG_CACHE_HOME", dir, 1);
	return r;
}

static int remove_folder(void **state)
{
	struct err err = { 0 };
	int r = dir_remove(*state, &err);

	free(*state);
	return r;
}

static void probe(const char *path, enum kvm_state state, const char *word)
{
	struct kvm_probe p;

	kvm_probe_path(path, &p);
	assert_int_equal(p.state, state);
	if (!strstr(p.why, word))
		fail_msg("\"%s\" does not say \"%s\"", p.why, word);
}

static void not_there(void **state)
{
	AUTO_FREE char *path = path_join(*state, "kvm");

	probe(path, KVM_MISSING, path);
	probe(path, KVM_MISSING, "kvm-");
}

static void not_the_device(void **state)
{
	AUTO_FREE char *path = path_join(*state, "file");
	struct err err = { 0 };

	assert_int_equal(file_write(path, VIEW("kvm"), 0600, &err), 0);
	probe(path, KVM_BROKEN, "not the KVM device");
	probe("/dev/null", KVM_BROKEN, "not the KVM device");
	probe(*state, KVM_BROKEN, "cannot open");
}

static void not_permitted(void **state)
{
	AUTO_FREE char *path = path_join(*state, "forbidden");
	struct err err = { 0 };

	assert_int_equal(file_write(path, VIEW("kvm"), 0, &err), 0);
	assert_int_equal(chmod(*state, 0755), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		struct kvm_probe p;
		/* Root may open everything. */
		if (!getuid() && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
			_exit(2);
		kvm_probe_path(path, &p);
		_exit(p.state != KVM_NOT_PERMITTED || !strstr(p.why, "group kvm") ||
		      !strstr(p.why, path));
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* With a group of its own the message names that one. */
static void not_permitted_by_group(void **state)
{
	AUTO_FREE char *path = path_join(*state, "group");
	struct err err = { 0 };
	struct group *g = getgrnam("kvm");

	g = g ? g : getgrnam("users");
	if (getuid() || !g)
		skip();
	assert_int_equal(file_write(path, VIEW("kvm"), 0660, &err), 0);
	assert_int_equal(chown(path, 0, g->gr_gid), 0);
	assert_int_equal(chmod(path, 0660), 0);
	AUTO_FREE char *words = mem_printf("join the group %s ", g->gr_name);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		struct kvm_probe p;
		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(2);
		kvm_probe_path(path, &p);
		_exit(p.state != KVM_NOT_PERMITTED || !strstr(p.why, words));
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The guest alone. Few loops end in time also where KVM only emulates. */
static void the_guest(void **state)
{
	AUTO_FD int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_probe p = { 0 };
	int status = -1;
	(void)state;

	if (fd < 0)
		skip();
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		alarm(10); /* a hang is broken too */
		kvm_guest_try(fd, 1000, &p);
		setitimer(ITIMER_PROF, &(struct itimerval){ 0 }, NULL);
		if (p.state != KVM_WORKS)
			print_error("%s\n", p.why);
		exit(p.state == KVM_WORKS ? 0 : strstr(p.why, "wrongly") ? 2 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kvm_probe_path("/dev/kvm", &p);
	/* What works works with few loops, too, and nothing computes wrongly. */
	assert_true(p.state == KVM_BROKEN || !status);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* Whatever this host's KVM is good for: the answer comes in time, and the second time from memory. */
static void this_host(void **state)
{
	struct kvm_probe first, second;
	double start = time_mono();
	(void)state;

	kvm_probe(&first);
	double took = time_mono() - start;
	assert_true(took < 10);
	assert_true(first.state == KVM_WORKS || *first.why);
	start = time_mono();
	kvm_probe(&second);
	assert_true(time_mono() - start < 0.25);
	assert_int_equal(second.state, first.state);
	assert_string_equal(second.why, first.why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(not_there), T(not_the_device), T(not_permitted), T(not_permitted_by_group),
		T(the_guest), T(this_host),
	};

	return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
