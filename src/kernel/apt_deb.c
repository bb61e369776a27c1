/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packages from apt, downloaded as an ordinary user and never installed. */
#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/str.h"
#include "kernel/source_internal.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/memo.h"

enum { META_DEPTH_MAX = 3 }; /* linux-image-amd64 -> linux-image-6.1-amd64 -> ... */

void deb_release(struct deb *d)
{
	free(d->package);
	free(d->version);
	free(d->arch);
	free(d->sha256);
	free(d->path);
	*d = (struct deb){ 0 };
}

/* Debian policy 5.6.7 and 5.6.12; what else there is must not get near a command line. */
static bool is_name(struct view v, const char *punctuation)
{
	if (!v.len || v.len > 200 || !isalnum((unsigned char)v.p[0]))
		return false;
	for (size_t i = 1; i < v.len; i++)
		if (!isalnum((unsigned char)v.p[i]) && (!v.p[i] || !strchr(punctuation, v.p[i])))
			return false;
	return true;
}

/* The value of "Name: value" in the first record of what apt-cache printed. */
static struct view field(struct view text, const char *name)
{
	struct view line;

	while (view_line(&text, &line) && line.len)
		if (view_skip(&line, name) && view_skip(&line, ":"))
			return view_trim(line);
	return VIEW("");
}

static int apt_show(const char *spec, struct str *ret, struct err *err)
{
	AUTO_FREE char *tool = NULL;
	AUTO_STR struct str said = STR_INIT;
	char *const argv[] = { (char *)"apt-cache", (char *)"show", (char *)"--no-all-versions",
			       (char *)spec, NULL };
	char *const env[] = { (char *)"LC_ALL=C", NULL };
	struct run_spec run_spec = {
		.argv = argv, .env_add = env, .ret_out = ret, .ret_err = &said
	};
	struct child_end end;
	int r = tool_need("apt-cache", "apt", &tool, err);

	if (r < 0)
		return err_context(err, "deb:%s", spec);
	r = run(&run_spec, &end, err);
	if (r < 0)
		return r;
	if (!end.signalled && !end.code && field(str_view(ret), "SHA256").len)
		return 0;
	if (strchr(spec, '='))
		return err_set(
			err, ERR_NOT_FOUND,
			"deb:%s: apt has no such version to download; see 'apt-cache policy %.*s', or run "
			"'apt-get update'",
			spec, (int)strcspn(spec, "="), spec);
	return err_set(err, ERR_NOT_FOUND,
		       "deb:%s: apt knows no such package; run 'apt-get update', or see "
		       "'apt-cache search --names-only %.*s'",
		       spec, (int)strcspn(spec, "0123456789+"), spec);
}

/*
 * Of "kmod, linux-image-6.1.0-43-amd64 (= 6.1.162-1) | x" the kernel: what a meta package stands
 * for.
 */
static bool meta_target(struct view depends, struct str *ret)
{
	struct view one;

	while (view_split(&depends, ',', &one)) {
		one = view_trim(one);
		struct view name = view_sub(one, 0, strcspn(one.p, " (,|\n"));
		struct view rest = view_trim(view_sub(one, name.len, one.len)), version;
		if (!view_starts(name, "linux-image-") && !view_starts(name, "linux-source-"))
			continue;
		if (!is_name(name, "+-."))
			return false;
		str_addv(ret, name);
		if (view_skip(&rest, "(= ") && view_split(&rest, ')', &version) &&
		    is_name(version, "+-.~:"))
			str_addf(ret, "=" VIEW_FMT, VIEW_ARG(version));
		return true;
	}
	return false;
}

static int resolve(const char *spec, int depth, struct deb *ret, struct err *err)
{
	AUTO_STR struct str text = STR_INIT, target = STR_INIT;
	int r = apt_show(spec, &text, err);

	if (r < 0)
		return r;
	if (depth < META_DEPTH_MAX && meta_target(field(str_view(&text), "Depends"), &target))
		return resolve(str_c(&target), depth + 1, ret, err);
	struct view package = field(str_view(&text), "Package"),
		    version = field(str_view(&text), "Version");
	struct view arch = field(str_view(&text), "Architecture"),
		    sha256 = field(str_view(&text), "SHA256");
	if (!is_name(package, "+-.") || !is_name(version, "+-.~:") || !is_name(sha256, "") ||
	    sha256.len != 64)
		return err_set(err, ERR_PARSE,
			       "deb:%s: apt-cache prints no package, version and SHA256", spec);
	ret->package = mem_strndup(package.p, package.len);
	ret->version = mem_strndup(version.p, version.len);
	ret->arch = mem_strndup(arch.p, arch.len);
	ret->sha256 = mem_strndup(sha256.p, sha256.len);
	if (view_u64(field(str_view(&text), "Size"), 10, &ret->size) < 0)
		ret->size = 0;
	return 0;
}

/* What apt answers from, by time stamps: apt-cache may need a second where apt keeps no cache of its own. */
static char *apt_state(void)
{
	static const char *const places[] = {
		"/var/lib/apt/lists",	"/etc/apt/sources.list",  "/etc/apt/sources.list.d",
		"/etc/apt/preferences", "/etc/apt/preferences.d", "/etc/apt/apt.conf.d",
		"/var/lib/dpkg/arch",
	};
	AUTO_STR struct str text = STR_INIT;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (stat(places[i], &st) == 0)
			str_addf(&text, "%s %lld.%09ld ", places[i], (long long)st.st_mtim.tv_sec,
				 st.st_mtim.tv_nsec);
	return str_take(&text);
}

/* Package, version, architecture, SHA-256, size as apt gave them when it was in @state. */
static bool apt_recall(const char *spec, const char *state, struct deb *ret)
{
	AUTO_STR struct str text = STR_INIT;
	struct view rest, f[5];

	if (memo_get("apt", spec, state, &text) < 0)
		return false;
	rest = str_view(&text);
	for (size_t i = 0; i < ARRAY_SIZE(f); i++)
		if (!view_split(&rest, ' ', &f[i]))
			return false;
	if (!is_name(f[0], "+-.") || !is_name(f[1], "+-.~:") || f[3].len != 64 ||
	    view_u64(f[4], 10, &ret->size) < 0)
		return false;
	ret->package = mem_strndup(f[0].p, f[0].len);
	ret->version = mem_strndup(f[1].p, f[1].len);
	ret->arch = mem_strndup(f[2].p, f[2].len);
	ret->sha256 = mem_strndup(f[3].p, f[3].len);
	return true;
}

static void apt_remember(const char *spec, const char *state, const struct deb *d)
{
	AUTO_FREE char *text = mem_printf("%s %s %s %s %llu", d->package, d->version, d->arch,
					  d->sha256, (unsigned long long)d->size);

	memo_put("apt", spec, state, text);
}

int apt_resolve(const char *spec, struct deb *ret, struct err *err)
{
	struct view version = view_of(spec), package;

	if (!view_split(&version, '=', &package) || !is_name(package, "+-.") ||
	    (strchr(spec, '=') && !is_name(version, "+-.~:")))
		return err_set(err, ERR_USAGE,
			       "deb:%s: write it as deb:PACKAGE or deb:PACKAGE=VERSION", spec);
	AUTO_FREE char *key = apt_state();
	if (apt_recall(spec, key, ret))
		return 0;
	int r = resolve(spec, 0, ret, err);
	if (r == 0)
		apt_remember(spec, key, ret);
	return r;
}

/* The .deb in @dir that has the right SHA-256, as heap path; NULL: none. */
static char *find_file(const char *dir, const char *sha256)
{
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };
	char hash[65];

	if (dir_list(dir, &names, &ignored) < 0)
		return NULL;
	vec_foreach(n, &names) {
		AUTO_FREE char *path = path_join(dir, *n);
		if (view_ends(view_of(*n), ".deb") && file_sha256(path, hash, &ignored) == 0 &&
		    !strcmp(hash, sha256))
			return TAKE(path);
	}
	return NULL;
}

int apt_download(struct deb *d, const struct cache_entry *entry, struct err *err)
{
	AUTO_FREE char *tool = NULL, *spec = mem_printf("%s=%s", d->package, d->version);
	AUTO_FREE char *dir = path_join(entry->dir, "download");
	char *const argv[] = { (char *)"apt-get", (char *)"-q", (char *)"download", spec, NULL };
	char *const env[] = { (char *)"LC_ALL=C", NULL };
	int keep[] = { entry->lock_fd,
		       -1 }; /* should we be killed: apt-get goes on, and nobody else begins */
	struct run_spec run_spec = { .argv = argv, .env_add = env, .cwd = dir, .keep = keep };
	int r;

	d->path = find_file(dir, d->sha256);
	if (d->path)
		return 0;
	r = tool_need("apt-get", "apt", &tool, err);
	if (r == 0)
		r = dir_remove(dir, err); /* of a download that was killed */
	if (r == 0)
		r = dir_make(dir, err);
	if (r == 0)
		r = run_ok(&run_spec, err);
	if (r < 0)
		return err_context(err, "deb:%s", spec);
	d->path = find_file(dir, d->sha256);
	if (!d->path)
		return err_set(
			err, ERR_PARSE,
			"deb:%s: what apt-get downloaded is not what its list promises (SHA-256 %.12s...)",
			spec, d->sha256);
	return 0;
}
