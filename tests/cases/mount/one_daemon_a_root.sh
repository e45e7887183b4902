#!/bin/bash
# A second start on the same ROOT is refused, wherever it would mount, and harms nothing.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
mkdir "$WORK/elsewhere"
for dir in "$MNT" "$WORK/elsewhere"; do
	status=0
	output=$("$LOKTFS" -o "root=$ROOT" "$dir" 2>&1) || status=$?
	[[ $status != 0 && -n $output ]] || fail "a second daemon on $dir: status $status '$output'"
done
is_mounted "$WORK/elsewhere" && fail 'mounted elsewhere'
assert_held x
touch "$MNT/y"
