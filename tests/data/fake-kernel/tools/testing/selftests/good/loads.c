/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that cannot be static. */
#include <dlfcn.h>
int main(void) { return !dlopen("libm.so.6", RTLD_LAZY); }
