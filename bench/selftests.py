#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kselftests on a packaged kernel in a Debian root file system, everything built, against the kernel's own run_kselftest.sh
in a bare QEMU with the same disk, the same programs and an init of ten lines. That script starts a dozen programs around each
test, which takes 0.6 s under emulation: kassay's init starts none. Collections: those of the plan selftests that
neither sleep nor loop for minutes, or the arguments."""
import glob
import os
import re
import subprocess
import sys
import tempfile

from pairs import cache, kassay, pairs

COLLECTIONS = sys.argv[1:] or ["breakpoints", "cachestat", "capabilities", "clone3", "core", "exec", "fchmodat2",
                               "ipc", "kcmp", "membarrier", "memfd", "mincore", "mount", "nsfs", "pid_namespace", "proc",
                               "rlimits", "sigaltstack", "size", "splice", "sync", "tmpfs", "tty", "uevent"]
INIT = r"""#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for m in %(modules)s; do $b insmod /kassay/modules/$m; done
$b mkdir /n; $b mount -t ext4 /dev/vda /n
$b mkdir -p /n/opt/kselftest; $b mount -t ext4 /dev/vdb /n/opt/kselftest
for d in proc sys dev; do $b mount -o move /$d /n/$d; done
cd /n; $b mount -o move . /; exec $b chroot . /bin/sh -c '
mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /dev/shm; mount -t tmpfs tmpfs /run; mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t mqueue mqueue /dev/mqueue 2>/dev/null || { mkdir /dev/mqueue; mount -t mqueue mqueue /dev/mqueue; }
mkdir -p /dev/pts; mount -t devpts -o ptmxmode=666 devpts /dev/pts; ip link set lo up
cd /opt/kselftest; ./run_kselftest.sh -s -o 600 %(names)s; sync; echo o >/proc/sysrq-trigger; sleep 99'
"""


def bare(folder, run, image, root):
    """The initramfs of ours with another init, and the disk of its tests, from one boot whose files are kept."""
    kept = subprocess.run([*(w for w in run if w != "--quiet"), "--keep"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    initrd = re.search(r"kept in (\S+)", kept)[1] + "/initramfs.cpio"
    with open(initrd, "rb") as f:
        jobs = f.read(1 << 20).decode(errors="replace")
    modules = [os.path.basename(m) for m in re.findall(r"set\tload\t\??(\S+)", jobs) if "console" not in m]
    os.makedirs(folder + "/add/bin", exist_ok=True)
    subprocess.run(["cp", "/bin/busybox", folder + "/add/bin/"], check=True)
    with open(folder + "/add/init", "w", encoding="utf-8") as f:
        f.write(INIT % {"modules": " ".join(modules), "names": " ".join("-c " + c for c in COLLECTIONS)})
    os.chmod(folder + "/add/init", 0o755)
    with open(folder + "/initrd", "wb") as out:
        with open(initrd, "rb") as f:
            out.write(f.read())
        out.write(bytes(-out.tell() % 4))
        out.flush()
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"bin\nbin/busybox\ninit\n", stdout=out, cwd=folder + "/add", check=True)
    tests = folder + "/kselftest.ext4"
    subprocess.run(["mv", os.path.dirname(initrd) + "/modules/kselftest.ext4", tests], check=True)
    subprocess.run(["rm", "-rf", os.path.dirname(initrd)], check=True)
    return ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "2G", "-smp", "1", "-nodefaults", "-display", "none",
            "-serial", "stdio", "-no-reboot", "-drive", "if=virtio,format=raw,snapshot=on,file=" + root, "-drive",
            "if=virtio,format=raw,snapshot=on,file=" + tests, "-kernel", image, "-initrd", folder + "/initrd",
            "-append", "console=ttyS0 panic=-1 quiet"]


def main():
    names = subprocess.run(["apt-cache", "pkgnames", "linux-image-6.12"], stdout=subprocess.PIPE, text=True).stdout.split()
    names = sorted(n for n in names if n.endswith("-amd64") and n.count("-") == 3)
    if not names:
        sys.exit("selftests: apt knows no linux-image-6.12 package")
    where = cache()
    with tempfile.TemporaryDirectory() as folder:
        run = kassay("test", "deb:" + names[-1], "--rootfs", "debian", "--quiet", "--memory", "2G", "--cpus", "1", "--accel", "tcg",
                     "--test-timeout", "600s", "--store", folder + "/bench.db", *(w for c in COLLECTIONS for w in ("--suite", "kselftest:" + c)))
        image = sorted(glob.glob(where + "/*/*/**/vmlinuz-*amd64", recursive=True))[-1]
        subprocess.run(run, check=False, stdout=subprocess.DEVNULL)
        root = max(glob.glob(where + "/rootfs/debian-*/image.ext4"), key=os.path.getatime)
        pairs("kselftests on %s" % names[-1].split("-amd64")[0][-16:], run, bare(folder, run, image, root), 1.15, n=3, good=(0, 1))


main()
