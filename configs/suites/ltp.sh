# SPDX-License-Identifier: GPL-2.0-or-later
# kassay's way through a runtest file of LTP, in a machine: sh -c THIS kassay-ltp LIMIT SUITE [CASE...]
# Prints what ltp-pan prints around each case (src/logs/ltp.h), so that each has its own output and exit status.
limit=$1 suite=$2
shift 2
for LTPROOT in "${LTPROOT:-/opt/ltp}" /opt/ltp /usr/lib/ltp /usr/local/ltp; do
	[ -d "$LTPROOT/runtest" ] && break
done
if [ ! -d "$LTPROOT/runtest" ]; then
	echo "kassay: missing LTP is not in /opt/ltp: install it in the root file system, or give --suite-path ltp=DIR"
	exit 0
fi
if [ ! -f "$LTPROOT/runtest/$suite" ]; then
	echo "kassay: missing LTP has no runtest file $suite in $LTPROOT/runtest"
	exit 0
fi
export LTPROOT PATH="$LTPROOT/testcases/bin:$LTPROOT/bin:$PATH" TMPDIR="${TMPDIR:-/tmp}" LTP_COLORIZE_OUTPUT=n
# LTP's own limits are written for real hardware.
export LTP_TIMEOUT_MUL="${LTP_TIMEOUT_MUL:-${KASSAY_SLOWDOWN:-1}}"
list=$TMPDIR/kassay-ltp.$$
while read -r tag command; do
	case $tag in '' | '#'*) continue ;; esac
	wanted=$#
	for name; do [ "$name" = "$tag" ] && wanted=0; done
	[ "$wanted" = 0 ] && printf '%s %s\n' "$tag" "$command"
done <"$LTPROOT/runtest/$suite" >"$list"
while read -r tag command; do echo "kassay: planned $tag"; done <"$list"
for name; do
	grep -q "^$name " "$list" || echo "kassay: planned $name"
done
cd "$LTPROOT/testcases/bin" 2>/dev/null || cd "$LTPROOT" || exit 1
while read -r tag command <&3; do
	echo "LTP: starting $tag ($command)" >/dev/kmsg 2>/dev/null
	start=$(date +%s)
	printf '<<<test_start>>>\ntag=%s stime=%s\ncmdline="%s"\ncontacts=""\nanalysis=exit\n<<<test_output>>>\n' "$tag" "$start" "$command"
	timeout -k 5 "$limit" sh -c "$command" 3<&-
	code=$?
	seconds=$(($(date +%s) - start)) how=exited
	case $code in 124 | 137 | 143) [ "$seconds" -lt "$limit" ] || how=timeout ;; esac
	printf '<<<execution_status>>>\ninitiation_status="ok"\nduration=%s termination_type=%s termination_id=%s corefile=no\n<<<test_end>>>\n' "$seconds" "$how" "$code"
done 3<"$list"
rm -f "$list"
exit 0
