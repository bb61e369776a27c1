/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the option tables that run, build, boot and test share. */
#pragma once

#include "boot/machine.h"
#include "cli/cmd.h"
#include "job/options.h"
#include "kernel/config.h"

struct store_run;

struct run_cli {
	struct job_options o;
	struct cli_common common;
};
extern const char *const fail_on_names[];
void run_cli_init(struct run_cli *c);
/* cli_parse() on top of the configuration files' defaults. */
int run_cli_parse(const struct opt_command *face, int argc, const char *const *argv, struct run_cli *c, struct strv *args,
		  struct strv *set);
void run_cli_release(const struct opt_command *face, struct run_cli *c); /* @face: NULL, no options were parsed */
/*
 * Run the stages of command @name, print what they found, and answer with the exit status. @argv: the arguments, kept with
 * the run for --resume. @resume: the run to take up again, or NULL.
 */
int run_stages(struct run_cli *c, const char *name, int argc, const char *const *argv, const struct strv *args,
	       const struct store_run *resume);

#define RUN_AT(member) offsetof(struct run_cli, o.member)

#define RUN_IMAGE_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Source" },								\
	{ "modules", 0, OPT_STRING, RUN_AT(modules), "DIR", "modules that belong to an image (lib/modules/RELEASE)" }

#define RUN_TREE_OPTION											\
	{ "tree", 0, OPT_STRING, RUN_AT(tree), "SOURCE", "kernel tree that kselftests for an image are built from" }

#define RUN_SOURCE_OPTIONS											\
	RUN_IMAGE_OPTIONS,											\
	{ "untracked", 0, OPT_FLAG, RUN_AT(untracked), NULL, "take untracked files in that are not ignored" }

#define RUN_BASE_OPTIONS											\
	{ "base", 0, OPT_STRING, RUN_AT(base), "REV", "run that revision too, and say only what is new against it" },	\
	{ "base-build", 0, OPT_FLAG, RUN_AT(base_build), NULL, "with --base: only build it, do not compare tests" },	\
	{ "touch", 0, OPT_FLAG, RUN_AT(touch), NULL, "enable the configuration symbols that compile the changed files" }

#define RUN_PLAN_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Plan" },								\
	{ "plan", 'p', OPT_STRING, RUN_AT(plan), "FILE", "plan: quick, distro, debug, debug-all, arches, selftests, storage, net, or a YAML file (default quick; images: distro)" }, \
	{ "list", 0, OPT_FLAG, RUN_AT(list), NULL, "only say what would be built and booted, and how long it takes" },	\
	{ "suite", 's', OPT_STRINGS, RUN_AT(suites), "SUITE",							\
	  "boot, kunit[:GLOB], kselftest:COLLECTION[,TEST], module:NAME, locktorture:TIME, stress:TIME, cmd:NAME=COMMAND, tools:NAME, ltp:SUITE, xfstests:GROUP, blktests:GROUP, ...; replaces the plan's" }, \
	{ "suite-path", 0, OPT_STRINGS, RUN_AT(suite_paths), "KIND=DIR", "put DIR into the machine as its ltp, xfstests or blktests" }, \
	{ "module", 0, OPT_STRINGS, RUN_AT(load), "NAME", "load a module first, with what it needs: loop, or null_blk,nr_devices=2" }

#define RUN_BUILD_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Build" },								\
	{ "arch", 'a', OPT_STRING, RUN_AT(arch), "ARCH", "x86_64, arm64, riscv64, i386 or arm (default: this host's)" }, \
	{ "toolchain", 0, OPT_STRING, RUN_AT(toolchain), "NAME", "gcc, gcc-11, clang, clang-16, or a folder that holds one" },	\
	{ "preset", 0, OPT_ENUM, RUN_AT(preset), NULL, "where the configuration starts", .values = config_preset_names }, \
	{ "config-file", 0, OPT_STRING, RUN_AT(config_file), "FILE", "configuration for preset distro" },	\
	{ "fragment", 'f', OPT_STRINGS, RUN_AT(fragments), "FILE", "add a configuration fragment: kasan, lockdep, ... or a file" }, \
	{ "config", 'c', OPT_STRINGS, RUN_AT(config), "CONFIG_X=y", "set one symbol" },				\
	{ "make", 'm', OPT_STRINGS, RUN_AT(make), "VAR=VALUE", "make variable, such as LLVM=1" },		\
	{ "jobs", 'j', OPT_LONG, RUN_AT(jobs), "N", "cores to use: N compilers at once, or guests of N CPUs (default: all cores)", .min = 1, .max = 4096 }, \
	{ "keep-vmlinux", 0, OPT_FLAG, RUN_AT(keep_vmlinux), NULL, "store vmlinux too" }

#define RUN_MACHINE_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Machine" },								\
	{ "memory", 0, OPT_SIZE, RUN_AT(memory), "SIZE", "memory of the machine, such as 2G" },			\
	{ "cpus", 0, OPT_LONG, RUN_AT(cpus), "N", "its CPUs", .min = 1, .max = 512 },				\
	{ "guests", 0, OPT_LONG, RUN_AT(guests), "N", "machines at once (default: as many as cores and memory allow; 1: one after the other)", .min = 1, .max = 512 }, \
	{ "cmdline", 0, OPT_STRING, RUN_AT(cmdline), "TEXT", "added to the kernel's command line" },		\
	{ "rootfs", 'r', OPT_STRING, RUN_AT(rootfs), "ROOT",							\
	  "root file system of the machine: none, debian[:SUITE], a folder, or a disk image" },			\
	{ "package", 0, OPT_STRINGS, RUN_AT(packages), "NAME", "Debian package in a root file system debian" },	\
	{ "initrd", 0, OPT_STRINGS, RUN_AT(initrd), "FILE", "further initramfs archive (cpio)" },		\
	{ "disk", 0, OPT_STRINGS, RUN_AT(disks), "FILE", "disk image, written to unless it ends in :ro" },	\
	{ "device", 0, OPT_STRINGS, RUN_AT(devices), "DEVICE",							\
	  "virtual device: null_blk,nr_devices=2, nvme,size=1G, numa=4, ... (kassay-plan(5) lists them)" },	\
	{ "qemu-arg", 0, OPT_STRINGS, RUN_AT(qemu_args), "ARG", "argument for QEMU, as it is" },		\
	{ "accel", 0, OPT_ENUM, RUN_AT(accel), NULL, "accelerator (default auto: KVM where it really works)", .values = accel_names }, \
	{ "timeout", 0, OPT_SECONDS, RUN_AT(timeout), "TIME", "limit of a whole boot, such as 90s or 20m" },	\
	{ "test-timeout", 0, OPT_SECONDS, RUN_AT(test_timeout), "TIME", "limit of each test" },			\
	{ "silence", 0, OPT_SECONDS, RUN_AT(silence), "TIME", "a machine that says nothing for so long is hung" },	\
	{ "console-limit", 0, OPT_SIZE, RUN_AT(console_limit), "SIZE", "console output after which a machine is stopped" },	\
	{ "keep", 0, OPT_FLAG, RUN_AT(keep), NULL, "keep the machine's files (initramfs)" },			\
	{ "shell", 0, OPT_FLAG, RUN_AT(shell), NULL, "run the first failing test again and open a shell there" }

#define RUN_VERDICT_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Verdict" },								\
	{ "fail-on", 0, OPT_ENUM, RUN_AT(fail_on), NULL, "failures that make the exit status 1", .values = fail_on_names }, \
	{ "fail-fast", 0, OPT_FLAG, RUN_AT(fail_fast), NULL, "end the run at the first failure that makes the exit status 1" },	\
	{ "bad-if", 0, OPT_STRING, RUN_AT(bad_if), "WHAT",							\
	  "exit 1 exactly for build, boot, test:GLOB or finding:TITLE; 125 when it cannot be told" }

#define RUN_OUTPUT_OPTIONS											\
	{ NULL, 0, OPT_GROUP, 0, NULL, "Results" },								\
	{ "store", 0, OPT_STRING, RUN_AT(store), "URL", "results database (default: $KASSAY_STORE, else your data folder)" }, \
	{ "json", 0, OPT_FLAG, RUN_AT(json), NULL, "print the records as one JSON object" },			\
	{ "events", 0, OPT_FLAG, RUN_AT(events), NULL, "stream the records as JSON lines as they are stored" },	\
	{ "junit", 0, OPT_STRING, RUN_AT(junit), "FILE", "write JUnit XML" },					\
	{ "origin", 0, OPT_STRING, RUN_AT(origin), "NAME", "who produces these results (default kassay)" }

#define RUN_RESUME_OPTIONS											\
	{ "resume", 0, OPT_FLAG, RUN_AT(resume), NULL, "go on with a run that was cut off: that of the number given, or the newest" },		\
	{ "no-cache", 0, OPT_FLAG, RUN_AT(no_cache), NULL, "take no results from earlier runs" }
