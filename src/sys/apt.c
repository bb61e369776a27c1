/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/apt.h"

#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { SOURCES_MAX = 1 << 20, APT_SECONDS = 900, LISTS_AGE = 24 * 3600 };

/*
 * sources.list(5), one line: "deb [options] uri suite components"; a second one asks for sources. What limits it to the host's
 * architectures is left out.
 */
static void add_line(struct view line, struct str *ret)
{
	AUTO_STR struct str out = STR_INIT;
	struct view rest = view_trim(line), word;

	if (!view_skip(&rest, "deb "))
		return;
	while (view_split(&rest, ' ', &word)) {
		bool first = view_skip(&word, "["), last = view_ends(word, "]");

		if (last)
			word.len--;
		if (first)
			str_adds(&out, " [");
		if (!view_starts(word, "arch=") && !view_starts(word, "arch+=") &&
		    !view_starts(word, "arch-="))
			str_addf(&out, " " VIEW_FMT, VIEW_ARG(word));
		if (last)
			str_adds(&out, " ]");
	}
	str_addf(ret, "deb%s\ndeb-src%s\n", str_c(&out), str_c(&out));
}

/* The same in its newer form, where a paragraph has "Types: deb". */
static void add_deb822(struct view text, struct str *ret)
{
	struct view line;

	while (view_line(&text, &line)) {
		struct view rest = line;

		if (view_skip(&rest, "Types:"))
			str_adds(ret, "Types: deb deb-src\n");
		else if (!view_starts(line, "Architectures:"))
			str_addf(ret, VIEW_FMT "\n", VIEW_ARG(line));
	}
	str_addc(ret, '\n');
}

/* What the host's sources are, in both forms, for sources too. */
static void read_sources(struct str *lines, struct str *deb822)
{
	static const char parts[] = "/etc/apt/sources.list.d";
	AUTO_STRV struct strv names = { 0 };
	struct err ignored = { 0 };

	strv_add(&names, "../sources.list");
	dir_list(parts, &names, &ignored);
	vec_foreach(n, &names) {
		AUTO_FREE char *path = path_join(parts, *n);
		AUTO_STR struct str text = STR_INIT;
		struct view rest, line;

		if (file_read(path, SOURCES_MAX, &text, &ignored) < 0)
			continue;
		rest = str_view(&text);
		if (view_ends(view_of(*n), ".sources"))
			add_deb822(rest, deb822);
		while (view_ends(view_of(*n), ".list") && view_line(&rest, &line))
			add_line(line, lines);
	}
}

static int write_sources(const char *lists, struct err *err)
{
	AUTO_FREE char *parts = path_join(lists, "sources"),
		       *old = path_join(lists, "sources/kassay.list"),
		       *new = path_join(lists, "sources/kassay.sources");
	AUTO_STR struct str lines = STR_INIT, deb822 = STR_INIT;
	AUTO_FREE char *config = path_join(lists, "apt.conf");
	/* What the host does after its own updates is none of our business. */
	static const char hooks[] =
		"#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n"
		"#clear APT::Update::Post-Invoke-Success;\n";
	int r = dir_make(parts, err);

	read_sources(&lines, &deb822);
	if (r == 0)
		r = file_write(config, view_of(hooks), 0644, err);
	if (r == 0)
		r = file_write(old, str_view(&lines), 0644, err);
	return r < 0 ? r : file_write(new, str_view(&deb822), 0644, err);
}

static void add_option(struct strv *argv, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_option(struct strv *argv, const char *fmt, ...)
{
	AUTO_STR struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	strv_add(argv, "-o");
	strv_add(argv, str_c(&s));
}

/* apt-get with everything of ours; @words: its command, NULL-terminated. What it says goes to @said. */
static int apt_get(const char *lists, const char *arch, const char *const *words, const char *cwd,
		   struct str *said, struct child_end *ret, struct err *err)
{
	AUTO_STRV struct strv argv = { 0 };
	AUTO_FREE char *empty = path_join(lists, "sources.list");
	char *env[] = { (char *)"LC_ALL=C", (char *)"DEBIAN_FRONTEND=noninteractive", NULL };

	strv_add(&argv, "apt-get");
	strv_add(&argv, "-q");
	strv_addf(&argv, "--config-file=%s/apt.conf", lists);
	add_option(&argv, "Dir::Etc::sourcelist=%s", empty);
	add_option(&argv, "Dir::Etc::sourceparts=%s/sources", lists);
	add_option(&argv, "Dir::State::lists=%s/lists", lists);
	add_option(&argv, "Dir::Cache=%s/cache", lists);
	add_option(&argv, "Dir::State::status=%s/status", lists);
	add_option(&argv, "APT::Architecture=%s", arch);
	add_option(&argv, "APT::Architectures=%s", arch);
	add_option(&argv, "APT::Sandbox::User=root");
	add_option(&argv, "Acquire::Languages=none");
	add_option(&argv, "Debug::NoLocking=true");
	for (; *words; words++)
		strv_add(&argv, *words);
	return run(&(struct run_spec){ .argv = strv_argv(&argv),
				       .env_add = env,
				       .cwd = cwd,
				       .timeout = APT_SECONDS,
				       .ret_err = said },
		   ret, err);
}

static bool is_fresh(const char *stamp)
{
	struct stat st;

	return stat(stamp, &st) == 0 && time(NULL) - st.st_mtime < LISTS_AGE;
}

/*
 * Read the lists again. One of the host's sources may not know the architecture, or be away: whether that matters is
 * seen when the package is asked for.
 */
static int update(const char *lists, const char *arch, struct str *said, struct err *err)
{
	static const char *const words[] = { "update", NULL };
	AUTO_FREE char *partial = path_join(lists, "lists/partial"),
		       *archives = path_join(lists, "cache/archives/partial"),
		       *status = path_join(lists, "status"),
		       *empty = path_join(lists, "sources.list"),
		       *stamp = path_join(lists, "updated");
	struct child_end end;
	int r = 0;

	if (is_fresh(stamp))
		return 0;
	r = dir_make(partial, err);
	if (r == 0)
		r = dir_make(archives, err);
	if (r == 0)
		r = file_write(status, VIEW(""), 0644, err);
	if (r == 0)
		r = file_write(empty, VIEW(""), 0644, err);
	if (r == 0)
		r = write_sources(lists, err);
	if (r == 0)
		r = apt_get(lists, arch, words, lists, said, &end, err);
	if (r == 0 && !end.signalled && !end.code)
		r = file_write(stamp, VIEW(""), 0644, err);
	return r;
}

/* apt's own words: the first that begin with "E: ". */
static struct view complaint(struct view said)
{
	struct view line;

	while (view_line(&said, &line))
		if (view_skip(&line, "E: "))
			return line;
	return VIEW("it gave no reason");
}

/* The line that tells of no network, else empty. A host that is up answers also for an architecture it does not have. */
static struct view offline_line(struct view said)
{
	static const char *const words[] = {
		"Temporary failure resolving", "Could not resolve",    "Could not connect",
		"Network is unreachable",      "Connection timed out", "Connection failed"
	};
	struct view line;

	while (view_line(&said, &line))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (view_find(line, words[i]) >= 0)
				return view_trim(line);
	return VIEW("");
}

int apt_fetch(const char *lists, const char *arch, const char *package, bool source,
	      const char *dir, struct strv *ret, struct err *err)
{
	const char *const download[] = { "download", package, NULL };
	const char *const sources[] = { "--download-only", "source", package, NULL };
	AUTO_FREE char *tool = NULL;
	AUTO_STR struct str said = STR_INIT;
	AUTO_STRV struct strv names = { 0 };
	struct child_end end = { 0 };
	int r = tool_need("apt-get", "apt", &tool, err);

	if (r == 0)
		r = dir_make(lists, err);
	if (r == 0)
		r = update(lists, arch, &said, err);
	if (r == 0)
		r = dir_make(dir, err);
	if (r == 0)
		r = apt_get(lists, arch, source ? sources : download, dir, &said, &end, err);
	if (r < 0)
		return r;
	if (end.signalled || end.code) {
		struct view why = complaint(str_view(&said)),
			    offline = offline_line(str_view(&said));

		if (offline.len)
			return err_set(err, ERR_IO,
				       "the hosts of packages cannot be reached: " VIEW_FMT,
				       VIEW_ARG(offline));
		return err_set(err, ERR_NOT_FOUND, "apt cannot get %s %s for %s: " VIEW_FMT,
			       source ? "the source of" : "package", package, arch, VIEW_ARG(why));
	}
	r = dir_list(dir, &names, err);
	vec_foreach(n, &names) {
		AUTO_FREE char *path = path_join(dir, *n);

		strv_add(ret, path);
	}
	return r;
}

/* Security updates, snapshots and other vendors have other names. */
static bool is_main_archive(struct view uri)
{
	if (view_ends(uri, "/"))
		uri.len--;
	return (view_starts(uri, "http://") || view_starts(uri, "https://")) &&
	       view_ends(uri, "/debian");
}

char *apt_mirror(void)
{
	AUTO_STR struct str lines = STR_INIT, deb822 = STR_INIT;
	struct view rest, word;

	read_sources(&lines, &deb822);
	str_add(&lines, str_c(&deb822), deb822.len);
	for (char *c = lines.data; c && *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	rest = str_view(&lines);
	while (view_split(&rest, ' ', &word))
		if (is_main_archive(word))
			return mem_strndup(word.p, word.len);
	return NULL;
}
