/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/lacking.h"

#include <ctype.h>

#include "sys/file.h"

enum { CONFIG_MAX = 16 << 20, SYMBOLS_NAMED = 4 };

/* "\nCONFIG_X=y" in the text of a .config that begins with a newline. */
static bool has_symbol(struct view config, struct view symbol)
{
	AUTO_FREE char *line = mem_printf("\n" VIEW_FMT "=", VIEW_ARG(symbol));

	return view_find(config, line) >= 0;
}

char *lacking_symbols(const char *source, const char *collection, const char *config)
{
	AUTO_FREE char *path =
		mem_printf("%s/tools/testing/selftests/%s/config", source, collection);
	AUTO_STR struct str wanted = STR_INIT, have = STR_INIT, out = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line;
	size_t n = 0;

	str_addc(&have, '\n');
	if (!config || file_read(path, CONFIG_MAX, &wanted, &ignored) < 0 ||
	    file_read(config, CONFIG_MAX, &have, &ignored) < 0)
		return NULL;
	rest = str_view(&wanted);
	while (view_line(&rest, &line)) {
		ssize_t eq = view_find_chr(line, '=');
		struct view symbol = view_sub(line, 0, eq < 0 ? 0 : (size_t)eq);

		if (!view_starts(symbol, "CONFIG_") || view_ends(view_trim(line), "=n") ||
		    has_symbol(str_view(&have), symbol))
			continue;
		if (n++ < SYMBOLS_NAMED)
			str_addf(&out, "%s" VIEW_FMT, out.len ? ", " : "", VIEW_ARG(symbol));
	}
	if (n > SYMBOLS_NAMED)
		str_addf(&out, " and %zu more", n - SYMBOLS_NAMED);
	return n ? str_take(&out) : NULL;
}

static const struct {
	const char *word, *package;
} programs[] = {
	{ "arping", "iputils-arping" },
	{ "bc", "bc" },
	{ "bpftool", "bpftool" },
	{ "capsh", "libcap2-bin" },
	{ "clang", "clang" },
	{ "conntrack", "conntrack" },
	{ "cpupower", "linux-cpupower" },
	{ "dmsetup", "dmsetup" },
	{ "ethtool", "ethtool" },
	{ "fio", "fio" },
	{ "fusermount", "fuse3" },
	{ "gcc", "gcc" },
	{ "gdb", "gdb" },
	{ "ifconfig", "net-tools" },
	{ "ip", "iproute2" },
	{ "iperf3", "iperf3" },
	{ "ipset", "ipset" },
	{ "iptables", "iptables" },
	{ "ipvsadm", "ipvsadm" },
	{ "jq", "jq" },
	{ "keyctl", "keyutils" },
	{ "mausezahn", "netsniff-ng" },
	{ "mkfs.ext4", "e2fsprogs" },
	{ "mkfs.vfat", "dosfstools" },
	{ "mkfs.xfs", "xfsprogs" },
	{ "modprobe", "kmod" },
	{ "nc", "netcat-openbsd" },
	{ "nft", "nftables" },
	{ "numactl", "numactl" },
	{ "openssl", "openssl" },
	{ "pahole", "dwarves" },
	{ "perf", "linux-perf" },
	{ "perl", "perl" },
	{ "ping", "iputils-ping" },
	{ "pytest", "python3-pytest" },
	{ "python3", "python3" },
	{ "ra6", "ipv6toolkit" },
	{ "rdmsr", "msr-tools" },
	{ "scapy", "python3-scapy" },
	{ "setfattr", "attr" },
	{ "socat", "socat" },
	{ "ss", "iproute2" },
	{ "strace", "strace" },
	{ "stress-ng", "stress-ng" },
	{ "sudo", "sudo" },
	{ "tc", "iproute2" },
	{ "tcpdump", "tcpdump" },
	{ "trace-cmd", "trace-cmd" },
	{ "tshark", "tshark" },
	{ "uuidgen", "uuid-runtime" },
	{ "wg", "wireguard-tools" },
	{ "xxd", "xxd" },
	{ "yaml", "python3-yaml" },
};

/* Lines that tell of something missing. */
static bool tells(struct view line)
{
	static const char *const words[] = { "not found",   "without",	       "not installed",
					     "not present", "No module named", "not available",
					     "cannot find", "missing",	       "equires" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (view_find(line, words[i]) >= 0)
			return true;
	return false;
}

static bool has_word(struct view line, const char *word)
{
	size_t n = strlen(word);
	ssize_t at;

	for (; (at = view_find(line, word)) >= 0; line = view_sub(line, (size_t)at + n, line.len)) {
		char before = at > 0 ? line.p[at - 1] : ' ';
		char after = (size_t)at + n < line.len ? line.p[(size_t)at + n] : ' ';

		if (!isalnum((unsigned char)before) && !strchr("_-./", before) &&
		    !isalnum((unsigned char)after) && !strchr("_-/", after))
			return true;
	}
	return false;
}

const char *lacking_package(struct view output)
{
	struct view line;

	while (view_line(&output, &line))
		for (size_t i = 0; tells(line) && i < ARRAY_SIZE(programs); i++)
			if (has_word(line, programs[i].word))
				return programs[i].package;
	return NULL;
}
