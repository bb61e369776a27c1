/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One snapshot: bench_snapshot TREE WORK SNAP. Run by snapshot.py. */
#include <stdio.h>

#include "sys/git.h"

int main(int argc, char **argv)
{
	struct git_state state = { 0 };
	struct err err = { 0 };

	if (argc != 4)
		return 2;
	if (git_snapshot(argv[1], argv[2], argv[3], false, &state, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	printf("%s %s\n", state.tree, state.describe ? state.describe : "plain");
	git_state_release(&state);
	return 0;
}
