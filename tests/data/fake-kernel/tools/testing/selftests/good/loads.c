/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that cannot be static, and dies before it writes out what it said. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	puts("said");
	_exit(!dlopen("libm.so.6", RTLD_LAZY));
}
