# SPDX-License-Identifier: GPL-2.0-or-later
# kassay-init in a real machine: unit test test_init with a kernel built here.
. "$KASSAY_TESTS/lib.sh"
. "$KASSAY_TESTS/e2e/kernels.sh"

{ run 0 build "$source" && image "$T/bzImage"; } >&2 || { cat "$T/err" >&2; exit 1; }
KASSAY_TEST_KERNEL=$T/bzImage CMOCKA_MESSAGE_OUTPUT=TAP "$TEST_INIT"
