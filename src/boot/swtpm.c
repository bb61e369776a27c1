/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/swtpm.h"

#include <poll.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/loop.h"

enum { WAIT_MS = 5000, STEP_MS = 10 };

static void ended(const struct child_end *end, void *data)
{
	(void)end; /* QEMU says that it is gone */
	(void)data;
}

int swtpm_start(struct loop *l, const char *work, struct child **ret, struct err *err)
{
	AUTO_FREE char *program = NULL, *socket = path_join(work, SWTPM_SOCKET);
	AUTO_FREE char *state = mem_printf("dir=%s", work);
	AUTO_FREE char *ctrl = mem_printf("type=unixio,path=%s", socket);
	struct child *child;
	int r = tool_need(SWTPM_PROGRAM, SWTPM_PACKAGE, &program, err);

	if (r < 0)
		return r;
	unlink(socket); /* of the boot before */
	struct child_spec spec = {
		.argv = (char *[]){ program, (char *)"socket", (char *)"--tpm2",
				    (char *)"--terminate", (char *)"--tpmstate", state,
				    (char *)"--ctrl", ctrl, NULL },
		.in = -1,
		.out = -1,
		.error = -1,
		.own_group = true,
		.die_with_us = true,
	};
	r = child_start(l, &spec, ended, NULL, &child, err);
	if (r < 0)
		return r;
	for (int waited = 0; access(socket, F_OK) < 0; waited += STEP_MS) {
		if (waited >= WAIT_MS) {
			child_free(child);
			return err_set(err, ERR_INTERNAL, "swtpm made no socket %s", socket);
		}
		poll(NULL, 0, STEP_MS);
	}
	*ret = child;
	return 0;
}
