# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL in the middle, then --resume: nothing lost, nothing different. KILLS=20 for the long run.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"
kills=${KILLS:-3}

check "a tree" tree kill
cd "$trees/kill" || exit 1
set -- run --suite boot --suite kunit --suite kselftest:size --suite 'cmd:a=sleep 1' --suite 'cmd:b=true' --json
statuses()
{
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
# What lies on the stack decides "test_switch_": it flips between SKIP and PASS from boot to boot.
for t in sorted((t["path"], t.get("environment", {}).get("comment", ""), t["status"]) for t in d["tests"] if "test_switch_" not in t["path"]): print(*t)' "$1"
}
"$KASSAY" "$@" >"$T/whole" 2>"$T/err"
start=$(date +%s%N)
echo >>lib/bitmap.c	# something to compile, so that a kill may hit the build
"$KASSAY" "$@" >"$T/whole" 2>"$T/err"
took=$((($(date +%s%N) - start) / 1000000))
statuses "$T/whole" >"$T/want"
check "its results" sh -c "[ \$(wc -l <'$T/want') -gt 60 ]"
i=0
while [ $i -lt "$kills" ]; do
	i=$((i + 1))
	export KASSAY_STORE="$T/kill$i.db"
	"$KASSAY" results >/dev/null 2>&1
	echo >>lib/bitmap.c
	after=$(python3 -c "import random; print(random.randint(50, $took) / 1000)")
	"$KASSAY" "$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$after"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ -e "$KASSAY_STORE" ]; then
		check "store after a kill at ${after}s" python3 -c "import sqlite3; assert sqlite3.connect('$KASSAY_STORE').execute('pragma integrity_check').fetchone()[0] == 'ok'"
	fi
	if "$KASSAY" results 2>/dev/null | grep -q .; then
		"$KASSAY" run --resume --json >"$T/resumed" 2>"$T/err"
		[ -s "$T/resumed" ] || "$KASSAY" results --json >"$T/resumed"	# it had ended before the kill
	else
		"$KASSAY" "$@" >"$T/resumed" 2>"$T/err"	# killed before there was a run
	fi
	statuses "$T/resumed" >"$T/got"
	check "resumed after ${after}s: the same results" diff "$T/want" "$T/got"
done
finish
