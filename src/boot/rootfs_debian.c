/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system "debian": by mmdebstrap(1), which needs no root, from the mirror that the host's apt uses. */
#include <unistd.h>

#include "base/log.h"
#include "boot/rootfs_internal.h"
#include "sys/apt.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { OS_RELEASE_MAX = 64 << 10 };
#define BOOTSTRAP_SECONDS 3600.0

static int check_word(const char *what, const char *word, struct err *err)
{
	size_t n =
		strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-:");

	return *word && !word[n] && *word != '-' ?
		       0 :
		       err_set(err, ERR_USAGE, "--rootfs: '%s' is no name of a Debian %s", word,
			       what);
}

/* Packages are configured by programs of their own. mmdebstrap(1) asks the same. */
static int check_foreign(const struct arch *arch, struct err *err)
{
	AUTO_FREE char *tool = NULL;
	int r = tool_need("arch-test", "arch-test", &tool, err);
	char *argv[] = { tool, (char *)arch->debian, NULL };
	struct child_end end;

	if (r == 0)
		r = run(&(struct run_spec){ .argv = argv }, &end, err);
	if (r == 0 && (end.signalled || end.code))
		return err_set(
			err, ERR_NO_TOOL,
			"--rootfs debian for %s: this machine cannot run its programs (Debian packages: qemu-user-static, binfmt-support)",
			arch->name);
	return r;
}

int rootfs_debian_check(const char *text, const struct arch *arch, struct err *err)
{
	AUTO_FREE char *tool = NULL;
	const char *colon = strchr(text, ':');
	int r = colon ? check_word("suite", colon + 1, err) : 0;

	if (r == 0)
		r = tool_need("mmdebstrap", "mmdebstrap", &tool, err);

	if (r == 0 && arch != arch_host())
		r = check_foreign(arch, err);
	return r < 0 ? r : rootfs_tools(err);
}

/* That of this host, where it is Debian's; else the stable one. */
static char *host_suite(void)
{
	AUTO_STR struct str text = STR_INIT;
	struct err ignored = { 0 };
	struct view rest, line, suite = VIEW("");
	bool debian = false;

	file_read("/etc/os-release", OS_RELEASE_MAX, &text, &ignored);
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		debian |= view_eq(line, "ID=debian");
		if (view_skip(&line, "VERSION_CODENAME="))
			suite = line;
	}
	return debian && suite.len ? mem_strndup(suite.p, suite.len) : mem_strdup("stable");
}

struct debian {
	char *suite;
	const char *arch;
	struct strv packages; /* sorted */
};

/* What it says last is what failed last; the first "E: " is why. */
struct complaint {
	char first[200];
};

static void on_line(struct view line, bool from_stderr, void *data)
{
	struct complaint *c = data;

	(void)from_stderr;
	log_debug("mmdebstrap: " VIEW_FMT, VIEW_ARG(line));
	if (!*c->first && view_skip(&line, "E: "))
		snprintf(c->first, sizeof(c->first), VIEW_FMT, VIEW_ARG(line));
}

static int bootstrap(const struct debian *d, const char *tar, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 };
	AUTO_STR struct str include = STR_INIT;
	AUTO_FREE char *mirror = apt_mirror();
	struct complaint said = { 0 };
	struct child_end end;
	/* A folder that others may enter: mmdebstrap works as another user of ours. */
	char *env[] = { (char *)"LC_ALL=C", (char *)"TMPDIR=/tmp", NULL };

	vec_foreach(p, &d->packages)
		str_addf(&include, "%s%s", include.len ? "," : "", *p);
	strv_add(&argv, "mmdebstrap");
	strv_add(&argv, "--variant=apt");
	strv_add(&argv, "--format=tar");
	strv_addf(&argv, "--architectures=%s", d->arch);
	strv_addf(&argv, "--include=%s", str_c(&include));
	strv_add(&argv, "--aptopt=Acquire::Languages \"none\"");
	strv_add(&argv, "--dpkgopt=path-exclude=/usr/share/man/*");
	strv_add(&argv, "--dpkgopt=path-exclude=/usr/share/doc/*");
	strv_add(&argv, "--dpkgopt=path-exclude=/usr/share/locale/*");
	/* Nothing in it tells of the host. */
	strv_add(&argv, "--customize-hook=rm -f \"$1/etc/resolv.conf\" \"$1/etc/hostname\"");
	strv_add(&argv, d->suite);
	strv_add(&argv, tar);
	if (mirror)
		strv_add(&argv, mirror);
	int r = run(&(struct run_spec){ .argv = strv_argv(&argv),
					.env_add = env,
					.timeout = BOOTSTRAP_SECONDS,
					.line = on_line,
					.data = &said },
		    &end, err);
	if (r == 0 && (end.signalled || end.code))
		r = err_set(
			err, ERR_INTERNAL, "mmdebstrap: %s%s",
			*said.first ? said.first : "it failed and did not say why",
			strstr(said.first, "chroot mode") ?
				": an ordinary user needs user name spaces, newuidmap (Debian package: uidmap) and a line in /etc/subuid" :
				"");
	return r;
}

static int make(const char *dir, void *data, struct err *err)
{
	const struct debian *d = data;
	AUTO_FREE char *tar = path_join(dir, "root.tar"), *image = path_join(dir, ROOTFS_IMAGE);

	log_info("root file system debian:%s with %zu packages: made by mmdebstrap, this once",
		 d->suite, d->packages.len);
	int r = bootstrap(d, tar, err);
	if (r == 0)
		r = rootfs_make_ext4(tar, true, image, err);
	unlink(tar);
	return r;
}

/* Suite and sorted packages; strings are the caller's until debian_release(). */
static void debian_of(const struct rootfs_spec *spec, struct debian *ret)
{
	const char *colon = strchr(spec->text, ':');

	*ret = (struct debian){ .suite = colon ? mem_strdup(colon + 1) : host_suite(),
				.arch = spec->arch->debian };
	vec_foreach(p, spec->packages)
		if (!strv_has(&ret->packages, *p))
			strv_add(&ret->packages, *p);
	strv_sort(&ret->packages);
}

static void debian_release(struct debian *d)
{
	free(d->suite);
	strv_release(&d->packages);
}

static void identity(const struct debian *d, struct str *out)
{
	str_addf(out, "debian %s %s\n", d->suite, d->arch);
	vec_foreach(p, &d->packages)
		str_addf(out, "%s\n", *p);
}

char *rootfs_debian_identity(const struct rootfs_spec *spec)
{
	AUTO_STR struct str text = STR_INIT;
	struct debian d;

	debian_of(spec, &d);
	identity(&d, &text);
	debian_release(&d);
	return str_take(&text);
}

int rootfs_debian(const struct rootfs_spec *spec, struct rootfs *ret, struct err *err)
{
	AUTO_STR struct str key = STR_INIT;
	struct debian d;

	debian_of(spec, &d);
	int r = 0;
	for (size_t i = 0; r == 0 && i < d.packages.len; i++)
		r = check_word("package", d.packages.data[i], err);
	identity(&d, &key);
	AUTO_FREE char *readable = mem_printf("debian-%s-%s", d.suite, d.arch);
	AUTO_FREE char *name = cache_name(readable, str_c(&key));
	if (r == 0)
		r = rootfs_cached(name, make, &d, ret, err);
	debian_release(&d);
	return r < 0 ? err_context(err, "--rootfs %s", spec->text) : 0;
}
