#!/bin/bash
# The kernel is asked in a tight loop and must not keep an answer alive.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch -d '+2 seconds' "$MNT/x"
wait_until 1 test -e "$MNT/x"
late=$("$LOAD" watch "$MNT/x")
say "gone $late s after its expiry"
jq -en --argjson late "$late" '$late > -0.002 and $late < 1' >/dev/null || fail "$late s late"
touch "$MNT/x"
assert_held x
