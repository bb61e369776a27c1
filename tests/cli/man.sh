# SPDX-License-Identifier: GPL-2.0-or-later
# Every command has a man page, and page and option table name the same options.
. "$KASSAY_TESTS/lib.sh"
man=$KASSAY_TESTS/../man

options_match()
{
	"$KASSAY" "$1" --help=table | cut -f1 | grep -v '^--help$' | sort -u >table
	grep -oE '^\*(-[a-z]\*, \*)?--[a-z-]+' "$man/kassay-$1.1.scd" | grep -oE -- '--[a-z-]+' | grep -v '^--help$' | sort -u >page
	diff table page
}
for c in $("$KASSAY" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	check "kassay-$c(1) is there" test -s "$man/kassay-$c.1.scd"
	check "kassay-$c(1) has the options of the table" options_match "$c"
	check "kassay-$c(1) is good scdoc" sh -c "scdoc <'$man/kassay-$c.1.scd' >/dev/null"
	check "kassay(1) names $c" grep -q "kassay-$c" "$man/kassay.1.scd"
done
for page in kassay-records.5 kassay-plan.5 kassay-config.5; do
	check "$page" sh -c "scdoc <'$man/$page.scd' >/dev/null"
done
finish
