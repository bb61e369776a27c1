# SPDX-License-Identifier: GPL-2.0-or-later
. "$KASSAY_TESTS/lib.sh"

mkdir -p "$XDG_CONFIG_HOME/kassay" tree
check "defaults alone" run 0 config show
check "default is said" out_has '^plan +- +default'
printf 'plan: debug\njobs: 3\n' >"$XDG_CONFIG_HOME/kassay/config.yaml"
printf 'jobs: 7\nmake: [LLVM=1]\n' >tree/.kassay.yaml
check "both files" run 0 config show tree
check "the user's file" out_has '^plan +debug +.*/kassay/config.yaml'
check "the tree's file wins" out_has '^jobs +7 +tree/.kassay.yaml'
check "lists" out_has '^make +LLVM=1'
check "JSON" sh -c "'$KASSAY' config show tree --json | python3 -c 'import json,sys; d={x[\"key\"]: x for x in json.load(sys.stdin)}; assert d[\"jobs\"][\"value\"] == \"7\" and d[\"memory\"][\"from\"] == \"default\"'"
printf 'jbos: 7\n' >tree/.kassay.yaml
check "an unknown key" run 129 config show tree
check "place and nearest key" one_line "tree/.kassay.yaml:1:1: .*jbos.*jobs"
printf 'jobs: many\n' >tree/.kassay.yaml
check "a bad value" run 129 run tree
check "place of the value" one_line 'tree/.kassay.yaml:1:7'
check "only show" run 129 config edit
finish
