#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what is missing: setup.sh GROUP... with groups build (kassay itself), run (kernels and machines), test,
# optional (further compilers, libraries of some kselftests; not every release has them, and their tests are skipped then).
# A package is missing when its probe fails. With apt-get they are installed (with sudo when not root); elsewhere they
# are named and the exit status is 1.
set -eu

# group | Debian package | probe: a program, or lib:PKG-CONFIG-NAME, or file:PATH
table='
build|gcc|gcc
build|libc6-dev|file:/usr/include/stdio.h
build|make|make
build|meson|meson
build|ninja-build|ninja
build|pkg-config|pkg-config
build|libsqlite3-dev|lib:sqlite3
build|libuv1-dev|lib:libuv
build|libssl-dev|lib:libcrypto
build|libpopt-dev|lib:popt
build|libfyaml-dev|lib:libfyaml
build|libzstd-dev|lib:libzstd
build|libarchive-dev|lib:libarchive
build|scdoc|scdoc
run|git|git
run|flex|flex
run|bison|bison
run|bc|bc
run|libelf-dev|lib:libelf
run|libssl-dev|lib:libcrypto
run|openssl|openssl
run|perl|perl
run|python3|python3
run|kmod|depmod
run|cpio|cpio
run|rsync|rsync
run|xz-utils|xz
run|zstd|zstd
run|ccache|ccache
run|busybox-static|file:/bin/busybox
test|libcmocka-dev|lib:cmocka
test|python3|python3
test|python3-jsonschema|file:/usr/lib/python3/dist-packages/jsonschema
test|procps|ps
test|liburcu-dev|lib:liburcu
test|man-db|man
test|mmdebstrap|mmdebstrap
test|fakeroot|fakeroot
test|uidmap|newuidmap
test|e2fsprogs|file:/sbin/mke2fs
test|gcc-aarch64-linux-gnu|aarch64-linux-gnu-gcc
test|libc6-dev-arm64-cross|file:/usr/aarch64-linux-gnu/include/stdio.h
test|gcc-riscv64-linux-gnu|riscv64-linux-gnu-gcc
test|libc6-dev-riscv64-cross|file:/usr/riscv64-linux-gnu/include/stdio.h
test|qemu-system-arm|qemu-system-aarch64
test|qemu-system-misc|qemu-system-riscv64
optional|gcc-11|gcc-11
optional|clang-16|clang-16
optional|lld-16|ld.lld-16
optional|llvm-16|llvm-ar-16
optional|libasound2-dev|file:/usr/include/alsa/asoundlib.h
optional|libcap-dev|file:/usr/include/sys/capability.h
optional|libcap-ng-dev|file:/usr/include/cap-ng.h
optional|libmnl-dev|lib:libmnl
optional|libnuma-dev|file:/usr/include/numa.h
coverage|gcovr|gcovr
'
case $(uname -m) in
aarch64) table="$table run|qemu-system-arm|qemu-system-aarch64" ;;
riscv64) table="$table run|qemu-system-misc|qemu-system-riscv64" ;;
*) table="$table run|qemu-system-x86|qemu-system-x86_64" ;;
esac
PATH=$PATH:/usr/sbin:/sbin

there()
{
	case $1 in
	lib:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#lib:}" ;;
	file:*) [ -e "${1#file:}" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

missing=
for group; do
	for row in $table; do
		[ "${row%%|*}" = "$group" ] || continue
		rest=${row#*|}
		there "${rest#*|}" && continue
		case " $missing " in *" ${rest%%|*} "*) ;; *) missing="$missing ${rest%%|*}" ;; esac
	done
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	[ "$1" != optional ] || exit 0
	echo "setup: missing, by their Debian names:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: not root and no sudo; as root: apt-get install$missing" >&2
		exit 1
	fi
	sudo=sudo
fi
echo "setup: installing$missing" >&2
# shellcheck disable=SC2086 # words on purpose
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; }
if [ "$1" = optional ]; then
	all=$missing
	for missing in $all; do
		install >/dev/null 2>&1 || echo "setup: $missing is not to be had here; its tests are skipped" >&2
	done
	exit 0
fi
if ! install >/dev/null 2>&1; then
	$sudo apt-get update -q
	install
fi
