# SPDX-License-Identifier: GPL-2.0-or-later
# Virtual devices, and suites that live in modules: on a package's kernel, and on one built with modules for it.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

reason() { query "'$2' in str([t for t in d['tests'] if t['path'] == '$1'])"; }
with_qemu() { PATH="$T/bin:$PATH" run "$@"; }
pass='["PASS"]'

image=$(apt-cache pkgnames linux-image-6.12 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+\+deb[0-9]+-amd64$' | sort -V | tail -n 1)
if [ -n "$image" ]; then
	cat >plan.yaml <<'YAML'
platforms:
  - memory: 1G
    cpus: 2
    devices: [brd, "null_blk,nr_devices=3", scsi_debug, nvme, virtio-blk, virtio-scsi, virtio-rng, virtio-net, virtio-balloon, netdevsim]
suites:
  - boot
  - {suite: "cmd:three=test -b /dev/nullb2 && ! test -b /dev/nullb3", devices: ["null_blk,nr_devices=3"]}
  - "cmd:nvme=test $(cat /sys/block/nvme0n1/size) = 131072"
  - {suite: "cmd:gpio=false", devices: [gpio-sim]}
  - "stress:3"
  - "rcutorture:3"
YAML
	check "devices of a plan" run 125 run "deb:$image" --plan ./plan.yaml --json
	check "what the kernel and QEMU have comes up" query "[status('device.' + n) for n in ('brd', 'null_blk', 'scsi_debug', 'nvme', 'virtio-blk', 'virtio-scsi', 'virtio-rng', 'virtio-net', 'virtio-balloon')] == 9 * [$pass]"
	check "with its parameters" query "status('cmd.three') == status('cmd.nvme') == $pass"
	check "what the kernel lacks is skipped" query 'status("device.netdevsim") == ["SKIP"] and status("boot") == ["PASS"]'
	check "with the reason" reason device.netdevsim "the kernel has no module netdevsim (CONFIG_NETDEVSIM)"
	check "a suite that needs such a device is, too" query 'status("cmd.gpio") == ["SKIP"] and not tests("device.gpio-sim")'
	check "for the same reason" reason cmd.gpio "the kernel has no module gpio-sim (CONFIG_GPIO_SIM)"
	check "a load is survived" query "status('stress') == $pass"
	check "a torture module that is not there is MISS" query 'status("rcutorture") == ["MISS"]'
	check "--list shows them" run 0 run "deb:$image" --plan ./plan.yaml --device loop --list --json
	check "all" query '"loop" in d["boots"][0]["devices"] and "gpio-sim" in d["boots"][0]["devices"] and len(d["boots"][0]["devices"]) == 12'

	check "machines with more than disks" run 0 run "deb:$image" --suite boot --memory 1G --cpus 2 --device numa=3 --device viommu --device cxl --device nvme,zoned --device tpm \
		--suite 'cmd:zoned=grep host-managed /sys/block/nvme0n1/queue/zoned' --suite 'cmd:cxl=test $(($(cat /sys/bus/cxl/devices/mem0/pmem/size))) = 268435456' --json
	check "come up" query "[status('device.' + n) for n in ('numa', 'viommu', 'cxl', 'nvme')] == 4 * [$pass]"
	check "as they were wanted" query "status('cmd.zoned') == status('cmd.cxl') == $pass"
	if command -v swtpm >/dev/null; then
		check "a TPM" query "status('device.tpm') == $pass"
	else
		check "a TPM needs its program, which is named" reason device.tpm "swtpm is not installed (Debian package: swtpm)"
	fi
	qemu=$(command -v qemu-system-x86_64)
	mkdir -p bin
	cat >bin/qemu-system-x86_64 <<SH
#!/bin/sh
case "\$*" in
*"-device help") "$qemu" "\$@" | grep -v '"nvme' ;;
*) exec "$qemu" "\$@" ;;
esac
SH
	chmod +x bin/qemu-system-x86_64
	check "a QEMU that lacks a device" with_qemu 1 run "deb:$image" --suite boot --device nvme --device null_blk,nr_devices=many --json
	check "says so" reason device.nvme "this QEMU has no nvme"
	check "what does not come up is FAIL" query 'status("device.null_blk") == ["FAIL"] and status("boot") == ["PASS"]'
	check "an unknown device" run 129 run "deb:$image" --device nvmee
	check "the nearest is named" one_line "did you mean 'nvme'"
else
	skip "devices on a package's kernel" "no linux-image-6.12 package is known to apt"
fi

cat >modules.yaml <<'YAML'
builds:
  - name: kmods
    preset: tiny
    fragments: [boot, modules]
    modules: true
    config: [DEBUG_KERNEL=y, RUNTIME_TESTING_MENU=y, NETDEVICES=y, DEBUG_FS=y, KUNIT=m, KUNIT_TEST=m, KUNIT_EXAMPLE_TEST=m, LIST_KUNIT_TEST=m, LOCK_TORTURE_TEST=m, RCU_TORTURE_TEST=m, LKDTM=m, GPIOLIB=y, GPIO_CDEV=y, GPIO_SIM=m, CONFIGFS_FS=y, NET=y, INET=y, NETDEVSIM=m, KPROBES=y, KPROBES_SANITY_TEST=m, UNIX=y]
platforms:
  - memory: 512M
suites:
  - boot
YAML
check "a tree" tree modules
check "a kernel with all of it in modules" run 0 run "$trees/modules" --plan ./modules.yaml --device gpio-sim=16 --device netdevsim=2 --suite boot \
	--suite locktorture:5,torture_type=mutex_lock --suite rcutorture:5 --suite 'cmd:gpio=grep -qx 16 /sys/kernel/config/gpio-sim/kassay/bank0/num_lines' \
	--suite 'cmd:net=test $(ls /sys/bus/netdevsim/devices/netdevsim1/net | wc -w) = 2' --json
check "devices made by its modules" query "status('device.gpio-sim') == status('device.netdevsim') == status('cmd.gpio') == status('cmd.net') == $pass"
check "torture, by its own verdict" query "status('locktorture') == status('rcutorture') == $pass"
check "a torture that cannot begin" run 1 run "$trees/modules" --plan ./modules.yaml --device gpio-sim --device netdevsim --suite boot --suite locktorture:2,torture_type=nothing --suite rcutorture:1 --json
check "is not called good" query 'status("locktorture") == ["FAIL"]'
check "its image" image bzImage
modules=$(find "$XDG_CACHE_HOME/kassay/build" -maxdepth 5 -path '*-kmods-*/mods/lib/modules/*' -prune | head -n 1)
check "KUnit and its suites as modules" run 0 test bzImage --modules "$modules" --suite boot --suite 'kunit:list*' --json
check "run as those that are built in" query "status('kunit.list-kunit-test.list_test_list_init') == status('module.list_test') == $pass and len(tests('kunit.list-kunit-test.', 'PASS')) > 30"
check "the filter holds" query 'not tests("kunit.example")'
finish
