#!/bin/bash
# Its number and the way out are said; --repair keeps the original.
. "$(dirname "$0")/../../lib/case.sh"

# shellcheck disable=SC2034 # case.sh reads it
EXPECT_LOG='audit\.log|damaged|repair'
mount_fs
touch "$MNT/a" "$MNT/b" "$MNT/c"
umount_fs
line=$(grep -n '"name":"b"' "$ROOT/audit.log" | head -n 1 | cut -d: -f1)
sed -i "${line}s/\"name\":\"b\"/\"name\":\"B\"/" "$ROOT/audit.log"
rm -f "$ROOT/snapshot"
cp "$ROOT/audit.log" "$WORK/damaged"
status=0
output=$("$LOKTFS" -o "root=$ROOT" "$MNT" 2>&1) || status=$?
[[ $status != 0 ]] || fail 'a damaged journal was taken'
is_mounted "$MNT" && fail 'mounted all the same'
assert_match "$output" "$line" 'the message'
assert_match "$output" 'repair' 'the message'
cmp "$WORK/damaged" "$ROOT/audit.log" || fail 'a refused start changed the journal'
"$LOKTFS" --repair "$ROOT" || fail 'repair failed'
kept=("$ROOT"/audit.log.damaged-*)
cmp "$WORK/damaged" "${kept[0]}" || fail 'the original was not kept'
mount_fs
assert_leases a c
