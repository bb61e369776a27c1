/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/record.h"

#include <string.h>

#include "base/sha256.h"

static const char *const status_names[] = {
	[STATUS_FAIL] = "FAIL", [STATUS_ERROR] = "ERROR", [STATUS_MISS] = "MISS",
	[STATUS_PASS] = "PASS", [STATUS_DONE] = "DONE",	  [STATUS_SKIP] = "SKIP",
};

const char *status_name(enum status s)
{
	return s < STATUS_NONE ? status_names[s] : NULL;
}

enum status status_parse(struct view v)
{
	for (size_t i = 0; i < ARRAY_SIZE(status_names); i++) {
		if (view_eq(v, status_names[i]))
			return (enum status)i;
	}
	return STATUS_NONE;
}

const char *finding_kind_name(enum finding_kind k)
{
	static const char *const names[] = { [FINDING_CRASH] = "crash",
					     [FINDING_BOOT] = "boot",
					     [FINDING_BUILD] = "build",
					     [FINDING_CONFIG] = "config",
					     [FINDING_TEST] = "test" };

	return names[k];
}

const char *severity_name(enum finding_severity s)
{
	static const char *const names[] = {
		[SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"
	};

	return names[s];
}

void signature_of(enum finding_kind kind, const char *const *parts, size_t n, char ret[33])
{
	const char *name = finding_kind_name(kind);
	struct sha256 *h = sha256_new();
	char hex[SHA256_HEX_LEN + 1];

	sha256_add(h, name, strlen(name) + 1);
	for (size_t i = 0; i < n; i++)
		sha256_add(h, parts[i], strlen(parts[i]) + 1);
	sha256_hex(h, hex);
	sha256_free(h);
	memcpy(ret, hex, 32);
	ret[32] = '\0';
}

static bool path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

void path_part_add(struct str *out, struct view name)
{
	if (!name.len)
		str_addc(out, '_');
	for (size_t i = 0; i < name.len; i++)
		str_addc(out, path_char(name.p[i]) ? name.p[i] : '_');
}
