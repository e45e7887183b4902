#!/bin/bash
# The journal is damaged under a running mount and its worker killed: none can take over. Then every
# call fails, nobody believes to hold anything, and the mount stays for people to see.
. "$(dirname "$0")/../../lib/case.sh"

EXPECT_LOG='damaged|giving up|audit.log line|loktfs --repair|worker has left with status 1'
mount_fs
touch "$MNT/a" "$MNT/b" "$MNT/c"
pid=$(daemon_pid)
printf 'XXXX' | dd of="$ROOT/audit.log" bs=1 seek=400 conv=notrunc status=none
kill -9 "$(worker_pid)"
wait_until 30 not process_lives "$pid" || fail 'it tries for ever'
grep -q 'giving up' "$ROOT/daemon.log" || fail 'the log does not say so'
refuses ENOTCONN create "$MNT/d"
grep -qF " $MNT fuse.loktfs " /proc/mounts || fail 'the mount has gone'
! touch "$ROOT/locks/d" 2>/dev/null || fail 'a plain file stands for a lock'

# the way out that the log names
fails_with 1 'is damaged' "$LOKTFS" -o "root=$ROOT" "$MNT"
"$LOKTFS" --repair "$ROOT" >/dev/null
mount_fs
assert_held b c
