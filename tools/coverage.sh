#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Line coverage of src/ by the tests of make check, summed by folder; the page is build-coverage/html/index.html.
set -eu
dir=build-coverage
[ -e $dir/build.ninja ] || meson setup -Db_coverage=true -Doptimization=0 $dir >/dev/null
ninja -C $dir >/dev/null
find $dir -name '*.gcda' -delete
KASSAY_TEST_CACHE="${KASSAY_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kassay-check}"
export KASSAY_TEST_CACHE
meson test -C $dir --no-rebuild --num-processes 1 --suite unit --suite fuzz --suite cli --suite e2e || :
mkdir -p $dir/html
gcovr --root . --filter src/ --object-directory $dir --html-details $dir/html/index.html --txt $dir/coverage.txt
tail -n 4 $dir/coverage.txt
