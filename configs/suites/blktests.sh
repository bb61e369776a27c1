# SPDX-License-Identifier: GPL-2.0-or-later
# blktests in a machine: sh -c THIS kassay-blktests LIMIT GROUP|TEST... Its file "config" says which devices it may use.
shift
for dir in /opt/blktests /usr/share/blktests /usr/lib/blktests; do
	[ -f "$dir/check" ] && break
done
if [ ! -f "$dir/check" ]; then
	echo "kassay: missing blktests is not in /opt/blktests or /usr/share/blktests: install it in the root file system, or give --suite-path blktests=DIR"
	exit 0
fi
cd "$dir" || exit 1
# Tests of a device run only for those that config names: they are not planned.
for word; do
	for file in "tests/$word" "tests/$word"/[0-9][0-9][0-9]; do
		[ -f "$file" ] && grep -q '^test()' "$file" && echo "kassay: planned ${file#tests/}"
	done
done
exec ./check "$@"
