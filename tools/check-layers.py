#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may use whom: check the includes and names of src/ against the house's layers.

Prints each offence as FILE:LINE: what is wrong, exit status 1 when there is one. Run as a test.
"""
import pathlib
import re
import sys

# Low to high; a folder uses itself and those named.
MAY_USE = {
    "base": "",
    "sys": "base",
    "logs": "base",
    "syms": "base sys",
    "triage": "base sys logs syms",
    "store": "base sys",
    "kernel": "base sys logs",
    "boot": "base sys logs",
    "verdict": "base sys logs store",
    "interop": "base sys logs store",
    "evidence": "base sys store verdict",
    "job": "base sys logs syms triage store kernel boot verdict interop evidence",
    "web": "base sys logs syms triage store kernel boot verdict interop evidence job",
    "cli": "base sys logs syms triage store kernel boot verdict interop evidence job web",
}
# No I/O: bytes in, records out.
PURE = {"logs": {"fcntl.h", "unistd.h", "sys/stat.h", "sys/socket.h", "dirent.h", "uv.h", "curl/curl.h"}}

INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
# Names of libraries. Definitions and declarations begin in column 0, uses do not.
BANNED = r"(?:elf_|dwarf_|btf__|json_|sqlite3_)\w+"
DEFINES = [
    re.compile(rf"[A-Za-z_][\w\s*]*?\b({BANNED})\s*[\[(=;]"),
    re.compile(rf"(?:typedef\s+)?(?:struct|enum|union)\s+({BANNED})\s*{{"),
    re.compile(rf"#\s*define\s+({BANNED})\b"),
]


def include_fault(folder, kind, name):
    if kind == "<":
        return f"{folder}/ does no I/O" if name in PURE.get(folder, ()) else None
    other = name.split("/")[0]
    if "/" not in name:
        return 'is to be written "FOLDER/NAME.h", from src/'
    if other not in MAY_USE:
        return f"{other}/ is no layer"
    if other != folder and other not in MAY_USE[folder].split():
        return f"{folder}/ may not use {other}/"
    return None


def check(path, folder):
    faults = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        m = INCLUDE.match(line)
        fault = include_fault(folder, *m.groups()) if m else None
        if fault:
            faults.append((number, f"{m[2]}: {fault}"))
        for pattern in DEFINES:
            m = pattern.match(line)
            if m:
                faults.append((number, f"{m[1]}: the prefix belongs to a library"))
    return faults


def main():
    src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    count = bad = 0
    for path in sorted(src.rglob("*.[ch]")):
        folder = path.relative_to(src).parts[0]
        count += 1
        faults = check(path, folder) if folder in MAY_USE else [(1, f"{folder}/ is no layer")]
        for number, text in faults:
            print(f"{path}:{number}: {text}")
            bad += 1
    print(f"{count} files, {bad} offences")
    return 1 if bad or count == 0 else 0


sys.exit(main())
