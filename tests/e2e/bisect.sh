# SPDX-License-Identifier: GPL-2.0-or-later
# A tree that does not build; and git bisect over a history with a build break and a failing test in it.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree" tree bisect
cd "$trees/bisect" || exit 1
commit() { git add -A && git commit -qm "$1"; }
add_faults .
commit faults
replace lib/list-test.c 'KUNIT_EXPECT_TRUE(test, list_empty_careful(&list1));' 'KUNIT_EXPECT_FALSE(test, list_empty_careful(&list1));'
commit "an always failing case"
good=$(git rev-parse HEAD)
echo >>lib/list_sort.c
commit harmless
replace lib/list_sort.c '#include <linux/kernel.h>' '#include <linux/kernel.h>
int broken(void) { return }'
commit "build break"
check "a syntax error" run 1 run --suite boot --json
check "is a finding with file, line and message" query '[(f["file"], f["line_in_file"] > 0, "expected expression" in f["message"]) for f in d["findings"] if f["severity"] == "error"][0] == ("lib/list_sort.c", True, True)'
check "and shown so" sh -c "'$KASSAY' results last | grep -q 'lib/list_sort.c:[0-9]*: error: expected expression'"
check "tests are MISS" query 'status("boot") == ["MISS"]'
check "with --bad-if boot it could not be told" run 125 run --suite boot --bad-if boot
check "with --bad-if build it is bad" run 1 build --bad-if build
replace lib/list_sort.c 'return }' 'return 0; }'
commit "build fix"
replace init/kassay_fault.c 'if (!strcmp(fault, "panic"))' ''
commit "boot failure"
bad=$(git rev-parse HEAD)
echo >>lib/list_sort.c
commit harmless
check "bisection runs" sh -c "git bisect start HEAD $good >/dev/null && git bisect run '$KASSAY' run --suite boot --suite 'kunit:list*' --bad-if boot >'$T/bisect.log' 2>&1"
check "and finds the boot failure" sh -c "[ \$(git rev-parse refs/bisect/bad) = $bad ] || { tail -n 30 '$T/bisect.log'; false; }"
git bisect reset -q >/dev/null 2>&1
finish
