/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/artifacts_elf.h"

#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "sys/file.h"

struct elf {
	const char *path;
	const unsigned char *p;
	size_t len;
	bool wide; /* 64 bits */
	bool bad;  /* something pointed outside */
};

static void unmap(struct elf *e)
{
	if (e->p)
		munmap((void *)e->p, e->len);
}
#define AUTO_ELF __attribute__((cleanup(unmap)))

static bool inside(const struct elf *e, uint64_t off, uint64_t n)
{
	return off <= e->len && n <= e->len - off;
}

/* A little-endian number of @n bytes; 0 and bad when it lies outside. */
static uint64_t num(struct elf *e, uint64_t off, unsigned n)
{
	uint64_t v = 0;

	if (!inside(e, off, n)) {
		e->bad = true;
		return 0;
	}
	memcpy(&v, e->p + off, n);
	return le64toh(v);
}

static int map(const char *path, struct elf *ret, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "%s", path);
	if (st.st_size < (off_t)sizeof(Elf32_Ehdr))
		return err_set(err, ERR_PARSE, "%s: too short for an ELF file", path);
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_sys(err, "%s", path);
	*ret = (struct elf){ .path = path, .p = p, .len = (size_t)st.st_size };
	ret->wide = ret->p[EI_CLASS] == ELFCLASS64;
	if (memcmp(p, ELFMAG, SELFMAG) != 0 || ret->p[EI_DATA] != ELFDATA2LSB ||
	    (!ret->wide && ret->p[EI_CLASS] != ELFCLASS32))
		return err_set(err, ERR_PARSE, "%s: not a little-endian ELF file", path);
	return 0;
}

static int check(const struct elf *e, struct err *err)
{
	return e->bad ? err_set(err, ERR_PARSE, "%s: its ELF headers point outside of the file",
				e->path) :
			0;
}

/* Segment @i: type, place and size in the file. False: no such. */
static bool segment(struct elf *e, size_t i, uint32_t *ret_type, uint64_t *ret_off,
		    uint64_t *ret_size)
{
	uint64_t table = e->wide ? num(e, offsetof(Elf64_Ehdr, e_phoff), 8) :
				   num(e, offsetof(Elf32_Ehdr, e_phoff), 4);
	uint64_t n =
		num(e, e->wide ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum), 2);
	size_t entry = e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	uint64_t at = table + i * entry;

	if (i >= n || !inside(e, table, n * entry))
		return false;
	*ret_type = (uint32_t)num(e, at, 4);
	*ret_off = e->wide ? num(e, at + offsetof(Elf64_Phdr, p_offset), 8) :
			     num(e, at + offsetof(Elf32_Phdr, p_offset), 4);
	*ret_size = e->wide ? num(e, at + offsetof(Elf64_Phdr, p_filesz), 8) :
			      num(e, at + offsetof(Elf32_Phdr, p_filesz), 4);
	return true;
}

/* Notes follow each other: name size, descriptor size, type, name, descriptor, each padded to four bytes. */
static bool note_build_id(struct elf *e, uint64_t off, uint64_t size, char *ret)
{
	uint64_t end = off + size;

	while (inside(e, off, size) && end - off >= 12) {
		uint64_t name = num(e, off, 4), desc = num(e, off + 4, 4),
			 type = num(e, off + 8, 4);
		uint64_t desc_at = off + 12 + ((name + 3) & ~3ull),
			 next = desc_at + ((desc + 3) & ~3ull);

		if (next > end || next <= off || !inside(e, desc_at, desc))
			return false;
		if (type == NT_GNU_BUILD_ID && name == 4 &&
		    memcmp(e->p + off + 12, "GNU", 4) == 0 && desc <= BUILD_ID_MAX) {
			for (uint64_t i = 0; i < desc; i++)
				snprintf(ret + 2 * i, 3, "%02x", e->p[desc_at + i]);
			return true;
		}
		size = end - next;
		off = next;
	}
	return false;
}

int artifact_build_id(const char *path, char ret[2 * BUILD_ID_MAX + 1], struct err *err)
{
	AUTO_ELF struct elf e = { 0 };
	uint64_t off, size;
	uint32_t type;
	int r = map(path, &e, err);

	if (r < 0)
		return r;
	char id[2 * BUILD_ID_MAX + 1] = "";
	for (size_t i = 0; segment(&e, i, &type, &off, &size) && !id[0]; i++) {
		if (type != PT_NOTE)
			continue;
		e.bad |= !inside(&e, off, size);
		note_build_id(&e, off, size, id);
	}
	r = check(&e, err);
	if (r == 0)
		memcpy(ret, id, sizeof(id));
	return r;
}

int artifact_interp(const char *path, struct str *ret, struct err *err)
{
	AUTO_ELF struct elf e = { 0 };
	uint64_t off, size;
	uint32_t type;
	int r = map(path, &e, err);

	for (size_t i = 0; r == 0 && segment(&e, i, &type, &off, &size); i++) {
		if (type != PT_INTERP)
			continue;
		e.bad |= !inside(&e, off, size);
		r = check(&e, err);
		if (r == 0)
			str_add(ret, e.p + off, strnlen((const char *)e.p + off, size));
		return r;
	}
	return r < 0 ? r : check(&e, err);
}

struct section {
	uint64_t name, type, off, size;
};

static struct section section_at(struct elf *e, uint64_t table, uint64_t i)
{
	uint64_t at = table + i * (e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));

	if (e->wide)
		return (struct section){
			.name = num(e, at, 4),
			.type = num(e, at + 4, 4),
			.off = num(e, at + offsetof(Elf64_Shdr, sh_offset), 8),
			.size = num(e, at + offsetof(Elf64_Shdr, sh_size), 8),
		};
	return (struct section){
		.name = num(e, at, 4),
		.type = num(e, at + 4, 4),
		.off = num(e, at + offsetof(Elf32_Shdr, sh_offset), 4),
		.size = num(e, at + offsetof(Elf32_Shdr, sh_size), 4),
	};
}

/* False and @e->bad unset: there is no such section. */
static bool find_section(struct elf *e, const char *name, struct section *ret)
{
	uint64_t table = e->wide ? num(e, offsetof(Elf64_Ehdr, e_shoff), 8) :
				   num(e, offsetof(Elf32_Ehdr, e_shoff), 4);
	uint64_t n =
		num(e, e->wide ? offsetof(Elf64_Ehdr, e_shnum) : offsetof(Elf32_Ehdr, e_shnum), 2);
	uint64_t names = num(
		e, e->wide ? offsetof(Elf64_Ehdr, e_shstrndx) : offsetof(Elf32_Ehdr, e_shstrndx),
		2);
	size_t want = strlen(name) + 1;

	if (!table || n > ELF_HEADERS_MAX || names >= n)
		return false;
	struct section strings = section_at(e, table, names);
	if (!inside(e, strings.off, strings.size)) {
		e->bad = true;
		return false;
	}
	for (uint64_t i = 0; i < n && !e->bad; i++) {
		struct section s = section_at(e, table, i);

		if (s.name > strings.size || want > strings.size - s.name ||
		    memcmp(e->p + strings.off + s.name, name, want) != 0)
			continue;
		e->bad |= !inside(e, s.off, s.size);
		*ret = s;
		return !e->bad && s.type != SHT_NOBITS;
	}
	return false;
}

int artifact_section(const char *path, const char *name, const char *out, bool *ret_found,
		     struct err *err)
{
	AUTO_ELF struct elf e = { 0 };
	struct section s;
	int r = map(path, &e, err);

	if (r < 0)
		return r;
	bool found = find_section(&e, name, &s);
	r = check(&e, err);
	if (r == 0 && found)
		r = file_write(out, (struct view){ (const char *)e.p + s.off, s.size }, 0644, err);
	if (r == 0)
		*ret_found = found;
	return r;
}

bool artifact_is_elf(const char *path)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[SELFMAG];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
}
