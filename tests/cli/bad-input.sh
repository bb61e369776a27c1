# SPDX-License-Identifier: GPL-2.0-or-later
# Each ends with one clear line that names the thing, and the exit status: could not tell, or usage.
. "$KASSAY_TESTS/lib.sh"

bad() { check "$1: status" run "$2" run "$3"; check "$1: one line" one_line "$4"; }

bad "no source" 125 ./nothing 'nothing'
mkdir empty
bad "an empty folder" 125 empty 'empty'
mkdir notkernel
echo hello >notkernel/file
bad "a folder that is no kernel" 125 notkernel 'notkernel.*kernel'
echo text >text
bad "a file that is no kernel" 125 text 'text.*(image|kernel)'
# An arm64 Image: "ARM\x64" at 0x38 (Documentation/arch/arm64/booting.rst).
{ head -c 56 /dev/zero; printf 'ARM\144'; head -c 4096 /dev/zero; } >Image
bad "an image of another architecture" 125 Image 'Image.*arm64'
printf '!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n' >short.deb
bad "a truncated package" 125 short.deb 'short.deb.*(truncated|package)'
bad "a package that is not there" 125 deb:linux-image-no-such-thing 'linux-image-no-such-thing'
bad "a repository that is not there" 125 "git:$T/nowhere#HEAD" 'nowhere'
mkdir readonly.db
KASSAY_STORE=$T/readonly.db
bad "a store that is a folder" 129 notkernel 'readonly.db'
KASSAY_STORE=$T/text
bad "a store that is no database" 129 notkernel 'text.*(store|database)'
if [ "$(id -u)" = 0 ]; then
	KASSAY_STORE=/proc/kassay.db
else
	mkdir locked
	chmod 555 locked
	KASSAY_STORE=$T/locked/kassay.db
fi
bad "a store that cannot be written" 125 notkernel 'kassay.db'
finish
