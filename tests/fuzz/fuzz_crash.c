/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding keeps its limits, lies within the lines given, and is not reported twice. */
#include <assert.h>

#include "logs/crash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct state {
	size_t lines, found;
};

static void check(void *data, const struct finding *f)
{
	struct state *s = data;

	assert(f->kind == FINDING_CRASH && f->title[0] && f->type[0]);
	assert(strlen(f->title) < FINDING_TITLE_MAX && strlen(f->signature) == 32);
	assert(strlen(f->excerpt) <= FINDING_EXCERPT_MAX);
	assert(f->line >= 1 && f->line <= f->line_end && f->line_end <= s->lines);
	s->found++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state s = { 0 };
	struct log_sink sink = { .finding = check, .data = &s };
	struct crash_reader *c = crash_new(&sink);
	struct view rest = { (const char *)data, size }, line;

	while (view_line(&rest, &line)) {
		crash_line(c, line, ++s.lines);
		crash_open_title(c);
	}
	crash_end(c);
	/* A line may hold two messages. */
	assert(s.found <= 2 * s.lines && !crash_open_title(c));
	s.found = 0;
	crash_end(c);
	assert(!s.found);
	crash_free(c);
	return 0;
}
