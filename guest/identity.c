/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { NOTES_MAX = 4096, BUILD_ID_MAX = 64 };

/* The GNU build id among ELF notes (elf(5)), in hex; "" when there is none. */
static void build_id_find(const unsigned char *p, size_t n, char ret[2 * BUILD_ID_MAX + 1])
{
	ret[0] = '\0';
	for (;;) {
		Elf64_Nhdr head; /* three 32-bit words in both classes */

		if (n < sizeof(head))
			return;
		memcpy(&head, p, sizeof(head));
		p += sizeof(head);
		n -= sizeof(head);
		size_t name = ((size_t)head.n_namesz + 3) & ~(size_t)3;
		size_t desc = ((size_t)head.n_descsz + 3) & ~(size_t)3;

		if (name > n || head.n_descsz > n - name)
			return;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp(p, "GNU", 4) == 0 && head.n_descsz <= BUILD_ID_MAX) {
			for (size_t i = 0; i < head.n_descsz; i++)
				snprintf(ret + 2 * i, 3, "%02x", p[name + i]);
			return;
		}
		size_t whole = name + desc < n ? name + desc : n;

		p += whole;
		n -= whole;
	}
}

static void build_id_read(char ret[2 * BUILD_ID_MAX + 1])
{
	unsigned char notes[NOTES_MAX];
	int fd = open("/sys/kernel/notes", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, notes, sizeof(notes)) : 0;

	if (fd >= 0)
		close(fd);
	build_id_find(notes, n > 0 ? (size_t)n : 0, ret);
}

void taint_read(char *ret, size_t cap)
{
	if (text_read("/proc/sys/kernel/tainted", ret, cap) < 0)
		ret[0] = '\0';
}

void identity_send(struct guest *g)
{
	char id[2 * BUILD_ID_MAX + 1], taint[32];
	struct utsname uts = { 0 };
	struct sysinfo info = { .mem_unit = 1 };
	struct message m;

	build_id_read(id);
	taint_read(taint, sizeof(taint));
	uname(&uts);
	sysinfo(&info);
	message_start(&m, FRAME_HELLO);
	message_add(&m, "%d", FRAME_VERSION);
	message_add(&m, "%s", id);
	message_add(&m, "%s", uts.release);
	message_add(&m, "%s", taint);
	message_add(&m, "%.3f", clock_uptime());
	message_add(&m, "%s", g->channel.name);
	message_add(&m, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	message_add(&m, "%llu", (unsigned long long)info.totalram * info.mem_unit / 1024);
	channel_send(&g->channel, &m.frame);
}
