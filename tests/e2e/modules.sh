# SPDX-License-Identifier: GPL-2.0-or-later
# Modules: a package's, a tree's own, and those of another kernel.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

image=$(apt-cache pkgnames linux-image-6.12 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64$' | sort -V | tail -n 1)
if [ -n "$image" ]; then
	check "of a package, with what they need" run 0 run "deb:$image" --suite boot --module loop --module ext4 \
		--module null_blk,nr_devices=3 --suite 'cmd:there=test -c /dev/loop-control && test -b /dev/nullb2 && grep ext4 /proc/filesystems' --json
	check "each is a test" query '[status("module." + n) for n in ("loop", "ext4", "null_blk")] == 3 * [["PASS"]]'
	check "and works" query 'status("cmd.there") == ["PASS"]'
	truncate -s 1M disk.img
	check "the drivers of a disk" run 0 run "deb:$image" --disk disk.img --suite 'cmd:disk=test -b /dev/vda' --json
	check "one that is not there" run 125 run "deb:$image" --suite boot --module null_blc
	check "is named with the nearest" out_has "no module 'null_blc'; did you mean 'null_blk'"
	check "a wrong parameter is not refused by every kernel, a wrong value is" run 1 run "deb:$image" --suite boot --module null_blk,nr_devices=many --json
	check "FAIL" query 'status("module.null_blk") == ["FAIL"] and status("boot") == ["PASS"]'
else
	skip "modules of a package" "no linux-image-6.12 package is known to apt"
fi

check "a tree" tree modules
# Its results come over the virtio port, whose drivers are modules, too.
tiny() { run 0 run "$trees/modules" --preset tiny --config BLOCK=y --config BLK_DEV=y --config PCI=y --config VIRTIO_MENU=y "$@"; }
port='--config VIRTIO_PCI=m --config VIRTIO_CONSOLE=m'
channel() { "$KASSAY" results --log machine >machine.json && query "d['channel'] == '$1'" machine.json; }
# shellcheck disable=SC2086 # words on purpose
{
	check "its own module" tiny $port --config BLK_DEV_NULL_BLK=m --suite boot --module null_blk \
		--suite 'cmd:there=test -b /dev/nullb0; s=$?; cat /proc/modules; exit $s' --json
	check "is built, staged and loaded" query 'status("module.null_blk") == ["PASS"] and status("cmd.there") == ["PASS"]'
	check "modules of the virtio port were loaded before it was looked for" channel virtio
	check "one that is built in" tiny $port --config BLK_DEV_NULL_BLK=y --suite module:null-blk --json
	check "needs nothing" query 'status("module.null-blk") == ["PASS"]'
	check "the first again" tiny $port --config BLK_DEV_NULL_BLK=m --suite boot --module null_blk
}
check "its image" image bzImage
if [ -n "$image" ]; then
	foreign=$(find "$XDG_CACHE_HOME/kassay/src" -maxdepth 5 -path "*lib/modules/${image#linux-image-}" | head -n 1)
	check "modules of another kernel" run 125 test bzImage --modules "$foreign" --suite boot --module loop --json
	check "are no fault of this one" query 'status("module.loop") == ["ERROR"] and status("boot") == ["PASS"]'
	check "which is said" query '"not a module for this kernel" in str([t for t in d["tests"] if t["path"] == "module.loop"])'
fi
check "too little memory" run 125 test bzImage --suite boot --memory 20M
check "is not the kernel's fault either" one_line 'of memory is too small for this kernel'
finish
