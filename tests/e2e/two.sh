# SPDX-License-Identifier: GPL-2.0-or-later
# Two runs at once on one cache and one store; a full disk; a store nobody may write; Ctrl-C.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree" tree failing
add_faults "$trees/failing"
R="run $trees/failing --untracked --suite boot --suite kunit:list*"
check "once, alone" run 0 $R
"$KASSAY" $R >"$T/one" 2>"$T/one.err" &
one=$!
"$KASSAY" $R >"$T/two" 2>"$T/two.err" &
two=$!
check "one of two at once" wait $one
check "the other" wait $two
check "both are in the store" sh -c "[ \$('$KASSAY' results | grep -c good) = 3 ]"
check "with the same counts" sh -c "grep ' suite ' '$T/one' >a; grep ' suite ' '$T/two' | diff a -"

check "its image" image bzImage
"$KASSAY" test bzImage --suite boot --suite 'cmd:sleep=sleep 40' >"$T/out" 2>"$T/err" &
pid=$!
sleep 6
check "Ctrl-C" sh -c "kill -INT $pid"
wait $pid
status=$?
check "status: could not tell" test $status = 125
check "says how to go on" err_has '--resume'
check "no QEMU is left" sh -c "! pgrep -f '[q]emu.*$T'"
check "what was known is stored" sh -c "'$KASSAY' results | grep -q 'cut off'"
check "resume" sh -c "'$KASSAY' run --resume >/dev/null 2>err; true"

if [ "$(id -u)" = 0 ] && mkdir -p small && mount -t tmpfs -o size=300k none small 2>/dev/null; then
	KASSAY_STORE=$T/small/kassay.db
	check "a full disk" run 125 test bzImage --suite boot
	check "is one clear line" one_line '[Nn]o space|full'
	umount small
	KASSAY_STORE=$T/kassay.db
else
	skip "a full disk" "needs to mount a tmpfs"
fi
check "the store is as it was" sh -c "[ \$('$KASSAY' results | grep -c good) -ge 3 ]"
finish
