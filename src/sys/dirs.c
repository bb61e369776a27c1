/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/dirs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"

/* https://specifications.freedesktop.org/basedir-spec: a relative value is to be ignored. */
static int xdg(const char *variable, const char *below_home, char **ret, struct err *err)
{
	const char *value = getenv(variable), *home = getenv("HOME");

	if (value && value[0] == '/')
		*ret = path_join(value, "kassay");
	else if (home && home[0])
		*ret = mem_printf("%s/%s/kassay", home, below_home);
	else
		return err_set(err, ERR_USAGE, "neither %s nor HOME is set", variable);
	return 0;
}

int dirs_data(char **ret, struct err *err)
{
	return xdg("XDG_DATA_HOME", ".local/share", ret, err);
}

int dirs_cache(char **ret, struct err *err)
{
	return xdg("XDG_CACHE_HOME", ".cache", ret, err);
}

int dirs_config(char **ret, struct err *err)
{
	return xdg("XDG_CONFIG_HOME", ".config", ret, err);
}

static bool is_share(const char *dir)
{
	AUTO_FREE char *configs = path_join(dir, "configs");

	return dir_exists(configs);
}

/* The folder our program file lies in. Heap. */
static int exe_dir(char **ret, struct err *err)
{
	AUTO_FREE char *exe = realpath("/proc/self/exe", NULL);

	if (!exe)
		return err_sys(err, "/proc/self/exe");
	size_t len = (size_t)(path_base(exe) - exe);
	*ret = mem_strndup(exe, len > 1 ? len - 1 : len);
	return 0;
}

int dirs_share(char **ret, struct err *err)
{
	static const char *const places[] = { "share/kassay", "../share/kassay" };
	const char *given = getenv("KASSAY_SHARE");
	AUTO_FREE char *exe = NULL;

	if (given && given[0]) {
		if (!is_share(given))
			return err_set(err, ERR_NOT_FOUND,
				       "KASSAY_SHARE=%s: there is no folder configs in it", given);
		*ret = path_absolute(given);
		return 0;
	}
	int r = exe_dir(&exe, err);
	if (r)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		AUTO_FREE char *dir = path_join(exe, places[i]);
		if (is_share(dir)) {
			*ret = path_absolute(dir);
			return 0;
		}
	}
	return err_set(
		err, ERR_NOT_FOUND,
		"kassay's own files are neither in %s/share/kassay nor in %s/../share/kassay; "
		"set KASSAY_SHARE",
		exe, exe);
}
