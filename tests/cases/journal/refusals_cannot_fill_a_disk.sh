#!/bin/bash
# until touch x: thousands of refusals become few lines, with their count.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
lines=$(wc -l <"$ROOT/audit.log")
agent_start other
as_agent other 'for i in $(seq 5000); do : >$MNT/x; done' 2>/dev/null || true
more=$(($(wc -l <"$ROOT/audit.log") - lines))
say "$more lines for 5000 refusals"
((more < 50)) || fail "$more lines for 5000 refusals"
umount_fs
counted=$(jq -s 'map(select(.event == "deny" and .name == "x") | .count // 1) | add' "$ROOT/audit.log")
assert_eq "$counted" 5000 'refusals recorded'
