/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shared.h"
const char *file_of_b = __FILE__;
