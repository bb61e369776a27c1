/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small ELF files of the fuzz corpus; what readelf prints of them is below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <unistd.h>

#include "kernel/artifacts_elf.h"
#include "sys/file.h"

struct files {
	char *dir, *path, *out;
	struct str bytes;
	struct err err;
};

static int setup(void **state)
{
	struct files *f = NEW(struct files);

	assert_int_equal(dir_temp("elf", &f->dir, &f->err), 0);
	f->path = path_join(f->dir, "elf");
	f->out = path_join(f->dir, "out");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct files *f = *state;

	assert_int_equal(dir_remove(f->dir, &f->err), 0);
	free(f->dir);
	free(f->path);
	free(f->out);
	str_release(&f->bytes);
	free(f);
	return 0;
}

static char *sample(const char *name)
{
	return mem_printf("%s/../fuzz/corpus/elf/%s", getenv("KASSAY_TEST_DATA"), name);
}

static void load(struct files *f, const char *name)
{
	AUTO_FREE char *path = sample(name);

	str_clear(&f->bytes);
	assert_int_equal(file_read(path, 1 << 20, &f->bytes, &f->err), 0);
}

/* Not file_write(): thousands of times to disk take seconds. */
static void store(struct files *f, size_t n)
{
	FILE *file = fopen(f->path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(f->bytes.data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void check(struct files *f, const char *name, const char *want_id)
{
	AUTO_FREE char *path = sample(name);
	AUTO_STR struct str interp = STR_INIT, section = STR_INIT;
	char id[2 * BUILD_ID_MAX + 1];
	bool found = false;

	assert_int_equal(artifact_build_id(path, id, &f->err), 0);
	assert_string_equal(id, want_id);
	assert_int_equal(artifact_interp(path, &interp, &f->err), 0);
	assert_string_equal(str_c(&interp), "/lib64/ld.so");
	assert_int_equal(artifact_section(path, ".BTF", f->out, &found, &f->err), 0);
	assert_true(found);
	assert_int_equal(file_read(f->out, 100, &section, &f->err), 0);
	assert_string_equal(str_c(&section), "BTFBYTES");
	unlink(f->out);
	assert_int_equal(artifact_section(path, ".BT", f->out, &found, &f->err), 0);
	assert_false(found);
	assert_false(file_exists(f->out));
	assert_true(artifact_is_elf(path));
}

static void both_widths(void **state)
{
	check(*state, "small64", "247db9a23d41e51ebb24155b4a53556f730abb27");
	check(*state, "small32", "5dd98e36fbdec231eca512e658ab0f10652d690c");
}

static void no_build_id_is_no_error(void **state)
{
	struct files *f = *state;
	char id[2 * BUILD_ID_MAX + 1];

	load(f, "small64");
	char *note = memmem(f->bytes.data, f->bytes.len, "GNU", 4);
	note[0] = 'X';
	store(f, f->bytes.len);
	assert_int_equal(artifact_build_id(f->path, id, &f->err), 0);
	assert_string_equal(id, "");
}

static void what_is_no_elf(void **state)
{
	struct files *f = *state;
	char id[2 * BUILD_ID_MAX + 1] = "kept";

	load(f, "small64");
	f->bytes.data[EI_DATA] = ELFDATA2MSB;
	store(f, f->bytes.len);
	assert_int_equal(artifact_build_id(f->path, id, &f->err), -ERR_PARSE);
	store(f, 10);
	assert_int_equal(artifact_build_id(f->path, id, &f->err), -ERR_PARSE);
	assert_int_equal(
		file_write(
			f->path,
			VIEW("#!/bin/sh\n# a script that is longer than any ELF header is, so that "
			     "its length does not give it away\n"),
			0644, &f->err),
		0);
	assert_int_equal(artifact_build_id(f->path, id, &f->err), -ERR_PARSE);
	assert_non_null(strstr(f->err.msg, f->path));
	assert_false(artifact_is_elf(f->path));
	assert_string_equal(id, "kept");
	assert_int_equal(artifact_build_id("/nonexistent", id, &f->err), -ERR_NOT_FOUND);
	assert_false(artifact_is_elf("/nonexistent"));
}

static void notes_outside(void **state)
{
	struct files *f = *state;
	char id[2 * BUILD_ID_MAX + 1] = "kept";
	Elf64_Phdr note;
	const size_t at = sizeof(Elf64_Ehdr) + sizeof(note); /* the second segment */

	load(f, "small64");
	memcpy(&note, f->bytes.data + at, sizeof(note));
	assert_int_equal(note.p_type, PT_NOTE);
	note.p_filesz = f->bytes.len;
	memcpy(f->bytes.data + at, &note, sizeof(note));
	store(f, f->bytes.len);
	assert_int_equal(artifact_build_id(f->path, id, &f->err), -ERR_PARSE);
	assert_string_equal(id, "kept");
}

/* Cut at every length, and with every byte set to 0xff: an answer or ERR_PARSE, never more. */
static void damaged(void **state)
{
	struct files *f = *state;
	char id[2 * BUILD_ID_MAX + 1];
	size_t refused = 0;

	load(f, "small64");
	for (size_t i = 0; i < 2 * f->bytes.len; i++) {
		AUTO_STR struct str interp = STR_INIT;
		size_t at = i / 2;
		char old = f->bytes.data[at];
		bool found;

		if (i & 1)
			f->bytes.data[at] = (char)0xff;
		store(f, i & 1 ? f->bytes.len : at);
		int r = artifact_build_id(f->path, id, &f->err);
		int r2 = artifact_interp(f->path, &interp, &f->err);
		int r3 = artifact_section(f->path, ".BTF", f->out, &found, &f->err);
		assert_true(r == 0 || r == -ERR_PARSE);
		assert_true(r2 == 0 || r2 == -ERR_PARSE);
		assert_true(r3 == 0 || r3 == -ERR_PARSE);
		refused += r < 0 || r2 < 0 || r3 < 0;
		f->bytes.data[at] = old;
	}
	assert_true(refused > f->bytes.len / 2);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(both_widths),    TEST(no_build_id_is_no_error),
		TEST(what_is_no_elf), TEST(notes_outside),
		TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
