/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records into the batch of the next store_commit(). */
#include <math.h>

#include "store/store_impl.h"

int store_put_checkout(struct store *s, const struct store_checkout *c, struct err *err)
{
	return store_put(s, &table_checkout, c, err);
}

int store_put_build(struct store *s, const struct store_build *b, struct err *err)
{
	return store_put(s, &table_build, b, err);
}

int store_put_test(struct store *s, const struct store_test *t, struct err *err)
{
	return store_put(s, &table_test, t, err);
}

int store_put_finding(struct store *s, const struct store_finding *f, struct err *err)
{
	return store_put(s, &table_finding, f, err);
}

int store_put_artifact(struct store *s, const struct store_artifact *a, struct err *err)
{
	return store_put(s, &table_artifact, a, err);
}

int store_expect_put(struct store *s, const char *key, double seconds, struct err *err)
{
	if (!isfinite(seconds) || seconds < 0)
		return err_set(err, ERR_USAGE, "expectation \"%s\": %g is no duration", key,
			       seconds);
	return store_put(s, &table_expect, &(struct expect){ key, seconds }, err);
}
