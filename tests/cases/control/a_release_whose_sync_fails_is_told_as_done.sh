#!/bin/bash
# A release is true once it is written, and needs no disk: who was told that it failed would take
# himself for the holder of what the next one has. So for unfreezing, and for several at once.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

# on_failing_disk QUESTION: its answer is one of success, and another worker serves then
on_failing_disk() {
	local first
	first=$(worker_pid)
	"$FSOP" open_both "$MNT/.lokt/request" write "$1" read >"$WORK/said" ||
		fail "$1: $(<"$WORK/said")"
	grep -q '"ok":true' "$WORK/said" || fail "$1: $(<"$WORK/said")"
	wait_until 10 is_new_worker "$first" || fail 'the failed sync did not end the worker'
}

mount_failing_at 2
touch "$MNT/a"
on_failing_disk '{"op":"release","resource":"a"}'
assert_free a
umount_fs

mount_failing_at 3
touch "$MNT/a"
touch "$MNT/b"
on_failing_disk '{"op":"release","all":true}'
assert_leases
umount_fs

mount_failing_at 3
touch -d '+1 hour' "$MNT/.lokt/freezes/f"
on_failing_disk '{"op":"unfreeze","resource":"f"}'
touch "$MNT/f"
