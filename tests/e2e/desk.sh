# SPDX-License-Identifier: GPL-2.0-or-later
# A developer's tree: a linked worktree with a .config, objects, staged and unstaged changes in it.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree" tree desk
wt=$trees/desk-worktree
[ -e "$wt/.git" ] || git -C "$trees/desk" worktree add -q --detach "$wt" base
git -C "$wt" checkout -qf --detach base && git -C "$wt" clean -fdxq
cd "$wt" || exit 1
echo 'CONFIG_LEFT_OVER=y' >.config
mkdir -p include/config && : >include/config/auto.conf
: >lib/list_sort.o

listing() { { find . "$trees/desk/.git" -printf '%p %i %s %m %T@ %C@ %l\n' | sort; GIT_OPTIONAL_LOCKS=0 git status --porcelain; } >"$1"; }
unchanged() { listing "$T/after" && diff "$T/before" "$T/after"; }
compiled() { "$KASSAY" results --json >"$T/out" && query "d['builds'][0]['misc']['kassay']['compiled'] $1"; }
R="run --suite boot --suite kunit:list*"

git status >/dev/null
listing "$T/before"
check "an unchanged tree" run 0 $R
check "nothing in it is touched" unchanged
check "the tree against itself" run 0 $R --base HEAD --json
check "both sides have their records" query '[b["misc"]["kassay"]["base"] for b in d["builds"]] == [False, True] and len(status("boot")) == 2 and len(d["checkouts"]) == 1'
check "again: nothing is compiled" sh -c "'$KASSAY' $R >/dev/null 2>'$T/err'"
check "not one file" compiled '== 0'

# The change: a warning (staged) and a failing case (not staged).
replace lib/list_sort.c '#include <linux/kernel.h>' '#include <linux/kernel.h>
static int unused_by_the_edit;'
git add lib/list_sort.c
replace lib/list-test.c 'KUNIT_EXPECT_TRUE(test, list_empty_careful(&list1));' 'KUNIT_EXPECT_FALSE(test, list_empty_careful(&list1));'
git status >/dev/null
listing "$T/before"
check "against HEAD: bad" run 1 $R --base HEAD --json
only_new()
{
	"$KASSAY" results last >"$T/summary" || return
	sed -n '/^New against the base/,/^$/p' "$T/summary" >"$T/new"
	cat "$T/new"
	[ "$(grep -c '  new ' "$T/new")" = 1 ] && grep -q 'new warning: .*lib/list_sort.c:.*unused_by_the_edit' "$T/new" &&
		[ "$(grep -c '  FAIL ' "$T/new")" = 1 ] && grep -q 'FAIL  kunit.list' "$T/new"
}
check "one new warning and one new failure, nothing else" only_new
check "nothing in the tree is touched" unchanged
check "the base's results come from the store the next time" run 1 $R --base HEAD
check "it said so" err_has 'not built and booted again'
check "and the same is new" only_new
check "in the run after next too" sh -c "'$KASSAY' $R --base HEAD >/dev/null 2>&1; [ \$? = 1 ]"
check "the same is new" only_new
check "--fail-on new with that base is bad" run 1 $R --base HEAD --fail-on new
check "--base-build" run 1 $R --base HEAD --base-build
check "says that tests were not compared" out_has 'tests were not compared'

# One more edit: only that file is compiled.
echo >>lib/bitmap.c
check "an edit" run 1 $R
check "that file and the link, not more" compiled '<= 6'
check "at least that file" compiled '>= 1'

# A driver outside the plan.
git checkout -qf base -- . && git -C . reset -q --hard base
echo >>drivers/watchdog/softdog.c
check "an edited driver" run 0 $R
check "is named as not compiled, with its symbol" out_has 'drivers/watchdog/softdog.c +CONFIG_SOFT_WATCHDOG'
check "with --touch" run 0 $R --touch
check "it is not" out_lacks 'softdog.c +CONFIG'
check "and was compiled" sh -c "'$KASSAY' results last --log build | grep -q 'CC .*drivers/watchdog/softdog.o'"
git checkout -qf base -- .
rm lib/bitmap.c
check "a source that is gone" run 1 $R
check "its old object is not linked" out_has "No rule to make target 'lib/bitmap.o'"
git checkout -qf base -- .
: >arch/untracked.c
check "an untracked file" run 0 $R
check "is named" err_has 'arch/untracked.c'
git clean -fdxq
finish
