/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "check" of xfstests (fstests) prints. Source of the format: the scripts check and common/rc of
 * git.kernel.org/pub/scm/fs/xfs/xfstests-dev.git. A case's line is begun without a line end when it starts, with the
 * seconds it took the last time if they are known:
 *
 *   generic/001 4s ...  5s                                   PASS, 5 seconds; the "4s ..." may be missing
 *   generic/001 4s ... [10:15:34] [10:15:39] 5s              PASS (check -T)
 *   generic/002       [not run] O_TMPFILE is not supported   SKIP; with -T the reason stands in a line of its own,
 *                                                            after "generic/002 -- "
 *   generic/003       [expunged]                             SKIP
 *   generic/004       - output mismatch (see ...)            FAIL, and so are "[failed, exit status 1]", "[dumped core]",
 *                                                            "_check_dmesg: something found ..." and all _check_ checks;
 *                                                            the lines after it say more
 *   Ran: ... / Not run: ... / Failures: generic/004          a case told nowhere else has its status from there
 *   Failed 1 of 4 tests / Passed all 3 tests / Interrupted!
 *
 * What of this is said in lines after the case's own counts too, up to the next case. Anything else behind the name is
 * ERROR. A case that passed and is among the failures makes the whole FAIL.
 */
#pragma once

#include "logs/caselog.h"
