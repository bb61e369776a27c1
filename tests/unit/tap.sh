#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run a cmocka program. Version 1.1.5 writes "not ok N # SKIP name", which readers of TAP take for a failure.
out=$("$@")
status=$?
printf '%s\n' "$out" | sed 's/^not ok \([0-9]* # SKIP\)/ok \1/'
exit $status
