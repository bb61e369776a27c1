# SPDX-License-Identifier: GPL-2.0-or-later
# Suites of others in a real machine (a small tree of our own laid out as theirs), and the tree's user-space tests here.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

# IMAGE=FILE: take that kernel.
if [ -z "${IMAGE:-}" ]; then
	check "a kernel" run 0 build "$source"
	check "its image" image bzImage
else
	cp "$IMAGE" bzImage
fi

# What LTP installs: runtest/ and testcases/bin/, here with one program that prints as the new library does.
mkdir -p ltp/runtest ltp/testcases/bin
cat >case01.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "pass";

	setbuf(stdout, NULL);
	printf("tst_test.c:1690: TINFO: LTP version: none\n");
	if (!strcmp(what, "pass"))
		return printf("case01.c:12: TPASS: it is so\n") < 0;
	if (!strcmp(what, "fail"))
		return printf("case01.c:14: TFAIL: it is not so\n") > 0;
	if (!strcmp(what, "brok"))
		return printf("case01.c:16: TBROK: cannot tell: EIO (5)\n") > 0 ? 2 : 0;
	if (!strcmp(what, "conf"))
		return printf("case01.c:18: TCONF: not in this kernel\n") > 0 ? 32 : 0;
	if (!strcmp(what, "abort"))
		abort();
	if (!strcmp(what, "sleep"))
		sleep(600);
	return 0;
}
C
check "a static program" gcc -static -o ltp/testcases/bin/case01 case01.c
cat >ltp/runtest/mine <<'T'
#DESCRIPTION: of our own
pass01 case01

conf01 case01 conf
fail01 case01 fail
brok01 case01 brok && true
quiet01 true
pipe01 case01 | grep -q TPASS
abort01 case01 abort
gone01 no-such-program
sleep01 case01 sleep
slow01 [ "$LTP_TIMEOUT_MUL" -ge 1 ]
T
cat >ltp/runtest/deadly <<'T'
pass01 case01
panic01 case01; echo c >/proc/sysrq-trigger; sleep 60
late01 case01
late02 case01
T
check "ltp" run 1 run bzImage --suite boot --suite ltp:mine --suite-path ltp=ltp --test-timeout 3 --json
for want in pass01:PASS conf01:SKIP fail01:FAIL brok01:ERROR quiet01:PASS pipe01:PASS abort01:FAIL gone01:ERROR sleep01:FAIL slow01:PASS; do
	check "$want" query "status('ltp.mine.${want%:*}') == ['${want#*:}']"
done
check "with what they say" query '[t["misc"]["kassay"].get("reason") for t in tests("ltp.mine.") if t["status"] != "PASS"] == ["not in this kernel", "it is not so", "cannot tell: EIO (5)", "signal 6", "its program is not there, or cannot run", "timeout"]'
check "the suite is what its cases are" query 'status("ltp.mine") == ["FAIL"] and status("boot") == ["PASS"]'
check "some of its cases" run 0 run bzImage --suite ltp:mine,pass01,conf01 --suite-path ltp=ltp --json
check "only those" query 'sorted(t["path"] for t in tests("ltp.")) == ["ltp.mine", "ltp.mine.conf01", "ltp.mine.pass01"]'
check "one that is not there" run 125 run bzImage --suite ltp:mine,pass01,none01 --suite-path ltp=ltp --json
check "is MISS" query 'status("ltp.mine.none01") == ["MISS"]'
check "a case that brings the machine down" run 1 run bzImage --suite ltp:deadly --suite-path ltp=ltp --json
check "is FAIL, what came before stays, what did not come is MISS" query '[status("ltp.deadly." + n) for n in ("pass01", "panic01", "late01", "late02")] == [["PASS"], ["FAIL"], ["MISS"], ["MISS"]]'
check "with the panic as its reason" query '"panicked" in tests("ltp.deadly.panic01")[0]["misc"]["kassay"]["reason"]'

mkdir -p xfstests blktests/tests/block
cat >xfstests/check <<'S'
#!/bin/sh
echo "FSTYP         -- ext4"
echo
for n in generic/001 generic/002 generic/003; do
	[ "$1" = -n ] && { echo "$n"; continue; }
	printf '%s 4s ... ' "$n"
	case $n in
	*1) echo " 5s" ;;
	*2) echo "[not run] no device" ;;
	*3) echo "- output mismatch (see $n.out.bad)"; echo "    --- $n.out"; echo "    +it is another" ;;
	esac
done
[ "$1" = -n ] && exit 0
echo "Ran: generic/001 generic/003"
echo "Not run: generic/002"
echo "Failures: generic/003"
echo "Failed 1 of 3 tests"
exit 1
S
cat >blktests/check <<'S'
#!/bin/sh
for n in 001 002 003; do
	printf '%-60s\n' "block/$n (number $n)"
	case $n in
	001) printf '%-60s[passed]\n    runtime    ...  0.1s\n' "block/$n (number $n)" ;;
	002) printf '%-60s[not run]\n    null_blk is not there\n' "block/$n (number $n)" ;;
	003) sleep 1; echo "run blktests block/$n at now" >/dev/kmsg; echo c >/proc/sysrq-trigger; sleep 60 ;;
	esac
done
S
chmod +x xfstests/check blktests/check
for n in 001 002 003 004; do echo 'test() { :; }' >"blktests/tests/block/$n"; done
cat >plan.yaml <<Y
builds:
  - name: image
suites:
  - {suite: "xfstests:quick", path: $T/xfstests}
  - {suite: "blktests:block", path: $T/blktests}
Y
check "xfstests, then blktests, by a plan" run 1 run bzImage --plan ./plan.yaml --json
check "xfstests" query '[status("xfstests.generic." + n) for n in ("001", "002", "003")] == [["PASS"], ["SKIP"], ["FAIL"]] and status("xfstests") == ["FAIL"]'
check "blktests, whose third case panics" query '[status("blktests.block." + n) for n in ("001", "002", "003", "004")] == [["PASS"], ["SKIP"], ["FAIL"], ["MISS"]]'
check "what is not installed" run 125 run bzImage --suite ltp:syscalls --suite xfstests:quick --suite blktests:block --json
check "is MISS" query '[status(n) for n in ("ltp.syscalls", "xfstests", "blktests")] == 3 * [["MISS"]]'
check "and says where it should be" query '"install it in the root file system, or give --suite-path ltp=DIR" in tests("ltp.syscalls")[0]["misc"]["kassay"]["reason"]'
check "no such folder" run 129 run bzImage --suite ltp:x --suite-path ltp=nowhere
check "is said" one_line 'suite ltp:x: there is no folder nowhere'
check "no such kind" run 129 run bzImage --suite ltp:x --suite-path lpt=ltp
check "is said too" one_line '[-]-suite-path lpt=ltp: write ltp=DIR'

check "memblock, without a machine" run 0 run "$source" --suite tools:memblock --json
check "case by case" query 'len(tests("tools.memblock.", "PASS")) > 100 and status("tools.memblock") == ["PASS"]'
check "no kernel is built for it" query 'len(d["builds"]) == 1 and "status" not in d["builds"][0]'
check "the first that fails" run 1 run "$source" --suite tools:memblock --suite tools:radix-tree --test-timeout 0.1 --fail-fast --json
check "ends a run of such, too" query 'status("tools.memblock") == ["FAIL"] and status("tools.radix-tree") == ["MISS"] and "--fail-fast" in tests("tools.radix-tree")[0]["misc"]["kassay"]["reason"]'
check "tests that are not there" run 129 run "$source" --suite tools:memblok
check "are named" one_line 'suite tools:memblok: this kernel has no tests tools/testing/memblok'
check "an image has none" run 129 run bzImage --suite tools:memblock
finish
