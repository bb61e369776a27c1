# SPDX-License-Identifier: GPL-2.0-or-later
# Two builds of one revision from two folders into two folders give the same bits, signed modules included.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

cat >plan.yaml <<'Y'
builds:
  - name: signed
    preset: tiny
    fragments: [boot, modules]
    config: [CONFIG_MODULE_SIG=y, CONFIG_MODULE_SIG_ALL=y, CONFIG_TEST_HEXDUMP=m, CONFIG_RUNTIME_TESTING_MENU=y]
    modules: true
suites: [boot]
Y
build() { run 0 build "$1" --plan ./plan.yaml --json && mv out "$2"; }
fact() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(sorted((a["role"], a["name"], a["sha256"]) for a in d["artifacts"] if a["role"] in ("image", "module-hashes", "config", "system-map")), d["builds"][0]["misc"]["kassay"]["build_id"])' "$1"; }
check "a tree" tree one
check "the same revision in another folder" tree another/folder
check "one build" build "$trees/one" one.json
check "the other" build "$trees/another/folder" two.json
check "modules are signed" sh -c "f=\$(find '$XDG_CACHE_HOME/kassay/build' -path '*/mods/*/test_hexdump.ko' | head -n 1); tail -c 40 \"\$f\" | grep -aq 'Module signature appended'"
fact one.json >one.fact
fact two.json >two.fact
check "image, modules, configuration, build id: equal" diff one.fact two.fact
check "there are module hashes" grep -q module-hashes one.fact
# The same after a change and back: incremental builds lead to the same bits.
echo '#define CHANGED 1' >>"$trees/one/lib/hexdump.c"
check "a change" build "$trees/one" changed.json
git -C "$trees/one" checkout -q -- lib/hexdump.c
check "and back" build "$trees/one" back.json
fact back.json >back.fact
check "the same bits again" diff one.fact back.fact
finish
