/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a kselftest may have skipped: what its collection asks of the kernel's configuration, and programs that it missed. */
#pragma once

#include "base/mem.h"
#include "base/str.h"

/*
 * The symbols that @source's tools/testing/selftests/COLLECTION/config wants and the configuration file @config does not
 * have: "CONFIG_A, CONFIG_B and 3 more", heap; NULL: it has them all, or one of the files is not there.
 */
char *lacking_symbols(const char *source, const char *collection, const char *config);
/* The Debian package of a program or Python module that @output, of a test, says it did not find; NULL: none is named. */
const char *lacking_package(struct view output);
