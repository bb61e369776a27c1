/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/qmp.h"

#include "base/json.h"

static const struct {
	const char *reason; /* enum ShutdownCause of qapi/run-state.json */
	enum qmp_cause cause;
} causes[] = {
	{ "guest-shutdown", QMP_GUEST_OFF },
	{ "guest-reset", QMP_GUEST_RESET },
	{ "subsystem-reset", QMP_GUEST_RESET },
	{ "guest-panic", QMP_GUEST_PANIC },
};

static void set_cause(struct qmp *q, enum qmp_cause cause, const char *reason)
{
	if (q->cause && q->cause != QMP_STOPPED)
		return;
	q->cause = cause;
	if (reason)
		snprintf(q->reason, sizeof(q->reason), "%s", reason);
}

static void on_shutdown(struct qmp *q, const char *reason)
{
	enum qmp_cause cause = QMP_HOST;

	for (size_t i = 0; reason && i < ARRAY_SIZE(causes); i++)
		if (!strcmp(causes[i].reason, reason))
			cause = causes[i].cause;
	set_cause(q, cause, reason);
}

static void on_line(struct qmp *q, struct view line)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct jnode *root;
	struct err err = { 0 };

	if (jt_parse(a, "QMP", line, &root, &err))
		return;
	const char *event = jt_get_str(root, "event");
	const struct jnode *data = jt_get(root, "data");
	if (!event)
		return; /* the greeting, and answers */
	if (!strcmp(event, "SHUTDOWN"))
		on_shutdown(q, jt_get_str(data, "reason"));
	else if (!strcmp(event, "GUEST_PANICKED"))
		set_cause(q, QMP_GUEST_PANIC, event);
	else if (!strcmp(event, "STOP"))
		set_cause(q, QMP_STOPPED, NULL);
	else if (!strcmp(event, "BLOCK_IO_ERROR") && !q->cause && jt_get_str(data, "reason"))
		snprintf(q->reason, sizeof(q->reason), "%s", jt_get_str(data, "reason"));
}

void qmp_feed(struct qmp *q, const char *p, size_t n)
{
	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;
		if (q->line.len + len > QMP_LINE_MAX)
			q->skip = true;
		if (!q->skip)
			str_add(&q->line, p, len);
		if (end && !q->skip)
			on_line(q, str_view(&q->line));
		if (end || q->skip)
			str_clear(&q->line);
		if (end)
			q->skip = false;
		len += end != NULL;
		p += len;
		n -= len;
	}
}

void qmp_release(struct qmp *q)
{
	str_release(&q->line);
}
