/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Linux Test Project prints, in the four forms that are met; sources of all: github.com/linux-test-project/ltp.
 *
 * 1. The driver ltp-pan (pan/ltp-pan.c), around the output of each case of a runtest file. So does kassay's own loop.
 *
 *      <<<test_start>>>
 *      tag=abs01 stime=1700000000
 *      cmdline="abs01"
 *      <<<test_output>>>
 *      abs01.c:41: TPASS: abs(0) is 0
 *      <<<execution_status>>>
 *      initiation_status="ok"
 *      duration=0 termination_type=exited termination_id=0 corefile=no
 *      <<<test_end>>>
 *
 * 2. ltp-pan's record of a case in one line: tag=abs01 stime=1700000000 dur=0 exit=exited stat=0 core=no cu=0 cs=0
 * 3. The summary file of runltp -l: below a line "Testcase  Result  Exit Value" one line a case: abs01  PASS  0
 * 4. The output of test programs alone: lines of the new library (lib/tst_test.c "abs01.c:41: TPASS: text"), of shell
 *    tests ("df01 1 TPASS: text") and of the old library (lib/tst_res.c "abs01  1  TPASS  :  text"), and the new one's
 *    "Summary:" with counts, which ends a program. Named by the source file, or by the name that stands there.
 *
 * Exit status (include/tst_res_flags.h): bits 1 TFAIL -> FAIL, 2 TBROK and 4 TWARN -> ERROR, 32 TCONF -> SKIP, 0 PASS;
 * 126 and 127 are the shell's for what cannot run, ERROR; anything else and death by signal FAIL. Worse lines in the
 * output raise it. Reason: the first line of the kind that decides.
 */
#pragma once

#include "logs/caselog.h"
