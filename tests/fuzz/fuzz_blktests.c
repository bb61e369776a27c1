/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/blktests.h"

#define FORMAT blktests_format
#include "caselog_fuzz.h"
