/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The database's own history: step i takes a store from version i to i + 1. A step that was
 * released is never edited; a change of the schema is a new step at the end.
 */
#pragma once

extern const char *const schema_steps[];
extern const int schema_version; /* number of steps */
