#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compile query.c and enable.c against the kconfig of the tree, once per build folder, and run it.
# Started by Kconfig beside this file from inside conf, so that the environment is the one make
# gives to conf; the current folder is the build folder.
here=${0%/*}
set -e

prog=scripts/kconfig/kassay-query
fresh=yes
for newer in "$here"/*.[ch] scripts/kconfig/conf; do
	# shellcheck disable=SC3013 # every sh there is knows -nt
	[ "$prog" -nt "$newer" ] || fresh=no
done
if [ $fresh = no ]; then
	objects=
	for o in confdata expr lexer.lex menu parser.tab preprocess symbol util; do
		[ ! -e "scripts/kconfig/$o.o" ] || objects="$objects scripts/kconfig/$o.o"
	done
	for member in filename file-\>name; do
		# shellcheck disable=SC2086,SC2154 # several words; srctree comes from make
		${HOSTCC:-cc} $KBUILD_HOSTCFLAGS -w -DFILENAME="$member" -I "$srctree/scripts/kconfig" \
			-I "$srctree/scripts/include" -I scripts/kconfig -o "$prog.$$" \
			"$here/query.c" "$here/enable.c" $objects 2> "$prog.log" && break
	done
	mv "$prog.$$" "$prog"
fi
exec "$prog" "$@"
