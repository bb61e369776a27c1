/* SPDX-License-Identifier: GPL-2.0-or-later */
extern const char *file_of_a, *file_of_b;
