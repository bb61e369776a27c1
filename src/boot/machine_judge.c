/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/machine_judge.h"

const char *machine_outcome_words(enum machine_outcome o)
{
	static const char *const words[] = {
		[MACHINE_POWERED_OFF] = "powered off", [MACHINE_PANICKED] = "panicked",
		[MACHINE_RESET] = "reset itself",      [MACHINE_HUNG] = "hung",
		[MACHINE_TIMED_OUT] = "timed out",     [MACHINE_OUTPUT_CAP] = "printed without end",
		[MACHINE_KILLED] = "killed",	       [MACHINE_DIED] = "died",
	};

	return words[o];
}

static void judge(struct machine_end *end, enum machine_outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void judge(struct machine_end *end, enum machine_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	end->outcome = outcome;
	va_start(ap, fmt);
	vsnprintf(end->detail, sizeof(end->detail), fmt, ap);
	va_end(ap);
}

/* QEMU ended without saying that the guest did. */
static void judge_qemu(const struct machine_signs *s, struct machine_end *end)
{
	if (s->qmp.cause == QMP_HOST)
		judge(end, MACHINE_DIED, "QEMU was ended from outside (%s)", s->qmp.reason);
	else if (s->qmp.cause == QMP_STOPPED)
		judge(end, MACHINE_DIED, "QEMU halted the machine: %s",
		      *s->complaint.text ? s->complaint.text : s->qmp.reason);
	else if (*s->complaint.text)
		judge(end, MACHINE_DIED, "%s", s->complaint.text);
	else
		judge(end, MACHINE_DIED, "QEMU ended with %s %d and no message",
		      s->qemu_end.signalled ? "signal" : "exit", s->qemu_end.code);
}

static const char *reset_words(const struct machine_signs *s, bool silent)
{
	if (s->watch.said == CONSOLE_RESTART)
		return "a program in it asked for a reboot";
	return silent ? "no output on the console" : "without a panic";
}

void machine_judge(const struct machine_signs *s, struct machine_end *end)
{
	bool silent = end->first_output < 0;
	const char *mute = silent ? "; no output on the console" : "";

	if (s->watch.said == CONSOLE_PANIC)
		judge(end, MACHINE_PANICKED, "%s", s->watch.text);
	else if (s->qmp.cause == QMP_GUEST_PANIC)
		judge(end, MACHINE_PANICKED, "the panic device was written to%s", mute);
	else if (s->qmp.cause == QMP_GUEST_RESET)
		judge(end, MACHINE_RESET, "%s", reset_words(s, silent));
	else if (s->qmp.cause == QMP_GUEST_OFF || s->watch.said == CONSOLE_OFF)
		judge(end, MACHINE_POWERED_OFF, "the guest switched itself off%s", mute);
	else
		judge_qemu(s, end);
}
