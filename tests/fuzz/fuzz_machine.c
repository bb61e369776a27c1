/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Console, QMP and stderr of a machine: what is understood does not depend on how the bytes are cut. */
#include <assert.h>

#include "boot/machine_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct machine_signs *s, const char *p, size_t n)
{
	console_watch_feed(&s->watch, p, n);
	qmp_feed(&s->qmp, p, n);
	qemu_complaint_feed(&s->complaint, p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine_signs whole = { 0 }, cut = { 0 };
	struct machine_end a = { .first_output = -1 }, b = { .first_output = -1 };
	const char *p = (const char *)data;
	size_t piece = size ? data[0] % 100 + 1 : 1;

	feed(&whole, p, size);
	for (size_t at = 0; at < size; at += piece)
		feed(&cut, p + at, size - at < piece ? size - at : piece);
	machine_judge(&whole, &a);
	machine_judge(&cut, &b);
	assert(a.outcome == b.outcome && !strcmp(a.detail, b.detail));
	assert(!strcmp(whole.watch.text, cut.watch.text));
	assert(strlen(whole.watch.text) < CONSOLE_TEXT_MAX);
	qmp_release(&whole.qmp);
	qmp_release(&cut.qmp);
	return 0;
}
