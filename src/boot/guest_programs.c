/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/guest_programs.h"

#include <sys/stat.h>

#include "base/sha256.h"
#include "sys/dirs.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { SOURCE_MAX = 1 << 20, COMPILE_SECONDS = 300 };

/* Sources in @dir, absolute; their hash goes to @hash. */
static int add_sources(const char *dir, struct strv *ret, struct sha256 *hash, struct err *err)
{
	AUTO_STRV struct strv names = { 0 };
	int r = dir_list(dir, &names, err);

	strv_sort(&names);
	for (size_t i = 0; r == 0 && i < names.len; i++) {
		AUTO_FREE char *path = path_join(dir, names.data[i]);
		AUTO_STR struct str text = STR_INIT;
		struct view name = view_of(names.data[i]);

		if (!view_ends(name, ".c") && !view_ends(name, ".h"))
			continue;
		r = file_read(path, SOURCE_MAX, &text, err);
		sha256_add(hash, text.data, text.len);
		if (view_ends(name, ".c"))
			strv_add(ret, path);
	}
	return r;
}

/* The first line of @text that tells of an error, else the first. */
static struct view error_line(struct view text)
{
	struct view line, first = { 0 };

	while (view_line(&text, &line)) {
		if (view_find(line, "error:") >= 0)
			return line;
		if (!first.len)
			first = line;
	}
	return first;
}

/* Compile @sources into @to, which is there whole or not at all. */
static int compile(const struct arch *arch, const char *compiler, const char *include,
		   const struct strv *sources, const char *to, struct err *err)
{
	AUTO_FREE char *part = mem_printf("%s.part", to);
	AUTO_STRV struct strv argv = { 0 };
	AUTO_STR struct str said = STR_INIT;
	struct child_end end;

	strv_add(&argv, compiler);
	strv_add(&argv, "-std=gnu17");
	strv_add(&argv, "-D_GNU_SOURCE");
	strv_add(&argv, "-D_FILE_OFFSET_BITS=64");
	strv_add(&argv, "-Os");
	strv_add(&argv, "-static");
	strv_add(&argv, "-s");
	strv_addf(&argv, "-I%s", include);
	strv_add(&argv, "-o");
	strv_add(&argv, part);
	strv_add_all(&argv, sources);
	int r = run(&(struct run_spec){ .argv = strv_argv(&argv),
					.timeout = COMPILE_SECONDS,
					.ret_err = &said },
		    &end, err);

	if (r < 0)
		return r;
	if (end.signalled || end.code) {
		struct view line = error_line(str_view(&said));

		return err_set(
			err, ERR_NO_TOOL,
			"kassay-init for %s does not compile with %s (is Debian's libc6-dev-%s-cross there?): " VIEW_FMT,
			arch->name, compiler, arch->debian, VIEW_ARG(line));
	}
	return rename(part, to) < 0 ? err_sys(err, "%s", to) : 0;
}

/* What a compiler is, cheaply: its file. */
static void add_identity(struct sha256 *hash, const char *program)
{
	struct stat st = { 0 };
	AUTO_FREE char *real = realpath(program, NULL);

	if (stat(program, &st) < 0)
		return;
	AUTO_FREE char *text = mem_printf("%s %lld %lld", real ? real : program,
					  (long long)st.st_size, (long long)st.st_mtim.tv_sec);
	sha256_add(hash, text, strlen(text));
}

void guest_program_release(struct guest_program *g)
{
	free(g->path);
	cache_put(&g->lock);
	*g = (struct guest_program){ .lock = { .lock_fd = -1 } };
}

int guest_init(const char *share_dir, const struct arch *arch, struct guest_program *ret,
	       struct err *err)
{
	AUTO_FREE char *dir = path_join(share_dir, "guest"), *boot = path_join(dir, "boot");
	AUTO_FREE char *compiler = mem_printf("%s-gcc", arch->triplet), *program = NULL;
	AUTO_FREE char *package = mem_printf("gcc-%s", arch->triplet);
	AUTO_STRV struct strv sources = { 0 };
	AUTO_SHA256 struct sha256 *hash = sha256_new();
	struct guest_program made = { .lock = { .lock_fd = -1 } };
	char hex[65];

	if (arch == arch_host()) {
		made.path = path_join(share_dir, GUEST_INIT);
		*ret = made;
		return 0;
	}
	int r = tool_need(compiler, package, &program, err);
	if (r == 0)
		r = add_sources(dir, &sources, hash, err);
	if (r == 0)
		r = add_sources(boot, &sources, hash, err);
	if (r < 0)
		return err_context(err, "kassay-init for %s", arch->name);
	add_identity(hash, program);
	sha256_hex(hash, hex);
	AUTO_FREE char *name = mem_printf(GUEST_INIT "-%s-%.12s", arch->name, hex);
	r = cache_get("guest", name, CACHE_EXCLUSIVE, NULL, NULL, &made.lock, err);
	if (r < 0)
		return r;
	made.path = path_join(made.lock.dir, GUEST_INIT);
	if (!file_exists(made.path))
		r = compile(arch, compiler, dir, &sources, made.path, err);
	if (r == 0)
		r = cache_downgrade(&made.lock, err);
	if (r < 0)
		guest_program_release(&made);
	else
		*ret = made;
	return r;
}
