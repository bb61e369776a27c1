#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz.sh BUILD SECONDS [NAME...]: run libFuzzer targets, all by default, SECONDS each, from the corpora in the
# source. What they find goes to BUILD/found/NAME, a crash to BUILD/crash-NAME-*; exit 1 when there was one.
set -u
build=$1 seconds=$2
shift 2
here=$(dirname "$0")/..
failed=
[ $# -gt 0 ] || set -- $(ls "$here"/tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_||; s|\.c$||')
for name; do
	mkdir -p "$build/found/$name"
	echo "fuzz $name: ${seconds}s"
	if ! "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=0 -verbosity=0 -artifact_prefix="$build/crash-$name-" \
		"$build/found/$name" "$here/tests/fuzz/corpus/$name"; then
		failed="$failed $name"
	fi
done
[ -z "$failed" ] && exit 0
echo "failed:$failed; inputs are $build/crash-*" >&2
exit 1
