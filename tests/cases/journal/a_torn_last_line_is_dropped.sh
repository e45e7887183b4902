#!/bin/bash
# The write that a crash cut short was never acknowledged.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
umount_fs
tail -n 1 "$ROOT/audit.log" | head -c 40 | tr -d '\n' >"$WORK/torn"
cat "$WORK/torn" >>"$ROOT/audit.log"
mount_fs
assert_held x
touch "$MNT/y"
umount_fs
mount_fs
assert_leases x y
