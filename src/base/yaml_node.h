/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What base/yaml_parse.c makes and base/yaml_read.c reads; for these two only. */
#pragma once

#include "base/yaml.h"

enum yaml_kind { YAML_K_SCALAR, YAML_K_MAP, YAML_K_LIST };

struct yaml_place {
	const char *file;
	unsigned line, column; /* from 1; columns count characters */
};

struct yaml_node {
	enum yaml_kind kind;
	struct yaml_place place;
	const char *text; /* scalar: no NUL but the last */
	bool plain;	  /* scalar: not quoted */
	const char *key;  /* in a mapping: its name there */
	struct yaml_place key_place;
	struct yaml_node *child, *next; /* of mappings and lists, in file order */
};

/* ERR_USAGE at @place. */
int yaml_place_err(struct err *err, const struct yaml_place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
