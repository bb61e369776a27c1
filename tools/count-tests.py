#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Count the single checks in meson's test logs: TAP lines where there are any, else one per test."""
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b(.*)$")


def count(test):
    passed = failed = skipped = 0
    for line in (test.get("stdout") or "").splitlines():
        m = RESULT.match(line)
        if not m:
            continue
        if "# SKIP" in m.group(2).upper():
            skipped += 1
        elif m.group(1):
            failed += 1
        else:
            passed += 1
    good = test["result"] in ("OK", "EXPECTEDFAIL", "SKIP")
    if not good and not failed:
        failed = 1
        print("failed: %s (%s)" % (test["name"], test["result"]))
    if good and not passed and not skipped:
        passed += test["result"] != "SKIP"
        skipped += test["result"] == "SKIP"
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    for path in sys.argv[1:]:
        try:
            with open(path) as log:
                tests = [json.loads(line) for line in log]
        except FileNotFoundError:
            continue
        for test in tests:
            totals = [a + b for a, b in zip(totals, count(test))]
    print("%d passed, %d failed, %d skipped" % tuple(totals))
    return 1 if totals[1] or not totals[0] else 0


sys.exit(main())
