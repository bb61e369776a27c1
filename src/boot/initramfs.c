/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/initramfs.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "boot/busybox.h"
#include "boot/frame.h"
#include "sys/archive.h"
#include "sys/file.h"

DEFINE_AUTO(struct cpio *, cpio_abort)

void guest_spec_release(struct guest_spec *g)
{
	vec_foreach(job, &g->jobs) {
		free(job->name);
		free(job->cwd);
		strv_release(&job->argv);
		strv_release(&job->env);
	}
	vec_foreach(file, &g->files) {
		free(file->path);
		free(file->from);
	}
	vec_release(&g->jobs);
	vec_release(&g->files);
	strv_release(&g->load);
}

/* One more field of a line of /kassay/jobs. */
static void add_field(struct str *s, const char *text)
{
	size_t n = strlen(text);

	str_addc(s, '\t');
	str_reserve(s, 3 * n);
	s->len += frame_escape(text, n, s->data + s->len, 3 * n);
	s->data[s->len] = '\0';
}

static void add_job(struct str *s, const struct guest_job *job)
{
	bool capped = job->timeout <= 0;

	str_adds(s, "job");
	add_field(s, job->name);
	str_addf(s, "\t%.3f\t%d", capped ? GUEST_TIMEOUT_CAP : job->timeout,
		 job->scaled && !capped);
	add_field(s, job->cwd ? job->cwd : "/");
	vec_foreach(arg, &job->argv)
		add_field(s, *arg);
	str_addc(s, '\n');
	if (job->env.len == 0)
		return;
	str_adds(s, "env");
	vec_foreach(var, &job->env)
		add_field(s, *var);
	str_addc(s, '\n');
}

static void jobs_text(const struct guest_spec *g, struct str *ret)
{
	uint64_t max = g->output_max ? g->output_max : GUEST_OUTPUT_MAX;

	vec_foreach(file, &g->load) {
		str_adds(ret, "set\tload");
		add_field(ret, *file);
		str_addc(ret, '\n');
	}
	str_addf(ret, "set\toutput-max\t%llu\n", (unsigned long long)max);
	if (g->scale > 0)
		str_addf(ret, "set\tscale\t%.6f\n", g->scale);
	else if (g->calibration_host > 0)
		str_addf(ret, "set\tcalibration-host\t%.6f\n", g->calibration_host);
	if (g->report_kmsg)
		str_adds(ret, "set\treport-kmsg\n");
	if (g->shell)
		str_adds(ret, "set\tshell\n");
	if (g->busybox && g->foreign)
		str_adds(ret, "set\tapplets\n");
	if (g->root)
		str_addf(ret, "set\troot\t%s\n", g->root);
	if (g->tests_disk)
		str_adds(ret, "set\tkselftest-disk\n");
	vec_foreach(job, &g->jobs)
		add_job(ret, job);
}

/* Where programs are is one folder; what asks for another of them finds a link. */
static const char *const program_dirs[] = { "sbin/", "usr/bin/", "usr/sbin/" };

static char *guest_path(const char *path)
{
	while (*path == '/')
		path++;
	for (size_t i = 0; i < ARRAY_SIZE(program_dirs); i++)
		if (view_starts(view_of(path), program_dirs[i]))
			return mem_printf("bin/%s", path + strlen(program_dirs[i]));
	return mem_strdup(path);
}

static int add_base(struct cpio *c, const struct guest_spec *g, struct err *err)
{
	static const char *const dirs[] = { "bin",  "dev", "etc", "kassay", "proc",
					    "root", "run", "sys", "tmp" };
	AUTO_STR struct str jobs = STR_INIT;
	int r = 0;

	jobs_text(g, &jobs);
	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !r; i++)
		r = cpio_dir(c, dirs[i], 0755, err);
	/* The kernel opens it for PID 1 before anything is mounted. */
	if (r || (r = cpio_node(c, "dev/console", S_IFCHR | 0600, 5, 1, err)) ||
	    (r = cpio_node(c, "dev/null", S_IFCHR | 0666, 1, 3, err)) ||
	    (r = cpio_link(c, "sbin", "bin", err)) ||
	    (r = cpio_link(c, "usr/bin", "../bin", err)) ||
	    (r = cpio_link(c, "usr/sbin", "../bin", err)) ||
	    (r = cpio_bytes(c, "etc/passwd", 0644,
			    VIEW("root:x:0:0:root:/root:/bin/sh\n"
				 "nobody:x:65534:65534:nobody:/:/bin/false\n"),
			    err)) ||
	    (r = cpio_bytes(c, "etc/group", 0644, VIEW("root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"),
			    err)) ||
	    (r = cpio_bytes(c, "etc/hosts", 0644, VIEW("127.0.0.1 localhost\n::1 localhost\n"),
			    err)) ||
	    (r = cpio_bytes(c, "kassay/jobs", 0644, str_view(&jobs), err)))
		return r;
	/* By this name it is found under every root file system. */
	r = cpio_file(c, "kassay/init", 0755, g->init, err);
	return r < 0 ? r : cpio_link(c, "init", "kassay/init", err);
}

static int add_files(struct cpio *c, const struct guest_spec *g, struct map *taken, struct err *err)
{
	vec_foreach(file, &g->files) {
		AUTO_FREE char *path = guest_path(file->path);
		int r = cpio_file(c, path, file->mode ? file->mode : 0755, file->from, err);

		if (r)
			return r;
		map_set(taken, path, NULL);
	}
	return 0;
}

static int add_busybox(struct cpio *c, const struct guest_spec *g, const struct map *taken,
		       struct err *err)
{
	AUTO_STRV struct strv applets = { 0 };
	int r = g->foreign ? 0 : busybox_applets(g->busybox, &applets, err);

	if (!r)
		r = cpio_file(c, "bin/busybox", 0755, g->busybox, err);
	for (size_t i = 0; i < applets.len && !r; i++) {
		AUTO_FREE char *path = mem_printf("bin/%s", applets.data[i]);

		if (!map_has(taken, path))
			r = cpio_link(c, path, "busybox", err);
	}
	return r;
}

struct modules {
	struct cpio *cpio;
	const char *name, *from;
};

static int on_module(const char *rel, const struct stat *st, void *data, struct err *err)
{
	const struct modules *m = data;
	AUTO_FREE char *name = path_join(m->name, rel), *from = path_join(m->from, rel);

	/* Not the links "build" and "source": they say where on the host. */
	if (S_ISREG(st->st_mode))
		return cpio_file(m->cpio, name, 0644, from, err);
	return S_ISDIR(st->st_mode) ? cpio_dir(m->cpio, name, 0755, err) : 0;
}

static int add_modules(struct cpio *c, const char *from, struct err *err)
{
	AUTO_FREE char *name = path_join("lib/modules", path_base(from));
	struct modules m = { .cpio = c, .name = name, .from = from };

	return dir_walk(from, on_module, &m, err);
}

int initramfs_write(const struct guest_spec *g, const char *path, struct err *err)
{
	AUTO(cpio_abort) struct cpio *c = NULL;
	AUTO_MAP struct map *taken = map_new();
	int r = cpio_new(path, &c, err);

	if (r || (r = add_base(c, g, err)) || (r = add_files(c, g, taken, err)))
		return r;
	if (g->busybox && (r = add_busybox(c, g, taken, err)))
		return r;
	if (g->tree && (r = cpio_tree(c, "opt/kselftest", g->tree, err)))
		return r;
	if (g->modules && (r = add_modules(c, g->modules, err)))
		return r;
	return cpio_end(TAKE(c), err);
}
