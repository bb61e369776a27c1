#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh [--long] BUILD ASAN_BUILD: unit tests, fuzz corpora, tools and CLI tests under ASan and UBSan, end-to-end
# tests with the ordinary build. The last line counts the single checks: N passed, N failed, N skipped.
set -u
e2e=e2e
asan_suites='--suite unit --suite fuzz --suite tools --suite cli'
if [ "$1" = --long ]; then
	e2e=long
	asan_suites='--suite unit-long'
	shift
fi
build=$1
asan=$2

build() { ninja -C "$1" >/dev/null || { ninja -C "$1" | tail -n 30; exit 1; }; }

# A folder of make demo may have been made before cmocka was installed.
ninja -C "$build" -t targets all | grep -q '^tests/unit/test_init:' || meson setup --reconfigure "$build" >/dev/null
build "$build"
build "$asan"
rm -f "$build"/meson-logs/testlog.json "$asan"/meson-logs/testlog.json
# shellcheck disable=SC2086 # words on purpose
meson test -C "$asan" --no-rebuild --print-errorlogs $asan_suites
export KASSAY_TEST_CACHE="${KASSAY_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kassay-check}"
meson test -C "$build" --no-rebuild --print-errorlogs --num-processes 1 --suite $e2e
exec python3 "$(dirname "$0")/count-tests.py" "$asan"/meson-logs/testlog.json "$build"/meson-logs/testlog.json
