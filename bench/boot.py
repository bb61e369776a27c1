#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot of a packaged kernel, from a warm cache, against a bare QEMU command with a one-line init."""
import glob
import os
import subprocess
import sys
import tempfile

from pairs import bare_initrd, cache, kassay, pairs

def main():
    names = subprocess.run(["apt-cache", "pkgnames", "linux-image-6.12"], stdout=subprocess.PIPE, text=True).stdout.split()
    names = sorted(n for n in names if n.endswith("-amd64") and n.count("-") == 3)
    if not names:
        sys.exit("boot: apt knows no linux-image-6.12 package")
    cache()
    with tempfile.TemporaryDirectory() as folder:
        run = kassay("run", "deb:" + names[-1], "--suite", "boot", "--no-cache", "--quiet", "--memory", "1G", "--cpus", "1",
                     "--accel", "tcg", "--store", folder + "/bench.db")
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        image = sorted(glob.glob(os.environ["XDG_CACHE_HOME"] + "/kassay/*/*/**/vmlinuz-*amd64", recursive=True))[-1]
        bare = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "1G", "-nodefaults", "-display",
                "none", "-serial", "stdio", "-no-reboot", "-kernel", image, "-initrd", bare_initrd(folder), "-append",
                "console=ttyS0 panic=-1"]
        pairs("boot of " + names[-1].split("-amd64")[0][-16:], run, bare, 1.15)


main()
