# SPDX-License-Identifier: GPL-2.0-or-later
# One tree by three compilers, and by one that is too old for it.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

if ! command -v gcc-11 >/dev/null || ! command -v clang-16 >/dev/null || ! command -v ld.lld-16 >/dev/null; then
	skip "three compilers" "gcc-11, clang-16 or ld.lld-16 is not installed"
	finish
fi
check "a tree" tree toolchains
cat >plan.yaml <<'Y'
builds:
  - {name: gcc-11, toolchain: gcc-11, preset: tiny, fragments: [boot]}
  - {name: gcc, toolchain: gcc, preset: tiny, fragments: [boot]}
  - {name: clang-16, toolchain: clang-16, preset: tiny, fragments: [boot]}
suites:
  - boot
Y
check "gcc-11, gcc, clang-16" run 0 run "$trees/toolchains" --plan ./plan.yaml --json
check "each boots" query '[t["status"] for t in d["tests"] if t["path"] == "boot"] == 3 * ["PASS"]'
check "compilers are recorded" query '[("gcc" in b["compiler"], " 11." in b["compiler"], "clang version 16" in b["compiler"]) for b in d["builds"]] == [(True, True, False), (True, False, False), (False, False, True)]'
check "and command lines" query '"gcc-11" in d["builds"][0]["command"] and "LLVM=-16" in d["builds"][2]["command"]'
"$KASSAY" results --log console >consoles
check "the kernels say so" sh -c "grep -q 'Linux version.*(gcc-11 ' consoles && grep -q 'Linux version.*clang version 16' consoles"

replace "$trees/toolchains/scripts/min-tool-version.sh" 'echo 5.1.0' 'echo 99.1.0'
before=$(find "$XDG_CACHE_HOME/kassay/build" -maxdepth 1 | wc -l)
check "a tree that wants a newer compiler" run 125 run "$trees/toolchains" --suite boot
check "is refused in one line" one_line 'gcc.* is too old: this kernel needs gcc 99.1.0 or newer'
check "before anything is configured" test "$before" = "$(find "$XDG_CACHE_HOME/kassay/build" -maxdepth 1 | wc -l)"
git -C "$trees/toolchains" checkout -qf base
finish
