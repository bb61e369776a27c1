#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time of four guests side by side against that of the same four one after the other."""
import json
import re
import resource
import subprocess
import tempfile

from pairs import cache, kassay, pairs

PLAN = """
builds:
  - name: tiny
    preset: tiny
    fragments: [boot, kunit, kselftest]
platforms:
  - {name: a, memory: 256M, cpus: 1}
  - {name: b, memory: 256M, cpus: 1}
  - {name: c, memory: 256M, cpus: 1}
  - {name: d, memory: 256M, cpus: 1}
suites:
  - boot
  - kunit
"""


def cpu_seconds():
    """Of all programs that were waited for, and of those that they waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    cache()
    with tempfile.TemporaryDirectory() as folder:
        plan = folder + "/plan.yaml"
        with open(plan, "w", encoding="utf-8") as out:
            out.write(PLAN)
        # The kernel comes from the cache, once: what is measured is its image.
        built = folder + "/built.db"
        build = kassay("build", "deb:linux-source-6.12", "--plan", plan, "--quiet", "--json", "--store", folder + "/built.db")
        shown = subprocess.run(build, check=True, stdout=subprocess.PIPE)
        image = re.search(r" O=(\S+)", json.loads(shown.stdout)["builds"][0]["command"])[1] + "/arch/x86/boot/bzImage"
        run = kassay("test", image, "--plan", plan, "--accel", "tcg", "--quiet", "--store", folder + "/bench.db", "--guests")
        pairs("CPU of four guests at once", [*run, "4"], [*run, "1"], 1.2, n=5, clock=cpu_seconds)


main()
