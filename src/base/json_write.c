/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <math.h>

#include "base/json.h"

void jw_init(struct jwriter *w, struct str *out, unsigned indent)
{
	*w = (struct jwriter){ .out = out, .indent = indent };
}

static void new_line(struct jwriter *w)
{
	if (w->indent == 0)
		return;
	str_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		str_addc(w->out, ' ');
}

static bool in_object(const struct jwriter *w)
{
	return w->depth > 0 && (w->objects >> (w->depth - 1) & 1);
}

/* What comes between the one before and the value, or key, to be written. */
static void separate(struct jwriter *w)
{
	assert(w->depth > 0 || !w->need_comma); /* one document, one value */
	if (w->need_comma)
		str_addc(w->out, ',');
	if (w->depth > 0)
		new_line(w);
	w->need_comma = true;
}

static void before_value(struct jwriter *w)
{
	assert(w->after_key == in_object(w));
	if (!w->after_key)
		separate(w);
	w->after_key = false;
}

static void begin(struct jwriter *w, bool object)
{
	before_value(w);
	assert(w->depth < JSON_DEPTH_MAX);
	uint64_t bit = (uint64_t)1 << w->depth;

	w->objects = object ? w->objects | bit : w->objects & ~bit;
	w->depth++;
	w->need_comma = false;
	str_addc(w->out, object ? '{' : '[');
}

static void end(struct jwriter *w, bool object)
{
	assert(w->depth > 0 && !w->after_key && in_object(w) == object);
	w->depth--;
	if (w->need_comma)
		new_line(w);
	w->need_comma = true;
	str_addc(w->out, object ? '}' : ']');
}

void jw_obj(struct jwriter *w)
{
	begin(w, true);
}

void jw_obj_end(struct jwriter *w)
{
	end(w, true);
}

void jw_arr(struct jwriter *w)
{
	begin(w, false);
}

void jw_arr_end(struct jwriter *w)
{
	end(w, false);
}

static void add_escape(struct str *out, unsigned char c)
{
	static const char chars[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	const char *at = c != '\0' ? strchr(chars, c) : NULL;

	if (at)
		str_addf(out, "\\%c", names[at - chars]);
	else
		str_addf(out, "\\u%04x", c);
}

static void add_string(struct str *out, struct view v)
{
	size_t from = 0, at = 0;

	str_addc(out, '"');
	while (at < v.len) {
		unsigned char c = (unsigned char)v.p[at];
		size_t n = c < 0x80 ? 1 : view_utf8(view_sub(v, at, 4), NULL);

		if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
			at += n;
			continue;
		}
		str_add(out, v.p + from, at - from);
		if (n == 0)
			str_adds(out, "\xef\xbf\xbd");
		else
			add_escape(out, c);
		from = ++at;
	}
	if (at > from)
		str_add(out, v.p + from, at - from);
	str_addc(out, '"');
}

void jw_key(struct jwriter *w, const char *key)
{
	assert(in_object(w) && !w->after_key);
	separate(w);
	add_string(w->out, view_of(key));
	str_adds(w->out, w->indent > 0 ? ": " : ":");
	w->after_key = true;
}

void jw_view(struct jwriter *w, struct view v)
{
	before_value(w);
	add_string(w->out, v);
}

void jw_str(struct jwriter *w, const char *s)
{
	if (s)
		jw_view(w, view_of(s));
	else
		jw_null(w);
}

void jw_raw(struct jwriter *w, struct view json)
{
	before_value(w);
	str_addv(w->out, json);
}

void jw_int(struct jwriter *w, int64_t v)
{
	before_value(w);
	str_addf(w->out, "%lld", (long long)v);
}

void jw_double(struct jwriter *w, double v)
{
	char text[32];

	if (!isfinite(v)) {
		jw_null(w);
		return;
	}
	before_value(w);
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	str_adds(w->out, text);
}

void jw_bool(struct jwriter *w, bool v)
{
	before_value(w);
	str_adds(w->out, v ? "true" : "false");
}

void jw_null(struct jwriter *w)
{
	before_value(w);
	str_adds(w->out, "null");
}

void jw_kstr(struct jwriter *w, const char *key, const char *s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void jw_kstr_opt(struct jwriter *w, const char *key, const char *s)
{
	if (s && s[0] != '\0')
		jw_kstr(w, key, s);
}

void jw_kstrv(struct jwriter *w, const char *key, const struct strv *list)
{
	jw_key(w, key);
	jw_arr(w);
	vec_foreach(s, list)
		jw_str(w, *s);
	jw_arr_end(w);
}

void jw_kint(struct jwriter *w, const char *key, int64_t v)
{
	jw_key(w, key);
	jw_int(w, v);
}

void jw_kdouble(struct jwriter *w, const char *key, double v)
{
	jw_key(w, key);
	jw_double(w, v);
}

void jw_kbool(struct jwriter *w, const char *key, bool v)
{
	jw_key(w, key);
	jw_bool(w, v);
}
