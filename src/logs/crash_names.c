/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What functions are in a trace, by name ('*' as in the shell), and how lines of reports begin. */
#include "logs/crash_internal.h"

/* clang-format off */
/*
 * In a trace without being its subject: reporting, fault entry, sanitizers, copies, locks, lists,
 * reference counts, allocation.
 */
static const char *const helpers[] = {
	"0x*", "add_timer*", "add_uevent_var", "add_wait_queue*", "__alloc_frozen*",
	"alloc_frozen*", "alloc_inode", "__alloc_pages*", "alloc_pages*", "allocate_slab*",
	"arch_atomic*", "arch_local_*", "arch_stack_walk", "arch_static_branch*", "arch_unwind*",
	"__asan_*", "asm_exc_*", "assign_lock_key", "async_page_fault", "__atomic*", "atomic*",
	"_atomic_dec*", "*atomic_dec_and_*", "autoremove_wake*", "__bad_area*", "bad_area*",
	"bad_page*", "bug_handler*", "bytes_is_*", "____cache_alloc*", "__cache_alloc*",
	"cache_alloc*", "*cache_free*", "__call_rcu*", "call_rcu*", "cancel_*work*",
	"__cancel_work*", "__cfi_*", "check_deadlock*", "check_flags*", "check_free_page*",
	"__check_heap_object", "check_heap_object*", "check_irq_usage*", "check_memory_region*",
	"check_new_page*", "check_noncircular*", "__check_object_size*", "check_object_size*",
	"check_preemption_disabled", "check_prev*", "check_region_inline", "check_usage*",
	"check_wait_context*", "cleanup_srcu_struct*", "common_interrupt*", "__complete*",
	"complete", "complete_all", "complete_with*", "_compound_head", "compound_head",
	"__cond_resched*", "_cond_resched", "console_unlock*", "constant_test_bit",
	"context_switch*", "__copy_*", "_copy_*", "copy_*_user*", "copy_from_iter*", "copy_page_*",
	"copy_to_iter*", "copyin*", "copyout*", "*core*panicking*", "count_memcg_event*",
	"cpumask_*", "crc_*", "crc16", "__crc32*", "crc32*", "csum_partial*", "__dabt_*",
	"__debug_*object*", "debug_*object*", "debug_check_*", "debug_lockdep*", "debug_print_*",
	"debug_smp_processor_id", "default_wake*", "del_timer*", "_destroy_*", "destroy_workqueue*",
	"_dev_*", "dev_driver_string", "__dev_printk*", "dev_printk*", "dev_vprintk_emit",
	"device_add*", "device_del", "device_destroy", "device_release", "device_release_driver*",
	"device_unregister*", "devres_*", "df_debug", "__die*", "die*", "divide_error",
	"do_async_page_fault*", "do_bad_area*", "do_csum*", "do_debug_exception", "do_divide_error",
	"do_el1_*", "do_error_trap*", "do_general_protection*", "do_int3", "do_invalid_op",
	"do_kern_addr_fault*", "__do_kernel_fault*", "do_krealloc*", "do_mem_abort*",
	"__do_page_fault*", "do_page_fault*", "do_raw_*", "do_slab_free", "do_strncpy_from_user",
	"do_tag_check_fault*", "do_translation_fault", "do_trap*", "do_undefinstr",
	"do_wait_for_common*", "__down_*", "down", "down_*", "dpm_sysfs*", "__dput*",
	"drain_workqueue*", "dump_backtrace*", "__dump_stack", "dump_stack*", "dump_trace*",
	"el1_*", "el1h_*", "entry_*", "error_entry", "error_exit", "exc_*", "fail_dump",
	"fast_dput", "fault_in_kernel_space", "__ffs*", "filter_irq_stacks", "_find_*_bit*",
	"find_*_bit*", "find_lock_entries", "finish_wait", "fixup_bug*", "__flush_work*",
	"flush_work*", "__flush_workqueue*", "flush_workqueue*", "folio_flags*", "folio_test_*",
	"folio_unlock", "folios_put*", "format_decode", "__fortify*", "fortify_*", "__fput_sync",
	"__free_frozen*", "free_frozen*", "free_hot_cold*", "free_large_kmalloc*", "__free_page*",
	"free_page_is_bad", "__free_pages*", "free_pages*", "free_pcp*", "free_unref*",
	"general_protection*", "get_device_parent*", "__get_free_page*", "get_page_from_freelist",
	"__get_user*", "get_user*", "handle_bug*", "handle_mm_fault*", "handle_overflow",
	"hex_string*", "__hlist_*", "hlist_*", "hlock_class", "__hwasan_*", "ida_*", "__idr_*",
	"idr_*", "insert_work*", "instrument_*", "int3", "invalid_op", "io_schedule*", "iput*",
	"irqentry_*", "*iterate_and_advance*", "jhash*", "*kasan*", "kcalloc*", "*kcsan*",
	"kernelmode_fixup_or_oops*", "kernfs_*", "*kfence*", "__kfree*", "kfree*", "kill_fasync",
	"klist_*", "___kmalloc*", "__kmalloc*", "kmalloc*", "kmem_*", "__kmem_cache*",
	"kmem_cache_*", "*kmemleak*", "*kmsan*", "kobject_*", "___krealloc*", "__krealloc*",
	"krealloc", "krealloc_noprof", "kref_*", "kset_*", "kvfree*", "__kvmalloc*", "kvmalloc*",
	"kvmemdup*", "kvzalloc*", "kzalloc*", "__list_*", "list_*", "__list_del_entry*",
	"__local_bh_*", "_local_bh*", "local_bh_*", "__lock_*", "lock_acquire*", "lock_is_held*",
	"lock_release*", "lock_sock*", "lock_timer_base*", "lockdep_*", "*lockdep_rcu_suspicious*",
	"logic_in*", "logic_out*", "look_up_lock_class*", "lookup_object*", "mark_buffer_dirty",
	"mark_held*", "mark_lock*", "mark_usage*", "match_held_lock", "mem*cpy*", "mem*set*",
	"memchr*", "memcmp*", "__memcpy*", "__memdup*", "memdup*", "__memmove*", "memmove*",
	"memory_is_poisoned*", "__memset*", "__might_*", "might_*", "___might_sleep",
	"mod_delayed*", "__mod_timer*", "mod_timer*", "__msan_*", "__mutex_*", "mutex_*",
	"*mutex_lock*", "*mutex_trylock*", "*mutex_unlock*", "native_*", "new_slab*", "nmi_panic*",
	"no_context*", "number", "object_err", "object_is_on_stack*", "oops_*", "*osq_*",
	"page_expected*", "page_fault*", "page_fixed_fake_head", "panic", "*paravirt*", "percpu_*",
	"*percpu_down_*", "*percpu_up_*", "perf_trace_*", "__phys_addr*", "pointer",
	"preempt_schedule*", "prep_new_page*", "prepare_to_wait*", "print_*", "*printf*",
	"_printk*", "printk*", "__printk_safe*", "printk_safe*", "proc_register", "__put_user*",
	"put_user*", "pv_*", "quarantine_*", "__queue_delayed*",
	"queue_delayed_work*", "__queue_work*", "queue_work*", "queued_*", "_R*", "radix_tree_*",
	"raw_atomic*", "__raw_callee_save*", "raw_copy_*", "__raw_read*", "*raw_read_lock*",
	"*raw_read_unlock*", "raw_spin_rq*", "raw_spin_rq_*", "__raw_write*", "*raw_write_lock*",
	"*raw_write_unlock*", "__rb_*", "rb_*", "rcu_barrier*", "rcu_read_lock*",
	"rcu_read_unlock*", "reacquire_*", "__read_once*", "read_word_at_a_time", "readb", "readl",
	"ref_tracker_*", "__refcount_*", "refcount*", "refcount_*", "register_lock_class*",
	"reiserfs_write_lock*", "__rela_dyn_start", "release_sock", "rep_movs*", "rep_stos*",
	"report_*", "__report_bug", "restore_all", "*_restore_fl*", "ret_from_*", "__rhashtable_*",
	"rhashtable_*", "__rht_*", "rht_*", "rollback_registered*", "__rt_*", "rt_mutex_*",
	"rt_spin_*", "rust_*", "*rustc*", "rwlock_bug", "rwsem_*", "__sanitizer_*", "*_save_fl*",
	"save_stack*", "__schedule", "schedule", "__schedule_bug", "schedule_hrtimeout*",
	"schedule_idle", "schedule_preempt*", "schedule_timeout*", "seqcount_*", "__seqprop_*",
	"set_bit*", "set_track*", "setup_object*", "__should_fail*", "should_fail*",
	"should_fail_usercopy", "show_stack*", "sized_strscpy", "__sk_destruct", "sk_destruct",
	"__sk_free", "sk_free*", "sk_prot_alloc*", "__skb_dequeue*", "skb_dequeue*",
	"skb_over_panic", "skb_panic", "__skb_pu*", "skb_pull*", "skb_push*", "skb_put*",
	"skb_queue_*", "skb_release_head_state", "skb_under_panic", "skb_unlink*", "___slab_*",
	"__slab_*", "slab_*", "sock_efree", "sock_kmalloc", "sock_put*", "sock_wmalloc", "spin_bug",
	"spin_dump", "*spin_lock*", "*spin_trylock*", "*spin_unlock*", "__srcu_*", "srcu_*",
	"__stack_chk_fail*", "__stack_depot*", "stack_depot_*", "stack_overflow*", "stack_segment",
	"stack_trace*", "stack_trace_*", "str_*", "str*cpy*", "str*dup*", "strcasecmp*", "strchr*",
	"strcmp*", "string", "string_nocheck", "strlen", "strn*", "strncmp*", "strncpy_from_user",
	"strnlen*", "strnstr", "strpbrk", "strrchr", "strs*", "*_strstr", "strstr", "strstr*",
	"__swake_*", "swake_up*", "__switch_to*", "syscall_return_*", "sysfs_*", "task_blocks_on*",
	"*test_and_*", "test_bit*", "this_cpu_*", "__this_cpu_preempt_check", "__timer_delete*",
	"timer_delete*", "timer_is_static_object", "trace_*", "*trace_pc*", "__traceiter*",
	"*_try_to_del_timer*", "__try_to_del_timer*", "try_to_del_timer*", "try_to_grab_pending",
	"try_to_wake_up*", "__tsan_*", "ttwu_*", "tty_unregister_device", "*ubsan*", "__und_*",
	"unlock_page", "unregister_netdev", "unregister_netdevice*", "unwind_*", "__up_*", "up",
	"up_*", "usb_kill_anchored*", "usb_kill_urb*", "usb_submit_urb", "usercopy_*", "va_format",
	"val_to_string*", "valid_state*", "validate_chain*", "variable_test_bit", "vfree*",
	"__virt_to_phys*", "__vmalloc*", "vmalloc*", "vpanic", "vprintk*", "vprintk_*", "__vunmap",
	"vzalloc*", "__wait_for_common*", "wait_for_common*", "wait_for_comp*", "__wake_up*",
	"wake_up*", "walk_stackframe*", "__warn*", "warn_*", "write_comp_data*", "__write_once*",
	"writeb", "writel", "ww_mutex*", "__x86_indirect_thunk*", "__x86_return_thunk", "__xa_*",
	"xa_*", "xas_*",
	NULL
};

/* On the way from a timer or NMI to the report of a stall: not what stalls. */
static const char *const watchdogs[] = {
	"account_*", "*apic_timer_interrupt*", "arch_timer_*", "arch_trigger_*", "asm_exc_nmi",
	"asm_sysvec_*", "call_on_irq_stack", "check_*stall*", "*cpu_stall*", "csd_*",
	"default_do_nmi", "default_idle", "do_interrupt_handler", "do_nmi", "dump_cpu_task",
	"el1_*", "end_repeat_nmi", "exc_nmi", "generic_handle_*", "gic_*", "__handle_*",
	"handle_*_irq*", "handle_domain_irq", "handle_irq*", "handle_percpu_devid_irq", "*hrtimer*",
	"inline_map_read*", "instr_sysvec*", "intel_pmu_*", "invoke_rcu_core", "__irq_*", "irq_*",
	"irqentry*", "__irqentry_text_*", "kvm_steal*", "kvm_wait", "local_apic_*", "__local_bh_*",
	"local_bh_*", "*_nmi*", "nmi_*", "note_gp_changes", "perf_event_nmi_handler",
	"__perf_event_overflow", "perf_event_overflow*", "print_cpu_stall*", "profile_*", "__rcu_*",
	"rcu_*", "reschedule_interrupt", "*_restore_args", "restore_args", "retint_*",
	"__run_timers_base", "__sanitizer_*", "sched_show_task*", "show_regs*", "smp_*interrupt*",
	"smp_reschedule_interrupt", "softlockup*", "stall_*", "stop_machine*",
	"synchronize_rcu_expedited_wait", "__sysvec_*", "sysvec_*", "tick_*", "timer_interrupt",
	"touch_*", "__trace_hardirqs*", "trace_hardirqs*", "trigger_*", "update_process_times*",
	"update_wall_time*", "watchdog*", "write_seqcount*", "x86_pmu_*",
	NULL
};

/* Those that call what runs: the function they called names the stall. */
static const char *const dispatchers[] = {
	"C_SYSC_ioctl", "call_driver_probe", "call_mmap*", "call_read_iter", "call_timer_fn*",
	"call_write_iter", "cleanup_net", "compat_blkdev_ioctl", "*compat_sys_ioctl",
	"compat_SyS_ioctl", "cpu_startup_entry", "do_compat_ioctl*", "__do_compat_sys_ioctl",
	"do_dentry_open", "__do_fast_syscall_*", "do_fast_syscall_*", "do_filp_open", "do_idle",
	"do_int80_*", "do_iter_*", "do_loop_readv_writev*", "do_mmap*", "do_one_initcall",
	"do_open", "*do_softirq*", "__do_sys_ioctl", "do_sys_open*", "do_syscall_*", "do_vfs_ioctl",
	"el0_svc*", "el0t_*", "entry_*", "expire_timers*", "____fput", "__fput", "genl_family_rcv*",
	"genl_rcv_msg*", "handle_softirqs*", "hrtimer_run_softirq", "ia32_sys_call",
	"__invoke_syscall*", "invoke_syscall*", "__iterate_supers", "__kernel_write*", "ksys_ioctl",
	"kthread*", "kvm_vcpu_compat_ioctl", "kvm_vm_compat_ioctl", "lo_compat_ioctl",
	"__mmap_region*", "mmap_region*", "__napi_*", "napi_*", "net_rx_action*",
	"*netif_receive_skb*", "netlink_dump*", "__netlink_dump_start", "netlink_dump_start",
	"netlink_rcv_skb", "netlink_sendmsg*", "new_sync_read", "new_sync_write", "NF_HOOK*",
	"nfnetlink_rcv_msg*", "ops_exit_list*", "path_openat", "process_backlog*",
	"process_one_work*", "process_scheduled_works*", "really_probe*", "ret_fast_syscall",
	"ret_from_fork*", "rtnetlink_event*", "rtnetlink_rcv_msg*", "run_ksoftirqd", "run_timer_*",
	"__run_timers*", "__se_sys_ioctl", "sendmsg_copy_msghdr", "smpboot_thread_fn",
	"sock_do_ioctl", "sock_ioctl", "sock_recvmsg*", "__sock_sendmsg*", "sock_sendmsg*",
	"sock_write_iter", "start_kernel", "start_secondary", "SyS_connect", "__sys_connect*",
	"SyS_ioctl", "____sys_sendmsg", "___sys_sendmsg", "__sys_sendto", "SyS_setsockopt",
	"__sys_setsockopt", "SYSC_connect", "SYSC_setsockopt", "syscall_*", "task_work_run",
	"tasklet_*", "tracesys*", "vfs_ioctl", "vfs_open", "__vfs_read", "vfs_read*", "vfs_readv",
	"__vfs_write", "vfs_write*", "vfs_writev", "worker_thread", "x64_sys_call",
	"__x64_sys_ioctl",
	NULL
};

/* Waiting as such; what is left is who waits. */
static const char *const waits[] = {
	"bdi_*_wait*", "bit_wait*", "*cancel_work*", "console_lock*", "do_nanosleep",
	"do_wait_for_common*", "__down*", "drain_workqueue", "exp_funnel_lock*", "fdatawait_*",
	"__filemap_fdatawait*", "filemap_fdatawait*", "__flush_work*", "flush_work*",
	"__flush_workqueue", "__folio_lock*", "folio_lock*", "folio_wait_*", "*freezer_*",
	"*input_close*", "io_schedule*", "kthread_stop*", "__ldsem*", "ldsem_*", "lock_mount*",
	"__lock_page*", "lock_page*", "__lock_sock", "lock_sock*", "lock_two_*", "msleep*",
	"mutex_*", "*osq_*", "out_of_line_wait_*", "*pagecache_get_page*", "percpu_rwsem*",
	"prepare_to_*", "rcu_barrier*", "request_wait_answer", "__rt_*", "*rt_mutex_*", "rt_mutex*",
	"*rwsem_*", "schedule_timeout*", "*semaphore*", "_synchronize_rcu_*", "tty_ldisc_lock*",
	"usleep_*", "*_wait_bit*", "wait_event*", "*wait_for_comp*", "__wait_on_*", "wait_on_*",
	"__wait_rcu_gp*", "wait_transaction_*", "waitqueue_active", "ww_mutex_*",
	NULL
};

static const char *const report_starts[] = {
	" ", "\t", "#", "[<", "(", "Call ", "CPU:", "CPU ", "Hardware name", "RIP", "RSP", "RAX",
	"RDX", "RBP", "RBX", "R10", "R13", "R1", "FS:", "CS:", "ES:", "CR2", "DR", "Code:",
	"Modules linked", "---", "===", "***", "Kernel ", "Rebooting", "Dumping ftrace",
	"irq event", "hardirqs ", "softirqs ", "Showing ", "NMI backtrace", "Sending NMI",
	"Workqueue:", "Stack", "Tainted", "Allocated", "Freed", "The buggy", "Memory state",
	"page:", "page ", "raw:", "flags:", "head:", "Read ", "Write ", "which ", "located ",
	"value changed", "Reported by", "pc :", "lr :", "sp :", "x1", "x2", "x3", "x4", "x5", "x6",
	"x7", "x8", "x9", "x0", "pstate", "PC is", "LR is", "psr:", "sp:", "r1", "r0", "r9", "r8",
	"r7", "r6", "r5", "r4", "r3", "r2", "EIP", "EAX", "ESI", "DS:", "CR0", "NIP", "GPR", "LR ",
	"CFAR", "epc", "ra :", "gp :", "tp :", "t0", "t2", "t5", "s0", "s1", "s2", "s5", "s8",
	"s11", "a0", "a2", "a5", "status:", "Preemption disabled", "last function", "task:",
	"other info", "stack backtrace", "the existing", "which lock", "but task", "but there",
	"is trying", "but this", "Chain exists", "Possible unsafe", "INFO: lockdep is",
	"INFO: Slab", "INFO: Object", "ODEBUG", "Uninit was", "Local variable", "Bytes ",
	"Memory access", "Data copied", "kfence-", "PGD", "PUD", "Mem abort", "user pgtable",
	"swapper pgtable", "turning off the locking", "general protection", "Oops", "in_atomic",
	"non-paged", "preempt_count", "RCU nest", "page dumped", "Memory:", "comm ", "<",
	"Task dump", "task ", "unreferenced", "hex dump", "backtrace", "Unable to handle",
	"Process ", "Internal error", "Backtrace", "note:", "1 lock", "2 locks", "3 locks",
	"4 locks", "5 locks", "6 locks", "7 locks", "no locks", "cpu=", "{", "asan", "kasan:",
	"KASAN", "Read at", "Write at", "Pointer tag", "DEBUG_LOCKS", "refcount_t",
	"Last potentially", "Second to last", "Fault recovery", "Krnl", "R:", "Last Breaking",
	"Use-after", "Out-of-bounds",
	NULL
};
/* clang-format on */

static bool in_list(struct view name, const char *const *list)
{
	char text[128];

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.p, name.len);
	text[name.len] = '\0';
	for (; *list; list++) {
		/* The first letter decides most of the time. */
		if ((*list)[0] != '*' && (*list)[0] != text[0])
			continue;
		if (glob_match(*list, text))
			return true;
	}
	return false;
}

/* "ffffffff81000000" of a kernel without symbols. */
static bool is_address(struct view name)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	while (n < name.len && memchr(digits, name.p[n], sizeof(digits) - 1))
		n++;
	return n == name.len && n >= 8;
}

bool crash_is_helper(struct view function)
{
	return is_address(function) || in_list(function, helpers);
}

bool crash_is_watchdog(struct view function)
{
	return in_list(function, watchdogs);
}

bool crash_is_dispatcher(struct view function)
{
	return in_list(function, dispatchers);
}

bool crash_is_wait(struct view function)
{
	return in_list(function, waits);
}

bool crash_is_report_line(struct view text)
{
	if (!text.len)
		return true;
	for (const char *const *start = report_starts; *start; start++) {
		if (view_starts(text, *start))
			return true;
	}
	return false;
}
