/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules made by tests: ELF files with nothing but a .modinfo. */
#pragma once

#include "test.h"

#include <elf.h>

#include "sys/file.h"

/* @name below @dir. */
static inline void put_file(const char *dir, const char *name, struct view bytes)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO_FREE char *parent = mem_strndup(path, (size_t)(path_base(path) - path));
	struct err err = { 0 };

	assert_int_equal(dir_make(parent, &err), 0);
	assert_int_equal(file_write(path, bytes, 0644, &err), 0);
}

/* @info: NUL-separated, as in a module. */
static inline void put_module(const char *dir, const char *name, const char *info, size_t len)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	AUTO_STR struct str file = STR_INIT;
	Elf64_Ehdr eh = { .e_ident = ELFMAG,
			  .e_type = ET_REL,
			  .e_machine = EM_X86_64,
			  .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 3,
			  .e_shstrndx = 2 };
	Elf64_Shdr sections[3] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = sizeof(eh), .sh_size = len },
		{ .sh_name = 10,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = sizeof(eh) + len,
		  .sh_size = sizeof(names) },
	};

	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_shoff = sizeof(eh) + len + sizeof(names);
	str_add(&file, (const char *)&eh, sizeof(eh));
	str_add(&file, info, len);
	str_add(&file, names, sizeof(names));
	str_add(&file, (const char *)sections, sizeof(sections));
	put_file(dir, name, str_view(&file));
}
#define MODULE(dir, name, info) put_module(dir, name, info, sizeof(info))
