#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""After an edit of one .c file: kassay run against make in an equally warm folder and a bare QEMU with the same tests."""
import json
import os
import re
import shlex
import subprocess
import tempfile

from pairs import bare_initrd, cache, kassay, pairs


def main():
    cache()
    tree = os.environ["KASSAY_TEST_CACHE"] + "/trees/desk"
    subprocess.run(["git", "-C", tree, "checkout", "-qf", "--detach", "base"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        run = kassay("run", tree, "--suite", "boot", "--suite", "kunit", "--quiet", "--accel", "tcg", "--store",
                     folder + "/bench.db")
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        shown = subprocess.run(kassay("results", "--json", "--store", folder + "/bench.db"), check=True, stdout=subprocess.PIPE)
        config = re.search(r" O=(\S+)", json.loads(shown.stdout)["builds"][0]["command"])[1] + "/.config"
        out = folder + "/out"
        os.mkdir(out)
        subprocess.run(["cp", config, out + "/.config"], check=True)
        make = "make -C %s O=%s -j%d bzImage" % (tree, out, os.cpu_count())
        subprocess.run(make + " CC='ccache gcc' >/dev/null", shell=True, check=True)
        qemu = shlex.join(["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "512M", "-nodefaults",
                           "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel",
                           out + "/arch/x86/boot/bzImage", "-initrd", bare_initrd(folder), "-append",
                           "console=ttyS0 panic=-1"])
        count = [0]

        def edit(_):
            count[0] += 1
            with open(tree + "/lib/bitmap.c", "a") as f:
                f.write("int kassay_bench_%d_%d;\n" % (os.getpid(), count[0]))

        pairs("edit of one file, tiny kernel", run, ["sh", "-c", make + " CC='ccache gcc' && " + qemu], 1.25, before=edit)
    subprocess.run(["git", "-C", tree, "checkout", "-qf", "--detach", "base"], check=True)


main()
