# SPDX-License-Identifier: GPL-2.0-or-later
# The larger plans and configurations, whole.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "plan debug" sh -c "'$KASSAY' run '$source' --plan debug --json >out 2>err; [ \$? -le 1 ]"
check "both builds" query '[b["status"] for b in d["builds"]] == ["PASS", "PASS"]'
check "both booted" query 'len(status("boot")) == 2 and "MISS" not in status("boot")'
check "LLVM=1" run 0 run "$source" --make LLVM=1 --suite boot
config=$(find "$XDG_CACHE_HOME/kassay/deb" -name 'config-6.12*' | head -n 1)
if [ -n "$config" ]; then
	check "preset distro, debug information and BTF" run 0 build "$source" --preset distro --config-file "$config" --fragment btf
fi
finish
