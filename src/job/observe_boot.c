/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict of "boot": userspace reached, the kernel is the one that was built, no taint and no emergency, alert or
 * critical message that no finding explains. Taint bits: Documentation/admin-guide/tainted-kernels.rst.
 */
#include "job/observe_internal.h"

static const struct {
	char letter;
	const char *what;
	bool harmless;	   /* says nothing about the kernel under test */
	const char *types; /* of findings that explain it: those answer for themselves */
} taints[] = {
	{ 'P', "proprietary module", false, "" },
	{ 'F', "module was force loaded", false, "" },
	{ 'S', "out of specification system", false, "" },
	{ 'R', "module was force unloaded", false, "" },
	{ 'M', "machine check", false, "" },
	{ 'B', "bad page", false, "bug kasan kfence" },
	{ 'U', "requested by userspace", false, "" },
	{ 'D', "kernel died: oops or BUG", false, "oops bug panic" },
	{ 'A', "ACPI table overridden", false, "" },
	{ 'W', "kernel warned", false, "warning kasan lockdep bug atomic" },
	{ 'C', "staging driver", false, "" },
	{ 'I', "firmware workaround", false, "" },
	{ 'O', "out-of-tree module", true, "" },
	{ 'E', "unsigned module", false, "" },
	{ 'L', "soft lockup", false, "stall" },
	{ 'K', "live patched", false, "" },
	{ 'X', "auxiliary, by the distribution", false, "" },
	{ 'T', "structure layout randomised", false, "" },
	{ 'N', "in-kernel test ran", true, "" },
	{ 'J', "fwctl used", false, "" },
};

const char *end_reason(struct observer *o, const struct machine_end *end)
{
	const char *words = arena_printf(o->arena, "%s%s", machine_outcome_words(end->outcome),
					 o->spec.early ? " before the console was up" : "");
	const char *title = NULL;

	vec_foreach(s, &o->findings)
		if (strcmp(s->f.type ? s->f.type : "", "panic") == 0 || !title)
			title = s->f.title;
	if (end->outcome == MACHINE_PANICKED && title)
		return arena_printf(o->arena, "%s: %s", words, title);
	if (end->outcome == MACHINE_POWERED_OFF && o->facts.hello)
		return "powered off before its tests were done";
	if (end->detail[0])
		return arena_printf(o->arena, "%s: %s", words, end->detail);
	return words;
}

/* Tell a finding of kind boot. Its title is its signature. */
static void boot_finding(struct observer *o, const char *type, const char *title,
			 struct str *reasons)
{
	struct finding f = {
		.kind = FINDING_BOOT, .severity = SEVERITY_ERROR, .type = type, .title = title
	};
	const char *parts[] = { type, title };
	struct observed_finding told = { .f = &f, .test = "boot" };

	signature_of(f.kind, parts, ARRAY_SIZE(parts), f.signature);
	for (size_t i = 0; i < ARRAY_SIZE(o->spec.expect) && !told.expected; i++)
		if (o->spec.expect[i])
			told.expected = expects_match(o->spec.expect[i], "boot", title);
	o->sink.finding(o->sink.data, &told);
	if (!told.expected)
		str_addf(reasons, "%s%s", reasons->len ? "; " : "", title);
}

/* The taint is that of the start of userspace: what jobs provoked later does not explain it, unless it was to come. */
static bool explained(const struct observer *o, const char *types)
{
	vec_foreach(s, &o->findings)
		if (s->f.type && strstr(types, s->f.type) &&
		    (s->expected || !o->spans.len || s->f.line < o->spans.data[0].line))
			return true;
	return false;
}

static void check_taint(struct observer *o, struct str *reasons)
{
	for (size_t bit = 0; bit < 64; bit++) {
		AUTO_STR struct str title = STR_INIT;
		bool known = bit < ARRAY_SIZE(taints);

		if (!(o->facts.taint & (1ull << bit)) || (known && taints[bit].harmless) ||
		    (known && explained(o, taints[bit].types)))
			continue;
		if (known)
			str_addf(&title, "kernel is tainted: %c (%s)", taints[bit].letter,
				 taints[bit].what);
		else
			str_addf(&title, "kernel is tainted: bit %zu", bit);
		boot_finding(o, "taint", str_c(&title), reasons);
	}
}

/* Is this message of the kernel log part of a report that is known and judged already? */
static bool message_reported(const struct observer *o, const char *text)
{
	vec_foreach(s, &o->findings) {
		if (!s->f.excerpt || !*text)
			continue;
		/* A report begins at its title: "watchdog: " stands before that of a lockup. */
		AUTO_FREE char *title = mem_strndup(s->f.excerpt, strcspn(s->f.excerpt, "\n"));

		if (strstr(s->f.excerpt, text) || (*title && view_ends(view_of(text), title)))
			return true;
	}
	return false;
}

static void check_messages(struct observer *o, struct str *reasons)
{
	static const char *const levels[] = { "emergency", "alert", "critical" };

	vec_foreach(line, &o->kmsg) {
		const char *text = strchr(*line, '\t') + 1;
		size_t level = (size_t)(**line - '0');
		AUTO_STR struct str title = STR_INIT;

		if (level >= ARRAY_SIZE(levels) || message_reported(o, text))
			continue;
		str_addf(&title, "%s message: ", levels[level]);
		str_add_printable(&title, view_of(text));
		boot_finding(o, "message", str_c(&title), reasons);
	}
}

/* What is wrong about reaching userspace, told once. */
static void check_reached(struct observer *o, const struct machine_end *end, struct str *reasons)
{
	if (o->facts.hello)
		return;
	str_addf(reasons, "userspace was not reached: %s", end_reason(o, end));
	if (!o->findings.len) {
		AUTO_STR struct str title = STR_INIT, known = STR_INIT;

		str_addf(&title, "boot: %s", machine_outcome_words(end->outcome));
		if (o->spec.early)
			str_adds(&title, " before the console was up");
		boot_finding(o, "end", str_c(&title), &known);
	}
}

static void tell_time(struct observer *o, const struct machine_end *end)
{
	struct observed_test t = {
		.rec = { .path = "boot.time",
			 .name = "time",
			 .status = STATUS_DONE,
			 .has_number = true,
			 .number = end->hello,
			 .unit = "s" },
		.suite = "boot",
	};

	if (end->hello >= 0)
		observer_hold(o, &t, 0);
}

void boot_tell(struct observer *o, const struct machine_end *end)
{
	AUTO_STR struct str reasons = STR_INIT;
	struct observed_test t = { .rec = { .path = "boot", .name = "boot", .status = STATUS_PASS },
				   .suite = "boot" };
	const char *title = map_get(o->blamed, "boot");

	/* A crash that no other test owns is reported under "boot" even when that suite was not asked for. */
	if (!suites_have(o->spec.suites, SUITE_BOOT) && o->facts.hello && !title)
		return;
	check_reached(o, end, &reasons);
	if (o->facts.hello && o->spec.build_id && *o->spec.build_id && *o->facts.build_id &&
	    strcmp(o->spec.build_id, o->facts.build_id) != 0) {
		AUTO_FREE char *text = mem_printf("running kernel's build id is %s, %s was built",
						  o->facts.build_id, o->spec.build_id);

		boot_finding(o, "build-id", text, &reasons);
	}
	check_taint(o, &reasons);
	check_messages(o, &reasons);
	if (title)
		str_addf(&reasons, "%s%s", reasons.len ? "; " : "", title);
	if (!reasons.len && o->facts.hello && !end->console_bytes) {
		t.rec.status = STATUS_ERROR;
		t.reason =
			"nothing came on the console, so a crash could not be seen: CONFIG_SERIAL_8250_CONSOLE=y and no \"quiet\" are needed";
	}
	if (reasons.len) {
		t.rec.status = end->outcome == MACHINE_DIED && !o->facts.hello ? STATUS_ERROR :
										 STATUS_FAIL;
		t.reason = str_c(&reasons);
	}
	t.rec.duration = end->hello > 0 ? end->hello : end->duration;
	observer_hold(o, &t, 0);
	tell_time(o, end);
}
