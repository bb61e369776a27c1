# SPDX-License-Identifier: GPL-2.0-or-later
# The machine's options on a kernel with virtio devices; git:URL#REF; no serial console.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

check "a tree" origin
check "from git:URL#REF, with virtio" run 0 build "git:file://$trees/origin#base" --fragment virtio --json
check "the commit is known" query 'd["checkouts"][0]["git_commit_hash"] == "'"$(git -C "$trees/origin" rev-parse base)"'"'
image bzImage
mkdir extra && echo in >extra/extra-file && (cd extra && echo extra-file | cpio -o -H newc --quiet) >extra.cpio
truncate -s 8M disk.img && printf 'first bytes' | dd of=disk.img conv=notrunc 2>/dev/null
check "memory, command line, initrd, disk, QEMU's own arguments" run 0 run bzImage --suite boot --json \
	--memory 300M --cmdline 'foo=bar' --initrd extra.cpio --disk disk.img:ro --qemu-arg=-name --qemu-arg=kassay-test --keep \
	--suite 'cmd:cmdline=grep foo=bar /proc/cmdline' \
	--suite 'cmd:memory=[ $(awk "/MemTotal/ {print \$2}" /proc/meminfo) -lt 307200 ]' \
	--suite 'cmd:initrd=grep in /extra-file' \
	--suite 'cmd:disk=head -c 11 /dev/vda | grep "first bytes" && ! echo overwritten >/dev/vda'
for name in cmdline memory initrd disk; do
	check "$name" query "status('cmd.$name') == ['PASS']"
done
check "the disk is as it was" sh -c "head -c 11 disk.img | grep -q 'first bytes'"
check "--keep: the machine's files are there and named" sh -c "d=\$(sed -n 's/.*machine files are kept in //p' err) && [ -s \"\$d/initramfs.cpio\" ] && rm -r \"\$d\""
"$KASSAY" results --log machine >machine.json
check "results came over virtio" query '"virtio" in d["channel"]' machine.json
check "QEMU's arguments are recorded" query '"kassay-test" in d["arguments"]' machine.json

# A person's shell, from a pipe and at a terminal.
check "kassay boot: a shell" sh -c "printf 'echo sum \$((40 + 2))\nexit\n' | timeout 60 '$KASSAY' boot bzImage >out 2>err; grep -q 'sum 42' out"
cat >shell.py <<'PY'
import os, pty, re, select, subprocess, sys, termios, time
main, side = pty.openpty()
before = termios.tcgetattr(side)
p = subprocess.Popen(sys.argv[1:], stdin=side, stdout=side, stderr=side, start_new_session=True)
text, sent, end = b"", 0, time.time() + 120
while p.poll() is None and time.time() < end:
    if select.select([main], [], [], 0.2)[0]:
        text += os.read(main, 65536)
    if sent == 0 and re.search(rb"[#$] (\x1b\[6n)?$", text):
        os.write(main, b"echo sum $((40 + 2))\n")
        sent = 1
    if sent == 1 and b"sum 42" in text:
        os.write(main, b"exit\n")
        sent = 2
sys.stdout.write(text.decode(errors="replace"))
sys.exit("%s, status %s" % ("shell" if sent == 2 else "no shell", p.poll()) if sent != 2 or p.poll() is None or termios.tcgetattr(side) != before else 0)
PY
check "kassay boot last: the image of the newest run" sh -c "printf 'cat /proc/version\nexit\n' | timeout 60 '$KASSAY' boot last >out 2>err; grep -q '^Linux version 6' out"
check "kassay boot at a terminal, which is sane after" python3 shell.py "$KASSAY" boot bzImage
check "--shell opens one where a test failed" python3 shell.py "$KASSAY" run bzImage --suite 'cmd:bad=false' --shell
cat >gdb.py <<'PY'
import socket, subprocess, sys, time
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
for i in range(100):
    try:
        s = socket.create_connection(("127.0.0.1", 1234), 1)
        break
    except OSError:
        time.sleep(0.1)
packet = lambda b: b"$" + b + b"#%02x" % (sum(b) % 256)
s.sendall(packet(b"?"))
time.sleep(1)
assert b"$T05" in s.recv(4096)     # it waits
s.sendall(b"+" + packet(b"c"))
sys.exit(p.wait(timeout=60))
PY
check "--gdb waits for a debugger" python3 gdb.py "$KASSAY" boot --gdb --suite boot bzImage

check "a kernel without a serial console" run 125 run "$source" --suite boot --config CONFIG_SERIAL_8250_CONSOLE=n --timeout 60
check "is told what it lacks" sh -c "cat out err | grep -q CONFIG_SERIAL_8250_CONSOLE"
finish
