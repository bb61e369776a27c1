/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job/plan.h"

#include "base/yaml.h"
#include "boot/devices.h"
#include "sys/file.h"

#define MEMBER(type, member) offsetof(struct type, member)

/* Names get into ids, folders and onto the terminal. */
static int check_name(const struct yaml_node *node, const char *what, const char *name,
		      struct err *err)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	if (!*name || name[n] || *name == '.' || *name == '-')
		return yaml_err(err, node, "%s name '%s': letters, digits, '_', '.' and '-' only",
				what, name);
	return 0;
}

static int check_arch(const struct yaml_node *node, const char *name, const struct arch **ret,
		      struct err *err)
{
	struct err why = { 0 };

	return name && arch_need("arch", name, ret, &why) < 0 ? yaml_err(err, node, "%s", why.msg) :
								0;
}

static int parse_build(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {
		{ "name", YAML_STRING, MEMBER(plan_build, name), .required = true },
		{ "arch", YAML_STRING, MEMBER(plan_build, arch_name) },
		{ "toolchain", YAML_STRING, MEMBER(plan_build, toolchain) },
		{ "preset", YAML_ENUM, MEMBER(plan_build, preset), .values = config_preset_names },
		{ "config-file", YAML_STRING, MEMBER(plan_build, config_file) },
		{ "fragments", YAML_STRINGS, MEMBER(plan_build, fragments) },
		{ "config", YAML_STRINGS, MEMBER(plan_build, config) },
		{ "make", YAML_STRINGS, MEMBER(plan_build, make) },
		{ "modules", YAML_BOOL, MEMBER(plan_build, modules) },
		{ 0 }
	};
	struct plan *p = target;
	struct plan_build *b = vec_add(&p->builds);
	int r = yaml_read(a, node, keys, b, err);

	if (r == 0)
		r = check_name(node, "build", b->name, err);
	if (r == 0)
		r = check_arch(node, b->arch_name, &b->arch, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i + 1 < p->builds.len; i++)
		if (strcmp(p->builds.data[i].name, b->name) == 0)
			return yaml_err(err, node, "two builds are named '%s'", b->name);
	return 0;
}

/* Each is one we know, and none differs from another of its kind. */
static int check_devices(struct arena *a, const struct yaml_node *node, const struct strv *texts,
			 struct err *err)
{
	struct devices list = { 0 };
	struct err why = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < texts->len; i++)
		r = devices_add(a, &list, texts->data[i], &why);
	vec_release(&list);
	return r < 0 ? yaml_err(err, node, "%s", why.msg) : 0;
}

static int parse_platform(struct arena *a, const struct yaml_node *node, void *target,
			  struct err *err)
{
	static const struct yaml_key keys[] = {
		{ "name", YAML_STRING, MEMBER(plan_platform, name) },
		{ "arch", YAML_STRING, MEMBER(plan_platform, arch_name) },
		{ "memory", YAML_SIZE, MEMBER(plan_platform, memory) },
		{ "cpus", YAML_INT, MEMBER(plan_platform, cpus), .min = 1, .max = 512 },
		{ "accel", YAML_ENUM, MEMBER(plan_platform, accel), .values = accel_names },
		{ "cmdline", YAML_STRING, MEMBER(plan_platform, cmdline) },
		{ "rootfs", YAML_STRING, MEMBER(plan_platform, rootfs) },
		{ "packages", YAML_STRINGS, MEMBER(plan_platform, packages) },
		{ "disks", YAML_STRINGS, MEMBER(plan_platform, disks) },
		{ "initrd", YAML_STRINGS, MEMBER(plan_platform, initrd) },
		{ "qemu-args", YAML_STRINGS, MEMBER(plan_platform, qemu_args) },
		{ "devices", YAML_STRINGS, MEMBER(plan_platform, devices) },
		{ 0 }
	};
	struct plan *p = target;
	struct plan_platform *f = vec_add(&p->platforms);
	int r = yaml_read(a, node, keys, f, err);

	if (r == 0 && f->name)
		r = check_name(node, "platform", f->name, err);
	if (r == 0 && f->name && strcmp(f->name, PLATFORM_HOST) == 0)
		r = yaml_err(err, node, "platform '%s' is where suites without a machine run",
			     f->name);
	if (r == 0)
		r = check_arch(node, f->arch_name, &f->arch, err);
	if (r == 0)
		r = check_devices(a, node, &f->devices, err);
	if (r < 0)
		return r;
	/* What it is called by default names its architecture, too. */
	if (!f->arch && f->name && strncmp(f->name, PLATFORM_QEMU, strlen(PLATFORM_QEMU)) == 0)
		f->arch = arch_find(f->name + strlen(PLATFORM_QEMU));
	for (size_t i = 0; f->name && i + 1 < p->platforms.len; i++)
		if (p->platforms.data[i].name && strcmp(p->platforms.data[i].name, f->name) == 0)
			return yaml_err(err, node, "two platforms are named '%s'", f->name);
	return 0;
}

struct suite_entry {
	const char *suite, *path;
	double timeout;
	struct strv devices;
};

/* Of a suite; NULL: none. In the arena. */
static const char *const *keep_strings(struct arena *a, const struct strv *from)
{
	const char **list = from->len ? arena_alloc(a, (from->len + 1) * sizeof(*list)) : NULL;

	for (size_t i = 0; i < from->len; i++)
		list[i] = arena_strdup(a, from->data[i]);
	return list;
}

static int parse_suite(struct arena *a, const struct yaml_node *node, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {
		{ "suite", YAML_STRING, MEMBER(suite_entry, suite), .required = true },
		{ "timeout", YAML_SECONDS, MEMBER(suite_entry, timeout) },
		{ "devices", YAML_STRINGS, MEMBER(suite_entry, devices) },
		{ "path", YAML_STRING, MEMBER(suite_entry, path) },
		{ 0 }
	};
	struct plan *p = target;
	struct suite_entry e = { 0 };
	struct suite s;
	struct err why = { 0 };
	int r = 0;

	if (yaml_is_scalar(node)) {
		e.suite = yaml_scalar(a, node);
	} else {
		r = yaml_read(a, node, keys, &e, err);
		if (r == 0)
			r = check_devices(a, node, &e.devices, err);
	}
	const char *const *devices = keep_strings(a, &e.devices);
	strv_release(&e.devices);
	if (r < 0)
		return r;
	r = suite_parse(a, e.suite, &s, &why);
	if (r < 0)
		return yaml_err(err, node, "%s", why.msg);
	if (e.path && !suite_foreign_name(s.kind))
		return yaml_err(err, node, "path is for ltp, xfstests and blktests, not for '%s'",
				s.text);
	if (devices && s.kind == SUITE_TOOLS)
		return yaml_err(err, node, "'%s' runs on this host: it has no devices", s.text);
	s.timeout = e.timeout;
	s.devices = devices;
	s.path = e.path;
	*vec_add(&p->suites) = s;
	return 0;
}

static const struct yaml_key expect_keys[] = {
	{ "test", YAML_STRING, MEMBER(expect, test), .required = true },
	{ "title", YAML_STRING, MEMBER(expect, title), .required = true },
	{ "why", YAML_STRING, MEMBER(expect, why) },
	{ 0 }
};

static int parse_expect(struct arena *a, const struct yaml_node *node, void *target,
			struct err *err)
{
	struct plan *p = target;

	return yaml_read(a, node, expect_keys, vec_add(&p->expect), err);
}

static const struct yaml_key plan_keys[] = {
	{ "description", YAML_STRING, MEMBER(plan, description) },
	{ "builds", YAML_LIST, 0, .parse = parse_build },
	{ "platforms", YAML_LIST, 0, .parse = parse_platform },
	{ "suites", YAML_LIST, 0, .parse = parse_suite },
	{ "expect", YAML_LIST, 0, .parse = parse_expect },
	{ "timeout", YAML_SECONDS, MEMBER(plan, timeout) },
	{ "test-timeout", YAML_SECONDS, MEMBER(plan, test_timeout) },
	{ "silence", YAML_SECONDS, MEMBER(plan, silence) },
	{ "console-limit", YAML_SIZE, MEMBER(plan, console_limit) },
	{ "guests", YAML_INT, MEMBER(plan, guests), .min = 1, .max = 512 },
	{ 0 }
};

int plan_parse(struct arena *a, const char *name, struct view text, struct plan *ret,
	       struct err *err)
{
	struct plan p = { .name = arena_strdup(a, name),
			  .text = arena_strndup(a, text.p, text.len) };
	AUTO_YAML struct yaml_doc *doc = NULL;
	int r = yaml_parse(name, text, &doc, err);

	if (r < 0)
		return r;
	if (!yaml_root(doc))
		r = err_set(err, ERR_USAGE, "%s: the plan is empty", name);
	else
		r = yaml_read(a, yaml_root(doc), plan_keys, &p, err);
	if (r == 0 && !p.suites.len)
		r = err_set(err, ERR_USAGE, "%s: no suites; a plan needs at least 'suites: [boot]'",
			    name);
	if (r < 0) {
		plan_release(&p);
		return r;
	}
	if (!p.builds.len)
		*vec_add(&p.builds) = (struct plan_build){ .name = "tiny" };
	if (!p.platforms.len)
		*vec_add(&p.platforms) = (struct plan_platform){ 0 };
	*ret = p;
	return 0;
}

/* Names of the shipped plans, for the error message. */
static int unknown_plan(const char *dir, const char *name, struct err *err)
{
	AUTO_STRV struct strv files = { 0 }, names = { 0 };
	AUTO_STR struct str list = STR_INIT;
	struct err ignored = { 0 };

	dir_list(dir, &files, &ignored);
	vec_foreach(f, &files) {
		struct view v = view_of(*f);

		if (!view_ends(v, ".yaml"))
			continue;
		strv_addf(&names, VIEW_FMT, VIEW_ARG(view_sub(v, 0, v.len - strlen(".yaml"))));
		str_addf(&list, "%s%s", list.len ? ", " : "", names.data[names.len - 1]);
	}
	const char *near = str_nearest(name, (const char *const *)names.data, names.len);

	return err_set(err, ERR_USAGE,
		       "no plan '%s'%s%s%s; shipped are %s, or name a file (./my.yaml)", name,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
		       str_c(&list));
}

int plan_load(struct arena *a, const char *share_dir, const char *name, struct plan *ret,
	      struct err *err)
{
	AUTO_FREE char *dir = path_join(share_dir, "configs/plans");
	AUTO_FREE char *path = NULL;
	AUTO_STR struct str text = STR_INIT;
	bool file = strchr(name, '/') || view_ends(view_of(name), ".yaml") ||
		    view_ends(view_of(name), ".yml");
	int r;

	if (file) {
		path = mem_strdup(name);
	} else {
		path = mem_printf("%s/%s.yaml", dir, name);
		if (!file_exists(path))
			return unknown_plan(dir, name, err);
	}
	r = file_read(path, YAML_SIZE_MAX, &text, err);
	if (r < 0) {
		err->code = ERR_USAGE;
		return err_context(err, "plan");
	}
	r = plan_parse(a, file ? name : path, str_view(&text), ret, err);
	if (r == 0)
		ret->name = arena_strdup(a, name);
	return r;
}

void plan_release(struct plan *p)
{
	vec_foreach(b, &p->builds) {
		strv_release(&b->fragments);
		strv_release(&b->config);
		strv_release(&b->make);
	}
	vec_foreach(f, &p->platforms) {
		strv_release(&f->packages);
		strv_release(&f->disks);
		strv_release(&f->initrd);
		strv_release(&f->qemu_args);
		strv_release(&f->devices);
	}
	vec_release(&p->builds);
	vec_release(&p->platforms);
	vec_release(&p->suites);
	vec_release(&p->expect);
}

struct expect_file {
	struct expects *list;
};

static int parse_shipped(struct arena *a, const struct yaml_node *node, void *target,
			 struct err *err)
{
	struct expect_file *f = target;

	return yaml_read(a, node, expect_keys, vec_add(f->list), err);
}

int expects_load(struct arena *a, const char *share_dir, struct expects *ret, struct err *err)
{
	static const struct yaml_key keys[] = {
		{ "expect", YAML_LIST, 0, .parse = parse_shipped, .required = true }, { 0 }
	};
	AUTO_FREE char *path = path_join(share_dir, "configs/expect.yaml");
	AUTO_STR struct str text = STR_INIT;
	AUTO_YAML struct yaml_doc *doc = NULL;
	struct expect_file target = { ret };
	int r = file_read(path, YAML_SIZE_MAX, &text, err);

	if (r == 0)
		r = yaml_parse(path, str_view(&text), &doc, err);
	if (r == 0 && yaml_root(doc))
		r = yaml_read(a, yaml_root(doc), keys, &target, err);
	return r;
}

const struct expect *expects_match(const struct expects *e, const char *test, const char *title)
{
	vec_foreach(x, e)
		if (glob_match(x->test, test) && glob_match(x->title, title))
			return x;
	return NULL;
}
