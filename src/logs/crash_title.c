/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First lines of crash reports, as the kernel prints them, and the titles made of them. */
#include "logs/crash_internal.h"

/* clang-format off */
static const struct crash_rule rules[] = {
	/* mm/kasan/report*.c; up to 4.10 "... at addr ffff..." and the access in the next line */
	{ "BUG: KASAN: double-free or invalid-free in %f",
	  "KASAN: invalid-free in $F", "kasan", WHERE_TRACE, 0 },
	{ "BUG: KASAN: double-free in %f", "KASAN: double-free in $F", "kasan", WHERE_TRACE, 0 },
	{ "BUG: KASAN: invalid-free in %f", "KASAN: invalid-free in $F", "kasan", WHERE_TRACE, 0 },
	{ "BUG: KASAN: %w in %f", "KASAN: $1 $A in $F", "kasan", WHERE_TRACE, 0 },
	{ "BUG: KASAN: %w on ", "KASAN: $1 $A in $F", "kasan", WHERE_TRACE, 0 },
	{ "BUG: KASAN: %w", "KASAN: $1 $A in $F", "kasan", WHERE_TRACE, 0 },
	/* mm/kfence/report.c, mm/kmsan/report.c, kernel/kcsan/report.c, lib/ubsan.c */
	{ "BUG: KFENCE: %s in %f", "KFENCE: $1 in $F", "kfence", WHERE_TRACE, 0 },
	{ "BUG: KMSAN: %s in %f", "KMSAN: $1 in $F", "kmsan", WHERE_TRACE, 0 },
	{ "BUG: KMSAN: %w", "KMSAN: $1 in $F", "kmsan", WHERE_TRACE, 0 },
	{ "BUG: KCSAN: data-race in %f / %f",
	  "KCSAN: data-race in $1 / $2", "kcsan", WHERE_NOWHERE, 0 },
	{ "BUG: KCSAN: %s in %f", "KCSAN: $1 in $2", "kcsan", WHERE_NOWHERE, 0 },
	{ "UBSAN: Undefined behaviour in ",
	  "UBSAN: undefined-behaviour in $F", "ubsan", WHERE_TRACE, 0 },
	{ "UBSAN: %w in ", "UBSAN: $1 in $F", "ubsan", WHERE_TRACE, 0 },
	/*
	 * faults: arch/x86/mm/fault.c, traps.c, dumpstack.c; arch/arm64/mm/fault.c;
	 * arch/powerpc/mm/fault.c
	 */
	{ "BUG: unable to handle kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: Kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: unable to handle kernel paging request",
	  "BUG: unable to handle kernel paging request in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: unable to handle page fault for address",
	  "BUG: unable to handle kernel paging request in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: Unable to handle kernel data access",
	  "BUG: unable to handle kernel paging request in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: Unable to handle kernel instruction fetch",
	  "BUG: unable to handle kernel instruction fetch in $F", "oops", WHERE_TRACE, 0 },
	{ "BUG: unable to handle kernel",
	  "BUG: unable to handle kernel in $F", "oops", WHERE_TRACE, 0 },
	{ "Unable to handle kernel access to user memory outside uaccess routines",
	  "BUG: unable to handle kernel access to user memory in $F", "oops", WHERE_TRACE, 0 },
	{ "Unable to handle kernel %s without uaccess routines",
	  "BUG: unable to handle kernel $1 in $F", "oops", WHERE_TRACE, 0 },
	{ "Unable to handle kernel %s at ",
	  "BUG: unable to handle kernel $1 in $F", "oops", WHERE_TRACE, 0 },
	{ "Oops: general protection fault",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault: %x [#",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault for non-canonical",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault maybe for address",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault, maybe for address",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault, probably for",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "general protection fault, likely for",
	  "general protection fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops: divide error", "divide error in $F", "oops", WHERE_TRACE, 0 },
	{ "divide_error: %x [#", "divide error in $F", "oops", WHERE_TRACE, 0 },
	{ "divide error: %x [#", "divide error in $F", "oops", WHERE_TRACE, 0 },
	{ "Oops: invalid opcode", "invalid opcode in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "invalid opcode: %x [#", "invalid opcode in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops: int3", "int3 in $F", "oops", WHERE_TRACE, 0 },
	{ "int3: %x [#", "int3 in $F", "oops", WHERE_TRACE, 0 },
	{ "stack segment: %x [#", "stack segment fault in $F", "oops", WHERE_TRACE, 0 },
	{ "Oops: stack segment", "stack segment fault in $F", "oops", WHERE_TRACE, 0 },
	{ "alignment check: %x [#", "alignment check in $F", "oops", WHERE_TRACE, 0 },
	{ "segment not present: %x [#", "segment not present in $F", "oops", WHERE_TRACE, 0 },
	{ "invalid TSS: %x [#", "invalid TSS in $F", "oops", WHERE_TRACE, 0 },
	{ "double fault: %x [#", "PANIC: double fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops: double fault", "PANIC: double fault in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "PANIC: double fault", "PANIC: double fault in $F", "oops", WHERE_TRACE, 0 },
	{ "Oops: Oops: %x [#", "Oops in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops: %s: %x [#", "$1 in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops: %x [#", "Oops in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops [#", "Oops in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Oops - ", "Oops in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Internal error: ", "Internal error in $F", "oops", WHERE_TRACE, CRASH_JOINS },
	{ "Unhandled fault: ", "Unhandled fault in $F", "oops", WHERE_TRACE, 0 },
	{ "Alignment trap: not handling", "Alignment trap in $F", "oops", WHERE_TRACE, 0 },
	{ "Unexpected kernel BRK exception at EL1",
	  "unexpected kernel BRK exception in $F", "oops", WHERE_TRACE, 0 },
	{ "Insufficient stack space to handle exception",
	  "kernel stack overflow in $F", "oops", WHERE_STALL, 0 },
	{ "BUG: stack guard page was hit",
	  "BUG: stack guard page was hit in $F", "oops", WHERE_STALL, 0 },
	{ "BUG: %w stack guard page was hit",
	  "BUG: stack guard page was hit in $F", "oops", WHERE_STALL, 0 },
	/* BUG(): lib/bug.c; the line before tells more than the file of the check */
	{ "list_add corruption", "BUG: corrupted list in $F", "bug", WHERE_TRACE, CRASH_TRACED },
	{ "list_del corruption", "BUG: corrupted list in $F", "bug", WHERE_TRACE, CRASH_TRACED },
	{ "slab: double free detected",
	  "BUG: slab double free in $F", "bug", WHERE_TRACE, CRASH_TRACED },
	{ "usercopy: %s attempt detected",
	  "BUG: bad usercopy in $F", "bug", WHERE_TRACE, CRASH_TRACED },
	{ "kernel BUG at %s:%d!", "kernel BUG in $F", "bug", WHERE_TRACE, CRASH_JOINS },
	{ "kernel BUG at %s", "kernel BUG in $F", "bug", WHERE_TRACE, CRASH_JOINS },
	/*
	 * kernel/sched/core.c, lib/smp_processor_id.c, kernel/workqueue.c,
	 * kernel/locking/spinlock_debug.c
	 */
	{ "BUG: sleeping function called from invalid context",
	  "BUG: sleeping function called from invalid context in $F", "atomic", WHERE_TRACE, 0 },
	{ "BUG: scheduling while atomic",
	  "BUG: scheduling while atomic in $F", "atomic", WHERE_TRACE, 0 },
	{ "BUG: using %s in preemptible",
	  "BUG: using $1 in preemptible code in $F", "atomic", WHERE_TRACE, 0 },
	{ "BUG: assuming atomic context",
	  "BUG: assuming atomic context in $F", "atomic", WHERE_TRACE, 0 },
	{ "BUG: assuming non migratable context",
	  "BUG: assuming non migratable context in $F", "atomic", WHERE_TRACE, 0 },
	{ "BUG: workqueue leaked",
	  "BUG: workqueue leaked lock or atomic in $F", "lockdep", WHERE_LAST, 0 },
	{ "BUG: workqueue lockup", "BUG: workqueue lockup", "stall", WHERE_NOWHERE, 0 },
	{ "BUG: spinlock %s on CPU#", "BUG: spinlock $1 in $F", "lock", WHERE_TRACE, 0 },
	{ "BUG: rwlock %s on CPU#", "BUG: rwlock $1 in $F", "lock", WHERE_TRACE, 0 },
	{ "BUG: rwlock-%s on CPU#", "BUG: rwlock $1 in $F", "lock", WHERE_TRACE, 0 },
	/* memory */
	{ "BUG: memory leak", "memory leak in $F", "leak", WHERE_TRACE, 0 },
	{ "BUG: Bad page state", "BUG: Bad page state in $F", "memory", WHERE_TRACE, 0 },
	{ "BUG: Bad page map", "BUG: Bad page map", "memory", WHERE_NOWHERE, 0 },
	{ "BUG: Bad page cache", "BUG: Bad page cache", "memory", WHERE_NOWHERE, 0 },
	{ "BUG: Bad rss-counter state", "BUG: Bad rss-counter state", "memory", WHERE_NOWHERE, 0 },
	{ "BUG: non-zero pgtables_bytes",
	  "BUG: non-zero pgtables_bytes on freeing mm", "memory", WHERE_NOWHERE, 0 },
	{ "BUG: Dentry %* still in use %* [%w",
	  "BUG: Dentry still in use in $1", "memory", WHERE_NOWHERE, 0 },
	{ "BUG %* (%*): kasan: bad access", NULL, NULL, WHERE_NOWHERE, 0 },
	{ "BUG %* (%*): %s", "BUG: $1", "memory", WHERE_NOWHERE, 0 },
	{ "VFS: Busy inodes after unmount",
	  "VFS: Busy inodes after unmount (use-after-free)", "memory", WHERE_NOWHERE, 0 },
	{ "VFS: Close: file count is ",
	  "VFS: Close: file count is zero (use-after-free)", "memory", WHERE_NOWHERE, 0 },
	{ "INFO: Freed in %f age=", NULL, NULL, WHERE_NOWHERE, CRASH_JOINS },
	{ "INFO: Allocated in %f age=", NULL, NULL, WHERE_NOWHERE, CRASH_JOINS },
	/* kernel/locking/lockdep.c, kernel/rcu/update.c; boxes up to 4.11 were "[ INFO: ... ]" */
	{ "WARNING: possible circular locking dependency",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: possible recursive locking",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: possible irq lock inversion dependency",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: HARDIRQ-safe -> ", "possible deadlock in $F", "lockdep", WHERE_HOLDER, 0 },
	{ "[ INFO: possible circular locking dependency",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ INFO: possible recursive locking",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ INFO: possible irq lock inversion dependency",
	  "possible deadlock in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ INFO: HARDIRQ-safe -> ", "possible deadlock in $F", "lockdep", WHERE_HOLDER, 0 },
	{ "WARNING: SOFTIRQ-safe -> ", "possible deadlock in $F", "lockdep", WHERE_HOLDER, 0 },
	{ "[ INFO: SOFTIRQ-safe -> ", "possible deadlock in $F", "lockdep", WHERE_HOLDER, 0 },
	{ "WARNING: inconsistent lock state",
	  "inconsistent lock state in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ INFO: inconsistent lock state",
	  "inconsistent lock state in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: suspicious RCU usage",
	  "WARNING: suspicious RCU usage in $F", "lockdep", WHERE_TRACE, 0 },
	{ "[ INFO: suspicious RCU usage",
	  "INFO: suspicious RCU usage in $F", "lockdep", WHERE_TRACE, 0 },
	{ "WARNING: bad unlock balance",
	  "WARNING: bad unlock balance in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ BUG: bad unlock balance", "BUG: bad unlock balance in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: held lock freed", "WARNING: held lock freed in $F", "lockdep", WHERE_TRACE, 0 },
	{ "[ BUG: held lock freed", "BUG: held lock freed in $F", "lockdep", WHERE_TRACE, 0 },
	{ "WARNING: Nested lock was not taken",
	  "WARNING: nested lock was not taken in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: nested lock was not taken",
	  "WARNING: nested lock was not taken in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: lock held when returning to user space",
	  "WARNING: lock held when returning to user space in $F", "lockdep", WHERE_LOCK, 0 },
	{ "WARNING: %* still has locks held",
	  "WARNING: still has locks held in $F", "lockdep", WHERE_TRACE, 0 },
	{ "[ BUG: %* still has locks held",
	  "BUG: still has locks held in $F", "lockdep", WHERE_TRACE, 0 },
	{ "[ BUG: Invalid wait context", "WARNING: locking bug in $F", "lockdep", WHERE_LOCK, 0 },
	{ "[ BUG: %s!", "BUG: $1 in $F", "lockdep", WHERE_TRACE, 0 },
	{ "INFO: trying to register non-static key",
	  "INFO: trying to register non-static key in $F", "lockdep", WHERE_TRACE, 0 },
	{ "BUG: MAX_%s too low", "BUG: MAX_$1 too low!", "lockdep", WHERE_NOWHERE, 0 },
	/* stalls: kernel/watchdog.c, kernel/rcu/tree_stall.h, kernel/hung_task.c */
	{ "BUG: soft lockup", "BUG: soft lockup in $F", "stall", WHERE_STALL, 0 },
	{ "Watchdog detected hard LOCKUP", "BUG: hard lockup in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: %w self-detected stall",
	  "INFO: rcu detected stall in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: %w detected stalls", "INFO: rcu detected stall in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: %w detected expedited stalls",
	  "INFO: rcu detected stall in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: %w detected stall on CPU",
	  "INFO: rcu detected stall in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: rcu_tasks detected stalls",
	  "INFO: rcu detected stall in $F", "stall", WHERE_STALL, 0 },
	{ "INFO: task %* blocked for more than", "INFO: task hung in $F", "hang", WHERE_TASK, 0 },
	{ "INFO: task %* blocked in I/O wait for more than",
	  "INFO: task hung in $F", "hang", WHERE_TASK, 0 },
	{ "%*:%d blocked for more than %d seconds.",
	  "INFO: task hung in $F", "hang", WHERE_TASK, CRASH_TRACED },
	{ "INFO: task %* can't die for more than",
	  "INFO: task can't die in $F", "hang", WHERE_TASK, 0 },
	{ "unregister_netdevice: waiting for ",
	  "unregister_netdevice: waiting for DEV to become free", "leak", WHERE_NOWHERE, 0 },
	/* WARN(): kernel/panic.c, since 6.17 without "CPU: 1 PID: 2 at" */
	{ "WARNING: CPU: %d PID: %d at %s:%d %f", "WARNING in $F", "warning", WHERE_TITLE, 0 },
	{ "WARNING: CPU: %d PID: %d at ", "WARNING in $F", "warning", WHERE_TRACE, 0 },
	{ "WARNING: at %s:%d %f", "WARNING in $F", "warning", WHERE_TITLE, 0 },
	{ "WARNING: %s:%d at %f", "WARNING in $F", "warning", WHERE_TITLE, CRASH_TRACED },
	{ "WARNING: kernel stack %w at %* has bad '%s' value",
	  "WARNING: kernel stack $1 has bad '$2' value", "warning", WHERE_NOWHERE, 0 },
	{ "WARNING: %s", "WARNING: $1", "warning", WHERE_NOWHERE, CRASH_TRACED },
	/* kernel/panic.c */
	{ "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: %f",
	  "kernel panic: stack is corrupted in $F", "panic", WHERE_TITLE, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: corrupted stack end detected",
	  "kernel panic: corrupted stack end in $F", "panic", WHERE_STALL, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: Attempted to kill init!",
	  "kernel panic: Attempted to kill init!",
	  "panic", WHERE_NOWHERE, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: Fatal exception",
	  "kernel panic: Fatal exception",
	  "panic", WHERE_NOWHERE, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: panic_on_warn set",
	  "kernel panic: panic_on_warn set",
	  "panic", WHERE_NOWHERE, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: Couldn't open N_TTY ldisc",
	  "kernel panic: Couldn't open N_TTY ldisc",
	  "panic", WHERE_NOWHERE, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: kernel stack overflow",
	  "kernel stack overflow in $F", "panic", WHERE_STALL, CRASH_JOINS | CRASH_PANIC },
	{ "Kernel panic - not syncing: %s",
	  "kernel panic: $1",
	  "panic", WHERE_NOWHERE, CRASH_JOINS | CRASH_PANIC },
	{ "BUG: %s", "BUG: $1", "bug", WHERE_NOWHERE, CRASH_TRACED },
};

/*
 * By the file, or file and function, of a WARN() or BUG() that stands in a helper for its callers.
 */
static const struct crash_rule file_rules[] = {
	{ "lib/refcount.c", "WARNING: refcount bug in $F", "warning", WHERE_TRACE, 0 },
	{ "lib/kobject.c", "WARNING: kobject bug in $F", "warning", WHERE_TRACE, 0 },
	{ "lib/debugobjects.c", "WARNING: ODEBUG bug in $F", "warning", WHERE_TRACE, 0 },
	{ "lib/list_debug.c", "BUG: corrupted list in $F", "bug", WHERE_TRACE, 0 },
	{ "kernel/locking/lockdep.c", "WARNING: locking bug in $F", "warning", WHERE_TRACE, 0 },
	{ "kernel/lockdep.c", "WARNING: locking bug in $F", "warning", WHERE_TRACE, 0 },
	{ "mm/slab_common.c kmalloc_slab",
	  "WARNING: kmalloc bug in $F", "warning", WHERE_TRACE, 0 },
	{ "mm/util.c kvmalloc_node", "WARNING: kmalloc bug in $F", "warning", WHERE_TRACE, 0 },
	{ "fs/proc/generic.c", "WARNING: proc registration bug in $F", "warning", WHERE_TRACE, 0 },
	{ "mm/usercopy.c", "WARNING: bad usercopy in $F", "warning", WHERE_TRACE, 0 },
	{ "mm/usercopy.c", "BUG: bad usercopy in $F", "bug", WHERE_TRACE, 0 },
	{ "drivers/usb/core/urb.c", "WARNING in $F/usb_submit_urb", "warning", WHERE_TRACE, 0 },
};

/* The reasons of panics that follow another report. */
static const char *const consequences[] = {
	"Fatal exception", "panic_on_warn set", "panic_on_oops set", "kasan.fault=panic set",
	"kfence", "KMSAN: panic", "kcsan", "hung_task: blocked tasks", "softlockup: hung tasks",
	"hung tasks", "RCU Stall", "UBSAN: panic_on_warn", "Oops: Fatal exception",
	"scheduling while atomic", "BUG: workqueue lockup", "kmsan.panic set", "stack guard page",
	"Machine halted", "Attempted to kill init!", "Fatal trap",
	"Aiee, killing interrupt handler", "Attempted to kill the idle task",
};
/* clang-format on */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t span(struct view v, bool (*in)(char c))
{
	size_t n = 0;

	while (n < v.len && in(v.p[n]))
		n++;
	return n;
}

/* Up to the literal text that comes next in the pattern. */
static ssize_t up_to(struct view v, const char *next)
{
	char literal[64];
	size_t n = strcspn(next, "%");

	if (!n)
		return (ssize_t)v.len;
	if (n >= sizeof(literal))
		n = sizeof(literal) - 1;
	memcpy(literal, next, n);
	literal[n] = '\0';
	return view_find(v, literal);
}

/* One "%c" of a pattern at the start of *@v; @next: pattern after it. */
static bool match_field(char c, const char *next, struct view *v, struct crash_captures *caps)
{
	struct view got = { 0 };
	ssize_t n;

	if (c == 'f') {
		got = crash_take_symbol(v);
		n = 0;
		if (!got.len)
			return false;
	} else if (c == 'w' || c == 'd' || c == 'x') {
		if (c == 'x')
			view_skip(v, "0x");
		n = (ssize_t)span(*v, c == 'w' ? is_word : c == 'd' ? is_digit : is_hex);
		if (!n)
			return false;
		got = view_sub(*v, 0, (size_t)n);
	} else {
		n = up_to(*v, next);
		if (n < 0)
			return false;
		got = view_trim(view_sub(*v, 0, (size_t)n));
	}
	*v = view_sub(*v, (size_t)n, v->len);
	if ((c == 'f' || c == 'w' || c == 's') && caps->n < CRASH_CAPTURES)
		caps->v[caps->n++] = got;
	if (c == 'f' && !caps->symbol.len)
		caps->symbol = got;
	return true;
}

static bool match(const char *p, struct view v, struct crash_captures *ret)
{
	*ret = (struct crash_captures){ 0 };
	for (; *p; p++) {
		if (*p == '%') {
			p++;
			if (!match_field(*p, p + 1, &v, ret))
				return false;
		} else if (!v.len || v.p[0] != *p) {
			return false;
		} else {
			v.p++;
			v.len--;
		}
	}
	return true;
}

const struct crash_rule *crash_match(struct view text, struct crash_captures *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!text.len || (rules[i].pattern[0] != text.p[0] && rules[i].pattern[0] != '%'))
			continue;
		if (match(rules[i].pattern, text, ret))
			return &rules[i];
	}
	return NULL;
}

const struct crash_rule *crash_rule_by_file(const struct crash_rule *rule,
					    const struct crash_captures *c)
{
	struct view file = c->v[0];

	for (size_t i = 0; i < ARRAY_SIZE(file_rules); i++) {
		const char *p = file_rules[i].pattern;
		size_t len = strcspn(p, " ");
		struct view end = file.len >= len ? view_sub(file, file.len - len, len) :
						    (struct view){ 0 };

		if (strcmp(file_rules[i].type, rule->type) != 0 || end.len != len ||
		    memcmp(end.p, p, len) != 0)
			continue;
		/* Absolute with O=, relative without. */
		if (file.len > len && end.p[-1] != '/')
			continue;
		if (!p[len] || view_eq(c->symbol, p + len + 1))
			return &file_rules[i];
	}
	return rule;
}

bool crash_is_consequence(struct view reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(consequences); i++) {
		if (view_starts(reason, consequences[i]))
			return true;
	}
	return false;
}

/* Text without what changes from run to run: "0x1f" and long hexadecimal is ADDR, a number NUM. */
static void add_stable(struct str *out, struct view v)
{
	while (v.len) {
		struct view rest = v;
		bool prefixed = view_skip(&rest, "0x");
		size_t hex = span(rest, is_hex), digits = span(v, is_digit);

		if ((prefixed && hex) || (hex >= 8 && span(rest, is_word) == hex)) {
			str_adds(out, "ADDR");
			v = view_sub(rest, hex, rest.len);
		} else if (digits && span(v, is_word) == digits) {
			str_adds(out, "NUM");
			v = view_sub(v, digits, v.len);
		} else {
			size_t n = span(v, is_word);

			n = n ? n : 1;
			str_add(out, v.p, n);
			v = view_sub(v, n, v.len);
		}
	}
}

void crash_title(const struct crash_rule *rule, const struct crash_captures *c,
		 struct view function, struct view access, struct str *out)
{
	for (const char *p = rule->title; *p; p++) {
		if (!function.len && strncmp(p, " in $F", 6) == 0) {
			p += 5;
		} else if (!access.len && strncmp(p, " $A", 3) == 0) {
			p += 2;
		} else if (*p != '$') {
			str_addc(out, *p);
		} else if (*++p == 'F') {
			str_addv(out, function);
		} else if (*p == 'A') {
			str_addv(out, access);
		} else if ((size_t)(*p - '1') < c->n) {
			add_stable(out, c->v[*p - '1']);
		}
	}
	if (out->len >= FINDING_TITLE_MAX) {
		out->len = FINDING_TITLE_MAX - 1;
		out->data[out->len] = '\0';
	}
}
