# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels of other architectures, cross-built and emulated; what is missing for one does not hold up the others.
# TOOLCHAIN=clang for another compiler than gcc.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree" tree arches
: "${TOOLCHAIN:=gcc}"
one=one two=two
[ "$TOOLCHAIN" = gcc ] || one=$TOOLCHAIN-arm64 two=$TOOLCHAIN-riscv64 # build folders of their own
# clang 14 stops at arch/riscv/kernel/fpu.S: "unable to write nop sequence of 2 bytes".
other=$TOOLCHAIN
[ "$TOOLCHAIN" != clang ] || ! clang --version | grep -q ' version 1[34]\.' || other=clang-16
cat >plan.yaml <<Y
builds:
  - {name: $one, arch: arm64, toolchain: $TOOLCHAIN, preset: tiny, fragments: [boot, kunit]}
  - {name: $two, arch: riscv64, toolchain: $other, preset: tiny, fragments: [boot, kunit]}
  - {name: none, arch: arm64, toolchain: gcc-99, preset: tiny, fragments: [boot, kunit]}
suites:
  - boot
  - kunit
  - cmd:uname=uname -m; [ \$(ls /bin | wc -l) -gt 200 ]
Y
check "arm64, riscv64, and a compiler that is not there" run 125 run "$trees/arches" --plan ./plan.yaml --json
check "which is named, with its package" one_line 'build none: aarch64-linux-gnu-gcc-99 is not installed .Debian package: gcc-99-aarch64-linux-gnu'
for b in $one:arm64 $two:riscv64; do
	name=${b%:*} arch=${b#*:}
	of="[t for t in d['tests'] if t['build_id'].endswith('-$name')]"
	check "$arch: the build" query "[b['status'] for b in d['builds'] if b['architecture'] == '$arch' and b['id'].endswith('-$name')] == ['PASS']"
	check "$arch: the compiler" query "['${TOOLCHAIN%-*}' in b['compiler'] for b in d['builds'] if b['id'].endswith('-$name')] == [True]"
	check "$arch: boots" query "[t['status'] for t in $of if t['path'] == 'boot'] == ['PASS']"
	check "$arch: its platform" query "{t['environment']['misc']['platform'] for t in $of if t['path'] == 'boot'} == {'qemu-$arch'}"
	check "$arch: KUnit" query "len([t for t in $of if t['path'].startswith('kunit.') and t['status'] == 'PASS']) > 200 and not [t for t in $of if t['status'] in ('FAIL', 'ERROR', 'MISS')]"
	check "$arch: a shell script" query "[t['status'] for t in $of if t['path'] == 'cmd.uname'] == ['PASS']"
done
check "what could not be built is MISS" query "{t['status'] for t in d['tests'] if t['build_id'].endswith('-none')} == {'MISS'}"

# The image alone.
check "an image" image Image "-$one"
check "runs as what it is" run 0 test Image --suite boot --suite 'cmd:uname=uname -m | grep aarch64'
"$KASSAY" results --log machine >machine.json
check "results came over virtio" query "'virtio' in d['channel']" machine.json
check "not as another" run 129 run Image --suite boot --arch x86_64
check "which is said" one_line 'Image is an image for arm64'
check "kassay boot: a shell" sh -c "printf 'uname -m\nexit\n' | timeout 120 '$KASSAY' boot Image >out 2>err; grep -q '^aarch64' out"
check "no such architecture" run 129 run "$trees/arches" --arch vax
check "known ones are named" one_line 'known are x86_64'
finish
