#!/bin/bash
# The JSON's pid is the caller's parent for a tool, and the caller for a redirection.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a
as_agent_forking a 'touch $MNT/x; echo $$ >$WORK/shell'
assert_eq "$(field x pid)" "$(<"$WORK/shell")" 'pid after touch'
as_agent a 'touch $MNT/y'
assert_eq "$(field y pid)" "$(agent_pid a)" 'pid after an execed touch'
touch "$MNT/z"
assert_eq "$(field z pid)" "$$" "the case's own"
