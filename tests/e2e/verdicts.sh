# SPDX-License-Identifier: GPL-2.0-or-later
# The same tests have the same verdicts as with the kernel's own tools, test by test; and a splat counts.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

# The kernel's own runner, in the same guest: its result lines are in the output of cmd.ref. It calls timeout with an
# option that busybox does not know, and goes without when there is none.
collections=${COLLECTIONS:-size sigaltstack kcmp membarrier mincore}
suites=
list=
for c in $collections; do
	suites="$suites --suite kselftest:$c"
	list="$list -c $c"
done
# shellcheck disable=SC2086 # words on purpose
check "KUnit, five collections, and run_kselftest.sh beside them" sh -c "'$KASSAY' run '$source' --suite boot --suite kunit $suites --suite 'cmd:ref=rm /usr/bin/timeout; cd /opt/kselftest && ./run_kselftest.sh$list' --timeout 30m --json >out 2>err; [ \$? -le 1 ]"
"$KASSAY" results --log cmd.ref >ref.log 2>&1
compare_kselftest()
{
	python3 - <<'PY'
import json, re, sys
d = json.load(open("out"))
ours = {t["path"]: t["status"] for t in d["tests"] if t["path"].startswith("kselftest.") and t["path"].count(".") == 2}
theirs = {}
for m in re.finditer(r"^(not )?ok \d+ selftests: (\S+): (\S+)(.*)$", open("ref.log").read(), re.M):
    path = "kselftest.%s.%s" % (m[2], re.sub(r"[^a-zA-Z0-9_-]", "_", m[3]))
    theirs[path] = "FAIL" if m[1] else "SKIP" if "# SKIP" in m[4] else "PASS"
# A program that did not compile is ERROR for us; the kernel's runner has a missing file, which it calls not ok.
different = {p: (ours.get(p), theirs.get(p)) for p in sorted(set(ours) | set(theirs))
             if ours.get(p) != theirs.get(p) and not (ours.get(p) == "ERROR" and theirs.get(p) in (None, "FAIL"))}
print(len(ours), "ours,", len(theirs), "theirs, different:", different)
sys.exit(0 if len(theirs) >= 5 and not different else 1)
PY
}
check "run_kselftest.sh says the same of every test" compare_kselftest

# kunit.py on the same build. It would take a KVM that cannot run guests, so QEMU is asked for TCG only.
objects=$(python3 -c 'import json, re; print(re.search(r" O=(\S+)", json.load(open("out"))["builds"][0]["command"])[1])')
tree_dir=$(find "$XDG_CACHE_HOME/kassay/src" -maxdepth 3 -name Kbuild -printf '%h\n' | head -n 1)
mkdir -p bin kunit/arch/x86/boot
cat >bin/qemu-system-x86_64 <<'S'
#!/bin/sh
for a; do
	shift
	case $a in -accel) drop=1; continue ;; esac
	[ -n "${drop-}" ] && { drop=; continue; }
	set -- "$@" "$a"
done
exec /usr/bin/qemu-system-x86_64 -accel tcg "$@"
S
chmod +x bin/qemu-system-x86_64
kunit_py()
{
	cp "$objects/arch/x86/boot/bzImage" kunit/arch/x86/boot/ && cp "$objects/.config" kunit/ || return
	PATH=$T/bin:$PATH python3 "$tree_dir/tools/testing/kunit/kunit.py" exec --arch=x86_64 --build_dir="$T/kunit" --json="$T/kunit.json" --timeout 300 >kunit.out 2>&1
	[ -s kunit.json ] || { tail -n 20 kunit.out; return 1; }
}
check "kunit.py runs the same image" kunit_py
compare_kunit()
{
	python3 - <<'PY'
import json, re, sys
clean = lambda s: re.sub(r"[^a-zA-Z0-9_-]", "_", s)
theirs = {}
def walk(group, path):
    for g in group.get("sub_groups", []):
        walk(g, path + [clean(g["name"])])
    for c in group.get("test_cases", []):
        name, n = ".".join(path + [clean(c["name"])]), 1
        while name + ("#%d" % n if n > 1 else "") in theirs:
            n += 1
        theirs[name + ("#%d" % n if n > 1 else "")] = c["status"]
walk(json.load(open("kunit.json")), ["kunit"])
d = json.load(open("out"))
ours = {t["path"]: t["status"] for t in d["tests"] if t["path"].startswith("kunit.")}
parents = {p.rsplit(".", 1)[0] for p in ours}
leaves = {p: s for p, s in ours.items() if p not in parents}
different = {p: (leaves.get(p), theirs.get(p)) for p in sorted(set(leaves) | set(theirs)) if leaves.get(p) != theirs.get(p)}
# What lies on the stack decides this one: it flips between SKIP and PASS from boot to boot.
different = {p: v for p, v in different.items() if "test_switch_" not in p}
print(len(leaves), "ours,", len(theirs), "theirs, different:", different)
sys.exit(0 if len(theirs) >= 60 and not different else 1)
PY
}
check "kunit.py says the same of every case" compare_kunit
check "kunit_fault passes with an expected finding" query 'status("kunit.kunit_fault") == ["PASS"] and [f["expected"] for f in d["findings"] if "kunit_fault" in str(f.get("test_id"))] == [True]'

# A lockdep splat inside a test that passes.
check "a tree with a test that locks in both orders" tree splat
cat >"$trees/splat/lib/kassay_splat.c" <<'C'
// SPDX-License-Identifier: GPL-2.0
#include <kunit/test.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);

static void quiet(struct kunit *test)
{
	spin_lock(&first);
	spin_unlock(&first);
}

static void splat(struct kunit *test)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);
	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static struct kunit_case cases[] = { KUNIT_CASE(quiet), KUNIT_CASE(splat), {} };
static struct kunit_suite suite = { .name = "kassay_splat", .test_cases = cases };
kunit_test_suite(suite);
C
echo 'obj-$(CONFIG_KUNIT) += kassay_splat.o' >>"$trees/splat/lib/Makefile"
check "on a lockdep kernel" run 1 run "$trees/splat" --untracked --fragment lockdep --suite boot --suite 'kunit:kassay*' --json
check "is FAIL, though it printed ok" query 'status("kunit.kassay_splat.splat") == ["FAIL"] and status("kunit.kassay_splat.quiet") == ["PASS"]'
check "with the finding" query 'any(f["title"] == "possible deadlock in splat" and f["test_id"].endswith("kassay_splat.splat") for f in d["findings"])'
finish
