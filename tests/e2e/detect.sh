# SPDX-License-Identifier: GPL-2.0-or-later
# Bugs put into a kernel that checks itself: each is found in the test that provoked it, by its kind, and a clean one raises
# nothing. BUGS=all for the long run, BUGS="oob rcu" for these two.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

# Name, type of the finding, its title, another title that is as good.
bugs='oob|KASAN|KASAN: slab-out-of-bounds Write in bug_oob
inversion|LOCKDEP|possible deadlock in bug_inversion|possible deadlock in .*
leak|LEAK|memory leak in bug_leak'
long='uaf|KASAN|KASAN: slab-use-after-free Read in bug_uaf
shift|UBSAN|UBSAN: shift-out-of-bounds in bug_shift
atomic|atomic|BUG: sleeping function called from invalid context in bug_atomic
refcount|warning|WARNING: refcount bug in bug_refcount
stack|.*|.*bug_stack.*|.*stack.*
hung|hang|INFO: task hung in .*
left|hang|INFO: task hung in wait_forever
rcu|stall|INFO: rcu detected stall in proc_reg_write'
case ${BUGS:-} in
'') ;;
all) bugs="$bugs
$long" ;;
*) bugs=$(printf '%s\n' "$bugs" "$long" | grep -E "^($(echo "$BUGS" | tr ' ' '|'))\|") ;;
esac

add_bugs()
{
	cat >"$1/init/kassay_bugs.c" <<'C'
// SPDX-License-Identifier: GPL-2.0
/* echo NAME >/proc/kassay_bug */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);
static volatile int forty = 40, zero;

static noinline void bug_oob(void)
{
	char *p = kmalloc(32, GFP_KERNEL);

	p[forty] = 1;
	kfree(p);
}

static noinline void bug_uaf(void)
{
	volatile char *p = kmalloc(32, GFP_KERNEL);

	kfree((void *)p);
	pr_info("%d\n", p[3]);
}

static noinline void bug_shift(void)
{
	pr_info("%d\n", 1 << forty);
}

static noinline void bug_inversion(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static noinline void bug_atomic(void)
{
	spin_lock(&spin);
	kfree(kmalloc(16, GFP_KERNEL));
	spin_unlock(&spin);
}

static noinline void bug_leak(void)
{
	/* Several, as something that looks like a pointer to one may be left on a stack. */
	for (int i = 0; i < 16; i++) {
		char *volatile p = kmalloc(100, GFP_KERNEL);

		memset(p, 1, 100);
		p = NULL;
	}
}

static noinline void bug_refcount(void)
{
	refcount_t r = REFCOUNT_INIT(0);

	refcount_inc(&r);
}

static noinline int bug_stack(int n)
{
	volatile char a[512];

	a[0] = n;
	return n > 1000000 ? 0 : bug_stack(n + 1) + a[0];
}

static int hang(void *unused)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	return 0;
}

static noinline void bug_hung(void)
{
	mutex_lock(&lock_b);
	kthread_run(hang, NULL, "hung");
	ssleep(30);
	mutex_unlock(&lock_b);
}

static DECLARE_COMPLETION(never);

static int wait_forever(void *unused)
{
	wait_for_completion(&never);
	return 0;
}

/* Told by the kernel long after everything ran, were it not asked. */
static noinline void bug_left(void)
{
	kthread_run(wait_forever, NULL, "left");
}

static void nothing(struct rcu_head *head)
{
}

static noinline void bug_rcu(void)
{
	static struct rcu_head head;
	u64 end = get_jiffies_64() + 15 * HZ;

	call_rcu(&head, nothing); /* somebody has to wait */
	preempt_disable();
	while (get_jiffies_64() < end)
		cpu_relax();
	preempt_enable();
}

static ssize_t bug_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	char name[16] = "";

	if (copy_from_user(name, from, min(n, sizeof(name) - 1)))
		return -EFAULT;
	strim(name);
	if (!strcmp(name, "oob"))
		bug_oob();
	if (!strcmp(name, "uaf"))
		bug_uaf();
	if (!strcmp(name, "shift"))
		bug_shift();
	if (!strcmp(name, "inversion"))
		bug_inversion();
	if (!strcmp(name, "atomic"))
		bug_atomic();
	if (!strcmp(name, "leak"))
		bug_leak();
	if (!strcmp(name, "refcount"))
		bug_refcount();
	if (!strcmp(name, "stack"))
		return bug_stack(zero);
	if (!strcmp(name, "hung"))
		bug_hung();
	if (!strcmp(name, "left"))
		bug_left();
	if (!strcmp(name, "rcu"))
		bug_rcu();
	return n;
}

static const struct proc_ops ops = { .proc_write = bug_write };

static int __init bugs_init(void)
{
	return proc_create("kassay_bug", 0200, NULL, &ops) ? 0 : -ENOMEM;
}
late_initcall(bugs_init);
C
	echo 'obj-y += kassay_bugs.o' >>"$1/init/Makefile"
}

check "a tree" tree detect
add_bugs "$trees/detect"
check "a kernel of plan debug-all, which raises nothing" run 0 run "$trees/detect" --untracked --plan debug-all --json
check "every check is in it" query 'not [f for f in d["findings"] if f["kind"] == "config"]'
check "no finding but those that KUnit provokes" query 'not [f for f in d["findings"] if f["kind"] == "crash" and not f.get("expected")]'
check "its image" image bzImage
echo "$bugs" >bugs
while IFS='|' read -r bug type title other; do
	case $bug in # detectors that wait do so for a shorter time
	hung) words=sysctl.kernel.hung_task_timeout_secs=10 ;;
	rcu) words=rcupdate.rcu_cpu_stall_timeout=6 ;;
	*) words=kfence.sample_interval=0 ;; # it takes an allocation every 100 ms, and finds its bugs before KASAN does
	esac
	check "$bug: found" run 1 test bzImage --suite boot --suite "cmd:bug=echo $bug >/proc/kassay_bug; sleep 1" \
		--memory 1G --cpus 2 --silence 5m --test-timeout 200s --cmdline "$words" --json
	check "$bug: by its kind and title" query "[f for f in d['findings'] if f['kind'] == 'crash' and __import__('re').fullmatch(r'''$type''', f.get('type', ''), 2) and __import__('re').fullmatch(r'''$title|${other:-$title}''', f['title'])] or print([(f.get('type'), f['title']) for f in d['findings']])"
	if [ "$bug" = leak ] || [ "$bug" = left ]; then
		check "$bug: the boot answers for it" query '"FAIL" in status("boot")'
	else
		check "$bug: in the test that provoked it" query '"FAIL" in status("cmd.bug") and status("boot") == ["PASS"] or "'$bug'" == "stack" and "FAIL" in status("cmd.bug")'
	fi
done <bugs
finish
