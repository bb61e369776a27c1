/* SPDX-License-Identifier: GPL-2.0-or-later */
const char mod_name[] = NAME;
