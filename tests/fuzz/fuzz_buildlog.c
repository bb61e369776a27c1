/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding keeps its limits and lies within the lines given; a target is never empty. */
#include <assert.h>

#include "logs/buildlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *data, const struct finding *f)
{
	const size_t *lines = data;

	assert(f->kind == FINDING_BUILD && f->title[0] && f->type[0] && f->message);
	assert(strlen(f->title) < FINDING_TITLE_MAX && strlen(f->signature) == 32);
	assert(strlen(f->excerpt) <= FINDING_EXCERPT_MAX);
	assert(strlen(f->message) <= 2 * BUILDLOG_MESSAGE_MAX);
	assert(f->line >= 1 && f->line <= f->line_end && f->line_end <= *lines);
	assert(!f->file || (f->file[0] && !strstr(f->file, "/../")));
}

static void check_target(void *data, struct view tool, struct view target)
{
	(void)data;
	assert(tool.len && target.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t lines = 0;
	struct log_sink sink = { .finding = check, .data = &lines };
	struct buildlog *b = buildlog_new("/build/src", "/build/o", &sink);
	struct view rest = { (const char *)data, size }, line;

	buildlog_on_target(b, check_target, NULL);
	while (view_line(&rest, &line))
		buildlog_line(b, line, ++lines);
	buildlog_end(b);
	assert(buildlog_targets(b) <= lines);
	buildlog_free(b);
	return 0;
}
