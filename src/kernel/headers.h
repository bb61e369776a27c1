/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"

/* The Debian package of the header that @message, a compiler's line, says is missing; NULL: another message, or not known. */
const char *header_package(struct view message);
