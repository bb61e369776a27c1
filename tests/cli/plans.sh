# SPDX-License-Identifier: GPL-2.0-or-later
. "$KASSAY_TESTS/lib.sh"

# A tree as far as sources are looked at; nothing is built.
mkdir -p tree/arch tree/scripts
printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION =\n' >tree/Makefile
: >tree/Kbuild
: >tree/Kconfig
: >tree/arch/Kconfig
: >tree/scripts/Makefile

plan() { cat >plan.yaml; }
bad() { check "$1" run 129 run tree --plan ./plan.yaml; check "$1: named" one_line "$2"; }

check "unknown shipped plan" run 129 run tree --plan quikc
check "nearest plan" one_line "did you mean 'quick'"
check "missing file" run 129 run tree --plan ./nothing.yaml
printf 'suits: [boot]\n' | plan
bad "unknown key" "plan.yaml:1:1: .*suits.*suites"
printf 'suites:\n  - boot\n  - kunti\n' | plan
bad "unknown suite" "plan.yaml:3:5: .*kunti.*kunit"
printf 'suites: [boot]\nbuilds:\n  - name: a\n    preset: tinny\n' | plan
bad "unknown preset" "plan.yaml:4:13: .*tiny"
printf 'suites: [boot]\nbuilds:\n  - preset: tiny\n' | plan
bad "missing name" "plan.yaml:3:.*name"
printf 'suites:\n  - {suite: kunit, path: /x}\n' | plan
bad "a folder for what takes none" "plan.yaml:2:.*path is for ltp, xfstests and blktests, not for 'kunit'"
printf 'suites:\n  - {suite: "tools:memblock", devices: [loop]}\n' | plan
bad "devices for what runs here" "plan.yaml:2:.*'tools:memblock' runs on this host"
printf 'suites: [boot]\nplatforms:\n  - {name: host}\n' | plan
bad "a platform of the name of this host" "plan.yaml:3:.*'host' is where suites without a machine run"
mkdir -p tree/tools/testing/memblock && : >tree/tools/testing/memblock/Makefile
check "what needs no machine" run 0 run tree --suite tools:memblock --list --json
check "builds and boots nothing" query 'd["builds"] == [] and d["boots"] == [] and d["suites"] == ["tools:memblock"]'
rm -r tree/tools
printf 'suites: [boot]\nplatforms:\n  - {name: q, memory: lots}\n' | plan
bad "bad size" "plan.yaml:3:.*lots"
printf 'suites: [boot]\nbuilds:\n  - {name: a}\n  - {name: a}\n' | plan
bad "same name twice" "plan.yaml:4:.*'a'"
printf 'suites: [boot]\ntimeout: soon\n' | plan
bad "bad time" "plan.yaml:2:10"
: | plan
bad "empty plan" "plan.yaml.*empty"
printf 'description: x\n' | plan
bad "no suites" "no suites"
printf 'suites: [boot\n' | plan
bad "broken YAML" "plan.yaml:[12]:"
printf 'suites: [boot]\nbuilds:\n  - {name: a, arch: vax}\n' | plan
bad "unknown architecture" "plan.yaml:3:.*vax.*known are x86_64"
printf 'suites: [boot]\nbuilds:\n  - {name: a, arch: riscv64}\nplatforms:\n  - {name: qemu-arm64}\n' | plan
bad "no platform of that architecture" "build a is for riscv64, and no platform"
printf 'suites: ["module:a b"]\n' | plan
bad "a module with blanks" "plan.yaml:1:.*module:NAME"
printf 'suites: [boot]\nplatforms:\n  - {devices: [nvme, scsi_debgu]}\n' | plan
bad "an unknown device" "plan.yaml:3:.*scsi_debgu.*did you mean 'scsi_debug'"
printf 'suites: [boot]\nplatforms:\n  - {devices: [numa=2, numa=3]}\n' | plan
bad "two of one device" "plan.yaml:3:.*numa=2.*numa=3.*has one numa"
printf 'suites:\n  - {suite: boot, devices: [tmp]}\n' | plan
bad "an unknown device of a suite" "plan.yaml:2:.*tmp.*did you mean 'tpm'"
printf 'suites:\n  - boot\n  - {suite: "cmd:x=true", devices: [nvme]}\nplatforms:\n  - {devices: [brd]}\n' | plan
check "a device of --device that differs from a suite's" run 129 run tree --plan ./plan.yaml --device nvme,zoned
check "is named" one_line "'nvme,zoned' and 'nvme'"
check "devices in --list" run 0 run tree --plan ./plan.yaml --device loop --list --json
check "of platform, command line and suites" query 'd["boots"][0]["devices"] == ["brd", "loop", "nvme"]'
for p in storage net; do
	check "plan $p" run 0 run tree --plan $p --list
done

check "--list: what would run" run 0 run tree --plan arches --list --json
check "builds" query '[b["architecture"] for b in d["builds"]] == [b["name"] for b in d["builds"]] == ["x86_64", "arm64", "riscv64", "i386", "arm"]'
check "each on a platform of its own" query '[b["platform"] for b in d["boots"]] == ["qemu-" + b["architecture"] for b in d["builds"]]'
check "suites" query 'd["suites"] == ["boot", "kunit"]'
check "one architecture for all" run 0 run tree --plan debug --arch i386 --list --json
check "is theirs" query '{b["platform"] for b in d["boots"]} == {"qemu-i386"} and len(d["boots"]) == 2'
printf 'suites: [boot]\nbuilds:\n  - {name: a, arch: arm64}\n  - {name: b, arch: i386}\nplatforms:\n  - {memory: 1G}\n  - {name: large, arch: aarch64, cpus: 4}\n' | plan
check "platforms with and without names" run 0 run tree --plan ./plan.yaml --module loop --list --json
check "are paired with builds" query '[(b["build"], b["platform"]) for b in d["boots"]] == [("a", "qemu-arm64"), ("a", "large"), ("b", "qemu-i386")]'
check "modules come first" query 'd["suites"] == ["module:loop", "boot"]'
check "as a table" run 0 run tree --plan ./plan.yaml --list
check "with what is not known" out_has 'boot .*a on large .*not known yet'

git -C tree init -q && git -C tree add . && git -C tree -c user.name=t -c user.email=t@example.org commit -qm x
check "--list with a base" run 0 run tree --base HEAD --plan arches --list --json
check "has both sides" query '[(b["name"], b["base"]) for b in d["builds"]] == [(n, s) for s in (False, True) for n in ("x86_64", "arm64", "riscv64", "i386", "arm")]'
check "boots, too" query '[b["base"] for b in d["boots"]] == 5 * [False] + 5 * [True] and d["base"] == "HEAD"'
check "--base-build: no boots of it" run 0 run tree --base HEAD --base-build --plan arches --list --json
check "but builds" query 'len(d["builds"]) == 10 and [b["base"] for b in d["boots"]] == 5 * [False]'
check "as a table" run 0 run tree --base HEAD --plan arches --list
check "marked" out_has '^  boot +arm64 on qemu-arm64 .base. +not known yet'
check "nothing was stored" sh -c "[ ! -e '$KASSAY_STORE' ] || '$KASSAY' results | wc -l | grep -qx 0"

printf 'make: [LLVM=/nowhere/, W=1]\n' >tree/.kassay.yaml
printf 'suites: [boot]\nbuilds: [{name: a}]\n' | plan
check "a compiler of the configuration file" run 125 build tree --plan ./plan.yaml
check "is taken" one_line '/nowhere/clang'
check "--toolchain is stronger" run 0 run tree --toolchain gcc --list
check "what is built does without it" sh -c "! '$KASSAY' build tree --plan ./plan.yaml --toolchain gcc 2>err; ! grep /nowhere err"
printf 'suites: [boot]\nbuilds: [{name: a, toolchain: gcc}, {name: b, make: [LLVM=1]}]\n' | plan
check "so is a plan" run 0 run tree --plan ./plan.yaml --list
check "two on the command line" run 129 run tree --toolchain gcc --make LLVM=1 --list
check "are one too many" one_line 'toolchain gcc: make variable LLVM=1 chooses one as well'
rm tree/.kassay.yaml
finish
