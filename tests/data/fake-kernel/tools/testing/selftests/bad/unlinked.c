/* SPDX-License-Identifier: GPL-2.0-or-later */
int elsewhere(void);
int main(void) { return elsewhere(); }
