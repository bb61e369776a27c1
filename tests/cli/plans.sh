# SPDX-License-Identifier: GPL-2.0-or-later
. "$KASSAY_TESTS/lib.sh"

# A tree as far as sources are looked at; nothing is built.
mkdir -p tree/arch tree/scripts
printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION =\n' >tree/Makefile
: >tree/Kbuild
: >tree/Kconfig

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
check "nothing was stored" sh -c "[ ! -e '$KASSAY_STORE' ] || '$KASSAY' results | wc -l | grep -qx 0"
finish
