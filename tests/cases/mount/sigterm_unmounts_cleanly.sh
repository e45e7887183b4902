#!/bin/bash
# As fusermount3 -u does; the leases are there at the next start.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
kill -TERM "$(daemon_pid)"
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'SIGTERM did not end it'
is_mounted "$MNT" && fail 'still mounted'
mount_fs
assert_held x
umount_fs
mount_fs
assert_held x
