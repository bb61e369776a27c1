# SPDX-License-Identifier: GPL-2.0-or-later
# What "make demo" runs, and what a packaged kernel gives.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "plan quick on the packaged source" run 0 run "$source" --plan quick
check "the summary has build, boot and suites" sh -c "grep -q '^  build  tiny  *PASS' out && grep -q '^  boot   tiny on qemu-x86_64  *PASS' out && grep -q '^  suite  kunit  *PASS' out"
check "the accelerator is said, and why" out_has '(kvm|tcg)$'
check "the summary fits a screen" sh -c '[ $(wc -l <out) -le 40 ]'
check "results --json" run 0 results --json
check "one build, PASS" query '[b["status"] for b in d["builds"]] == ["PASS"]'
check "boot PASS" query 'status("boot") == ["PASS"]'
check "boot time is a measurement" query '[t["status"] for t in d["tests"] if t["path"] == "boot.time" and 0 < t["number"]["value"] < 600] == ["DONE"]'
check "at least 60 KUnit cases" query 'len([t for t in tests("kunit.") if t["path"].count(".") >= 2]) >= 60'
check "two kselftest collections" query 'len({t["path"].split(".")[1] for t in tests("kselftest.")}) >= 2'
check "each test has a status" query 'all(t.get("status") for t in d["tests"])'
check "artifacts are kept" query '{"image", "config", "build-log", "console-log", "system-map", "guest-init", "machine"} <= {a["role"] for a in d["artifacts"]}'
check "the guest booted what was built" query '"build_id" in d["builds"][0]["misc"]["kassay"]'
check "an expected finding is kept" query '[f["expected"] for f in d["findings"] if "kunit_fault" in str(f.get("test_id"))] == [True]'
check "documents are valid KCIDB" sh -c "KASSAY_JSON='$T/out' python3 '$KASSAY_TESTS/e2e/kcidb.py'"
check "results lists the run" sh -c "'$KASSAY' results | grep -q 'good *quick'"
check "results 1 is the same summary" sh -c "'$KASSAY' results 1 | grep -q '^  suite  kunit  *PASS'"
check "the console log" sh -c "'$KASSAY' results 1 --log console | grep -q 'Linux version 6.12'"
check "the build log" sh -c "'$KASSAY' results 1 --log build | grep -q ."
check "a test's output" sh -c "'$KASSAY' results 1 --log kselftest.size.get_size | grep -q 'TAP version'"
check "no such log" run 125 results 1 --log kselftest.none
check "JUnit and events" run 0 run "$source" --plan quick --junit "$T/junit.xml" --events
check "events are JSON lines, each kind" sh -c "python3 -c 'import json; k = set().union(*[json.loads(l).keys() for l in open(\"out\")]); assert {\"run\", \"checkout\", \"build\", \"test\", \"artifact\"} <= k, k'"
check "JUnit counts" sh -c "python3 -c 'import xml.etree.ElementTree as e; r = e.parse(\"junit.xml\").getroot(); assert sum(int(s.get(\"tests\")) for s in r) > 60'"
check "nothing was compiled the second time" sh -c "'$KASSAY' results --json >out && python3 -c 'import json; assert json.load(open(\"out\"))[\"builds\"][0][\"misc\"][\"kassay\"][\"compiled\"] == 0'"
check "the cache lists its entries" sh -c "'$KASSAY' cache | grep -q '^build '"

image=$(apt-cache pkgnames linux-image-6.12 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64$' | sort -V | tail -n 1)
if [ -n "$image" ]; then
	check "a packaged kernel boots, on two processors" run 0 run "deb:$image" --suite boot --cpus 2 --suite 'cmd:cpus=[ $(nproc) = 2 ]' --json
	check "and its boot passed" query 'status("boot") == ["PASS"] and not d["findings"]'
	check "its version is recorded" query '"6.12" in d["checkouts"][0]["git_commit_name"]'
	deb=$(find "$XDG_CACHE_HOME/kassay/deb" -name "$image*.deb" | head -n 1)
	check "the .deb file itself" run 0 run "$deb" --suite boot --suite 'cmd:up=uname -r'
	head -c 1000000 "$deb" >short.deb
	check "truncated" run 125 run short.deb
	check "one line says so" one_line 'short.deb'
else
	skip "a packaged kernel boots" "no linux-image-6.12 package is known to apt"
fi
finish
