# SPDX-License-Identifier: GPL-2.0-or-later
# kselftest collections in a Debian root file system, beside the kernel's own run_kselftest.sh in the same boot: the same
# verdict of every test. On a distribution's kernel; with SOURCES="image tree" also on a tree configured as a guest.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

package=$(apt-cache pkgnames linux-image-6.12 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64$' | sort -V | tail -n 1)
: "${COLLECTIONS:=size sigaltstack kcmp membarrier mincore}" "${SOURCES:=image}" "${LEAST:=5}"
[ "$COLLECTIONS" != all ] || COLLECTIONS=$(sed -n 's/^ *- kselftest://p' "$KASSAY_TESTS/../configs/plans/selftests.yaml")
names=
suites=
for c in $COLLECTIONS; do
	names="$names $c"
	suites="$suites --suite kselftest:$c"
done
# Limits for both: emulation is slow, and run_kselftest.sh does not know it.
# It refuses all for one that it does not have.
bare="cmd:bare=cd /opt/kselftest; for c in $names; do grep -q ^\$c: kselftest-list.txt && set -- \"\$@\" -c \$c; done; ./run_kselftest.sh -s -o ${LIMIT:=600} \"\$@\"; echo done"
cat >"$T/plan.yaml" <<YAML
builds:
  - name: guest
    preset: guest
    fragments: [no-hardware, boot, kselftest, kselftest-net, rootfs]
    modules: true
platforms:
  - memory: 2G
    cpus: 2
    rootfs: debian
timeout: 4h
silence: 15m
suites:
  - boot
$(for c in $COLLECTIONS; do echo "  - {suite: \"kselftest:$c\", timeout: ${LIMIT}s}"; done)
  - {suite: '$bare', timeout: 2h}
YAML

both() { "$KASSAY" run "$1" --plan "$T/plan.yaml" --json >"$T/out" 2>"$T/err"; [ $? -le 1 ] && "$KASSAY" results --log cmd.bare >"$T/ref.log" 2>&1; }

# Every test of ours with run_kselftest.sh's verdict. Tests of which one boot says this and the next that are named in FLAKY.
compare()
{
	FLAKY="${FLAKY-}" LEAST=$LEAST python3 - <<'PY'
import collections, json, os, re, sys
d = json.load(open("out"))
name = lambda c, t: "kselftest.%s.%s" % (".".join(re.sub(r"[^a-zA-Z0-9_-]", "_", p) for p in c.split("/")), re.sub(r"[^a-zA-Z0-9_-]", "_", t))
theirs = {}
for m in re.finditer(r"^(not )?ok \d+ selftests: (\S+): (\S+)(.*)$", open("ref.log").read(), re.M):
    theirs[name(m[2], m[3])] = "FAIL" if m[1] else "SKIP" if "# SKIP" in m[4] else "PASS"
all_ours = {t["path"]: t for t in d["tests"] if t["path"].startswith("kselftest.")}
ours = {p: t for p, t in all_ours.items() if p in theirs or t.get("status") == "ERROR"}
different = {p: (t["status"], theirs.get(p), t["misc"]["kassay"].get("reason")) for p, t in ours.items()
             if t["status"] != theirs.get(p) and not (t["status"] == "ERROR" and theirs.get(p) in (None, "FAIL"))}
flaky = set(os.environ["FLAKY"].split())
for p, why in sorted(different.items()):
    print("DIFFERENT", p, why, "(known)" if p in flaky else "")
leaves = [t for p, t in all_ours.items() if not any(q.startswith(p + ".") for q in all_ours)]
count = collections.Counter(t["status"] for t in leaves)
programs = collections.Counter(t["status"] for t in ours.values())
print(len(theirs), "programs by run_kselftest.sh;", len(ours), "by us:", dict(programs), "with subtests:", dict(count))
missing = set(theirs) - set(all_ours)
for p in sorted(missing): print("NOT OURS", p)
for t in sorted(all_ours.values(), key=lambda t: t["path"]):
    if t["status"] == "SKIP" and t["path"] in theirs: print("SKIP", t["path"], "|", t["misc"]["kassay"].get("reason"))
for t in sorted(all_ours.values(), key=lambda t: t["path"]):
    if t["status"] in ("FAIL", "ERROR") and t["path"] in theirs: print(t["status"], t["path"], "|", t["misc"]["kassay"].get("reason"))
good = sum(t["status"] == "PASS" for t in leaves)
print("%.0f %% of %d tests are PASS" % (100 * good / max(1, len(leaves)), len(leaves)))
bad = set(different) - flaky
sys.exit(0 if len(theirs) >= int(os.environ["LEAST"]) and not bad and not missing and good >= 0.6 * len(leaves) else 1)
PY
}

passed() { python3 -c 'import json, sys; sys.exit(not any(t["path"] == sys.argv[1] and t["status"] == "PASS" for t in json.load(open("out"))["tests"]))' "$1"; }

for what in $SOURCES; do
	if [ "$what" = image ] && [ -z "$package" ]; then
		skip "kselftests on an image" "no linux-image-6.12 package is known to apt"
		continue
	fi
	if [ "$what" = image ]; then source="deb:$package"; else source=deb:linux-source-6.12; fi
	check "kselftests on the $what, and run_kselftest.sh beside them" both "$source"
	check "the same verdict of every test, six of ten PASS" compare
	case $COLLECTIONS in *mincore*)
		check "on a disk: files are read ahead" passed kselftest.mincore.mincore_selftest.global_check_file_mmap ;;
	esac
	[ -z "${KEEP-}" ] || { compare >"$KEEP/$what.txt"; cp out "$KEEP/$what.json"; cp ref.log "$KEEP/$what.ref"; }
done
finish
