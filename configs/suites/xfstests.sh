# SPDX-License-Identifier: GPL-2.0-or-later
# xfstests in a machine: sh -c THIS kassay-xfstests LIMIT GROUP|TEST... Its local.config says which devices it may use.
shift
for dir in /opt/xfstests /var/lib/xfstests /usr/lib/xfstests; do
	[ -f "$dir/check" ] && break
done
if [ ! -f "$dir/check" ]; then
	echo "kassay: missing xfstests is not in /opt/xfstests or /var/lib/xfstests: install it in the root file system, or give --suite-path xfstests=DIR"
	exit 0
fi
cd "$dir" || exit 1
args=
for word; do
	case $word in
	*/[0-9]*) args="$args $word" ;;
	*) args="$args -g $word" ;;
	esac
done
# shellcheck disable=SC2086
./check -n $args 2>/dev/null | while read -r name rest; do
	case $name in */[0-9]*) echo "kassay: planned $name" ;; esac
done
# shellcheck disable=SC2086
exec ./check $args
