/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "local.h"
int main(void) { return !LOCAL; }
