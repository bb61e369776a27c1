# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: kernel trees for end-to-end tests, kept with their build folders between runs.
# shellcheck shell=sh
: "${KASSAY_TEST_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/kassay-check}"
export KASSAY_TEST_CACHE XDG_CACHE_HOME="$KASSAY_TEST_CACHE" CCACHE_DIR="$KASSAY_TEST_CACHE/ccache"
trees=$KASSAY_TEST_CACHE/trees
source=deb:linux-source-6.12
mkdir -p "$trees"
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0 GIT_CONFIG_KEY_1=core.compression GIT_CONFIG_VALUE_1=0

# A repository of the packaged kernel, tag "base"; made once.
origin()
{
	[ -e "$trees/origin/.done" ] && return
	rm -rf "$trees/origin"
	"$KASSAY" build "$source" --store "$T/origin.db" --quiet >/dev/null 2>"$T/err" || return
	unpacked=$(find "$XDG_CACHE_HOME/kassay/src" -maxdepth 3 -name Kbuild -printf '%h\n' | head -n 1)
	# The package's .gitignore ends in rules of its packaging that ignore everything.
	cp -a "$unpacked" "$trees/origin" && cd "$trees/origin" && sed -i '/^\/\*$/,$d' .gitignore && git init -q &&
		git add -A && git commit -qm base &&
		git tag base && touch .done && echo /.done >.git/info/exclude
	cd "$T" || exit 1
}

# tree NAME: a clone of its own, as it was at "base", under $trees/NAME.
tree()
{
	origin || return
	if [ ! -e "$trees/$1/.git" ]; then
		git clone -q --shared "$trees/origin" "$trees/$1.new" && mv "$trees/$1.new" "$trees/$1" || return
	fi
	git -C "$trees/$1" checkout -qf --detach base && git -C "$trees/$1" clean -fdxq
}

# replace FILE OLD NEW: one place in a file.
replace()
{
	python3 - "$@" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
assert text.count(old) >= 1, "no %r in %s" % (old, path)
open(path, "w").write(text.replace(old, new, 1))
PY
}

# The faults that failing.sh and bisect.sh put into a kernel, chosen on its command line.
add_faults()
{
	cat >"$1/init/kassay_fault.c" <<'C'
// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/processor.h>
#include <linux/reboot.h>
#include <linux/string.h>
#ifdef CONFIG_X86
#include <asm/desc.h>
#endif

static char fault[16];

static int __init fault_setup(char *s)
{
	strscpy(fault, s, sizeof(fault));
	return 1;
}
__setup("kassay_fault=", fault_setup);

static int __init early_setup(char *s)
{
	panic("kassay test: early %s", s);
}
early_param("kassay_early", early_setup);

static int __init fault_init(void)
{
	if (!strcmp(fault, "loop"))
		for (;;)
			cpu_relax();
	if (!strcmp(fault, "panic"))
		panic("kassay test: initcall");
	if (!strcmp(fault, "reset")) {
#ifdef CONFIG_X86
		struct desc_ptr none = { 0 };

		asm volatile("lidt %0; int3" : : "m"(none));
#endif
		emergency_restart();
	}
	return 0;
}
late_initcall(fault_init);
C
	echo 'obj-y += kassay_fault.o' >>"$1/init/Makefile"
}

# image FILE [BUILD]: copy the image of the newest run's first build, or of that name.
image()
{
	"$KASSAY" results --json >"$T/image.json" && cp "$(python3 - "$T/image.json" "${2:-}" <<'PY'
import json, re, sys
images = {"x86_64": "x86/boot/bzImage", "i386": "x86/boot/bzImage", "arm": "arm/boot/zImage", "riscv64": "riscv/boot/Image"}
builds = [b for b in json.load(open(sys.argv[1]))["builds"] if "command" in b and b["id"].endswith(sys.argv[2])]
print("%s/arch/%s" % (re.search(r" O=(\S+)", builds[0]["command"])[1], images.get(builds[0]["architecture"], "arm64/boot/Image")))
PY
	)" "$1"
}
