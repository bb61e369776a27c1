/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers that tests of the tree include, and the Debian packages they are in. */
#include "kernel/headers.h"

#include "base/mem.h"

static const struct {
	const char *header, *package; /* a header that ends in '/' is all below it */
} headers[] = {
	{ "alsa/", "libasound2-dev" },	     { "bpf/", "libbpf-dev" },
	{ "cap-ng.h", "libcap-ng-dev" },     { "sys/capability.h", "libcap-dev" },
	{ "fuse.h", "libfuse-dev" },	     { "gelf.h", "libelf-dev" },
	{ "gpiod.h", "libgpiod-dev" },	     { "hugetlbfs.h", "libhugetlbfs-dev" },
	{ "keyutils.h", "libkeyutils-dev" }, { "libaio.h", "libaio-dev" },
	{ "libelf.h", "libelf-dev" },	     { "libiptc/", "libiptc-dev" },
	{ "libmnl/", "libmnl-dev" },	     { "libmount/", "libmount-dev" },
	{ "liburing.h", "liburing-dev" },    { "netlink/", "libnl-3-dev" },
	{ "numa.h", "libnuma-dev" },	     { "numaif.h", "libnuma-dev" },
	{ "openssl/", "libssl-dev" },	     { "popt.h", "libpopt-dev" },
	{ "sys/acl.h", "libacl1-dev" },	     { "traceevent/", "libtraceevent-dev" },
	{ "urcu", "liburcu-dev" },	     { "zlib.h", "zlib1g-dev" },
};

const char *header_package(struct view message)
{
	ssize_t end = view_find(message, ": No such file or directory");
	struct view name = end < 0 ? VIEW("") : view_sub(message, 0, (size_t)end);
	ssize_t colon;

	/* "x.c:5:10: fatal error: numa.h: No such ..." (gcc), "... 'numa.h' file not found" (clang) */
	if (end < 0 && (end = view_find(message, "' file not found")) >= 0)
		name = view_sub(message, 0, (size_t)end);
	while ((colon = view_find(name, ": ")) >= 0)
		name = view_sub(name, (size_t)colon + 2, name.len);
	view_skip(&name, "'");
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		size_t n = strlen(headers[i].header);
		bool folder = headers[i].header[n - 1] != 'h';

		if (folder ? view_starts(name, headers[i].header) :
			     view_eq(name, headers[i].header))
			return headers[i].package;
	}
	return NULL;
}
