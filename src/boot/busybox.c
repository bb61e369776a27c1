/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/busybox.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/loop.h"

enum { HEAD_MAX = 8192, APPLETS_MAX = 2000 };

/* Is one of the @n program headers at @at, @size bytes each, for a dynamic loader? -1: unclear. */
static int has_loader(struct view elf, uint64_t at, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t type; /* the first word in both classes */
		uint64_t offset = at + i * size;

		if (size < sizeof(type) || offset > elf.len || elf.len - offset < size)
			return -1;
		memcpy(&type, elf.p + offset, sizeof(type));
		if (type == PT_INTERP)
			return 1;
	}
	return n > 0 ? 0 : -1;
}

/* Only the bytes at the file's start are looked at: that is where linkers put these headers. */
static bool needs_no_libraries(struct view elf)
{
	Elf64_Ehdr h64;
	Elf32_Ehdr h32;

	if (elf.len < sizeof(h64) || memcmp(elf.p, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&h64, elf.p, sizeof(h64));
	memcpy(&h32, elf.p, sizeof(h32));
	if (elf.p[EI_CLASS] == ELFCLASS64)
		return has_loader(elf, h64.e_phoff, h64.e_phnum, h64.e_phentsize) == 0;
	return has_loader(elf, h32.e_phoff, h32.e_phnum, h32.e_phentsize) == 0;
}

int busybox_check(const char *path, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[HEAD_MAX];

	if (fd < 0)
		return err_set(err, ERR_NO_TOOL, "%s is not there (Debian package: busybox-static)",
			       path);
	ssize_t n = read(fd, head, sizeof(head));

	if (n < 0)
		return err_sys(err, "%s", path);
	if (!needs_no_libraries((struct view){ head, (size_t)n }))
		return err_set(
			err, ERR_NO_TOOL,
			"%s is not a static program, and a guest has no libraries (Debian package: "
			"busybox-static)",
			path);
	return 0;
}

int busybox_applets(const char *path, struct strv *ret, struct err *err)
{
	AUTO_STR struct str out = STR_INIT;
	char *argv[] = { (char *)path, (char *)"--list", NULL };
	int r = busybox_check(path, err);

	if (!r)
		r = run_ok(&(struct run_spec){ .argv = argv, .timeout = 10, .ret_out = &out }, err);
	if (r)
		return r;
	struct view rest = str_view(&out), line;

	while (view_line(&rest, &line))
		if (line.len > 0 && !memchr(line.p, '/', line.len) && !view_eq(line, "busybox"))
			strv_addf(ret, VIEW_FMT, VIEW_ARG(line));
	if (ret->len > APPLETS_MAX)
		return err_set(err, ERR_LIMIT, "%s: more than %d applets", path, APPLETS_MAX);
	return 0;
}

char *busybox_find(void)
{
	char *path = path_which("busybox");

	return path ? path : mem_strdup("/bin/busybox");
}
