/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What log readers produce: tests and findings. Bytes in, records out, no I/O. A reader is fed lines or
 * bytes as they come and calls a sink; the records it passes are valid during the call only.
 *
 *   console ──► dmesg_split() ──► ktap ──► tests ─┐
 *                       └──────► crash ─► findings├──► struct log_sink (job/)
 *   make    ──► buildlog ──────► findings ────────┘
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

/* KCIDB's statuses in its order of weight, heaviest first (schema v5.3, tests.status). */
enum status { STATUS_FAIL, STATUS_ERROR, STATUS_MISS, STATUS_PASS, STATUS_DONE, STATUS_SKIP, STATUS_NONE };
const char *status_name(enum status s);			/* "FAIL"; STATUS_NONE: NULL */
enum status status_parse(struct view v);		/* STATUS_NONE: no such */
static inline enum status status_heavier(enum status a, enum status b) { return a < b ? a : b; }

/* One test as a log tells it: a KCIDB test without ids, plus name, line, diagnostic. */
struct test_rec {
	const char *path;	/* dotted, KCIDB pattern [.a-zA-Z0-9_-]+ per part, "#2" suffix for duplicates */
	const char *name;	/* the last part as the log wrote it */
	enum status status;
	const char *directive;	/* "SKIP", "XFAIL", "XPASS", "TIMEOUT", "TODO", "ERROR" or NULL, as written after '#' */
	const char *reason;	/* text after the directive, or NULL */
	const char *diagnostic;	/* lines told about this test, joined by '\n', capped; or NULL */
	bool parent;		/* it has subtests: its status sums them up */
	bool has_number;	/* a measurement: status DONE */
	double number;
	const char *unit;
	size_t line;		/* 1-based line of the result in the input; 0: none */
	double duration;	/* seconds, 0: not known */
};

enum finding_kind { FINDING_CRASH, FINDING_BOOT, FINDING_BUILD, FINDING_CONFIG, FINDING_TEST };
const char *finding_kind_name(enum finding_kind k);	/* "crash" */

enum finding_severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };
const char *severity_name(enum finding_severity s);

/*
 * A problem read out of a log. The title is for people and stable between runs: no addresses, pids, times, line
 * numbers. The signature is what equal problems share: signature_of() of kind, what is stable, and nothing else.
 */
struct finding {
	enum finding_kind kind;
	enum finding_severity severity;
	const char *title;	/* "KASAN: slab-out-of-bounds Read in foo", "lib/foo.c: error: expected ';'" */
	char signature[33];	/* 32 hex: half of a SHA-256 */
	const char *type;	/* crash: "panic", "oops", "bug", "warning", "kasan", "lockdep" ...; build: "error", "warning", "link", "modpost" ... */
	const char *function;	/* crash: function the title names; or NULL */
	const char *file;	/* build: relative to the source tree; config: symbol's file; or NULL */
	unsigned line_in_file, column;
	const char *message;	/* build: the compiler's message; config: the unmet dependency */
	const char *object;	/* build: object file or target it belongs to, relative to the build folder; or NULL */
	const char *symbol;	/* config: CONFIG_X */
	const char *excerpt;	/* the telling lines, capped at FINDING_EXCERPT_MAX */
	size_t line, line_end;	/* 1-based lines of the input it was read from */
};
enum { FINDING_EXCERPT_MAX = 16 << 10, FINDING_TITLE_MAX = 256, TEST_DIAGNOSTIC_MAX = 16 << 10 };

/* 32 hex digits from the kind and the parts (NUL-separated, so "a","bc" is not "ab","c"). */
void signature_of(enum finding_kind kind, const char *const *parts, size_t n, char ret[33]);

struct log_sink {
	void (*test)(void *data, const struct test_rec *t);		/* may be NULL */
	void (*finding)(void *data, const struct finding *f);		/* may be NULL */
	void *data;
};

/*
 * Make one part of a test path of any text: what KCIDB's pattern forbids becomes '_'; empty gives "_".
 * "." inside a part becomes "_" too, since dots separate parts. Appended to @out.
 */
void path_part_add(struct str *out, struct view name);
