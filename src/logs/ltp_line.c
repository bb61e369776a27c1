/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/ltp_line.h"

#include "logs/caselog_internal.h"

static enum ltp_kind take_kind(struct view *rest)
{
	static const char *const names[] = { "TFAIL", "TBROK", "TWARN", "TPASS", "TCONF", "TINFO" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct view after = *rest;

		if (!view_skip(&after, names[i]))
			continue;
		after = view_trim(after); /* the old library has blanks before the colon */
		if (!view_skip(&after, ":"))
			continue;
		*rest = view_trim(after);
		return (enum ltp_kind)i;
	}
	return LTP_NO_KIND;
}

bool ltp_parse_result(struct view line, struct ltp_result *ret)
{
	struct view rest = line, word = take_word(&rest), number;
	uint64_t n;

	*ret = (struct ltp_result){ .kind = LTP_NO_KIND };
	if (view_ends(word, ":")) {
		ssize_t colon = view_find_chr(word, ':');

		number = view_sub(word, (size_t)colon + 1, word.len - (size_t)colon - 2);
		ret->file = view_sub(word, 0, (size_t)colon);
	} else {
		number = take_word(&rest);
		ret->name = word;
	}
	if (!(ret->file.len + ret->name.len) || view_u64(number, 10, &n) < 0)
		return false;
	ret->kind = take_kind(&rest);
	ret->text = rest;
	return ret->kind != LTP_NO_KIND;
}

struct view ltp_program(struct view file)
{
	size_t from = file.len;

	while (from > 0 && file.p[from - 1] != '/')
		from--;
	file = view_sub(file, from, file.len);
	if (view_starts(file, "tst_") || !view_ends(file, ".c") || file.len == 2)
		return VIEW("");
	return view_sub(file, 0, file.len - 2);
}

struct view ltp_field(struct view line, const char *key)
{
	while (line.len) {
		struct view word = take_word(&line);

		if (!view_skip(&word, key) || !view_skip(&word, "="))
			continue;
		return word;
	}
	return VIEW("");
}

bool ltp_parse_count(struct view line, enum ltp_kind *ret_kind, uint64_t *ret)
{
	static const struct {
		const char *name;
		enum ltp_kind kind;
	} names[] = { { "passed", LTP_PASS },
		      { "failed", LTP_FAIL },
		      { "broken", LTP_BROK },
		      { "skipped", LTP_CONF },
		      { "warnings", LTP_WARN } };
	struct view name = take_word(&line);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!view_eq(name, names[i].name) || view_u64(line, 10, ret) < 0)
			continue;
		*ret_kind = names[i].kind;
		return true;
	}
	return false;
}
