/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <unistd.h>
#include "local.h"
int main(void)
{
	puts("said");
	_exit(!LOCAL);
}
