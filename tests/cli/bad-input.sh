# SPDX-License-Identifier: GPL-2.0-or-later
# Each ends with one clear line that names the thing, and the exit status: could not tell, or usage.
. "$KASSAY_TESTS/lib.sh"

bad() { check "$1: status" run "$2" run "$3"; check "$1: one line" one_line "$4"; }

bad "no source" 125 ./nothing 'nothing'
mkdir empty
bad "an empty folder" 125 empty 'empty'
mkdir notkernel
echo hello >notkernel/file
bad "a folder that is no kernel" 125 notkernel 'notkernel.*kernel'
echo text >text
bad "a file that is no kernel" 125 text 'text.*(image|kernel)'
# A compressed EFI image, and the machine in its PE header (drivers/firmware/efi/libstub/zboot-header.S).
{ printf 'MZ\0\0zimg'; head -c 52 /dev/zero; printf '\100\0\0\0PE\0\0\144\142'; head -c 4096 /dev/zero; } >Image
bad "an image no machine is for" 125 Image 'Image.*loongarch64'
printf '!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n' >short.deb
bad "a truncated package" 125 short.deb 'short.deb.*(truncated|package)'
bad "a package that is not there" 125 deb:linux-image-no-such-thing 'linux-image-no-such-thing'
bad "a repository that is not there" 125 "git:$T/nowhere#HEAD" 'nowhere'
# A bzImage, as far as its header goes (Documentation/arch/x86/boot.rst): enough for what is looked at before a boot.
python3 - <<'PY'
import struct
b = bytearray(8192)
b[0x1f1] = 4
b[0x1fe:0x200] = b"\x55\xaa"
b[0x202:0x208] = b"HdrS" + struct.pack("<H", 0x20f)
b[0x20e:0x210] = struct.pack("<H", 0x400)
b[0x211] = 1
b[0x236:0x238] = struct.pack("<H", 3)
b[0x600:0x620] = b"6.12.117 (t@example.org) #1 x\0\0\0"
open("bzImage", "wb").write(b)
PY
usage()
{
	what=$1 status=$2 pattern=$3
	shift 3
	check "$what: status" run "$status" run bzImage "$@"
	check "$what: one line" one_line "$pattern"
}
usage "two commands of one name" 129 "cmd:a.*same tests" --suite 'cmd:a=true' --suite 'cmd:a=false'
usage "names that are one after all" 129 "same tests" --suite 'cmd:x/y=true' --suite 'cmd:x_y=false'
usage "two KUnit filters" 129 "one filter" --suite 'kunit:a*' --suite 'kunit:b*'
usage "a test program that was not built" 129 './not-there' --suite 'cmd:a=./not-there'
usage "a disk that is not there" 125 'nothing.img' --suite boot --disk nothing.img
usage "an initrd that is not there" 125 'nothing.cpio' --suite boot --initrd nothing.cpio
usage "no memory at all" 129 'memory 0' --memory 0
usage "memory without a unit" 129 "'2' is not a size" --memory 2
usage "memory for no kernel" 129 'memory' --memory 2M
cp "$KASSAY" dynamic
usage "a test program with no libraries" 129 'dynamic.*-static' --suite cmd:a=./dynamic
check "--limit without a unit removes nothing" run 129 cache --limit 20
check "--resume with another suite" run 129 run --resume --suite boot
check "--resume of no run" run 125 run --resume 77
check "a shell with options of tests" run 129 boot bzImage --junit x.xml
check "a build that is to boot" run 129 build notkernel --bad-if boot
usage "JUnit into nowhere" 125 'nowhere/x.xml' --junit nowhere/x.xml
usage "a fragment for an image" 129 'fragment.*image' --suite boot --fragment kasan
usage "a package for no Debian" 129 'only --rootfs debian' --suite boot --package strace
check "nothing as the source" run 129 run ''
check "kassay test of a tree" run 129 test notkernel --suite nothing
check "no QEMU: named with its package" sh -c "env PATH=/nowhere '$KASSAY' run bzImage --suite boot 2>&1 >/dev/null | grep -q 'Debian package: qemu-system-x86'"
mkdir readonly.db
KASSAY_STORE=$T/readonly.db
bad "a store that is a folder" 129 notkernel 'readonly.db'
KASSAY_STORE=$T/text
bad "a store that is no database" 129 notkernel 'text.*(store|database)'
if [ "$(id -u)" = 0 ]; then
	KASSAY_STORE=/proc/kassay.db
else
	mkdir locked
	chmod 555 locked
	KASSAY_STORE=$T/locked/kassay.db
fi
bad "a store that cannot be written" 125 notkernel 'kassay.db'
finish
