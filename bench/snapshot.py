#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The snapshot of a git tree in which nothing changed, against git status: snapshot.py BUILD [TREE]"""
import os
import subprocess
import sys
import tempfile

from pairs import cache, pairs


def main():
    cache()
    build = sys.argv[1]
    tree = sys.argv[2] if len(sys.argv) > 2 else os.environ["KASSAY_TEST_CACHE"] + "/trees/desk"
    subprocess.run(["ninja", "-C", build, "bench/bench_snapshot"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        ours = [build + "/bench/bench_snapshot", tree, folder + "/work", folder + "/snap"]
        pairs("snapshot of an unchanged tree", ours, ["git", "-C", tree, "status"], 2.0, n=15)


main()
