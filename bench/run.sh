#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Speed, as ratios of paired runs: bench/run.sh BUILD. Each line: what, our median, the other's median, the ratio, the aim.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
KASSAY=$build/kassay
INIT=$build/guest/kassay-init
export KASSAY INIT
KASSAY_TEST_CACHE="${KASSAY_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kassay-check}"
export KASSAY_TEST_CACHE
for bench in boot edit guests selftests; do
	python3 ./$bench.py
done
python3 ./snapshot.py "$build"
