/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* Step back from @end to where a UTF-8 sequence begins, so that a cut leaves no half character. */
static size_t char_boundary(const char *s, size_t end)
{
	while (end > 0 && ((unsigned char)s[end] & 0xc0) == 0x80)
		end--;
	return end;
}

/* One line of at most ERR_MSG_MAX - 1 bytes from @text into @err. */
static void fill(struct err *err, const char *text)
{
	size_t out = 0;

	for (struct view v = view_trim(view_of(text)); v.len > 0;) {
		uint32_t cp = 0;
		size_t n = view_utf8(v, &cp);
		bool shown = n > 0 && cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0);
		size_t step = n > 0 ? n : 1, add = shown ? n : 1;

		if (out + add > ERR_MSG_MAX - 1) {
			if (out > ERR_MSG_MAX - 4)
				out = char_boundary(err->msg, ERR_MSG_MAX - 4);
			memcpy(err->msg + out, "...", 3);
			out += 3;
			break;
		}
		if (shown)
			memcpy(err->msg + out, v.p, n);
		else
			err->msg[out] = '?';
		out += add;
		v = view_sub(v, step, v.len);
	}
	err->msg[out] = '\0';
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	AUTO_STR struct str text = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	err->code = code;
	err->sys = 0;
	fill(err, str_c(&text));
	return -(int)code;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int sys = errno;
	AUTO_STR struct str text = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	str_addf(&text, ": %s", strerror(sys));
	err->code = sys == ENOSPC || sys == EDQUOT ? ERR_NO_SPACE :
		    sys == ENOENT		   ? ERR_NOT_FOUND :
						     ERR_IO;
	err->sys = sys;
	fill(err, str_c(&text));
	return -(int)err->code;
}

int err_context(struct err *err, const char *fmt, ...)
{
	AUTO_STR struct str text = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	str_addf(&text, ": %s", err->msg);
	fill(err, str_c(&text));
	return -(int)err->code;
}
