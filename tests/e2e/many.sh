# SPDX-License-Identifier: GPL-2.0-or-later
# Several machines of one run side by side: none waits for another, and the results are those of one at a time.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a kernel" run 0 build "$source" --plan quick
check "its image" image "$T/bzImage"

# plan FILE LINE...: four platforms, of which b is as its flow mapping says.
plan()
{
	file=$1
	b=$2
	shift 2
	{
		printf 'platforms:\n  - {name: a, memory: 128M}\n  - {name: b, memory: 128M%s}\n' "${b:+, $b}"
		printf '  - {name: c, memory: 128M}\n  - {name: d, memory: 128M}\n'
		printf '%s\n' "$@"
	} >"$file"
}

# boots EXPRESSION [FILE]: over m, platform -> begin and end of its boot in seconds, and what query() knows.
boots()
{
	python3 - "$1" "${2:-$T/out}" <<'PY'
import datetime, json, os, subprocess, sys
d = json.load(open(sys.argv[2]))
def seconds(t):
    return datetime.datetime.fromisoformat(t.replace("Z", "+00:00")).timestamp()
def machine(sha):
    folder = os.environ["KASSAY_STORE"].removesuffix(".db") + ".d"
    name = next(os.path.join(r, f) for r, _, fs in os.walk(folder) for f in fs
                if f.startswith(sha) or (os.path.basename(r) + f).startswith(sha))
    return json.loads(subprocess.run(["zstd", "-dcq", name], stdout=subprocess.PIPE, check=True).stdout)
def on(t):
    return t.get("environment", {}).get("comment")
def status(path, platform):
    return [t["status"] for t in d["tests"] if t["path"] == path and on(t) == platform]
def reason(path, platform):
    return [t["misc"]["kassay"].get("reason") for t in d["tests"] if t["path"] == path and on(t) == platform][0]
m = {}
for a in d["artifacts"]:
    if a["role"] == "machine":
        start = min(seconds(t["start_time"]) for t in d["tests"] if on(t) == a["platform"])
        m[a["platform"]] = (start, start + machine(a["sha256"])["duration"])
print({k: (round(s - d_, 1), round(e - d_, 1)) for d_ in [min(s for s, _ in m.values())] for k, (s, e) in m.items()} if m else m)
value = eval(sys.argv[1])
print(repr(value)[:2000])
sys.exit(0 if value else 1)
PY
}

statuses()
{
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
for t in sorted((t["path"], t.get("environment", {}).get("comment", ""), t["status"]) for t in d["tests"]): print(*t)' "$1"
}
no_qemu() { ! pgrep -f "qemu.*$T"; }

plan four.yaml "" 'suites: [boot, "cmd:nap=sleep 3", "cmd:fails=exit 1"]'
check "four at once" run 1 test bzImage --plan ./four.yaml --guests 4 --json
cp out four.json
check "ran side by side" boots 'len(m) == 4 and max(s for s, e in m.values()) < min(e for s, e in m.values())'
check "one after the other" run 1 test bzImage --plan ./four.yaml --guests 1 --json
check "did not" boots 'len(m) == 4 and all(x[1] <= y[0] + 0.1 for x, y in zip(sorted(m.values()), sorted(m.values())[1:]))'
statuses out >one.txt
check "with the same results" sh -c "[ \$(wc -l <one.txt) -ge 16 ]"
statuses four.json >four.txt
check "path by path" diff one.txt four.txt
check "the table has the plan's order" sh -c "'$KASSAY' results 3 | sed -n 's/^  boot .* on \\([a-d]\\) .*/\\1/p' | tr -d '\n' | grep -qx abcd"

plan hang.yaml 'qemu-args: ["-S"]' 'silence: 15s' 'suites: [boot, "cmd:nap=sleep 1"]'
check "one that hangs" run 1 test bzImage --plan ./hang.yaml --guests 2 --json
check "is ended by its own limit" boots 'status("boot", "b") == ["FAIL"] and "hung" in reason("boot", "b")'
check "the others pass" boots 'all(status("boot", x) == status("cmd.nap", x) == ["PASS"] for x in "acd")'
check "and did not wait for it" boots 'm["c"][0] < m["b"][1] and m["a"][0] < m["b"][1] - 15'

plan fast.yaml 'cmdline: be_bad' 'suites: [boot, "cmd:bad=! grep -q be_bad /proc/cmdline", "cmd:nap=sleep 900"]'
started=$(date +%s)
check "--fail-fast" run 1 test bzImage --plan ./fast.yaml --guests 2 --fail-fast --json
check "ends what runs" test $(($(date +%s) - started)) -lt 600
check "after the first failure" boots 'status("cmd.bad", "b") == ["FAIL"] and sum(t["status"] == "FAIL" for t in d["tests"]) == 1'
check "what ran is MISS, and says why" boots 'status("cmd.nap", "a") == status("cmd.nap", "b") == ["MISS"] and reason("cmd.nap", "a") == "not run: --fail-fast after cmd.bad on b failed"'
check "so is what never began" boots 'all(status(p, x) == ["MISS"] and reason(p, x) == reason("cmd.nap", "a") for x in "cd" for p in ("boot", "cmd.bad", "cmd.nap")) and set(m) == {"a", "b"}'
check "the run is done" query 'd["run"]["state"] == "done" and d["run"]["exit_status"] == 1'
check "no QEMU is left" no_qemu
check "the next time what failed comes first" run 1 test bzImage --plan ./fast.yaml --guests 1 --fail-fast --json
check "and alone" boots 'set(m) == {"b"} and status("boot", "a") == ["MISS"]'

plan cut.yaml "" 'suites: [boot, "cmd:nap=sleep 3", "cmd:fails=exit 1"]'
# wait_booted N: until so many boots of the newest run are finished.
wait_booted()
{
	i=0
	while [ $((i += 1)) -lt 600 ]; do
		"$KASSAY" results --json >now.json 2>/dev/null && [ "$(grep -c '"role": "machine"' now.json)" -ge "$1" ] && return
		sleep 0.2
	done
	return 1
}
"$KASSAY" test bzImage --plan ./cut.yaml --guests 3 >/dev/null 2>&1 &
pid=$!
sleep 2
check "one of three has ended" wait_booted 1
kill -KILL $pid
wait $pid 2>/dev/null
sleep 1
check "no QEMU outlives a kill" no_qemu
"$KASSAY" results --json >before.json
check "taken up again" sh -c "'$KASSAY' run --resume --json >resumed.json 2>err; [ \$? = 1 ]"
statuses resumed.json >resumed.txt
check "the same results" diff one.txt resumed.txt
check "what had ended was not booted again" sh -c "python3 - <<'PY'
import json
def machines(name):
    return {a['platform']: a['sha256'] for a in json.load(open(name))['artifacts'] if a['role'] == 'machine'}
before, after = machines('before.json'), machines('resumed.json')
print(before, after)
assert 1 <= len(before) < 4 and len(after) == 4 and all(after[x] == before[x] for x in before)
PY"

"$KASSAY" test bzImage --plan ./cut.yaml --guests 4 >out 2>err &
pid=$!
sleep 4
kill -INT $pid
wait $pid
status=$?
check "Ctrl-C ends all: could not tell" test $status = 125
check "says how to go on" err_has '--resume'
check "no QEMU is left after it" no_qemu
check "and taken up again" sh -c "'$KASSAY' run --resume --json >resumed.json 2>err; [ \$? = 1 ]"
statuses resumed.json >resumed.txt
check "all is there" diff one.txt resumed.txt
finish
