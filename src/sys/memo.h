/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was measured or asked at length and is worth remembering: one short text per @name in the cache's @kind. */
#pragma once

#include "base/str.h"

/* 0 with the text in @ret, when it was put under the same @key; -1: not known. Never an error: then it is found out again. */
int memo_get(const char *kind, const char *name, const char *key, struct str *ret);
/* @key and @text: no newline in them. A cache that cannot be written forgets. */
void memo_put(const char *kind, const char *name, const char *key, const char *text);
