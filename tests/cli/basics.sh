# SPDX-License-Identifier: GPL-2.0-or-later
. "$KASSAY_TESTS/lib.sh"

check "--version" run 0 --version
check "version names itself" out_has '^kassay [0-9]+\.[0-9]+'
check "--help" run 0 --help
check "help lists commands" out_has '^  run '
check "no command is usage" run 129
check "unknown command" run 129 rnu
check "and names the nearest" one_line "no command 'rnu'; did you mean 'run'"
for c in run build boot test parse results cache config completion; do
	check "$c --help" run 0 $c --help
	check "$c --help has usage" out_has "kassay $c"
	check "$c --help fits 80 columns" sh -c "! grep -qE '.{81}' '$T/out'"
	check "help $c is the same" sh -c "cp '$T/out' '$T/first'; '$KASSAY' help $c | cmp - '$T/first'"
	check "$c refuses an unknown option" run 129 $c --nonsense
	check "$c says which" one_line 'nonsense'
done
check "nearest option" run 129 run --suit=boot
check "is named" one_line -- '--suite'
check "a number out of range" run 129 run --jobs 0
check "says the range" one_line '1'
check "an enum's values" run 129 run --accel=warp
check "are named" one_line 'auto|kvm|tcg'
check "--json and --events exclude each other" run 129 run --json --events
check "--base-build needs --base" run 129 run --base-build
check "--bad-if is checked" run 129 run --bad-if nonsense
check "bad origin" run 129 run --origin 'Me!'
check "bad suite" run 129 run --suite kselftst:size
check "nearest suite" one_line "kselftest"

check "completion" run 0 completion bash
check "completion is bash" bash -n "$T/out"
completes()
{
	bash -c ". '$T/out'; COMP_WORDS=($1); COMP_CWORD=\$((\${#COMP_WORDS[@]} - 1)); _kassay; printf '%s\n' \"\${COMPREPLY[@]}\"" >"$T/words"
	grep -qxe "$2" "$T/words"
}
check "completes commands" completes "kassay re" results
check "completes options" completes "kassay run --bas" --base
check "completes values" completes "kassay run --accel k" kvm

check "results without a store" run 125 results
check "says so" one_line 'no store'
check "parse reads KTAP" sh -c "printf 'KTAP version 1\n1..1\nok 1 a\n' | '$KASSAY' parse --as ktap - | grep -q '^PASS *a'"
check "parse --json" sh -c "printf 'lib/a.c:3:5: error: oh\n' | '$KASSAY' parse --as build --json - | python3 -m json.tool | grep -q '\"line_in_file\": 3'"
check "parse of nothing there" run 125 parse ./missing.log
check "names it" one_line 'missing.log'
check "stdout that is full is an error" sh -c "! '$KASSAY' --help >/dev/full 2>'$T/err'"
check "cache is empty" run 0 cache
check "cache clean" run 0 cache clean
check "cache --json" sh -c "'$KASSAY' cache --json | python3 -m json.tool >/dev/null"
finish
