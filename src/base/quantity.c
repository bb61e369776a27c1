/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times and sizes as people write them in plans and options. */
#include "base/yaml.h"

struct unit {
	const char *name;
	double factor;
};

/* Length of the number, digits with at most one '.' among them, that @v begins with; 0: none. */
static size_t number_len(struct view v)
{
	size_t n = 0, dots = 0;

	for (; n < v.len && ((v.p[n] >= '0' && v.p[n] <= '9') || v.p[n] == '.'); n++)
		dots += v.p[n] == '.';
	return dots <= 1 && n > dots ? n : 0;
}

int parse_seconds(const char *text, double *ret)
{
	static const struct unit units[] = {
		{ "d", 86400 }, { "h", 3600 }, { "ms", 0.001 }, { "m", 60 }, { "s", 1 },
	};
	const double longest = 10 * 365 * 86400.0;
	struct view rest = view_of(text);
	double sum = 0, last = longest, number, factor = 1;

	do {
		size_t n = number_len(rest), u = 0;

		if (n == 0 || view_double(view_sub(rest, 0, n), &number) < 0)
			return -1;
		rest = view_sub(rest, n, rest.len);
		while (u < ARRAY_SIZE(units) && !view_skip(&rest, units[u].name))
			u++;
		/* A number without a unit stands alone; units get smaller: "1h30m". */
		if (u == ARRAY_SIZE(units) && (rest.len > 0 || sum > 0 || last < longest))
			return -1;
		factor = u < ARRAY_SIZE(units) ? units[u].factor : 1;
		if (factor >= last)
			return -1;
		last = factor;
		sum += number * factor;
	} while (rest.len > 0);
	if (sum > longest)
		return -1;
	*ret = sum;
	return 0;
}

int parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	struct view v = view_of(text);
	unsigned shift = 0;
	uint64_t n;

	if (v.len > 1) {
		char last = v.p[v.len - 1];
		const char *u = strchr(units, last >= 'a' ? last - 'a' + 'A' : last);

		if (u && *u) {
			shift = (unsigned)(u - units + 1) * 10;
			v.len--;
		}
	}
	/* "20" is nobody's twenty bytes. */
	if (view_u64(v, 10, &n) < 0 || n > UINT64_MAX >> shift || (n && !shift))
		return -1;
	*ret = n << shift;
	return 0;
}
