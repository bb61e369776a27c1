#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a newcomer's machine do? Makes a bare Debian (nothing but apt) in a temporary folder, clones this repository into it
# and runs make demo and make check there, then a run as an ordinary user without a network. Needs root, mmdebstrap.
# fresh-check.sh [SUITE]; KEEP=yes keeps the folder.
set -eu
suite=${1:-bookworm}
here=$(cd "$(dirname "$0")/.." && pwd)
command -v mmdebstrap >/dev/null || { echo "fresh-check: mmdebstrap is not installed (Debian package: mmdebstrap)" >&2; exit 1; }
root=$(mktemp -d "${TMPDIR:-/var/tmp}/kassay-fresh.XXXXXX")
cleanup()
{
	for d in proc dev/pts dev; do umount -l "$root/$d" 2>/dev/null || :; done
	[ "${KEEP:-no}" = yes ] || rm -rf --one-file-system "$root"
}
trap cleanup EXIT

# The host's own package sources and keys serve: what is newest there is what a newcomer gets.
mmdebstrap --variant=apt "$suite" "$root" - <<S
$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
	awk -v s="$suite" '$2 ~ "^" s { print "deb", $1, $2, $3 }')
S
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || :
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
in_root() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -ec "$1"; }

in_root 'apt-get update -q && apt-get install -y -q --no-install-recommends git make ca-certificates' >/dev/null
mkdir "$root/src"
git clone -q "$here" "$root/src/kassay"
chown -R 0:0 "$root/src"
in_root 'cd /src/kassay && make demo'
# An ordinary user, no network: what is in the cache serves.
in_root 'useradd -m user && mkdir /home/user/.cache && cp -a /root/.cache/kassay /home/user/.cache/ && cp -a /src/kassay /home/user/
	chown -R user: /home/user
	unshare --net su user -c "cd /home/user/kassay && make SETUP=no demo"
	rm -rf /home/user'
in_root 'cd /src/kassay && make check'
echo "fresh-check: a bare $suite: passed"
