# SPDX-License-Identifier: GPL-2.0-or-later
"""Check checkouts, builds and tests of a kassay JSON document by the rules of KCIDB's schema v5.3."""
import json
import os
import re

ID = re.compile(r"^[a-z0-9_]+:[^\0]*$")
PATH = re.compile(r"^(|[.a-zA-Z0-9_-]*)$")
STATUS = {"FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"}
KNOWN = {
    "checkouts": {"id", "origin", "tree_name", "git_repository_url", "git_commit_hash", "git_commit_name",
                  "git_repository_branch", "comment", "start_time", "misc"},
    "builds": {"id", "origin", "checkout_id", "comment", "start_time", "duration", "architecture", "command", "compiler",
               "config_name", "log_excerpt", "status", "misc", "input_files", "output_files"},
    "tests": {"id", "origin", "build_id", "path", "environment", "comment", "log_excerpt", "status", "number", "start_time",
              "duration", "misc", "output_files"},
}


def no_null(value, where):
    assert value is not None, where
    if isinstance(value, dict):
        for k, v in value.items():
            no_null(v, where + "." + k)
    elif isinstance(value, list):
        for v in value:
            no_null(v, where + "[]")


d = json.load(open(os.environ["KASSAY_JSON"]))
assert d["version"] == {"major": 5, "minor": 3}
for kind, members in KNOWN.items():
    assert d[kind], kind
    for item in d[kind]:
        no_null(item, kind)
        assert ID.match(item["id"]), item["id"]
        extra = set(item) - members
        assert not extra, (kind, extra)
        assert item["id"].startswith(item["origin"] + ":")
        assert item.get("status", "PASS") in STATUS
        assert isinstance(item.get("misc", {}), dict)
for test in d["tests"]:
    assert PATH.match(test["path"].replace("#", "")), test["path"]
    if "number" in test:
        assert isinstance(test["number"]["value"], (int, float))
assert len({t["id"] for t in d["tests"]}) == len(d["tests"])
print("valid")
