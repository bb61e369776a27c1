/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259): a writer, a pull reader for streams, and a small document tree built on it.
 * Strings from outside may hold invalid UTF-8: the writer turns such bytes into U+FFFD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

/* Writer: appends to a struct str. Commas and nesting are its business; misuse asserts. */
struct jwriter {
	struct str *out;
	unsigned indent; /* spaces per level; 0: all on one line */
	unsigned depth;
	uint64_t objects; /* bit per level: an object, else an array */
	bool need_comma, after_key;
};
void jw_init(struct jwriter *w, struct str *out, unsigned indent);
void jw_obj(struct jwriter *w);
void jw_obj_end(struct jwriter *w);
void jw_arr(struct jwriter *w);
void jw_arr_end(struct jwriter *w);
void jw_key(struct jwriter *w, const char *key);
void jw_str(struct jwriter *w, const char *s); /* NULL writes null */
void jw_view(struct jwriter *w, struct view v);
void jw_int(struct jwriter *w, int64_t v);
/* 15 to 17 digits: as few as read back equal; NaN and infinity write null. */
void jw_double(struct jwriter *w, double v);
void jw_bool(struct jwriter *w, bool v);
void jw_null(struct jwriter *w);
void jw_raw(struct jwriter *w, struct view json); /* already valid JSON, as it is */
/* Key and value in one; the _opt forms write nothing when the value is NULL or "". */
void jw_kstr(struct jwriter *w, const char *key, const char *s);
void jw_kstr_opt(struct jwriter *w, const char *key, const char *s);
void jw_kstrv(struct jwriter *w, const char *key, const struct strv *list); /* an array of strings */
void jw_kint(struct jwriter *w, const char *key, int64_t v);
void jw_kdouble(struct jwriter *w, const char *key, double v);
void jw_kbool(struct jwriter *w, const char *key, bool v);

/*
 * Pull reader. Feed bytes in pieces of any size; take tokens until it wants more. As strict as
 * RFC 8259: invalid UTF-8, lone surrogates, a byte order mark and anything after the document are
 * errors. Time is linear in the input, however it is cut.
 */
enum jtoken {
	JSON_MORE, /* needs jr_feed() or jr_finish() */
	JSON_OBJ,
	JSON_OBJ_END,
	JSON_ARR,
	JSON_ARR_END,
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_END, /* the document is over */
};
enum { JSON_DEPTH_MAX = 64, JSON_STRING_MAX = 64 << 20, JSON_NUMBER_MAX = 1024 };

struct jreader;
struct jreader *jr_new(const char *name); /* @name: of the file, for messages */
void jr_free(struct jreader *r);
void jr_feed(struct jreader *r, const void *p, size_t n); /* copied */
void jr_finish(struct jreader *r);			  /* no more bytes will come */
/*
 * *ret_text: decoded key or string (may hold NUL bytes) or number text, valid until the next call;
 * empty for other tokens. ERR_PARSE, or ERR_LIMIT for the limits above, names name:line:column (in
 * characters, from 1). After an error every further call gives the same error.
 */
int jr_next(struct jreader *r, enum jtoken *ret, struct view *ret_text, struct err *err);

DEFINE_AUTO(struct jreader *, jr_free)
#define AUTO_JREADER AUTO(jr_free)

/* Document tree, in an arena. */
enum jtype { JSON_T_NULL, JSON_T_BOOL, JSON_T_NUMBER, JSON_T_STRING, JSON_T_ARRAY, JSON_T_OBJECT };
struct jnode {
	enum jtype type;
	const char *key;  /* member name, when in an object */
	const char *text; /* string (NUL-terminated), or the number as written */
	size_t len;	  /* of text; number of children for arrays and objects */
	bool boolean;
	struct jnode *child, *next;
};
/* Errors as jr_next(). A member name with a NUL in it is one more: ERR_PARSE. */
int jt_parse(struct arena *a, const char *name, struct view text, struct jnode **ret,
	     struct err *err);
/* NULL: not there, or not an object; of equal names the last. */
const struct jnode *jt_get(const struct jnode *obj, const char *key);
/* NULL: not there, or no string. */
const char *jt_get_str(const struct jnode *obj, const char *key);
/* A number is an int when its value is whole and fits, however written: 3, 3.0, 3e0. */
int64_t jt_get_int(const struct jnode *obj, const char *key, int64_t otherwise);
double jt_get_double(const struct jnode *obj, const char *key, double otherwise);
bool jt_get_bool(const struct jnode *obj, const char *key, bool otherwise);
/*
 * Members keep their order and numbers their spelling. In an object @j brings its own key, unless
 * one was written just before.
 */
void jw_tree(struct jwriter *w, const struct jnode *j);
