/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that lose bounds or state. Every file of src/ and guest/ is compiled with
 * "-include base/banned.h", so a use does not compile.
 */
#pragma once

/* The headers that declare them come first: poisoning is from here on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Macros with _FORTIFY_SOURCE, of which clang warns. */
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll gmtime localtime ctime gets
