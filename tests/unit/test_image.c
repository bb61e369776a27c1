/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_files.h"

#include <elf.h>

#include "kernel/source.h"

enum { IMAGE_SIZE = 3 * 512 + 64 };

struct image {
	unsigned char b[IMAGE_SIZE];
};

static void set16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
}

/* Two sectors of set-up code, 36 paragraphs of kernel: Documentation/arch/x86/boot.rst. */
static void make_bzimage(struct image *i)
{
	memset(i, 0, sizeof(*i));
	i->b[0x1f1] = 1;
	set16(i->b + 0x1f4, (IMAGE_SIZE - 2 * 512) / 16);
	set16(i->b + 0x1fe, 0xaa55);
	memcpy(i->b + 0x202, "HdrS", 4);
	set16(i->b + 0x206, 0x20f);
	set16(i->b + 0x20e, 0x100);
	set16(i->b + 0x236, 1);
	memcpy(i->b + 0x300, "6.12.117-x (me@here) #1 SMP", 28);
}

static int identify(struct files *f, const void *p, size_t n, struct image_info *ret)
{
	put_bytes(f, "image", (struct view){ p, n });
	return image_identify(at(f, "image"), ret, &f->err);
}

static void expect(struct files *f, const struct image *i, const char *arch, const char *version,
		   bool bootable)
{
	struct image_info info;

	assert_int_equal(identify(f, i, sizeof(*i), &info), 0);
	assert_string_equal(info.arch, arch);
	assert_string_equal(info.version, version);
	assert_int_equal(info.bootable, bootable);
}

static void x86(void **state)
{
	struct files *f = *state;
	struct image_info info;
	struct image i;

	make_bzimage(&i);
	expect(f, &i, "x86_64", "6.12.117-x", true);
	i.b[0x236] = 0;
	expect(f, &i, "i386", "6.12.117-x", true);
	i.b[0x236] = 1;
	set16(i.b + 0x206, 0x20b); /* before xloadflags */
	expect(f, &i, "i386", "6.12.117-x", true);
	set16(i.b + 0x20e, 0);
	expect(f, &i, "i386", "", true);
	set16(i.b + 0x20e, 0xfff0); /* behind the end */
	expect(f, &i, "i386", "", true);
	expect_error(f, identify(f, &i, sizeof(i) - 1, &info), ERR_PARSE,
		     "image: truncated kernel image: 1599 bytes, its header says 1600");
	expect_error(f, identify(f, &i, 0x210, &info), ERR_PARSE, "truncated kernel image");
	expect_error(f, identify(f, &i, 0x203, &info), ERR_PARSE, "not a kernel image");
	i.b[0x1f1] = 0; /* means 4 */
	expect_error(f, identify(f, &i, sizeof(i), &info), ERR_PARSE, "its header says 3136");
}

static void others(void **state)
{
	struct files *f = *state;
	struct image i = { 0 };

	memcpy(i.b + 56, "ARM\x64", 4);
	memcpy(i.b + 900, "Linux version 6.1.0-rc2 (gcc)", 30);
	expect(f, &i, "arm64", "6.1.0-rc2", true);
	memcpy(i.b + 56, "RSC\x05", 4);
	memcpy(i.b + 900, "Linux version %s", 17);
	expect(f, &i, "riscv64", "", true);
	memset(&i, 0, sizeof(i));
	memcpy(i.b + 0x24, "\x18\x28\x6f\x01", 4);
	expect(f, &i, "arm", "", true);
	memcpy(i.b, "MZ\0\0zimg", 8);
	memset(i.b + 0x24, 0, 4);
	i.b[0x3c] = 0x80;
	memcpy(i.b + 0x80, "PE\0\0\x64\xaa", 6);
	expect(f, &i, "arm64", "", false);
}

/* A vmlinux with one note segment. */
static void make_vmlinux(struct image *i, unsigned machine, const char *note_name)
{
	Elf64_Ehdr eh = { .e_phoff = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2,
			  .e_machine = (Elf64_Half)machine };
	Elf64_Phdr ph[2] = { { .p_type = PT_LOAD },
			     { .p_type = PT_NOTE, .p_offset = 512, .p_filesz = 64 } };
	Elf64_Nhdr first = { .n_namesz = 6, .n_descsz = 5, .n_type = 18 },
		   pvh = { .n_namesz = 4, .n_descsz = 8, .n_type = 18 };

	memset(i, 0, sizeof(*i));
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	memcpy(i->b, &eh, sizeof(eh));
	memcpy(i->b + sizeof(eh), ph, sizeof(ph));
	memcpy(i->b + 512, &first, sizeof(first));
	memcpy(i->b + 512 + sizeof(first), "Linux", 6);
	memcpy(i->b + 512 + sizeof(first) + 16, &pvh, sizeof(pvh));
	memcpy(i->b + 512 + sizeof(first) + 16 + sizeof(pvh), note_name, 4);
	memcpy(i->b + 1500, "Linux version 6.12.117 (kassay@kassay)", 38);
}

static void vmlinux(void **state)
{
	struct files *f = *state;
	struct image_info info;
	struct image i;

	make_vmlinux(&i, EM_X86_64, "Xen");
	expect(f, &i, "x86_64", "6.12.117", true);
	make_vmlinux(&i, EM_X86_64, "Xem");
	expect(f, &i, "x86_64", "6.12.117", false);
	set16(i.b + 512, 0xffff); /* a name longer than the notes */
	expect(f, &i, "x86_64", "6.12.117", false);
	make_vmlinux(&i, EM_AARCH64, "Xen");
	expect(f, &i, "arm64", "6.12.117", false);
	i.b[1500] = 'l';
	expect_error(f, identify(f, &i, sizeof(i), &info), ERR_PARSE,
		     "not a kernel image, but another ELF file for arm64");
	make_vmlinux(&i, EM_X86_64, "Xen");
	set16(i.b + offsetof(Elf64_Ehdr, e_phoff), 0xfff0);
	expect(f, &i, "x86_64", "6.12.117", false);
	make_vmlinux(&i, EM_X86_64, "Xen");
	memset(i.b + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_offset), 0x7f,
	       8);
	expect(f, &i, "x86_64", "6.12.117", false);
	expect_error(f, identify(f, &i, 40, &info), ERR_PARSE, "not a kernel image");
}

/* The banner lies across two reads of the file. */
static void banner_across_reads(void **state)
{
	enum { STEP = 1 << 20, SIZE = STEP + 4096 };
	struct files *f = *state;
	AUTO_FREE char *big = mem_alloc(SIZE);
	struct image_info info;
	struct image i;

	make_vmlinux(&i, EM_RISCV, "Xen");
	memcpy(big, &i, 1024);
	for (int back = 1; back < 40; back++) {
		memcpy(big + STEP - back, "Linux version 5.4.3 (x)", 23);
		assert_int_equal(identify(f, big, SIZE, &info), 0);
		assert_string_equal(info.version, "5.4.3");
		assert_string_equal(info.arch, "riscv64");
		memset(big + STEP - back, 0, 23);
	}
}

static void no_image(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *error;
	} cases[] = {
		{ "", 0, "image: empty file" },
		{ "\x1f\x8b\x08", 3, "not a kernel image, but gzip data" },
		{ "#!/bin/sh\n", 10, "but a script" },
		{ "hello", 5, "no boot header" },
	};
	struct files *f = *state;
	struct image_info info;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_error(f, identify(f, cases[i].bytes, cases[i].n, &info), ERR_PARSE,
			     cases[i].error);
	expect_error(f, image_identify(at(f, "none"), &info, &f->err), ERR_NOT_FOUND,
		     "none: No such file");
	expect_error(f, image_identify(f->dir, &info, &f->err), ERR_PARSE, "not a regular file");
}

RUN(F(x86), F(others), F(vmlinux), F(banner_across_reads), F(no_image))
