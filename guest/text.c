/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init.h"

#include <fcntl.h>
#include <unistd.h>

ssize_t text_read(const char *path, char *ret, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t n = read(fd, ret, cap - 1);

	close(fd);
	if (n < 0)
		return -1;
	while (n > 0 && (unsigned char)ret[n - 1] <= ' ')
		n--;
	ret[n] = '\0';
	return n;
}
