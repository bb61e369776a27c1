/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How functions fail: a negative int, and the reason in the caller's struct err. The value
 * returned is always -(enum err_code), so "return err_set(err, ERR_PARSE, ...)" is the idiom.
 * cli/exit.c maps codes to exit statuses; nothing below cli/ and web/ prints or exits.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
	ERR_USAGE = 1, /* the user asked for something that cannot be: bad option, bad plan */
	ERR_PARSE,     /* bytes from outside are not what they should be */
	ERR_IO,	       /* the operating system said no: message ends in strerror() */
	ERR_NOT_FOUND, /* a named thing does not exist */
	ERR_NO_TOOL,   /* a program is missing; the message names its Debian package */
	ERR_NO_SPACE,  /* disk full, quota */
	ERR_LIMIT,     /* a named limit of ours was met */
	ERR_CANCELLED, /* the user interrupted */
	ERR_BUSY,      /* locked by somebody else */
	ERR_TIMEOUT,
	ERR_INTERNAL, /* a library failed in a way it should not */
};

enum { ERR_MSG_MAX = 1024 };

/* Nothing in it needs freeing. Initialise with { 0 }. A NULL struct err * is not allowed. */
struct err {
	enum err_code code;    /* 0: no error */
	int sys;	       /* errno, where there was one, else 0 */
	char msg[ERR_MSG_MAX]; /* one line, no newline, names the thing; cut with "..." */
};

/* Fill @err and return -@code. Control characters of the result are replaced by '?'. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * As err_set() with ": strerror(errno)" appended; errno is read first. The code is ERR_NO_SPACE for
 * ENOSPC and EDQUOT, ERR_NOT_FOUND for ENOENT, ERR_IO for the rest.
 */
int err_sys(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "fmt: " before the message that is there. Returns -err->code. */
int err_context(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
