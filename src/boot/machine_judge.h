/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a machine ended that was not ended by us. */
#pragma once

#include "boot/console.h"
#include "boot/machine.h"
#include "boot/qemu_process.h"
#include "boot/qmp.h"

/* All that says so. Zeroed to begin with; qmp is released by its owner. */
struct machine_signs {
	struct console_watch watch;
	struct qmp qmp;
	struct qemu_complaint complaint;
	struct child_end qemu_end;
};

/* Fill outcome and detail of @end, which has first_output already. */
void machine_judge(const struct machine_signs *s, struct machine_end *end);
