# SPDX-License-Identifier: GPL-2.0-or-later
"""Interleaved pairs of two commands: medians and their ratio."""
import os
import statistics
import subprocess
import sys
import time

INIT = '#include <sys/reboot.h>\nint main(void) { return reboot(RB_AUTOBOOT); }\n'


def timed(command, clock):
    start = clock()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return clock() - start, done


def pairs(name, ours, other, aim, n=7, before=lambda i: None, good=(0,), clock=time.monotonic):
    """@before(i) prepares each side of each pair. A command that ends otherwise than @good stops the bench."""
    times = ([], [])
    for i in range(n + 1):      # the first pair warms up and is not counted
        for side, command in enumerate((ours, other)):
            before(side)
            seconds, done = timed(command, clock)
            if done.returncode not in good:
                sys.stdout.write(done.stdout.decode(errors="replace")[-2000:])
                sys.exit("%s: %s ended with %d" % (name, command[0], done.returncode))
            if i:
                times[side].append(seconds)
    a, b = (statistics.median(t) for t in times)
    print("%-34s ours %7.3f s   other %7.3f s   ratio %.3f   aim %.2f   (%d pairs)" % (name, a, b, a / b, aim, n), flush=True)


def kassay(*args):
    return [os.environ["KASSAY"], *args]


def cache():
    os.environ["XDG_CACHE_HOME"] = os.environ["KASSAY_TEST_CACHE"]
    return os.environ["KASSAY_TEST_CACHE"] + "/kassay"


def bare_initrd(folder):
    subprocess.run(["gcc", "-static", "-Os", "-xc", "-", "-o", folder + "/init"], input=INIT.encode(), check=True)
    with open(folder + "/initrd", "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"init\n", stdout=out, cwd=folder, check=True)
    return folder + "/initrd"
