/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kassay asks of ELF files, of any bytes. */
#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "kernel/artifacts_elf.h"
#include "sys/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FD int fd = memfd_create("elf", MFD_CLOEXEC);
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d", fd);
	AUTO_STR struct str interp = STR_INIT;
	char id[2 * BUILD_ID_MAX + 1] = "";
	struct err err = { 0 };
	bool found = false;

	if (fd < 0 || fd_write_all(fd, data, size, "memfd", &err) < 0)
		return 0;
	artifact_build_id(path, id, &err);
	assert(strlen(id) <= 2 * BUILD_ID_MAX);
	artifact_interp(path, &interp, &err);
	assert(interp.len <= size);
	artifact_section(path, ".BTF", "/dev/shm/kassay-fuzz-elf", &found, &err);
	return 0;
}
