/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by caselog.c and the formats only. */
#pragma once

#include "base/vec.h"
#include "logs/caselog.h"

/* The case whose lines are read. It is open until the format ends it or begins another. */
struct open_case {
	char *name;	    /* NULL: none is open */
	enum status status; /* NONE: nothing said yet how it ended */
	char *reason;	    /* heap, or NULL */
	double duration;
	size_t line;	 /* of its result, else of its beginning */
	struct str notes; /* its lines */
};

struct caselog_format {
	size_t state_size; /* of caselog.state, zeroed */
	/* One line, without line end and without terminal escapes. */
	void (*line)(struct caselog *l, struct view line);
	/* A line without its end: does it begin a case, as far as it goes? It never ends one. NULL: none does. */
	bool (*begins)(struct view line, struct view *ret_name);
	/* The output ends, not cut off; an open case without a status will be ERROR. NULL: nothing to do. */
	void (*finish)(struct caselog *l);
	void (*release)(void *state); /* may be NULL */
};

struct caselog {
	const struct caselog_format *format;
	void *state;
	struct log_sink sink;
	char *prefix;
	struct open_case open;
	struct map *seen;    /* name -> nothing */
	struct map *paths;   /* path -> how often, as a pointer's value */
	struct strv planned; /* names */
	char *begun_elsewhere; /* caselog_begun() */
	struct str line;     /* without its end as yet */
	struct str plain;    /* a line without escapes */
	struct str path;
	size_t line_no, count;
	bool begun; /* a case was seen: no more plans */
	bool overflow;
	enum status worst;
	char *why; /* what is wrong with the whole */
	enum status why_status;
};

/* @name begins. What is open ends with its status; without one it is ERROR "it has no result". */
void case_begin(struct caselog *l, struct view name);
/* @name was planned, perhaps, and is what runs. */
void case_seen(struct caselog *l, struct view name);
/* How the open case ended; a heavier status than before, or the first, brings its @reason (may be empty). */
void case_result(struct caselog *l, enum status status, struct view reason);
/* A line of the open case. */
void case_note(struct caselog *l, struct view line);
/* Tell the open case, if there is one. */
void case_end(struct caselog *l);
bool case_is_open(const struct caselog *l, struct view name);
bool caselog_has_seen(const struct caselog *l, struct view name);
/* The whole is at least @status, for @why. */
void caselog_fault(struct caselog *l, enum status status, const char *why);

/* Cut a word (no blanks) off the front of *@rest; empty at the end. */
struct view take_word(struct view *rest);
/* "12s", "0.5s": seconds; false: something else. */
bool read_seconds(struct view word, double *ret);
/* FOLDER/NUMBER, as xfstests and blktests name cases. */
bool is_numbered_name(struct view word);
