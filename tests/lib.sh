# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by CLI and end-to-end tests: TAP output, a temporary folder, kassay's places inside it.
# shellcheck shell=sh
set -u
: "${KASSAY:?the program under test}" "${KASSAY_TESTS:?the tests folder}"
T=$(mktemp -d "${TMPDIR:-/tmp}/kassay-test.XXXXXX")
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM HUP
cd "$T" || exit 1
export HOME=$T/home XDG_DATA_HOME=$T/data XDG_CONFIG_HOME=$T/config KASSAY_STORE=$T/kassay.db NO_COLOR=1
# End-to-end tests share a cache of kernels that outlives them; others get one of their own.
export XDG_CACHE_HOME=${KASSAY_TEST_CACHE:-$T/cache}
mkdir -p "$HOME"
tests=0

# check DESCRIPTION COMMAND...: one TAP line by the command's exit status.
check()
{
	tests=$((tests + 1))
	desc=$1
	shift
	if "$@" >"$T/check.out" 2>&1; then
		echo "ok $tests - $desc"
	else
		echo "not ok $tests - $desc"
		sed 's/^/# /' "$T/check.out" | tail -n 40
		[ ! -e "$T/err" ] || { echo "# stderr:"; sed 's/^/#   /' "$T/err" | tail -n 20; }
		[ ! -e "$T/out" ] || { echo "# stdout:"; sed 's/^/#   /' "$T/out" | tail -n 40; }
	fi
}

skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

finish()
{
	echo "1..$tests"
	exit 0
}

# run STATUS ARGUMENT...: kassay with these arguments ends with STATUS; its output is in $T/out and $T/err.
run()
{
	want=$1
	shift
	"$KASSAY" "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "exit status $got, wanted $want"; return 1; }
}

# one_line PATTERN: stderr is one line (notices apart) that matches.
one_line()
{
	grep -E 'error:' "$T/err" >"$T/errors"
	[ "$(wc -l <"$T/errors")" = 1 ] && grep -qE -- "$1" "$T/errors"
}

out_has() { grep -qE -- "$1" "$T/out"; }
err_has() { grep -qE -- "$1" "$T/err"; }
out_lacks() { ! grep -qE -- "$1" "$T/out"; }

# query EXPRESSION [FILE]: a Python expression over the JSON object d; true is success.
query()
{
	python3 - "$1" "${2:-$T/out}" <<'PY'
import json, sys
d = json.load(open(sys.argv[2]))
def tests(prefix="", status=None):
    return [t for t in d["tests"] if t["path"].startswith(prefix) and status in (None, t.get("status"))]
def status(path, platform=None):
    return [t.get("status") for t in d["tests"] if t["path"] == path]
value = eval(sys.argv[1])
print(repr(value)[:2000])
sys.exit(0 if value else 1)
PY
}
