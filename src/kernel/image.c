/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of kernel image a file is, by its first bytes.
 *
 *   x86     0x1fe 55 aa, 0x202 "HdrS"			Documentation/arch/x86/boot.rst
 *   arm64   56 "ARM\x64"   riscv 56 "RSC\x05"		Documentation/arch/arm64/booting.rst,
 *							Documentation/arch/riscv/boot-image-header.rst
 *   arm     0x24 0x016f2818				Documentation/arch/arm/booting.rst
 *   zboot   "MZ", 4 "zimg"; PE machine			drivers/firmware/efi/libstub/zboot-header.S
 *   ELF     "Linux version " in it; QEMU starts a	include/xen/interface/elfnote.h
 *           vmlinux by its PVH note
 */
#include <ctype.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/source.h"

enum {
	HEAD_SIZE = 4096,
	RELEASE_MAX = 128, /* image_info.version */
	SCAN_STEP = 1 << 20,
	SCAN_MAX = 512 << 20, /* bytes of a file looked through for the banner */
	PROGRAM_HEADERS_MAX = 64,
	NOTES_SIZE_MAX = 64 << 10,
	NOTE_PHYS32_ENTRY = 18, /* XEN_ELFNOTE_PHYS32_ENTRY */
	X86_PROTOCOL_INIT_SIZE = 0x20a,
	X86_PROTOCOL_XLOADFLAGS = 0x20c,
	/* Measured with tinyconfigs: page tables, the CPU's areas, caches. */
	MEMORY_BESIDE = 16 << 20,
	X86_XLF_KERNEL_64 = 1,
};

struct image_file {
	const char *path;
	int fd;
	uint64_t size;
	unsigned char head[HEAD_SIZE];
	size_t head_len;
};

/* Bytes read, fewer at the end of the file. */
static size_t read_at(const struct image_file *f, uint64_t at, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(f->fd, (char *)buf + got, n - got, (off_t)(at + got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

static uint16_t u16_at(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32_at(const unsigned char *p)
{
	return (uint32_t)u16_at(p) | (uint32_t)u16_at(p + 2) << 16;
}

/* A release is "6.12.117-foo+": up to a space, printable. */
static void copy_release(char ret[RELEASE_MAX], const char *p, size_t n)
{
	size_t len = 0;

	while (len < n && len < RELEASE_MAX - 1 && isgraph((unsigned char)p[len]))
		len++;
	memcpy(ret, p, len);
	ret[len] = '\0';
}

/* "Linux version 6.12.117 (" anywhere in the file; false: it is not there. */
static bool find_banner(const struct image_file *f, char ret[RELEASE_MAX])
{
	static const char mark[] = "Linux version ";
	enum { KEEP = 256 }; /* of the step before: a banner may lie across the border */
	AUTO_FREE char *buf = mem_alloc(KEEP + SCAN_STEP);
	uint64_t at = 0;
	size_t kept = 0;

	while (at < SCAN_MAX) {
		size_t n = read_at(f, at, buf + kept, SCAN_STEP), len = kept + n;

		for (char *p = buf;
		     (p = memmem(p, (size_t)(buf + len - p), mark, sizeof(mark) - 1)); p++) {
			char *release = p + sizeof(mark) - 1;
			size_t left = (size_t)(buf + len - release);
			if (left < RELEASE_MAX && n == SCAN_STEP)
				break; /* cut: it comes whole with the next step */
			if (left && isdigit((unsigned char)*release)) {
				copy_release(ret, release, left);
				return true;
			}
		}
		if (n < SCAN_STEP)
			break;
		at += n;
		kept = KEEP;
		memmove(buf, buf + len - KEEP, KEEP);
	}
	return false;
}

static int identify_x86(const struct image_file *f, struct image_info *ret, struct err *err)
{
	const unsigned char *h = f->head;
	uint64_t setup = (h[0x1f1] ? h[0x1f1] : 4) + 1,
		 whole = setup * 512 + (uint64_t)u32_at(h + 0x1f4) * 16;
	bool has_xloadflags = u16_at(h + 0x206) >= X86_PROTOCOL_XLOADFLAGS;
	char text[RELEASE_MAX];

	if (f->size < whole)
		return err_set(err, ERR_PARSE,
			       "%s: truncated kernel image: %llu bytes, its header says %llu",
			       f->path, (unsigned long long)f->size, (unsigned long long)whole);
	ret->arch = has_xloadflags && (u16_at(h + 0x236) & X86_XLF_KERNEL_64) ? "x86_64" : "i386";
	ret->bootable = true;
	/* pref_address, init_size: what is below stays free */
	if (u16_at(h + 0x206) >= X86_PROTOCOL_INIT_SIZE)
		ret->memory = (uint64_t)u32_at(h + 0x258) + u32_at(h + 0x260);
	if (u16_at(h + 0x20e))
		copy_release(ret->version, text,
			     read_at(f, u16_at(h + 0x20e) + 0x200u, text, sizeof(text)));
	return 0;
}

static const char *machine_arch(unsigned machine, bool is64)
{
	switch (machine) {
	case EM_X86_64: return "x86_64";
	case EM_386: return "i386";
	case EM_AARCH64: return "arm64";
	case EM_ARM: return "arm";
	case EM_RISCV: return is64 ? "riscv64" : "riscv32";
	case EM_LOONGARCH: return "loongarch64";
	case EM_PPC64: return "powerpc64";
	case EM_PPC: return "powerpc";
	case EM_S390: return "s390x";
	case EM_MIPS: return "mips";
	case EM_SPARCV9: return "sparc64";
	case EM_68K: return "m68k";
	default: return "unknown";
	}
}

/* Notes are name and descriptor, each padded to 4 bytes. */
static bool notes_have_pvh(const unsigned char *p, size_t n)
{
	while (n >= sizeof(Elf64_Nhdr)) {
		uint64_t name = u32_at(p), desc = u32_at(p + 4), type = u32_at(p + 8);
		uint64_t name_room = (name + 3) / 4 * 4,
			 whole = sizeof(Elf64_Nhdr) + name_room + (desc + 3) / 4 * 4;

		if (whole > n)
			return false;
		if (type == NOTE_PHYS32_ENTRY && name == 4 &&
		    !memcmp(p + sizeof(Elf64_Nhdr), "Xen", 4))
			return true;
		p += whole;
		n -= whole;
	}
	return false;
}

static bool vmlinux_has_pvh(const struct image_file *f, const Elf64_Ehdr *eh)
{
	size_t count = le16toh(eh->e_phnum);

	if (le16toh(eh->e_phentsize) != sizeof(Elf64_Phdr) || count > PROGRAM_HEADERS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		Elf64_Phdr ph;
		uint64_t at = le64toh(eh->e_phoff) + i * sizeof(ph), size;

		if (at > f->size || read_at(f, at, &ph, sizeof(ph)) < sizeof(ph) ||
		    le32toh(ph.p_type) != PT_NOTE)
			continue;
		size = le64toh(ph.p_filesz);
		if (size > NOTES_SIZE_MAX || le64toh(ph.p_offset) > f->size)
			continue;
		AUTO_FREE unsigned char *notes = mem_alloc(size + 1);
		if (notes_have_pvh(notes, read_at(f, le64toh(ph.p_offset), notes, size)))
			return true;
	}
	return false;
}

static int identify_elf(const struct image_file *f, struct image_info *ret, struct err *err)
{
	bool is64 = f->head[EI_CLASS] == ELFCLASS64, little = f->head[EI_DATA] == ELFDATA2LSB;
	uint16_t machine = u16_at(f->head + offsetof(Elf64_Ehdr, e_machine));
	Elf64_Ehdr eh;

	ret->arch = machine_arch(little ? machine : (uint16_t)(machine >> 8 | machine << 8), is64);
	if (!find_banner(f, ret->version))
		return err_set(err, ERR_PARSE,
			       "%s: not a kernel image, but another ELF file for %s", f->path,
			       ret->arch);
	if (is64 && little && machine == EM_X86_64) {
		memcpy(&eh, f->head, sizeof(eh));
		ret->bootable = vmlinux_has_pvh(f, &eh);
	}
	return 0;
}

/* A PE file with a compressed kernel in it: the machine is all that can be told. */
static const char *zboot_arch(const struct image_file *f)
{
	uint32_t pe = u32_at(f->head + 0x3c);

	if (pe > HEAD_SIZE - 8 || memcmp(f->head + pe, "PE\0", 4) != 0)
		return NULL;
	switch (u16_at(f->head + pe + 4)) {
	case 0xaa64: return "arm64";
	case 0x5064: return "riscv64";
	case 0x6264: return "loongarch64";
	default: return NULL;
	}
}

static const char *other_arch(const struct image_file *f)
{
	if (!memcmp(f->head + 56, "ARM\x64", 4))
		return "arm64";
	if (!memcmp(f->head + 56, "RSC\x05", 4))
		return "riscv64";
	if (u32_at(f->head + 0x24) == 0x016f2818)
		return "arm";
	if (!memcmp(f->head, "MZ", 2) && !memcmp(f->head + 4, "zimg", 4))
		return zboot_arch(f);
	return NULL;
}

static int not_an_image(const struct image_file *f, struct err *err)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *what;
	} kinds[] = {
		{ "\x1f\x8b", 2, "gzip data" },
		{ "\xfd"
		  "7zXZ",
		  5, "xz data" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd data" },
		{ "\x89PNG", 4, "a picture" },
		{ "PK\3\4", 4, "a zip archive" },
		{ "#!", 2, "a script" },
		{ "070701", 6, "a cpio archive" },
		{ "%PDF", 4, "a PDF document" },
		{ "\xd0\x0d\xfe\xed", 4, "a device tree" },
	};

	if (!f->size)
		return err_set(err, ERR_PARSE, "%s: empty file, not a kernel image", f->path);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (f->head_len >= kinds[i].len && !memcmp(f->head, kinds[i].magic, kinds[i].len))
			return err_set(err, ERR_PARSE, "%s: not a kernel image, but %s", f->path,
				       kinds[i].what);
	return err_set(err, ERR_PARSE,
		       "%s: not a kernel image (no boot header of x86, arm64, riscv, no vmlinux)",
		       f->path);
}

int image_identify(const char *path, struct image_info *ret, struct err *err)
{
	struct image_file f = { .path = path };
	struct image_info info = { 0 };
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_PARSE, "%s: not a regular file", path);
	f.fd = fd;
	f.size = (uint64_t)st.st_size;
	f.head_len = read_at(&f, 0, f.head, sizeof(f.head));
	if (u16_at(f.head + 0x1fe) == 0xaa55 && !memcmp(f.head + 0x202, "HdrS", 4)) {
		r = identify_x86(&f, &info, err);
	} else if (f.head_len >= sizeof(Elf64_Ehdr) && !memcmp(f.head, ELFMAG, SELFMAG)) {
		r = identify_elf(&f, &info, err);
	} else {
		info.arch = other_arch(&f);
		if (!info.arch)
			return not_an_image(&f, err);
		/* image_size of both, which lie at the beginning of the memory */
		if (!memcmp(f.head + 56, "ARM\x64", 4) || !memcmp(f.head + 56, "RSC\x05", 4))
			info.memory = u32_at(f.head + 16) + MEMORY_BESIDE;
		/* QEMU 8 is the first that starts compressed EFI images. */
		info.bootable = memcmp(f.head, "MZ\0\0zimg", 8) != 0;
		find_banner(&f, info.version);
	}
	if (r == 0)
		*ret = info;
	return r;
}
