# SPDX-License-Identifier: GPL-2.0-or-later
# Root file systems: Debian, a folder, disk images whole and broken, on a distribution's kernel and on one without drivers.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"
PATH=$PATH:/usr/sbin:/sbin

package=$(apt-cache pkgnames linux-image-6.12 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64$' | sort -V | tail -n 1)
if [ -z "$package" ]; then
	skip "root file systems" "no linux-image-6.12 package is known to apt"
	finish
	exit
fi
image=deb:$package
net='ip netns add a && ip link add v0 type veth peer name v1 netns a && ip addr add 10.9.8.1/24 dev v0 && ip link set v0 up
	ip -n a addr add 10.9.8.2/24 dev v1 && ip -n a link set v1 up && ip netns exec a ping -c 1 -W 30 10.9.8.1'

check "Debian" run 0 run "$image" -r debian --suite boot --suite 'cmd:python=python3 -c "import json, socket"' --suite "cmd:net=$net" \
	--suite 'cmd:modules=modprobe null_blk && test -b /dev/nullb0' --suite 'cmd:bash=bash -c "echo \$BASH_VERSION" && df / && touch /kept' \
	--suite 'cmd:tun=ip tuntap add t0 mode tap && ip link show t0' --json
check "Python, network namespaces, modprobe, bash, and devices whose modules load when opened" query '[status("cmd." + n) for n in ("python", "net", "modules", "bash", "tun")] == 5 * [["PASS"]]'
check "and modules of the host" run 0 run "$image" -r debian --module loop --suite 'cmd:gone=! test -e /kept && test -c /dev/loop-control' --json
check "what a test wrote is gone in the next boot" query 'status("cmd.gone") == ["PASS"] and status("module.loop") == ["PASS"]'

mkdir -p "$T/ltp/runtest" "$T/ltp/testcases/bin" && printf '#!/usr/bin/python3\nprint("TPASS")\n' >"$T/ltp/testcases/bin/here" && chmod +x "$T/ltp/testcases/bin/here"
echo 'here01 here && test -e /etc/debian_version' | tee "$T/ltp/runtest/one" >"$T/ltp/runtest/two"
check "suites of a folder of the host" run 0 run "$image" -r debian --suite ltp:one --suite ltp:two --suite-path "ltp=$T/ltp" --json
check "are there, too" query 'status("ltp.one.here01") == status("ltp.two.here01") == ["PASS"]'

mkdir -p "$T/root/bin" "$T/root/etc" && cp /bin/busybox "$T/root/bin/" && ln -s busybox "$T/root/bin/sh" && echo mine >"$T/root/etc/whose"
check "a folder" run 0 run "$image" -r "$T/root" --suite boot --suite "cmd:here=busybox grep mine /etc/whose && busybox test -d /proc/1" --json
check "is the root" query 'status("cmd.here") == ["PASS"]'
echo yours >"$T/root/etc/whose"
check "a folder that changed" run 1 run "$image" -r "$T/root" --suite "cmd:here=busybox grep mine /etc/whose" --json
check "is taken anew" query 'status("cmd.here") == ["FAIL"]'

truncate -s 64M "$T/disk.img" && mke2fs -q -F -t ext4 -d "$T/root" "$T/disk.img"
sum=$(sha256sum <"$T/disk.img")
check "an image" run 0 run "$image" -r "$T/disk.img" --suite "cmd:here=busybox grep yours /etc/whose && busybox touch /new" --json
check "is not written to" test "$sum" = "$(sha256sum <"$T/disk.img")"
# Two partitions, at 4 MB and 12 MB: a PC's partition table.
python3 -c 'import struct, sys
entry = lambda start, n: struct.pack("<B3sB3sII", 0, b"", 0x83, b"", start, n)
sys.stdout.buffer.write(bytes(446) + entry(8192, 16384) + entry(24576, 139264) + bytes(32) + b"\x55\xaa")' >"$T/parts.img"
truncate -s 80M "$T/parts.img" && dd if="$T/disk.img" of="$T/parts.img" bs=1M seek=12 conv=notrunc status=none
check "an image with partitions" run 0 run "$image" -r "$T/parts.img" --suite "cmd:here=busybox grep yours /etc/whose" --json
check "has its root in the second" query 'status("cmd.here") == ["PASS"]'

head -c 3000000 /dev/urandom >"$T/garbage.img"
check "garbage" run 125 run "$image" -r "$T/garbage.img" --suite boot
check "is seen before anything boots" one_line 'garbage.img: neither a file system that kassay knows'
check "what is not there" run 125 run "$image" -r "$T/nothing" --suite boot
check "is named" one_line 'nothing: there is no such file or folder'
check "a folder of something else" run 125 run "$image" -r /proc/self --suite boot
check "is named too" one_line 'not a root file system'
check "a suite that Debian has not" run 125 run "$image" -r debian:nosuch --suite boot
check "says so in Debian's words" err_has "nosuch Release"

cp "$T/disk.img" "$T/damaged.img" && dd if=/dev/zero of="$T/damaged.img" bs=4096 seek=1 count=64 conv=notrunc status=none
dd if=/dev/urandom of="$T/damaged.img" bs=1 seek=1100 count=60 conv=notrunc status=none
check "a damaged file system" run 125 run "$image" -r "$T/damaged.img" --suite boot --suite cmd:x=true --json
check "is not the kernel's fault" query 'status("boot") == ["PASS"] and status("cmd.x") == ["MISS"]'
check "and is said to be the reason" query '"root file system: cannot mount" in str([t for t in d["tests"] if t["path"] == "cmd.x"])'

check "a tree" tree modules
check "and its kernel, which has no disks" run 0 run "$trees/modules" --preset tiny --config BLOCK=y --config BLK_DEV=y --config BLK_DEV_NULL_BLK=m --suite boot --module null_blk
if command -v arch-test >/dev/null && arch-test armhf >/dev/null; then
	skip "Debian of another architecture" "this host runs its programs"
else
	check "Debian of another architecture" run 125 run "$trees/modules" --preset tiny --arch arm -r debian --suite boot
	check "is refused before anything is built" one_line 'cannot run its programs|arch-test is not installed'
fi
check "its image" image bzImage
check "in a root file system" run 125 test bzImage -r "$T/disk.img" --suite boot --suite cmd:x=true --json
check "what it lacks is named" query '"CONFIG_VIRTIO_BLK" in str([t for t in d["tests"] if t["path"] == "cmd.x"]) and status("boot") == ["PASS"]'

if unshare -rm true 2>/dev/null; then
	mkdir "$T/small"
	cat >"$T/full.sh" <<'SH'
mount -t tmpfs -o size=24M none "$1" && shift && exec "$@"
SH
	full()
	{
		unshare -rm sh "$T/full.sh" "$T/small" env TMPDIR="$T/small" "$KASSAY" run "$image" -r "$T/disk.img" --suite boot \
			--suite 'cmd:fill=busybox dd if=/dev/urandom of=/big bs=1M count=50; busybox sync' --json >"$T/out" 2>"$T/err"
		[ $? = 125 ]
	}
	check "a full disk under the image" full
	check "is this machine's fault" query 'status("cmd.fill") == ["ERROR"] and status("boot") == ["PASS"]'
	check "and said so" query '"No space left" in str([t for t in d["tests"] if t["path"] == "cmd.fill"])'
else
	skip "a full disk under the image" "no user namespaces here"
fi
finish
