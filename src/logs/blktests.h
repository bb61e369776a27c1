/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "check" of blktests prints. Source of the format: the script check of github.com/linux-blktests/blktests
 * (_output_status, _output_last_test_run, _output_test_run). Not on a terminal a case has its line twice, when it starts
 * and with its status when it ended; indented lines tell more, among them how long it took the last time and now:
 *
 *   block/001 (stress device hotplugging)
 *       runtime  5.301s  ...
 *   block/001 (stress device hotplugging)                        [passed]
 *       runtime  5.301s  ...  4.223s
 *   block/004 => vdb (run lots of flushes)                       [failed]     a device of TEST_DEVS: block.004.vdb
 *       runtime    ...  0.101s
 *       --- tests/block/004.out ...
 *   nvme/003 (tr=loop) (test connecting)                         [not run]    conditions: nvme.003.tr_loop
 *       The nvme program is not installed
 *
 * [passed] is PASS, [failed] FAIL, [not run] SKIP; another word in brackets, or a case whose second line does not come,
 * is ERROR. Reason: the first of the indented lines that is no measurement; a difference is "output mismatch".
 */
#pragma once

#include "logs/caselog.h"
