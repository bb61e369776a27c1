/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/ltp.h"

#define FORMAT ltp_format
#include "caselog_fuzz.h"
