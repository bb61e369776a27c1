/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/boot_devices.h"

#include "job/guest_jobs_internal.h"
#include "sys/file.h"

enum { CONFIG_MAX = 4 << 20 };

static const struct suite device_suite = { .kind = SUITE_MODULE, .text = "devices" };

void boot_devices_release(struct boot_devices *d)
{
	vec_release(&d->have);
	map_free(TAKE(d->lacking));
}

int devices_wanted(struct arena *a, const struct plan *plan, const struct plan_platform *f,
		   const struct job_options *o, struct devices *ret, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->devices.len; i++)
		r = devices_add(a, ret, f->devices.data[i], err);
	for (size_t i = 0; r == 0 && i < o->devices.len; i++)
		r = devices_add(a, ret, o->devices.data[i], err);
	vec_foreach(s, &plan->suites)
		for (size_t i = 0; r == 0 && s->devices && s->devices[i]; i++)
			r = devices_add(a, ret, s->devices[i], err);
	return r;
}

char kernel_symbol(const struct guest_place *at, const char *symbol)
{
	AUTO_STR struct str text = STR_INIT;
	AUTO_FREE char *set = mem_printf("CONFIG_%s=", symbol);
	struct err ignored = { 0 };
	struct view rest, line;

	if (!at->config || file_read(at->config, CONFIG_MAX, &text, &ignored) < 0)
		return 0;
	rest = str_view(&text);
	while (view_line(&rest, &line))
		if (view_skip(&line, set) && line.len)
			return line.p[0];
	return 'n';
}

/* How the kernel has what one device needs. */
struct driver {
	struct module_files files; /* none: built in */
	bool loaded;		   /* the module itself is among them */
	bool unsure;		   /* perhaps it is not there */
	struct str why;		   /* not empty: it lacks it, for people */
};

static void driver_release(struct driver *d)
{
	vec_release(&d->files);
	str_release(&d->why);
}

/* Modules that help where the kernel has them. */
static void find_also(const struct jobs_of *x, const struct device_kind *k,
		      struct module_files *ret)
{
	struct view rest = view_of(k->also ? k->also : ""), one;

	while (x->at->modules && view_split(&rest, ' ', &one)) {
		AUTO_FREE char *name = mem_strndup(one.p, one.len);
		struct err ignored = { 0 };
		size_t from = ret->len;

		module_find(x, name, ret, &ignored);
		for (size_t i = from; i < ret->len; i++)
			ret->data[i].optional = true;
	}
}

static int find_driver(const struct jobs_of *x, const struct device_kind *k, struct driver *ret,
		       struct err *err)
{
	char value = kernel_symbol(x->at, k->symbol);
	bool search = k->module && (value == 'm' || (!value && x->at->modules));
	struct err why = { 0 };
	int r;

	find_also(x, k, &ret->files);
	size_t also = ret->files.len;
	r = search ? module_find(x, k->module, &ret->files, &why) : 0;
	ret->loaded = ret->files.len > also;
	ret->unsure = !search && !value;
	if (r < 0 && r != -ERR_NOT_FOUND)
		*err = why;
	else if (r < 0 && value == 'm')
		str_addf(&ret->why, "%s (CONFIG_%s=m): %s", k->module, k->symbol, why.msg);
	else if (r < 0 || value == 'n')
		str_addf(&ret->why, "the kernel has no %s%s (CONFIG_%s)",
			 k->module ? "module " : "", k->module ? k->module : k->name, k->symbol);
	return r == -ERR_NOT_FOUND ? 0 : r;
}

/* Parameters of what is built in are words of the command line; nobody answers for unknown ones. */
static void add_words(const struct device *d, const struct driver *driver, struct str *cmdline)
{
	struct view rest = view_of(d->params), one;

	if (d->kind->words)
		str_addf(cmdline, "%s ", d->kind->words);
	while (d->kind->module && !driver->loaded && view_split(&rest, ' ', &one)) {
		for (const char *c = d->kind->module; *c; c++)
			str_addc(cmdline, *c == '-' ? '_' : *c);
		str_addf(cmdline, "." VIEW_FMT " ", VIEW_ARG(one));
	}
}

static void add_device_job(struct jobs_of *x, const struct device *d, const struct driver *driver)
{
	AUTO_FREE char *path = mem_printf("device.%s", d->kind->name);
	struct guest_job *j = job_add(x, &device_suite, path);

	strv_add(&j->argv, GUEST_INIT_PATH);
	strv_add(&j->argv, "--load");
	module_argv(x, &driver->files, driver->loaded ? d->params : "", &j->argv);
	strv_add(&j->argv, "--");
	if (driver->unsure)
		strv_add(&j->argv, "unsure");
	device_steps(d, &j->argv);
	j->timeout = job_limit(x->p, &device_suite);
}

/* Did the platform or the command line ask for it, and not only a suite? */
static bool for_all(const struct jobs_of *x, const struct device *d)
{
	return strv_has(&x->f->devices, d->text) || strv_has(&x->p->opt->devices, d->text);
}

static int lacking(struct jobs_of *x, const struct device *d, const char *why,
		   struct boot_devices *ret, struct err *err)
{
	AUTO_FREE char *path = mem_printf("device.%s", d->kind->name);

	map_set(ret->lacking, d->kind->name, arena_strdup(x->p->a, why));
	return for_all(x, d) ? job_unrunnable(x, &device_suite, path, "SKIP", why, err) : 0;
}

static int one_device(struct jobs_of *x, const struct device *d, struct machine_spec *m,
		      struct str *cmdline, struct boot_devices *ret, struct err *err)
{
	struct driver driver = { 0 };
	int r = device_lacks(m, d, &driver.why, err);

	if (r == 0 && !driver.why.len)
		r = find_driver(x, d->kind, &driver, err);
	if (r == 0 && driver.why.len) {
		r = lacking(x, d, str_c(&driver.why), ret, err);
	} else if (r == 0) {
		r = device_args(m, d, err);
		add_words(d, &driver, cmdline);
		add_device_job(x, d, &driver);
		*vec_add(&ret->have) = *d;
	}
	driver_release(&driver);
	return r;
}

int boot_devices(struct jobs_of *x, struct machine_spec *m, struct str *cmdline,
		 struct boot_devices *ret, struct err *err)
{
	struct devices wanted = { 0 };
	int r = devices_wanted(x->p->a, &x->p->plan, x->f, x->p->opt, &wanted, err);

	ret->lacking = map_new();
	for (int first = 1; first >= 0; first--)
		vec_foreach(d, &wanted)
			if (r == 0 && d->kind->first == first)
				r = one_device(x, d, m, cmdline, ret, err);
	ret->jobs = x->jobs.len;
	vec_release(&wanted);
	return r;
}

const char *devices_reason(struct arena *a, const struct boot_devices *d, const struct suite *s)
{
	for (size_t i = 0; s->devices && s->devices[i]; i++) {
		struct err ignored = { 0 };
		struct device one;

		if (device_parse(a, s->devices[i], &one, &ignored) == 0 &&
		    map_has(d->lacking, one.kind->name))
			return map_get(d->lacking, one.kind->name);
	}
	return NULL;
}
