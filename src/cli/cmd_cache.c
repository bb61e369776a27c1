/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"
#include "base/log.h"
#include "cli/cmd.h"
#include "sys/dirs.h"

struct cache_cli {
	bool json;
	uint64_t limit;
	struct cli_common common;
};

static const struct opt options[] = {
	{ "limit", 0, OPT_SIZE, offsetof(struct cache_cli, limit), "SIZE",
	  "remove least recently used entries until it is this small" },
	{ "json", 0, OPT_FLAG, offsetof(struct cache_cli, json), NULL, "as JSON" },
	CLI_COMMON_OPTIONS(cache_cli, common),
	{ 0 }
};
const struct opt_command face_cache = {
	.name = "cache",
	.args = "[clean]",
	.summary = "show, bound or empty the cache of sources and build folders",
	.opts = options,
	.max_args = 1,
	.examples = "  kassay cache\n  kassay cache --limit 20G\n  kassay cache clean",
};

static void list_json(const struct cache_list *list, struct str *out)
{
	struct jwriter w;

	jw_init(&w, out, 2);
	jw_arr(&w);
	vec_foreach(e, list) {
		AUTO_STR struct str used = STR_INIT;

		str_add_time(&used, e->used_ms);
		jw_obj(&w);
		jw_kstr(&w, "kind", e->kind);
		jw_kstr(&w, "name", e->name);
		jw_kint(&w, "size", (int64_t)e->size);
		jw_kstr(&w, "used", str_c(&used));
		jw_kbool(&w, "busy", e->busy);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	str_addc(out, '\n');
}

static void list_table(const struct cache_list *list, struct str *out)
{
	uint64_t total = 0;

	vec_foreach(e, list) {
		AUTO_STR struct str size = STR_INIT, used = STR_INIT;

		total += e->size;
		str_add_size(&size, e->size);
		str_add_time(&used, e->used_ms);
		str_addf(out, "%-8s %9s  %.16s  %s%s\n", e->kind, str_c(&size), str_c(&used),
			 e->name, e->busy ? "  (in use)" : "");
	}
	str_addf(out, "%zu entries, ", list->len);
	str_add_size(out, total);
	str_addc(out, '\n');
}

static int show(bool json, struct err *err)
{
	AUTO_STR struct str out = STR_INIT;
	struct cache_list list = { 0 };
	int r = cache_list(&list, err);

	if (r < 0)
		return r;
	if (json)
		list_json(&list, &out);
	else
		list_table(&list, &out);
	cache_list_release(&list);
	return print_out(str_view(&out), err);
}

static int trim(uint64_t limit, struct err *err)
{
	AUTO_STR struct str text = STR_INIT;
	uint64_t freed = 0;
	size_t busy = 0;
	int r = cache_trim(limit, &freed, &busy, err);

	if (r < 0)
		return r;
	str_adds(&text, "freed ");
	str_add_size(&text, freed);
	if (busy)
		str_addf(&text, "; %zu entries are in use and stay", busy);
	log_info("%s", str_c(&text));
	return 0;
}

int cmd_cache(int argc, const char *const *argv)
{
	struct cache_cli c = { 0 };
	AUTO_STRV struct strv args = { 0 }, set = { 0 };
	struct err err = { 0 };
	bool clean;
	int r = cli_parse(&face_cache, argc, argv, &c, &c.common, &args, &set);

	if (r != 0)
		return r > 0 ? EXIT_GOOD : -r;
	clean = args.len && strcmp(args.data[0], "clean") == 0;
	if (args.len && !clean) {
		log_error("cache %s: there is only 'cache clean'", args.data[0]);
		return EXIT_USAGE;
	}
	r = clean		    ? trim(0, &err) :
	    strv_has(&set, "limit") ? trim(c.limit, &err) :
				      show(c.json, &err);
	return r < 0 ? fail(&err) : EXIT_GOOD;
}
