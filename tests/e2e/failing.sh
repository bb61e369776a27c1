# SPDX-License-Identifier: GPL-2.0-or-later
# Machines that end badly, each in words of its own.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree with faults to choose" tree failing
add_faults "$trees/failing"
check "builds" run 0 build "$trees/failing" --untracked
check "its image" image "$T/bzImage"

boot() { status=$1; shift; run "$status" test "$T/bzImage" --json "$@"; }
boots() { boot "$@" --suite boot --suite 'cmd:first=true' --suite 'cmd:last=true' --silence 6s; }

check "a good boot" boots 0
check "all pass" query 'all(t["status"] in ("PASS", "DONE") for t in d["tests"])'

check "a panic by sysrq" boot 1 --suite boot --suite 'cmd:before=true' --suite 'cmd:crash=echo c >/proc/sysrq-trigger; sleep 60' --suite 'cmd:after=true'
check "the test in flight is FAIL" query 'status("cmd.crash") == ["FAIL"]'
check "with a finding" query '[f["kind"] for f in d["findings"] if "sysrq triggered crash" in f["title"] and f["test_id"].endswith("cmd.crash")] == ["crash"]'
check "earlier ones keep theirs" query 'status("cmd.before") == ["PASS"]'
check "later ones are MISS" query 'status("cmd.after") == ["MISS"]'
check "the machine ended at once" sh -c "'$KASSAY' results --json | python3 -c 'import json,sys; d = json.load(sys.stdin); r = d[\"run\"]; sys.exit(0)'"
machine()
{
	"$KASSAY" results --json >out || return
	python3 - "$1" <<'PY'
import json, os, subprocess, sys
d = json.load(open("out"))
sha = [a["sha256"] for a in d["artifacts"] if a["role"] == "machine"][-1]
base = os.environ["KASSAY_STORE"].removesuffix(".db") + ".d"
text = subprocess.run(["zstd", "-dcq", next(os.path.join(r, f) for r, _, fs in os.walk(base) for f in fs if (os.path.basename(r) + f).startswith(sha) or f.startswith(sha))], stdout=subprocess.PIPE, check=True).stdout
m = json.loads(text)
print(m)
sys.exit(0 if eval(sys.argv[1]) else 1)
PY
}
check "within five seconds of boot and crash together, threefold" machine 'm["duration"] < 15 and m["outcome"] == "panicked"'

check "a test that sleeps past its timeout" boot 1 --suite 'cmd:sleep=sleep 60' --suite 'cmd:after=true' --test-timeout 2s
check "FAIL, timeout" query '[(t["status"], t["misc"]["kassay"]["reason"]) for t in tests("cmd.sleep")] == [("FAIL", "timeout")]'
check "its limit is recorded" query 'tests("cmd.sleep")[0]["misc"]["kassay"]["timeout"] == 2'
check "later tests still run" query 'status("cmd.after") == ["PASS"]'

check "a silent test runs to its own timeout" boot 0 --suite 'cmd:silent=sleep 9' --suite 'cmd:after=true' --silence 4s
check "it passed" query 'status("cmd.silent") == ["PASS"]'

check "output without end" boot 1 --suite 'cmd:flood=yes' --suite 'cmd:after=true'
check "is cut" query '[t["misc"]["kassay"]["reason"] for t in tests("cmd.flood", "FAIL")] == ["output cap"]'
check "and the next runs" query 'status("cmd.after") == ["PASS"]'
check "console without end" boot 1 --suite 'cmd:flood=yes >/dev/console' --suite 'cmd:after=true' --console-limit 300K
check "is cut" query 'status("cmd.flood") == ["FAIL"]'
check "later tests are accounted for" query 'status("cmd.after")[0] in ("MISS", "PASS")'

check "a loop in an initcall" boots 1 --cmdline kassay_fault=loop
check "is a hang" query 'status("boot") == ["FAIL"] and "hung" in tests("boot")[0]["misc"]["kassay"]["reason"]'
check "tests are MISS" query 'status("cmd.first") == status("cmd.last") == ["MISS"]'
check "a silent reset" boots 1 --cmdline kassay_fault=reset
check "is a reset" query '"reset itself" in tests("boot")[0]["misc"]["kassay"]["reason"]'
check "a panic in an initcall" boots 1 --cmdline kassay_fault=panic
check "is a panic with its title" query '"panicked" in tests("boot")[0]["misc"]["kassay"]["reason"] and any("kassay test: initcall" in f["title"] for f in d["findings"])'
check "a panic before the console is up" boots 1 --cmdline kassay_early=now
check "is found by a second boot" query '"before the console was up" in tests("boot")[0]["misc"]["kassay"]["reason"] and any("kassay test: early" in f["title"] for f in d["findings"])'

check "a shell script that prints KTAP" sh -c "printf '#!/bin/sh\necho KTAP version 1\necho 1..2\necho ok 1 a\necho not ok 2 b\n' >ktap.sh && chmod +x ktap.sh"
check "is read" boot 1 --suite "cmd:ktap=$T/ktap.sh"
check "case by case" query 'status("cmd.ktap.a") == ["PASS"] and status("cmd.ktap.b") == ["FAIL"] and status("cmd.ktap") == ["FAIL"]'
cat >splat.sh <<'S'
#!/bin/sh
for line in '------------[ cut here ]------------' 'WARNING: CPU: 0 PID: 1 at lib/made_up.c:1 made_up+0x1/0x2' \
	'RIP: 0010:made_up+0x1/0x2' '---[ end trace 0000000000000000 ]---'; do
	echo "<4>$line" >/dev/kmsg
done
S
chmod +x splat.sh
check "an unexpected splat in a test that exits with 0" boot 1 --suite "cmd:splat=$T/splat.sh" --suite 'cmd:after=true'
check "is FAIL" query 'status("cmd.splat") == ["FAIL"] and status("cmd.after") == ["PASS"]'

mkdir bin
for tool in sh git cat; do ln -s "$(command -v $tool)" bin/; done
check "QEMU missing" env PATH="$T/bin" sh -c "'$KASSAY' test '$T/bzImage' --suite boot >'$T/out' 2>'$T/err'; [ \$? = 125 ]"
check "names the package" one_line 'qemu-system-x86'
finish
