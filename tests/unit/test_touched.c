/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_files.h"

#include <unistd.h>

#include "kernel/touched.h"

/* One file after the call; in the arena. */
static const struct touched *ask(struct files *f, const char *file)
{
	AUTO_STRV struct strv files = { 0 };
	struct touched_list list = { 0 };

	strv_add(&files, file);
	assert_int_equal(touched_files(f->a, at(f, "src"), at(f, "o"), &files, &list, &f->err), 0);
	assert_int_equal(list.len, 1);
	assert_string_equal(list.data[0].file, file);
	struct touched *ret = arena_alloc(f->a, sizeof(*ret));
	*ret = list.data[0];
	vec_release(&list);
	return ret;
}

static void expect_compiled(struct files *f, const char *file, bool compiled)
{
	const struct touched *t = ask(f, file);

	if (!t->matters || t->compiled != compiled)
		fail_msg("%s: matters %d compiled %d", file, t->matters, t->compiled);
	assert_true(!compiled || !t->symbol);
}

static void expect_symbols(struct files *f, const char *file, const char *symbols)
{
	const struct touched *t = ask(f, file);

	assert_false(t->compiled);
	if ((t->symbols && symbols) ? strcmp(t->symbols, symbols) : t->symbols != symbols)
		fail_msg("%s: \"%s\" is not \"%s\"", file, t->symbols ? t->symbols : "(none)",
			 symbols ? symbols : "(none)");
	if (symbols)
		assert_memory_equal(t->symbol, symbols, strlen(t->symbol));
}

/* ---- the build folder ---- */

/* "ar cDPrST": sizes of the members are there, their bytes are not. */
static void put_archive(struct files *f, const char *name, const char *const *members)
{
	AUTO_STR struct str names = STR_INIT, headers = STR_INIT, out = STR_INIT;

	for (size_t i = 0; members[i]; i++) {
		AUTO_FREE char *ref = mem_printf("/%zu", names.len);
		/* binutils leaves a '/' in the last place of some */
		str_addf(&headers, "%-15s%c0           0     0     644     %-10d`\n", ref,
			 i & 1 ? '/' : ' ', 4000);
		str_addf(&names, "%s/\n", members[i]);
	}
	if (names.len & 1)
		str_addc(&names, '\n');
	str_addf(&out, "!<thin>\n/               0           0     0     0       %-10d`\nabcd\n",
		 5);
	str_addc(&out, '\n');
	str_addf(&out, "//                                              %-10zu`\n", names.len);
	str_addv(&out, str_view(&names));
	str_addv(&out, str_view(&headers));
	put_bytes(f, name, str_view(&out));
}

/* .NAME.o.cmd of dir/NAME.o, compiled from @source with @deps. */
static void put_cmd(struct files *f, const char *dir, const char *name, const char *source,
		    const char *deps)
{
	AUTO_STR struct str text = STR_INIT;
	AUTO_FREE char *cmd = mem_printf("o/%s/.%s.o.cmd", dir, name);

	str_addf(&text, "savedcmd_%s/%s.o := gcc -I./include -c -o %s/%s.o %s  other/stale.o\n\n",
		 dir, name, dir, name, source);
	str_addf(&text, "source_%s/%s.o := %s\n\ndeps_%s/%s.o := \\\n", dir, name, source, dir,
		 name);
	str_addf(&text, "    $(wildcard include/config/FOO) \\\n%s\n%s/%s.o: $(deps_%s/%s.o)\n",
		 deps, dir, name, dir, name);
	put(f, cmd, str_c(&text));
}

static void put_build(struct files *f)
{
	static const char *const sources[] = {
		"lib/a.c",
		"lib/old.c",
		"lib/gen.c",
		"lib/lib.c",
		"include/linux/list.h",
		"include/linux/unused.h",
		"other/include/linux/list.h",
		"drivers/m.c",
		"drivers/part.c",
		"arch/x86/rm/blob.S",
		"arch/x86/rm/tramp.S",
		"arch/x86/boot/setup.c",
		"lib/tool.c",
		"lib/made.c",
		"Documentation/x.c",
		"tools/t.c",
		"README",
	};
	const char *src = at(f, "src");

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		put(f, arena_printf(f->a, "src/%s", sources[i]), "");
	put(f, "src/arch/x86/rm/blob.S", "x:\n\t.incbin \"arch/x86/rm/real.bin\"\n");
	put_archive(f, "o/vmlinux.a",
		    (const char *[]){ "init/main.o", "lib/a.o", "lib/gen.o", "arch/x86/rm/blob.o",
				      NULL });
	put_archive(f, "o/lib/lib.a", (const char *[]){ "lib.o", NULL });
	put_cmd(f, "init", "main", "../src/init/main.c", "  ../src/include/linux/list.h \\\n");
	put_cmd(f, "lib", "a", arena_printf(f->a, "%s/lib/a.c", src),
		"  include/generated/made.h \\\n  /usr/include/linux/unused.h \\\n");
	put_cmd(f, "lib", "gen", "lib/gen.c", "");
	put_cmd(f, "lib", "lib", arena_printf(f->a, "%s/lib/lib.c", src), "");
	put_cmd(f, "lib", "old", arena_printf(f->a, "%s/lib/old.c", src),
		arena_printf(f->a, "  %s/include/linux/unused.h \\\n", src));
	put_cmd(f, "lib", "tool", arena_printf(f->a, "%s/other.c", src), "");
	put(f, "o/lib/.gen.c.cmd", "cmd_lib/gen.c := lib/mk lib/tables.so > lib/gen.c\n");
	put(f, "o/lib/.tables.so.cmd",
	    arena_printf(f->a,
			 "savedcmd_lib/tables.so := x\n\nsource_lib/tables.so := %s/lib/gen.c\n",
			 src));
	put(f, "o/lib/.tool.cmd",
	    arena_printf(f->a, "savedcmd_lib/tool := gcc\n\nsource_lib/tool := %s/lib/tool.c\n",
			 src));
	put(f, "o/include/generated/.made.h.cmd",
	    arena_printf(f->a, "cmd_x := y\n\nsource_x := %s/lib/made.c\n", src));
	put_cmd(f, "arch/x86/rm", "blob", arena_printf(f->a, "%s/arch/x86/rm/blob.S", src), "");
	put(f, "o/arch/x86/rm/.real.bin.cmd",
	    "savedcmd_arch/x86/rm/real.bin := objcopy arch/x86/rm/real.elf arch/x86/rm/real.bin\n");
	put(f, "o/arch/x86/rm/.real.elf.cmd",
	    "savedcmd_arch/x86/rm/real.elf := ld -T x.lds arch/x86/rm/tramp.o -o y\n");
	put_cmd(f, "arch/x86/rm", "tramp", arena_printf(f->a, "%s/arch/x86/rm/tramp.S", src), "");
	put(f, "o/arch/x86/boot/.bzImage.cmd",
	    "savedcmd_arch/x86/boot/bzImage := build arch/x86/boot/setup.elf\n");
	put(f, "o/arch/x86/boot/.setup.elf.cmd", "savedcmd_x := ld \"arch/x86/boot/setup.o\";\n");
	put_cmd(f, "arch/x86/boot", "setup", arena_printf(f->a, "%s/arch/x86/boot/setup.c", src),
		"");
}

static void compiled(void **state)
{
	struct files *f = *state;

	put_build(f);
	expect_compiled(f, "lib/a.c", true);
	expect_compiled(f, "lib/lib.c", true);
	expect_compiled(f, "include/linux/list.h", true);
	expect_compiled(f, "lib/gen.c", true); /* through what it made */
	expect_compiled(f, "lib/made.c", true);
	expect_compiled(f, "lib/tool.c", true);		 /* a program of the build */
	expect_compiled(f, "arch/x86/rm/tramp.S", true); /* in a blob */
	expect_compiled(f, "arch/x86/boot/setup.c", true);
	/* Left over from an earlier configuration: its object is no part of anything. */
	expect_compiled(f, "lib/old.c", false);
	expect_compiled(f, "include/linux/unused.h", false);
	/* The same name in another folder. */
	expect_compiled(f, "other/include/linux/list.h", false);
}

static void modules(void **state)
{
	struct files *f = *state;
	const char *src = at(f, "src");

	put_build(f);
	put_cmd(f, "drivers", "m", arena_printf(f->a, "%s/drivers/m.c", src), "");
	put_cmd(f, "drivers", "part", arena_printf(f->a, "%s/drivers/part.c", src), "");
	expect_compiled(f, "drivers/m.c", false);
	put(f, "o/modules.order", "drivers/m.o\ndrivers/whole.ko\n");
	put(f, "o/drivers/whole.mod", "drivers/part.o\n");
	expect_compiled(f, "drivers/m.c", true);
	expect_compiled(f, "drivers/part.c", true);
}

static void what_matters(void **state)
{
	static const char *const no[] = { "README", "Documentation/x.c", "tools/t.c",
					  "lib/deleted.c", "drivers/Kconfig" };
	struct files *f = *state;
	AUTO_STRV struct strv files = { 0 };
	struct touched_list list = { 0 };

	put_build(f);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		strv_add(&files, no[i]);
	assert_int_equal(touched_files(f->a, at(f, "src"), at(f, "o"), &files, &list, &f->err), 0);
	vec_foreach(t, &list)
		assert_true(!t->matters && !t->compiled && !t->symbol);
	vec_release(&list);
	expect_error(f, touched_files(f->a, at(f, "src"), at(f, "none"), &files, &list, &f->err),
		     ERR_NOT_FOUND, "none: no build folder");
	expect_error(f, touched_files(f->a, at(f, "none"), at(f, "o"), &files, &list, &f->err),
		     ERR_NOT_FOUND, "none");
}

/* Archives and lists that are not what they should be end the walk, nothing else. */
static void damaged(void **state)
{
	struct files *f = *state;
	AUTO_STR struct str whole = STR_INIT;

	put_build(f);
	assert_int_equal(file_read(at(f, "o/vmlinux.a"), 1 << 20, &whole, &f->err), 0);
	for (size_t n = 0; n < whole.len; n += 3) {
		put_bytes(f, "o/vmlinux.a", view_sub(str_view(&whole), 0, n));
		ask(f, "include/linux/list.h");
		AUTO_FREE char *changed = mem_strndup(whole.data, whole.len);
		changed[n] ^= 0x15;
		put_bytes(f, "o/vmlinux.a", (struct view){ changed, whole.len });
		ask(f, "include/linux/list.h");
	}
	put(f, "o/vmlinux.a", "!<arch>\n");
	put(f, "o/lib/lib.a", "");
	expect_compiled(f, "include/linux/list.h", false);
}

/* ---- Makefiles ---- */

static void put_makefiles(struct files *f)
{
	put(f, "src/Kbuild", "obj-y += lib/ drivers/\nobj-$(CONFIG_NET) += net/\n");
	put(f, "src/lib/Makefile",
	    "# a comment with obj-y += comment.o\n"
	    "obj-y := plain.o \\\n\t more.o # trailing\n"
	    "lib-$(CONFIG_LIB) += inlib.o\n"
	    "obj-$(CONFIG_WHOLE) += whole.o\n"
	    "whole-y := one.o $(PARTS)\n"
	    "whole-$(CONFIG_EXTRA) += extra.o\n"
	    "whole-objs += objs.o\n"
	    "PARTS = two.o three.o\n"
	    "sub-y += deep/four.o\nwhole-y += $(sub-y)\n"
	    "ifdef CONFIG_COND\nobj-y += cond.o\nelse\nobj-y += otherwise.o\nendif\n"
	    "ifeq ($(CONFIG_A)$(CONFIG_B),yy)\n\tobj-y += both.o\nendif\n"
	    "ifneq ($(CONFIG_A)$(CONFIG_B),)\nobj-y += either.o\nendif\n"
	    "ifeq ($(CONFIG_NOT),)\nobj-y += without.o\nendif\n"
	    "ifdef CONFIG_OUT\nifneq ($(CONFIG_IN),n)\nobj-y += nested.o\nendif\nendif\n"
	    "ifdef CONFIG_ONE\nobj-y += elif1.o\nelse ifdef CONFIG_TWO\nobj-y += elif2.o\nendif\n"
	    "obj-$(subst m,y,$(CONFIG_SUBST)) += subst.o\n"
	    "obj-$(CONFIG_P) += p.o\np-y += $(addprefix far/, x.o y.o) z.o\n"
	    "obj-$(CONFIG_LONG) += twice.o\nobj-y += twice.o\n"
	    "recursive-y += recursive.o\n"
	    "include $(src)/inc/Makefile\n"
	    "$(obj)/made.h: FORCE\n\t@echo made.o\n");
	put(f, "src/lib/inc/Makefile",
	    "obj-$(CONFIG_INC) += inc/included.o\ninclude $(src)/inc/Makefile\n");
	put(f, "src/drivers/Makefile",
	    "obj-$(CONFIG_PCI) += card/ # hash\nobj-$(CONFIG_USB) += usb/\nobj-$(CONFIG_USB_OTG) += usb/\n");
	put(f, "src/drivers/card/Kbuild", "obj-y += vendor/\n");
	put(f, "src/drivers/card/vendor/Makefile",
	    "obj-$(CONFIG_CARD) += card.o\ncard-y := main.o\n");
	put(f, "src/drivers/card/vendor/main.c",
	    "#include \"regs.h\"\n# include \"sub/tables.c\"\n");
	put(f, "src/drivers/usb/Makefile", "obj-$(CONFIG_HCD) += hcd.o\n");
	put(f, "src/net/Makefile", "obj-y += core/\n");
	put(f, "src/net/core/Makefile", "obj-y += dev.o\n");
	put(f, "src/arch/x86/Makefile",
	    "core-y += arch/x86/kernel/\ndrivers-$(CONFIG_XPCI) += arch/x86/pci/\n");
	put(f, "src/arch/x86/pci/Makefile", "obj-y += pci.o\n");
	put(f, "o/.config", "CONFIG_SET=y\nCONFIG_SETM=m\n# CONFIG_CARD is not set\n");
}

static void symbols(void **state)
{
	static const struct {
		const char *file, *symbols;
	} cases[] = {
		{ "lib/plain.c", NULL },
		{ "lib/more.c", NULL },
		{ "lib/comment.c", NULL },
		{ "lib/inlib.S", "CONFIG_LIB" },
		{ "lib/one.c", "CONFIG_WHOLE" },
		{ "lib/two.c", "CONFIG_WHOLE" },
		{ "lib/three.c", "CONFIG_WHOLE" },
		{ "lib/extra.c", "CONFIG_EXTRA CONFIG_WHOLE" },
		{ "lib/objs.c", "CONFIG_WHOLE" },
		{ "lib/deep/four.c", "CONFIG_WHOLE" },
		{ "lib/cond.c", "CONFIG_COND" },
		{ "lib/otherwise.c", NULL },
		{ "lib/both.c", "CONFIG_A CONFIG_B" },
		{ "lib/either.c", "CONFIG_A" },
		{ "lib/without.c", NULL },
		{ "lib/nested.c", "CONFIG_OUT CONFIG_IN" },
		{ "lib/elif1.c", "CONFIG_ONE" },
		{ "lib/elif2.c", "CONFIG_TWO" },
		{ "lib/subst.c", "CONFIG_SUBST" },
		{ "lib/far/x.c", "CONFIG_P" },
		{ "lib/far/y.c", "CONFIG_P" },
		{ "lib/z.c", "CONFIG_P" },
		{ "lib/x.c", NULL },
		{ "lib/twice.c", NULL },
		{ "lib/inc/included.c", "CONFIG_INC" },
		{ "lib/unknown.c", NULL },
		{ "lib/recursive.c", NULL },
		{ "drivers/card/vendor/main.c", "CONFIG_CARD CONFIG_PCI" },
		{ "drivers/card/vendor/regs.h", "CONFIG_CARD CONFIG_PCI" },
		{ "drivers/card/vendor/tables.c", "CONFIG_CARD CONFIG_PCI" },
		{ "drivers/card/vendor/nobody.h", NULL },
		{ "drivers/usb/hcd.c", "CONFIG_HCD" }, /* several symbols open the folder */
		{ "net/core/dev.c", "CONFIG_NET" },
		{ "arch/x86/pci/pci.c", "CONFIG_XPCI" },
		{ "top.c", NULL },
	};
	struct files *f = *state;

	put_makefiles(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!file_exists(at(f, arena_printf(f->a, "src/%s", cases[i].file))))
			put(f, arena_printf(f->a, "src/%s", cases[i].file), "");
		expect_symbols(f, cases[i].file, cases[i].symbols);
	}
}

/* What is set already needs no setting. */
static void symbols_set(void **state)
{
	struct files *f = *state;

	put_makefiles(f);
	put(f, "src/lib/one.c", "");
	put(f, "src/drivers/card/vendor/main.c", "");
	put(f, "o/.config", "CONFIG_WHOLE=y\nCONFIG_PCI=m\n");
	expect_symbols(f, "lib/one.c", NULL);
	expect_symbols(f, "drivers/card/vendor/main.c", "CONFIG_CARD");
}

RUN(F(compiled), F(modules), F(what_matters), F(damaged), F(symbols), F(symbols_set))
