/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/xfstests.h"

#define FORMAT xfstests_format
#include "caselog_fuzz.h"
