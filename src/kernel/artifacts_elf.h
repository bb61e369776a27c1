/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little kassay asks of an ELF file (elf(5)), read with bounds checks: 32 and 64 bits, little endian. A file that is
 * no such ELF file, or whose tables point outside of it, is ERR_PARSE naming it.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { ELF_HEADERS_MAX = 100000, BUILD_ID_MAX = 32 /* bytes */ };

/* GNU build id from the PT_NOTE segments, lower-case hex; "" when there is none. */
int artifact_build_id(const char *path, char ret[2 * BUILD_ID_MAX + 1], struct err *err);
/* The bytes of section @name, written to @out; *ret_found false and nothing written when there is no such section. */
int artifact_section(const char *path, const char *name, const char *out, bool *ret_found, struct err *err);
/* The program interpreter (PT_INTERP) appended to @ret; nothing for a static program. */
int artifact_interp(const char *path, struct str *ret, struct err *err);
/* Does the file begin as an ELF file? */
bool artifact_is_elf(const char *path);
