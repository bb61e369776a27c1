/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of collections and tests, before anything is built. */
#include <string.h>

#include "kernel/kselftest.h"
#include "sys/file.h"

enum { MAKEFILE_MAX = 1 << 20, STEM_MIN = 3 };

bool kselftest_has(const char *source, const char *collection)
{
	AUTO_FREE char *file =
		mem_printf("%s/tools/testing/selftests/%s/Makefile", source, collection);

	return collection[0] && !strstr(collection, "..") && !strpbrk(collection, " \t$;'\"\\`") &&
	       file_exists(file);
}

int kselftest_no_test(const char *collection, const char *test, const char *near, struct err *err)
{
	return err_set(err, ERR_USAGE, "kselftest collection %s has no test '%s'%s%s%s", collection,
		       test, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Folders and other Makefiles in which a collection may keep tests: arm64/mte, kvm/Makefile.kvm. */
static bool is_elsewhere(const char *folder, const char *name)
{
	AUTO_FREE char *sub = mem_printf("%s/%s/Makefile", folder, name);

	return file_exists(sub) || strncmp(name, "Makefile.", 9) == 0;
}

/* A list that the Makefile reads names from, as lkdtm's tests.txt. */
static bool lists(const char *folder, const char *file, const char *stem)
{
	AUTO_FREE char *path = path_join(folder, file);
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };

	return view_ends(view_of(file), ".txt") &&
	       file_read(path, MAKEFILE_MAX, &text, &ignored) == 0 && strstr(str_c(&text), stem);
}

/*
 * Can the collection in @folder have this test? Only make knows: surely not when neither its Makefile has the word nor a file's
 * name begins alike ("execveat.c", "load_address.c" of load_address.0x1000), and nothing is kept elsewhere. @ret_near: the test
 * of a like name, or NULL.
 */
static bool may_have(const char *folder, const char *test, char **ret_near)
{
	AUTO_FREE char *makefile = path_join(folder, "Makefile");
	AUTO_FREE char *stem = mem_strndup(test, strcspn(test, "."));
	AUTO_STR struct str text = STR_INIT;
	AUTO_STRV struct strv files = { 0 }, names = { 0 };
	struct err ignored = { 0 };

	*ret_near = NULL;
	file_read(makefile, MAKEFILE_MAX, &text, &ignored);
	if (strstr(str_c(&text), stem) || dir_list(folder, &files, &ignored) < 0)
		return true;
	vec_foreach(f, &files) {
		size_t n = strcspn(*f, ".");

		if (is_elsewhere(folder, *f) || lists(folder, *f, stem) ||
		    strncmp(*f, stem, strlen(stem)) == 0 ||
		    (n >= STEM_MIN && strncmp(test, *f, n) == 0))
			return true;
		if (strcmp(*f + n, ".c") == 0)
			strv_addf(&names, "%.*s", (int)n, *f);
		else if (n && (*f)[n])
			strv_add(&names, *f);
	}
	const char *near = str_nearest(test, (const char *const *)names.data, names.len);
	*ret_near = near ? mem_strdup(near) : NULL;
	return false;
}

static int check_test(const char *root, const char *want, struct err *err)
{
	size_t n = strcspn(want, ":");
	AUTO_FREE char *collection = mem_strndup(want, n), *folder = path_join(root, collection);
	AUTO_FREE char *near = NULL;

	if (!want[n] || may_have(folder, want + n + 1, &near))
		return 0;
	return kselftest_no_test(collection, want + n + 1, near, err);
}

int kselftest_check(const char *source, const struct strv *wanted, bool may_lack, struct err *err)
{
	AUTO_FREE char *root = path_join(source, "tools/testing/selftests");
	AUTO_FREE char *makefile = path_join(root, "Makefile");
	AUTO_STR struct str text = STR_INIT;
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };
	struct view rest, line;

	if (wanted->len && !file_exists(makefile))
		return err_set(err, ERR_USAGE,
			       "this kernel has no kselftests (no tools/testing/selftests)");
	file_read(makefile, MAKEFILE_MAX, &text, &ignored);
	rest = str_view(&text);
	while (view_line(&rest, &line))
		if (view_skip(&line, "TARGETS += "))
			strv_addf(&names, VIEW_FMT, VIEW_ARG(view_trim(line)));
	for (size_t i = 0; i < wanted->len; i++) {
		AUTO_FREE char *name = mem_strndup(wanted->data[i], strcspn(wanted->data[i], ":"));

		if (kselftest_has(source, name)) {
			int r = may_lack ? 0 : check_test(root, wanted->data[i], err);
			if (r < 0)
				return r;
			continue;
		}
		const char *near = str_nearest(name, (const char *const *)names.data, names.len);
		return err_set(err, ERR_USAGE, "this kernel has no kselftest collection '%s'%s%s%s",
			       name, near ? "; did you mean '" : " (see tools/testing/selftests)",
			       near ? near : "", near ? "'?" : "");
	}
	return 0;
}
